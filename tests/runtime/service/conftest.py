"""A service around a model that is a few lines of Python, asked within this process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from nbexport_runtime.bundle import Loaded
from nbexport_runtime.service import Answers, Rows, Service
from nbexport_runtime.service.settings import Settings
from pydantic import BaseModel, ConfigDict, Field


class Request(BaseModel):
    """The arguments of `predict`."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    n: float
    day: date = date(2026, 1, 1)
    field_copy: bool = Field(False, alias="copy")


class Response(BaseModel):
    """What `predict` returns."""

    model_config = ConfigDict(extra="allow", protected_namespaces=())

    result: float | None
    model_version: str


def predict(state: Any, /, n: float, day: date = date(2026, 1, 1), *, copy: bool = False) -> Any:
    """A model that doubles."""
    if n < 0:
        raise ValueError("a secret of the model")
    return {"result": n * state["factor"], "day": day.isoformat(), "copy": copy}


def load_model(folder: Path) -> Loaded:
    """The model of a folder; its factor and version stand in `manifest.json`."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    manifest = {"version": "v1", "factor": 2.0, "predict_ms": 0.1, **manifest}
    return Loaded({"factor": manifest["factor"]}, manifest, [], [], predict)


def write_model(folder: Path, **facts: Any) -> Path:
    """A folder that `load_model` takes, exchanged as a whole."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / "new.json"
    fresh.write_text(json.dumps({"files": {}, **facts}), encoding="utf-8")
    fresh.replace(folder / "manifest.json")
    return folder


class Bench:
    """One service, its application and its log."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.folder = folder
        values = {
            "model_dir": folder / "model",
            "rollout_file": folder / "rollout.json",
            "log_dir": str(folder / "logs"),
            **settings,
        }
        self.service = Service(load_model, Request, Response, Settings(**values))
        self.app = self.service.app(title="A bench")

    def routes(self) -> Bench:
        """The routes that every `serve.py` has."""

        @self.app.post("/predict")
        async def predict_one(request: Request) -> Response:
            """One answer."""
            return await self.service.predict(request)

        @self.app.post("/predict/batch")
        async def predict_batch(rows: Rows[Request]) -> Answers[Response]:
            """Many answers."""
            return await self.service.predict_many(rows)

        return self

    def run(self, story: Callable[[httpx.AsyncClient], Awaitable[Any]]) -> Any:
        """What a story gives back, told to the running application."""
        return asyncio.run(running(self.app, story))

    def post(self, body: Any, path: str = "/predict", **options: Any) -> httpx.Response:
        """The answer to one request; what is not bytes is sent as JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer: httpx.Response = self.run(lambda client: client.post(path, content=content, **options))
        return answer

    def lines(self) -> list[dict[str, Any]]:
        """The prediction log."""
        path = self.folder / "logs" / "predictions.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


async def running(app: FastAPI, story: Callable[[httpx.AsyncClient], Awaitable[Any]]) -> Any:
    """A story told to an application between its start and its end."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://service") as client,
    ):
        return await story(client)


@pytest.fixture
def bench(tmp_path: Path) -> Callable[..., Bench]:
    """Makes a service with some settings."""

    def made(**settings: Any) -> Bench:
        return Bench(tmp_path, **settings)

    return made


@pytest.fixture
def model_folder(tmp_path: Path) -> Callable[..., Path]:
    """Writes a model below this test's folder, by the name of its folder and facts of its manifest."""

    def made(name: str, **facts: Any) -> Path:
        return write_model(tmp_path / name, **facts)

    return made
