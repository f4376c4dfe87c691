"""The notebook's own code: `model.py` and, where it defines anything, `definitions.py`."""

from __future__ import annotations

from pathlib import Path

from nbexport.emit import Project
from nbexport.model import Artifact, Program


def emit(program: Program, root: Path | None) -> Project:
    """The lifted files."""
    files = [Artifact("model.py", program.model.encode("utf-8"))]
    if program.definitions:
        files.append(Artifact("definitions.py", program.definitions.encode("utf-8")))
    return Project(tuple(files))
