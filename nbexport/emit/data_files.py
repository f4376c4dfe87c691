"""Copies of the notebook's data and of the modules beside it; they belong to the user once written."""

from __future__ import annotations

from nbexport.emit.export import Export, Project
from nbexport.model import Artifact


def emit(export: Export) -> Project:
    """The copies, and what is not copied."""
    files = sorted({**export.data.files, **export.local.files}.items())
    artifacts = tuple(Artifact(path, content, owned=False) for path, content in files)
    return Project(artifacts, (*export.data.notes, *export.local.notes))
