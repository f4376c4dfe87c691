"""Copies of the notebook's data, which belong to the user once written, and of the modules beside it, which do not.

What small files such modules read is part of them, and `nbexport sync` compares it too.
"""

from __future__ import annotations

from nbexport.emit.databases import databases
from nbexport.emit.export import Export, Project
from nbexport.plan import Artifact

PART_BYTES = 1_000_000
"""What a module reads and is larger is data."""


def emit(export: Export) -> Project:
    """The copies, and what is not copied."""
    files = sorted({**export.data.files, **export.local.files}.items())
    artifacts = tuple(
        Artifact(path, content, owned=path in export.local.files and len(content) <= PART_BYTES)
        for path, content in files
    )
    asked = [
        f"the database `{address}` is a setting: {name} names another one"
        for name, address in databases(export.program).items()
    ]
    return Project(artifacts, (*export.data.notes, *export.local.notes, *asked))
