"""The runtime: the folder `nbexport_runtime` with the parts that a level needs, the same in every project."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nbexport import levels
from nbexport.emit.export import Export, Project
from nbexport.model import Artifact

NAME = "nbexport_runtime"
CARRIED = Path(__file__).parent.parent / NAME
"""Where an installed nbexport carries it."""
SOURCE = Path(__file__).parents[2] / "runtime" / NAME
"""Where it stands in the repository."""


def emit(export: Export) -> Project:
    """The vendored files."""
    parts = [part for level in levels.LEVELS if level.number <= export.level for part in level.runtime]
    return Project(tuple(Artifact(path, content, vendored=True) for path, content in vendored(parts)))


def folder() -> Path:
    """The folder of the runtime that this nbexport vendors."""
    return CARRIED if CARRIED.is_dir() else SOURCE


def vendored(parts: list[str]) -> Iterator[tuple[str, bytes]]:
    """(path in the project, content) of each file of some parts, and of what all parts need.

    Args:
        parts: Names of packages in `nbexport_runtime`.
    """
    top = folder()
    inside = (path for part in parts for path in (top / part).rglob("*") if path.is_file())
    wanted = [*top.glob("*.py"), top / "py.typed", *inside]
    for path in sorted(wanted):
        if "__pycache__" not in path.parts:
            yield f"{NAME}/{path.relative_to(top).as_posix()}", path.read_bytes()
