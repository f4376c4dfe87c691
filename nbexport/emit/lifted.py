"""The notebook's own code: `model.py` and, where it defines anything, `definitions.py`."""

from __future__ import annotations

from nbexport.emit.export import Export, Project
from nbexport.model import Artifact


def emit(export: Export) -> Project:
    """The lifted files."""
    files = [Artifact("model.py", export.program.model.encode("utf-8"))]
    if export.program.definitions:
        files.append(Artifact("definitions.py", export.program.definitions.encode("utf-8")))
    return Project(tuple(files))
