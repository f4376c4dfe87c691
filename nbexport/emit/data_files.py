"""Copies of the notebook's data, which belong to the user once written, and of the modules beside it, which do not."""

from __future__ import annotations

from nbexport.emit.export import Export, Project
from nbexport.model import Artifact


def emit(export: Export) -> Project:
    """The copies, and what is not copied."""
    files = sorted({**export.data.files, **export.local.files}.items())
    artifacts = tuple(
        Artifact(path, content, owned=path in export.local.files and path.endswith(".py")) for path, content in files
    )
    return Project(artifacts, (*export.data.notes, *export.local.notes))
