"""A service around a model that is a few lines of Python, asked within this process."""

from __future__ import annotations

import asyncio
import inspect
import json
import time
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from fastapi import FastAPI
from nbexport_runtime.service import Answers, Rows, Service
from nbexport_runtime.service.settings import Settings
from nbexport_runtime.traffic import placements, traffic
from pydantic import BaseModel, ConfigDict, Field
from runtime.service.bench_model import load_model

KEY = "X-Rollout-Key"


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


def write_model(folder: Path, **facts: Any) -> Path:
    """A folder that `load_model` takes, exchanged as a whole."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / "new.json"
    fresh.write_text(json.dumps({"format": 2, "files": {}, "predict_ms": 0.1, **facts}), encoding="utf-8")
    fresh.replace(folder / "manifest.json")
    return folder


class Bench:
    """One service, its application and its log."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.folder = folder
        values = {
            "model_dir": folder / "model",
            "models_dir": folder,
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

    def place(self, version: str, reason: str = placements.PROMOTED) -> None:
        """Make a version production, as `promote.py` does."""
        digest = placements.digest(self.folder / "versions" / version)
        placements.append(self.folder / placements.NAME, version=version, manifest_sha256=digest, reason=reason)

    def roll_out(self, version: str, percent: float, mode: Literal["split", "shadow"] = "split") -> None:
        """Give a version a share of the traffic, as `rollout.py` does."""
        placement = placements.read(self.folder / placements.NAME).production
        assert placement is not None
        shares = {version: percent}
        wanted = traffic.split_of(placement, shares, salt="s", key_header=KEY, started="now", mode=mode)
        traffic.write(self.folder / traffic.NAME, wanted)

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


async def until(happened: Callable[[], Any]) -> None:
    """Wait for what the service does by itself."""
    end = time.monotonic() + 60
    while True:
        found = happened()
        if inspect.isawaitable(found):
            found = await found
        if found:
            return
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.02)


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
