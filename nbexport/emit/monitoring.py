"""Prometheus, its alerts with their tests, and Grafana dashboards; every project of a level has the same."""

from __future__ import annotations

from nbexport import levels
from nbexport.emit.export import Export, Project
from nbexport.emit.templating import FOLDER, rendered, static

OF_PLATFORM = frozenset({"platform.json"})
"""What only a platform has something to show in."""
DIFFERENT = frozenset({"alerts.yml", "alerts_test.yml", "prometheus.yml"})
"""What is not the same at every level."""


def emit(export: Export) -> Project:
    """Everything in the folder of templates, as `monitoring/`."""
    folder = FOLDER / "monitoring"
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    kept = [name for name in names if export.level >= levels.PLATFORM or name not in OF_PLATFORM]
    values = {"level": export.level}
    return Project(
        tuple(
            rendered("monitoring", name, values, path=f"monitoring/{name}")
            if name in DIFFERENT
            else static("monitoring", name, path=f"monitoring/{name}")
            for name in kept
        )
    )
