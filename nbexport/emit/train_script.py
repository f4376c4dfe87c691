"""The command line of the training run, `train.py`."""

from __future__ import annotations

from nbexport.emit.export import Export, Project
from nbexport.emit.templating import static


def emit(export: Export) -> Project:
    """The static file."""
    return Project((static("train_script", "train.py"),))
