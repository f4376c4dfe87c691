"""The runtime, the same in every project: the folder `nbexport_runtime` with the parts of its level, or a wheel."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from nbexport import levels
from nbexport.emit.export import Export, Project
from nbexport.plan import Artifact

NAME = "nbexport_runtime"
CARRIED = Path(__file__).parent.parent / NAME
"""Where an installed nbexport carries it."""
SOURCE = Path(__file__).parents[2] / "runtime" / NAME
"""Where it stands in the repository."""


def emit(export: Export) -> Project:
    """The vendored files, or the wheel."""
    if export.wheel is not None:
        return Project((Artifact(export.wheel.path, export.wheel.content, vendored=True),))
    return Project(tuple(vendored(carried(), levels.runtime_parts(export.level))))


def folder() -> Path:
    """The folder of the runtime that this nbexport carries."""
    return CARRIED if CARRIED.is_dir() else SOURCE


def carried() -> dict[str, bytes]:
    """Path in a project → content of each file of the runtime that this nbexport carries."""
    top = folder()
    paths = (path for path in sorted(top.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)
    return {f"{NAME}/{path.relative_to(top).as_posix()}": path.read_bytes() for path in paths}


def vendored(files: Mapping[str, bytes], parts: Collection[str]) -> Iterator[Artifact]:
    """The files of some parts of a runtime, and of what all parts need.

    Args:
        files: Path in a project → content of each file of the runtime.
        parts: Names of packages in `nbexport_runtime`.
    """
    for path, content in sorted(files.items()):
        part, slash, _ = path.removeprefix(f"{NAME}/").partition("/")
        if not slash or part in parts:
            yield Artifact(path, content, vendored=True)


def version_of(files: Mapping[str, bytes]) -> str:
    """The version that a runtime says it has; `0` where it says none."""
    text = files.get(f"{NAME}/__init__.py", b"").decode("utf-8", "replace")
    match = re.search(r'^__version__ = "(\d+(?:\.\d+)*(?:(?:a|b|rc)\d+)?)"$', text, re.MULTILINE)
    return match[1] if match is not None else "0"
