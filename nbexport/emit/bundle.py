"""Saving, loading and sharing of models: static files, which know nothing of the notebook."""

from __future__ import annotations

from pathlib import Path

from nbexport.emit import Project
from nbexport.emit.templating import static
from nbexport.model import Program

NAMES = ("batching.py", "bundle.py", "codec.py", "joining.py")


def emit(program: Program, root: Path | None) -> Project:
    """The static files."""
    return Project(tuple(static("bundle", name) for name in NAMES))
