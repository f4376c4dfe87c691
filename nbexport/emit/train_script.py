"""The command line of the training run, `train.py`, and how it puts a bundle in its place."""

from __future__ import annotations

from nbexport.emit.export import Export, Project
from nbexport.emit.templating import static


def emit(export: Export) -> Project:
    """The static files."""
    return Project((static("train_script", "placing.py"), static("train_script", "train.py")))
