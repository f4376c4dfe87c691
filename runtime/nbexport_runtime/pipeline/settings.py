"""What `pipeline.toml` says."""

from __future__ import annotations

import sys
import tomllib
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from nbexport_runtime.pipeline.outcome import PipelineError

REQUIRED, OPTIONAL = "required", "optional"
FEWEST = 100
"""Drawings that a comparison may at least have: fewer cannot be significant at 95 %."""
RETIRED = {
    ("gates", "resampling_limit_s"): "drawings are bounded by `resamples`, so that no machine decides by its speed"
}
"""Table and key → why it has no effect any more."""


@dataclass(frozen=True)
class Store:
    """The table `[store]`."""

    address: str = ".store"


@dataclass(frozen=True)
class Data:
    """The table `[data]`."""

    source: str = ""
    tolerance: float = 0.05


@dataclass(frozen=True)
class Training:
    """The table `[training]`."""

    processes: int = 1


@dataclass(frozen=True)
class Gates:
    """The table `[gates]`."""

    metric: str = ""
    direction: str = ""
    min_improvement: float = 0.0
    guard: tuple[str, ...] = ()
    guard_tolerance: float = 0.02
    confidence: float = 0.95
    resamples: int = 4000
    """At most so many drawings; clear cases end after 100 to 400."""
    interval: str = REQUIRED
    """Whether a candidate without an interval is refused."""
    slices: tuple[str, ...] = ()
    """Columns whose slices are judged beside those that are found."""
    slice_tolerance: float = 0.02
    baseline: str = OPTIONAL
    """Whether a first model is refused where no baseline can be computed."""
    max_latency_ratio: float = 1.5
    """0 switches the gate off."""
    max_size_ratio: float = 2.0
    """0 switches the gate off."""


@dataclass(frozen=True)
class Rollout:
    """The table `[rollout]`."""

    steps: tuple[float, ...] = (10.0, 50.0, 100.0)
    """The shares in per cent that an accepted candidate gets from one retraining to the next."""


@dataclass(frozen=True)
class Tracking:
    """The table `[registry]`."""

    tracking_uri: str = ""


@dataclass(frozen=True)
class Settings:
    """All tables."""

    store: Store = field(default_factory=Store)
    data: Data = field(default_factory=Data)
    training: Training = field(default_factory=Training)
    gates: Gates = field(default_factory=Gates)
    rollout: Rollout = field(default_factory=Rollout)
    registry: Tracking = field(default_factory=Tracking)


TABLES = frozenset(entry.name for entry in fields(Settings))

Table = TypeVar("Table")


def read(path: Path) -> Settings:
    """The settings of a file; defaults for what it does not say.

    Raises:
        PipelineError: It cannot be read, or says something unknown.
    """
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        content = tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise PipelineError(f"`{path}` cannot be read: {error}") from None
    unknown = content.keys() - TABLES
    if unknown:
        raise PipelineError(f"`{path}` has an unknown table [{min(unknown)}]")
    remote = content["data"].get("remote") if isinstance(content.get("data"), dict) else None
    if remote is not None:
        raise PipelineError(
            f"`{path}`: `remote` of [data] is now `address` of [store], which holds the models too. "
            f"Replace it, and move what is in `{remote}` to the folder `data` of the store"
        )
    settings = Settings(
        table(Store, content, "store", path),
        table(Data, content, "data", path),
        table(Training, content, "training", path),
        table(Gates, content, "gates", path),
        table(Rollout, content, "rollout", path),
        table(Tracking, content, "registry", path),
    )
    if not settings.store.address:
        raise PipelineError(f'`{path}` [store]: address is a folder, or an address such as "s3://bucket/path"')
    if settings.gates.direction not in ("", "up", "down"):
        raise PipelineError(f'`{path}` [gates]: direction is "up", "down" or ""')
    if settings.training.processes < 1:
        raise PipelineError(f"`{path}` [training]: processes is at least 1")
    if not 0.5 <= settings.gates.confidence < 1:
        raise PipelineError(f"`{path}` [gates]: confidence is at least 0.5 and below 1")
    check_gates(settings.gates, path)
    steps = settings.rollout.steps
    if not steps or list(steps) != sorted(set(steps)) or not 0 < steps[0] <= steps[-1] <= 100:
        raise PipelineError(f"`{path}` [rollout]: steps are percentages above 0, each above the one before")
    return settings


def check_gates(gates: Gates, path: Path) -> None:
    """Look at what must be one of some words, or large enough.

    Raises:
        PipelineError: It is not.
    """
    for name in ("interval", "baseline"):
        if getattr(gates, name) not in (REQUIRED, OPTIONAL):
            raise PipelineError(f'`{path}` [gates]: {name} is "{REQUIRED}" or "{OPTIONAL}"')
    if gates.resamples < FEWEST:
        raise PipelineError(f"`{path}` [gates]: resamples is at least {FEWEST}; clear cases end early by themselves")
    for name in ("guard_tolerance", "slice_tolerance"):
        if not getattr(gates, name) >= 0:
            raise PipelineError(f"`{path}` [gates]: {name} is at least 0")
    for name in ("max_latency_ratio", "max_size_ratio"):
        value = getattr(gates, name)
        if value and not value >= 1:
            raise PipelineError(f"`{path}` [gates]: {name} is at least 1, or 0 to switch the gate off")


@cache
def warn(path: Path, name: str, key: str) -> None:
    """Say once that a key has no effect any more."""
    why = RETIRED[name, key]
    print(f"warning: `{path}` [{name}]: {key} has no effect any more, {why}; delete the line", file=sys.stderr)


def table(kind: type[Table], content: dict[str, Any], name: str, path: Path) -> Table:
    """One table, its types checked.

    Raises:
        PipelineError: It is not a table, has an unknown key, or a value of another type.
    """
    where, entries = f"{path} [{name}]", content.get(name, {})
    if not isinstance(entries, dict):
        raise PipelineError(f"`{where}` must be a table")
    defaults: Any = kind()
    values: dict[str, Any] = {}
    for entry in fields(defaults):
        if entry.name not in entries:
            continue
        default, value = getattr(defaults, entry.name), entries[entry.name]
        if isinstance(default, float) and type(value) is int:
            value = float(value)
        if isinstance(default, tuple) and isinstance(value, list):
            value = numbers(value, where, entry.name) if default and type(default[0]) is float else texts(value)
        if type(value) is not type(default):
            raise PipelineError(f"`{where}`: {entry.name} must be {type(default).__name__}")
        values[entry.name] = value
    known = {entry.name for entry in fields(defaults)}
    for key in sorted(entries.keys() - known):
        if (name, key) in RETIRED:
            warn(path, name, key)
            known.add(key)
    unknown = entries.keys() - known
    if unknown:
        raise PipelineError(f"`{where}` has an unknown key `{min(unknown)}`")
    return kind(**values)


def texts(values: list[Any]) -> tuple[str, ...]:
    """A list of the file as texts."""
    return tuple(str(value) for value in values)


def numbers(values: list[Any], where: str, name: str) -> tuple[float, ...]:
    """A list of the file as numbers.

    Raises:
        PipelineError: It holds something else.
    """
    if not all(type(value) in (int, float) for value in values):
        raise PipelineError(f"`{where}`: {name} must be a list of numbers")
    return tuple(float(value) for value in values)
