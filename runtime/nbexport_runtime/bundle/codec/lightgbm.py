"""LightGBM: its estimators are scikit-learn's, and a booster is text that its own library reads."""

from __future__ import annotations

from nbexport_runtime.bundle.allowed import Allowed, Family
from nbexport_runtime.bundle.interface import Codec

CODEC = Codec(
    library="lightgbm",
    allowed=Allowed(
        families=(
            Family("lightgbm.basic:Booster", setstate=True),
            Family("lightgbm.sklearn.*", base="sklearn.base:BaseEstimator", setstate=True, named=True),
        )
    ),
)
