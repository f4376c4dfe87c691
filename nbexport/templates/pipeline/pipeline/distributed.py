"""One training run in several processes, as `torchrun` starts them, without a change to the notebook's code.

    torchrun --standalone --nproc-per-node 2 train.py --data data/train

How they share the work, `pipeline/sharing.py` says. Every process runs the same lines; the first one writes what is learnt,
once all have learnt the same.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import model
from pipeline.outcome import Trouble
from pipeline.stages import NOT_SHARED


def processes() -> int:
    """How many processes train together; 1 without `torchrun`."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def rank() -> int:
    """Which of them this is; the first one, 0, writes what is learnt."""
    return int(os.environ.get("RANK", "0"))


def command(count: int, script: str) -> list[str]:
    """The beginning of the command that runs a script in some processes."""
    if count == 1:
        return [sys.executable, script]
    spread = ["-m", "torch.distributed.run", "--standalone"]
    return [sys.executable, *spread, f"--nproc-per-node={count}", script]


def not_shared(why: str) -> Trouble:
    """That a training cannot be spread over processes, and why."""
    return Trouble(
        f"the training of {model.NOTEBOOK} cannot be spread over processes: {why}; run `python train.py` instead"
    )


@contextlib.contextmanager
def together() -> Iterator[None]:
    """Share the calls of models with the other processes; nothing where there are none.

    Raises:
        Trouble: The notebook's training cannot be shared; the text says why.
    """
    if processes() == 1:
        yield
        return
    if NOT_SHARED:
        raise not_shared(NOT_SHARED)
    sharing = importlib.import_module("pipeline.sharing")
    with contextlib.ExitStack() as stack:
        if rank():
            # what the notebook prints is printed once
            nowhere = stack.enter_context(Path(os.devnull).open("w", encoding="utf-8"))
            stack.enter_context(contextlib.redirect_stdout(nowhere))
        stack.enter_context(sharing.shared())
        yield


@contextlib.contextmanager
def first_alone() -> Iterator[None]:
    """The first process goes ahead with what writes files; the others follow when it is done."""
    if processes() == 1:
        yield
        return
    wait = importlib.import_module("torch.distributed").barrier
    if rank():
        wait()
    yield
    if not rank():
        wait()


def agree(metrics: Any, state: dict[str, Any]) -> None:
    """Compare what the processes have learnt.

    Raises:
        Trouble: It is not the same.
    """
    if processes() > 1:
        importlib.import_module("pipeline.sharing").agree(metrics, state)
