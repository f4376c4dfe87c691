"""XGBoost: its estimators are scikit-learn's, and a booster is bytes that its own library reads."""

from __future__ import annotations

from nbexport_runtime.bundle.allowed import Allowed, Family
from nbexport_runtime.bundle.interface import Codec

CODEC = Codec(
    library="xgboost",
    allowed=Allowed(
        families=(
            Family("xgboost.core:Booster", setstate=True),
            Family("xgboost.sklearn.*", base="sklearn.base:BaseEstimator", setstate=True, named=True),
        )
    ),
)
