"""Saving, loading and sharing of models: static files, which know nothing of the notebook."""

from __future__ import annotations

from nbexport.emit.export import Export, Project
from nbexport.emit.templating import static

NAMES = ("batching.py", "bundle.py", "codec.py", "joining.py")


def emit(export: Export) -> Project:
    """The static files."""
    return Project(tuple(static("bundle", name) for name in NAMES))
