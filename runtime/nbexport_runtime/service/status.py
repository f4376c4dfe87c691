"""The routes that come with every service: `/health`, `/ready`, `/metadata` and `/metrics`."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from nbexport_runtime.service.versions import Versions


def install(app: FastAPI, versions: Callable[[], Versions]) -> None:
    """Add the routes to an application."""

    @app.get("/health")
    async def health() -> dict[str, Any]:
        """Whether the process lives; whether it can answer, `/ready` says."""
        models = versions()
        return {
            "status": "ok",
            "model_loaded": True,
            "model_version": models.production.version,
            **models.described(),
        }

    @app.get("/ready", responses={503: {"description": "Not ready; `reasons` says why"}})
    async def ready() -> JSONResponse:
        """Whether requests should be sent here: the model gives its known answers, and the process is not stopping."""
        models = versions()
        reasons = models.reasons()
        content = {
            "ready": not reasons,
            "reasons": reasons,
            "model_version": models.production.version,
        }
        return JSONResponse(content, 503 if reasons else 200)

    @app.get("/metadata")
    async def metadata() -> Response:
        """The model's manifest: version, metrics, parameters, data, code, packages."""
        return Response(versions().production.manifest, media_type="application/json")

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        """What Prometheus collects."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
