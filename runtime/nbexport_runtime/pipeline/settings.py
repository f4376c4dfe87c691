"""What `pipeline.toml` says, and where things lie."""

from __future__ import annotations

import importlib.util
import os
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from nbexport_runtime.pipeline.outcome import Trouble

_MODEL = importlib.util.find_spec("model")
CODE = Path((_MODEL and _MODEL.origin) or "model.py").resolve().parent
"""The folder of the project's code, where `model.py` stands."""
ROOT = Path(os.environ.get("PIPELINE_ROOT") or CODE).absolute()
"""The project, whose data and models are meant also where another version's code runs."""

DATA = ROOT / "data"
SETS = DATA / "sets"
HOLDOUT = DATA / "holdout"
MODELS = ROOT / "models"
CANDIDATE = MODELS / "candidate"
PRODUCTION = MODELS / "production"
VERSIONS = MODELS / "versions"
DECISIONS = MODELS / "decisions"
CARDS = MODELS / "cards"
REPORTS = MODELS / "reports"
ROLLOUT = MODELS / "rollout.json"

SAME_ORDER = {"PYTHONHASHSEED": "0"}
"""What makes Python go through sets of text in the same order in every run."""


@dataclass(frozen=True)
class Data:
    """The table `[data]`."""

    source: str = ""
    remote: str = "data/store"
    tolerance: float = 0.05


@dataclass(frozen=True)
class Gates:
    """The table `[gates]`."""

    metric: str = ""
    direction: str = ""
    min_improvement: float = 0.0
    guard: tuple[str, ...] = ()
    guard_tolerance: float = 0.02
    confidence: float = 0.95
    resamples: int = 500
    resampling_limit_s: float = 120.0


@dataclass(frozen=True)
class Registry:
    """The table `[registry]`."""

    tracking_uri: str = ""


@dataclass(frozen=True)
class Training:
    """The table `[training]`."""

    processes: int = 1


@dataclass(frozen=True)
class Settings:
    """All tables."""

    data: Data = field(default_factory=Data)
    training: Training = field(default_factory=Training)
    gates: Gates = field(default_factory=Gates)
    registry: Registry = field(default_factory=Registry)


def settings() -> Settings:
    """What `pipeline.toml` says; defaults where it says nothing.

    Raises:
        Trouble: It cannot be read, or says something that is not known.
    """
    path = ROOT / "pipeline.toml"
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        content = tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise Trouble(f"`{path}` cannot be read: {error}") from None
    kinds = {"data": Data, "training": Training, "gates": Gates, "registry": Registry}
    unknown = content.keys() - kinds.keys()
    if unknown:
        raise Trouble(f"`{path}` has an unknown table [{min(unknown)}]")
    found = {
        name: table(kind, content.get(name, {}), f"{path} [{name}]")
        for name, kind in kinds.items()
    }
    chosen = Settings(**found)
    if chosen.gates.direction not in ("", "up", "down"):
        raise Trouble(f'`{path}` [gates]: direction is "up", "down" or ""')
    if chosen.training.processes < 1:
        raise Trouble(f"`{path}` [training]: processes is at least 1")
    if not 0.5 <= chosen.gates.confidence < 1:
        raise Trouble(f"`{path}` [gates]: confidence lies from 0.5 to below 1")
    return chosen


def table(kind: Any, given: Any, where: str) -> Any:
    """One table, its types checked."""
    if not isinstance(given, dict):
        raise Trouble(f"`{where}` must be a table")
    defaults = kind()
    values: dict[str, Any] = {}
    for entry in fields(kind):
        if entry.name not in given:
            continue
        default, value = getattr(defaults, entry.name), given[entry.name]
        if isinstance(default, float) and type(value) is int:
            value = float(value)
        if isinstance(default, tuple) and isinstance(value, list):
            value = tuple(str(part) for part in value)
        if type(value) is not type(default):
            raise Trouble(f"`{where}`: {entry.name} must be {type(default).__name__}")
        values[entry.name] = value
    unknown = given.keys() - {entry.name for entry in fields(kind)}
    if unknown:
        raise Trouble(f"`{where}` has an unknown key `{min(unknown)}`")
    return kind(**values)
