"""The routes that come with every service: `/health`, `/ready`, `/metadata` and `/metrics`."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from nbexport_runtime.bundle import plain_json
from nbexport_runtime.service.versions import Versions

ABSOLUTE = re.compile(r"(?:/|[A-Za-z]:[\\/]|\\\\)(?:[^/\\\0\n]+[\\/])+(?P<name>[^/\\\0\n]+)[\\/]?")
"""A path from the root of a machine, which tells strangers how that is set up."""


def install(app: FastAPI, versions: Callable[[], Versions]) -> None:
    """Add the routes to an application."""

    @app.get("/health")
    async def health() -> dict[str, Any]:
        """Whether the process lives; whether it can answer, `/ready` says."""
        models = versions()
        return {
            "status": "ok",
            "model_loaded": not models.production.runner.reasons,
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
            **models.remarks(),
        }
        return JSONResponse(content, 503 if reasons else 200)

    @app.get("/metadata")
    async def metadata() -> Response:
        """The model's manifest: version, metrics, parameters, data, code, packages."""
        models = versions()
        return Response(shown(models.production.facts, models.remarks()), media_type="application/json")

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        """What Prometheus collects."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def shown(facts: Mapping[str, Any], remarks: Mapping[str, Any]) -> str:
    """A manifest as JSON, where a path of the machine that made it is only a name."""
    return plain_json({**without_places(dict(facts)), **remarks})


def without_places(value: Any) -> Any:
    """Plain data in which an absolute path is only the name of its file.

    >>> without_places({"data": "/home/ann/rows.csv", "rate": 0.5, "page": "https://example.org/a/b"})
    {'data': 'rows.csv', 'rate': 0.5, 'page': 'https://example.org/a/b'}
    """
    if isinstance(value, str):
        path = ABSOLUTE.fullmatch(value)
        return path["name"] if path else value
    if isinstance(value, Mapping):
        return {name: without_places(inner) for name, inner in value.items()}
    return [without_places(inner) for inner in value] if isinstance(value, list | tuple) else value
