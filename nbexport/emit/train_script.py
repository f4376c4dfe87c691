"""The command line of the training run, `train.py`, and how it puts a bundle in its place."""

from __future__ import annotations

from pathlib import Path

from nbexport.emit import Project
from nbexport.emit.templating import static
from nbexport.model import Program


def emit(program: Program, root: Path | None) -> Project:
    """The static files."""
    return Project((static("train_script", "placing.py"), static("train_script", "train.py")))
