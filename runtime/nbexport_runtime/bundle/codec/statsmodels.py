"""statsmodels: results of models that were fitted to arrays or frames.

A model that was made from a formula is refused: to restore it, statsmodels evaluates the formula, and a formula is
code.
"""

from __future__ import annotations

from nbexport_runtime.bundle.allowed import Allowed, Family
from nbexport_runtime.bundle.registry import Codec

FORMULA = ("restore_design_info", "design_info", "model_spec", "restore_model_spec")

CODEC = Codec(
    library="statsmodels",
    allowed=Allowed(
        families=tuple(
            Family(f"statsmodels.{part}.*", refused=FORMULA)
            for part in "base discrete duration gam genmod nonparametric regression robust tools tsa".split()
        )
    ),
)
