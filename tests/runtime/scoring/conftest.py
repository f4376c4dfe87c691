"""A table that a model of a few lines of Python scores, within this process."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from nbexport_runtime.scoring import ending, running
from nbexport_runtime.scoring.columns import Chosen
from nbexport_runtime.scoring.ending import Ended
from nbexport_runtime.scoring.order import Order
from nbexport_runtime.scoring.places import place_of
from nbexport_runtime.service import Service
from nbexport_runtime.service.settings import Settings
from pydantic import BaseModel, ConfigDict, Field
from runtime.service.bench_model import load_model


class Request(BaseModel):
    """The arguments of `predict`."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    n: float
    day: date = date(2026, 1, 1)
    field_copy: bool = Field(False, alias="copy")


class Response(BaseModel):
    """What `predict` returns."""

    model_config = ConfigDict(extra="allow", protected_namespaces=())

    model_version: str


class Bench:
    """A service, and tables in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.model = folder / "model"
        self.told: list[str] = []
        self.manifest()

    def manifest(self, **facts: Any) -> None:
        """Another model."""
        self.model.mkdir(exist_ok=True)
        (self.model / "manifest.json").write_text(json.dumps({"files": {}, "version": "v1", **facts}), encoding="utf-8")

    def service(self, **settings: Any) -> Service[Any, Any]:
        """The service of the model."""
        known = Settings(model_dir=self.model, log_dir=str(self.folder / "logs"), **settings)
        return Service(load_model, Request, Response, known)

    def order(
        self, source: str, target: str, *, columns: dict[str, str] | None = None, keep: Any = None, **more: Any
    ) -> Order:
        """What a command of these words does."""
        places = [
            place_of(text if "://" in text else f"{self.folder}/{text}", option)
            for text, option in ((source, "--input"), (target, "--output"))
        ]
        hidden = ending.beside(places[1], "scoring")
        given = {
            "root": self.folder,
            "rejects": self.folder / f"{Path(target.rpartition('#')[2]).name}.rejects.jsonl",
            "work": self.folder / f".{hidden.name}",
            "columns": Chosen(columns or {}, keep),
            "limit_rejects": 0.9,
        }
        return Order(input=places[0], output=places[1], **{**given, **more})

    def score(self, source: str, target: str, *, settings: dict[str, Any] | None = None, **more: Any) -> Ended:
        """Score a table."""
        return running.run(self.service(**(settings or {})), self.order(source, target, **more), self.told.append)

    def write(self, name: str, text: str) -> Path:
        """A file of the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def lines(self, name: str) -> list[dict[str, Any]]:
        """The objects of a file of JSON lines."""
        return [json.loads(line) for line in (self.folder / name).read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A service, and an empty folder."""
    return Bench(tmp_path)
