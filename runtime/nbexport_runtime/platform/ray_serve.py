"""The service of a project as a Ray Serve application: each replica runs the application of `serve.py`, whole.

Nothing is translated: a replica imports `serve.py` and hands requests to its FastAPI application, so that routes,
validation, models, arms, metrics and the prediction log are those of `uvicorn serve:app`. Ray starts replicas, puts
them on machines and sends requests to them.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.service.settings import Settings

LOG_DIR = "LOG_DIR"
TO_OUTPUT = "-"
"""The value of `LOG_DIR` that sends the prediction log to standard output."""
ONGOING = 256
"""Requests that Ray hands to a replica at once; the service decides which of them wait and which get 503."""


def application(root: Path, *, replicas: int = 1) -> Any:
    """A Ray Serve application; `serve run` and `ray.serve.run` take it.

    Args:
        root: The folder of the project, the same on each machine.
        replicas: How many processes answer. More than one need `LOG_DIR=-`, since each would rotate the log of the
            others; Ray keeps the standard output of each replica. `/metrics` answers for one of them.

    Raises:
        PipelineError: Several replicas would write one log, or Ray is not installed.
    """
    if replicas > 1 and os.environ.get(LOG_DIR) != TO_OUTPUT:
        raise PipelineError(
            f"{replicas} replicas would rotate one prediction log under each other; set `{LOG_DIR}={TO_OUTPUT}` and "
            "collect the standard output of the replicas, or run one replica"
        )
    try:
        serve: Any = importlib.import_module("ray.serve")
    except ImportError:
        raise PipelineError(
            'Ray Serve is not installed; run `pip install "ray[serve]>=2.60,<3"` in the environment of the cluster'
        ) from None
    names = {name.upper() for name in Settings.model_fields}
    environment = {name: value for name, value in os.environ.items() if name in names}
    folder = str(root.resolve())

    def build() -> Any:
        """The application of `serve.py`, once, in a replica."""
        return of_project(folder, environment)

    deployed = serve.deployment(
        serve.ingress(build)(), name="predict", num_replicas=replicas, max_ongoing_requests=ONGOING
    )
    return deployed.bind()


def of_project(folder: str, environment: dict[str, str]) -> Any:
    """The FastAPI application of a project, whose folder becomes that of this process.

    Args:
        folder: The folder of the project.
        environment: The settings of the service, as the process had them that started the application.
    """
    os.chdir(folder)
    os.environ.update(environment)
    sys.path.insert(0, folder)
    app = importlib.import_module("serve").app
    app.add_middleware(OneRequestId)
    return app


class OneRequestId:
    """Leaves the header `X-Request-ID` of an answer to Ray, which adds the same id to each."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application.

        Args:
            app: The application.
        """
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does, without the header."""

        async def without(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [pair for pair in message["headers"] if pair[0].lower() != b"x-request-id"]
                message = {**message, "headers": headers}
            await send(message)

        await self._app(scope, receive, without if scope["type"] == "http" else send)
