"""The service: a FastAPI application around `predict`, with its log, metrics, health and rollout.

service = Service(load_model, PredictRequest, PredictResponse)
app = service.app(title="Which customers leave?")

@app.post("/predict")
async def predict(request: PredictRequest) -> PredictResponse:
    return await service.predict(request)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbexport_runtime.service.app import Service
    from nbexport_runtime.service.batch import Answers, RowError, Rows

__all__ = ["Answers", "RowError", "Rows", "Service"]


def __getattr__(name: str) -> Any:
    """A name of `__all__`, imported when it is asked for: `rollout.py` works where FastAPI is not installed."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from nbexport_runtime.service import app, batch

    return getattr(app if name == "Service" else batch, name)
