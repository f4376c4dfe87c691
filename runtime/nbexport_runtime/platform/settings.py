"""What `platform.toml` says."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.settings import table
from nbexport_runtime.platform.drift.settings import Drift
from nbexport_runtime.platform.experiments.settings import Experiments
from nbexport_runtime.platform.features.settings import Store, View, views_in
from nbexport_runtime.platform.guard.settings import Guard
from nbexport_runtime.platform.lines.settings import Log
from nbexport_runtime.platform.outcomes.settings import Outcomes

NAME = "platform.toml"
"""The file, in the root of the project."""


@dataclass(frozen=True)
class Settings:
    """All tables."""

    log: Log = field(default_factory=Log)
    outcomes: Outcomes = field(default_factory=Outcomes)
    experiments: Experiments = field(default_factory=Experiments)
    guard: Guard = field(default_factory=Guard)
    drift: Drift = field(default_factory=Drift)
    features: tuple[View, ...] = ()
    features_store: Store = field(default_factory=Store)


TABLES = frozenset(("log", "outcomes", "experiments", "guard", "drift", "features", "features_store"))


def read(path: Path) -> Settings:
    """The settings of a file; defaults for what it does not say.

    Raises:
        PipelineError: It cannot be read, or says something unknown.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except (OSError, ValueError) as error:
        raise PipelineError(f"`{path}` cannot be read: {error}") from None
    unknown = content.keys() - TABLES
    if unknown:
        raise PipelineError(f"`{path}` has an unknown table [{min(unknown)}]")
    return Settings(
        table(Log, content, "log", path),
        table(Outcomes, content, "outcomes", path),
        table(Experiments, content, "experiments", path),
        table(Guard, content, "guard", path),
        table(Drift, content, "drift", path),
        views_in(content, path),
        table(Store, content, "features_store", path),
    )
