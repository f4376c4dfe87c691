"""Runs the `train` of a lifted program: the stages in their order, as a project's `train.py` does."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from conforming import hold_to_annotations

from nbexport.program import Program

MODULES = ("model", "definitions", "train")


def texts_of(program: Program) -> dict[str, str]:
    """Module → its text."""
    return {"definitions": program.definitions, "model": program.model, "train": program.train}


def run_in(folder: Path, program: Program, **parameters: Any) -> Any:
    """The run that the program makes of itself, with its files in a folder that must be on the path.

    Args:
        folder: Where the files go.
        program: The program.
        parameters: Values of options, by their names in `args`.
    """
    for name, text in texts_of(program).items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    importlib.invalidate_caches()
    return run_of(importlib.import_module("train"), **parameters)


def run_of(train: ModuleType, **parameters: Any) -> Any:
    """The run that an imported `train` makes; its stages are held to their annotations."""
    hold_to_annotations(train)
    run = importlib.import_module("nbexport_runtime.training").Run()
    args = train.options().parse_args([])
    for name, value in parameters.items():
        assert hasattr(args, name), name
        setattr(args, name, value)
    train.train(args, run)
    return run


def forget() -> None:
    """Drop the modules of a program."""
    for name in MODULES:
        sys.modules.pop(name, None)
