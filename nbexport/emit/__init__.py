"""Program → artifacts: one module per target with a function `emit`, each with a folder of templates.

`project` runs the emitters that `levels.py` names; `unfinished` says what a written project still lacks.
"""

from nbexport.emit.assembly import project
from nbexport.emit.unfinished import unfinished
from nbexport.emit.wheel import wheel_for

__all__ = ["project", "unfinished", "wheel_for"]
