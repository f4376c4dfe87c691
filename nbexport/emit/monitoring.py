"""Prometheus, its alerts with their tests, and a Grafana dashboard; all static, as every service counts the same."""

from __future__ import annotations

from nbexport.emit.export import Export, Project
from nbexport.emit.templating import FOLDER, static


def emit(export: Export) -> Project:
    """Everything in the folder of templates, as `monitoring/`."""
    folder = FOLDER / "monitoring"
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return Project(tuple(static("monitoring", name, path=f"monitoring/{name}") for name in names))
