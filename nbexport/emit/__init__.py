"""Program → artifacts: one module per target with a function `emit`, each with a folder of templates.

`project` runs the emitters that `levels.py` names.
"""

from nbexport.emit.assembly import project
from nbexport.emit.wheel import wheel_for

__all__ = ["project", "wheel_for"]
