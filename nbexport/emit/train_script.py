"""The command line of the training run, `train.py`."""

from __future__ import annotations

from nbexport import levels
from nbexport.emit.export import Export, Project
from nbexport.lift import style
from nbexport.plan import Artifact


def emit(export: Export) -> Project:
    """The file, as its level has it."""
    program = export.program
    text = program.train_in_pipeline if export.level >= levels.PIPELINE else program.train
    return Project((Artifact("train.py", style.tidy(text, "train.py").encode()),))
