"""Saving and loading of bundles: `bundle.py` and `codec.py`, which know nothing of the notebook."""

from __future__ import annotations

from pathlib import Path

from nbexport.emit import Project
from nbexport.emit.templating import static
from nbexport.model import Program


def emit(program: Program, root: Path | None) -> Project:
    """The two static files."""
    return Project((static("bundle", "bundle.py"), static("bundle", "codec.py")))
