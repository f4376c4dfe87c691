"""The processes of one training run: how many there are, which this is, and how they are started."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import model
from nbexport_runtime.pipeline.outcome import Trouble


def processes() -> int:
    """How many processes train together; 1 without `torchrun`."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def rank() -> int:
    """Which of them this is; the first one, 0, writes what is learnt."""
    return int(os.environ.get("RANK", "0"))


def program(code: Path, name: str) -> list[str]:
    """How Python runs a module of this package with the code of a version: that version's own, where it has one.

    Args:
        code: The folder that holds the version's code.
        name: The module.
    """
    before = code / "pipeline" / f"{name}.py"
    # what was exported before there was a runtime carries its pipeline as a folder of its own
    return [str(before)] if before.is_file() else ["-m", f"nbexport_runtime.pipeline.{name}"]


def command(count: int, *script: str) -> list[str]:
    """The beginning of the command that runs a script, or `-m` and a module, in some processes."""
    if count == 1:
        return [sys.executable, *script]
    spread = ["-m", "torch.distributed.run", "--standalone"]
    return [sys.executable, *spread, f"--nproc-per-node={count}", *script]


def not_shared(why: str) -> Trouble:
    """That a training cannot be spread over processes, and why."""
    return Trouble(
        f"the training of {model.NOTEBOOK} cannot be spread over processes: {why}; run `python train.py` instead"
    )
