"""A model that is a few lines of Python, as a module that the process of a model can import; some inputs break it."""

from __future__ import annotations

import json
import os
import time
from datetime import date
from pathlib import Path
from typing import Any

from nbexport_runtime.bundle import Loaded

HELD: list[bytes] = []


def predict(state: Any, /, n: float, day: date = date(2026, 1, 1), *, copy: bool = False) -> Any:
    """Double a number, unless the model has a fault."""
    if n < 0:
        raise ValueError("a secret of the model")
    if n >= state["faulty_from"]:
        break_down(state["fault"], Path(state["gate"]))
    return {"result": n * state["factor"], "day": day.isoformat(), "copy": copy}


def break_down(fault: str, gate: Path) -> None:
    """Do what models do at night; `wait` goes on once a file is there."""
    while fault == "wait" and not gate.exists():
        time.sleep(0.01)
    if fault == "exit":
        os._exit(3)
    if fault == "raise":
        raise RuntimeError("no such kind")
    if fault == "leak":
        HELD.append(bytes(b"x" * 400_000_000))
    while fault == "hang":
        time.sleep(1)
    while fault == "spin":
        pass


def load_model(folder: Path) -> Loaded:
    """The model of a folder; its factor, version and fault stand in `manifest.json`."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    manifest = {
        "version": "v1",
        "factor": 2.0,
        "predict_ms": 0.1,
        "faulty_from": 1e9,
        "fault": "",
        "gate": "",
        **manifest,
    }
    if manifest["fault"] == "slow to load":
        time.sleep(3600)
    state = {name: manifest[name] for name in ("factor", "fault", "faulty_from", "gate")}
    return Loaded(state, manifest, [], [], predict)
