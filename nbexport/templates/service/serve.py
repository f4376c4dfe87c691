"""The service: `uvicorn serve:app`.

POST /predict           one prediction; the body holds the arguments of the notebook's `predict`
POST /predict/batch     many of them; a bad one does not spoil the others
GET  /health            the process lives
GET  /ready             the model is loaded and gives the known answers; false again once it stops
GET  /metadata          the manifest of the model that answers
GET  /metrics           Prometheus
GET  /docs              all of this, to try out

Settings are environment variables, see `service/settings.py`. Every error is a problem document (RFC 9457).
"""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

import schemas
from model import NOTEBOOK
from nbexport_runtime.service import problems
from nbexport_runtime.service.body import body_of
from nbexport_runtime.service.documents import BatchRequest, BatchResponse, complete, describe, rows_of
from nbexport_runtime.service.log import PredictionLog
from nbexport_runtime.service.requests import RequestIds, request_id
from nbexport_runtime.service.settings import Settings
from nbexport_runtime.service.stopping import before_stop
from nbexport_runtime.service.versions import Versions

settings = Settings()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Load the model, ask it what it must know, and close the log in the end."""
    versions = Versions(settings, PredictionLog(settings))
    app.state.versions = versions
    # what is loaded now stays: looking through it again and again for garbage would make some requests wait
    gc.collect()
    gc.freeze()
    before_stop(versions.retire, settings.drain_s)
    yield
    await versions.close()


app = FastAPI(
    title=NOTEBOOK,
    description=schemas.DESCRIPTION,
    lifespan=lifespan,
)
app.add_middleware(RequestIds)
problems.install(app)


def versions_of(app: FastAPI) -> Versions:
    """The models that answer."""
    found: Versions = app.state.versions
    return found


@app.post("/predict", **describe(schemas.PredictRequest, schemas.PredictResponse))
async def predict(request: Request) -> Response:
    """Answer one input."""
    predictor = versions_of(app).choose(request)
    with predictor.call("/predict", request_id(request)) as call:
        body = await body_of(request, settings.max_body_bytes)
        row = schemas.PredictRequest.model_validate_json(body)
        (answer,) = await predictor.answer(call, [row])
    if isinstance(answer, problems.Problem):
        raise answer
    return Response(answer, media_type="application/json")


@app.post("/predict/batch", **describe(BatchRequest, BatchResponse))
async def predict_batch(request: Request) -> Response:
    """Answer many inputs, in their order; where one cannot be answered stands why."""
    predictor = versions_of(app).choose(request)
    with predictor.call("/predict/batch", request_id(request)) as call:
        body = await body_of(request, settings.max_body_bytes)
        answers = await predictor.answer(call, rows_of(body, settings.max_batch))
    shown = [a if isinstance(a, bytes) else a.row(request_id(request)) for a in answers]
    content = b'{"predictions":[' + b",".join(shown) + b"],"
    version = predictor.version_member
    return Response(content + version + b"}", media_type="application/json")


@app.get("/health", operation_id="health")
async def health() -> dict[str, Any]:
    """Whether the process lives; that it can answer, `/ready` says."""
    versions = versions_of(app)
    return {
        "status": "ok",
        "model_loaded": True,
        "model_version": versions.production.version,
        **versions.described(),
    }


@app.get(
    "/ready",
    responses={503: {"description": "Not ready; `reasons` says why"}},
    operation_id="ready",
)
async def ready() -> JSONResponse:
    """Whether requests should be sent here."""
    versions = versions_of(app)
    reasons = versions.reasons()
    content = {
        "ready": not reasons,
        "reasons": reasons,
        "model_version": versions.production.version,
    }
    return JSONResponse(content, 503 if reasons else 200)


@app.get("/metadata", operation_id="metadata")
async def metadata() -> Response:
    """The model's manifest: version, metrics, parameters, data, code, packages."""
    manifest = versions_of(app).production.manifest
    return Response(manifest, media_type="application/json")


@app.get("/metrics", include_in_schema=False)
async def metrics() -> Response:
    """What Prometheus collects."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


complete(app)
