"""One training run in several processes, as `torchrun` starts them, without a change to the notebook's code.

    torchrun --standalone --nproc-per-node 2 train.py --data data/train

How they share the work, `sharing.py` says. Every process runs the same lines; rank 0 writes what is learned, once all
have learned the same.
"""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbexport_runtime.pipeline.processes import processes, rank


@contextlib.contextmanager
def together() -> Iterator[None]:
    """Share the calls of models with the other processes; nothing where there are none.

    Raises:
        PipelineError: They cannot be shared.
    """
    if processes() == 1:
        yield
        return
    sharing = importlib.import_module("nbexport_runtime.pipeline.sharing")
    with contextlib.ExitStack() as stack:
        if rank():
            # what the notebook prints is printed once
            nowhere = stack.enter_context(Path(os.devnull).open("w", encoding="utf-8"))
            stack.enter_context(contextlib.redirect_stdout(nowhere))
        stack.enter_context(sharing.shared())
        yield


@contextlib.contextmanager
def first_alone() -> Iterator[None]:
    """Rank 0 goes ahead with what writes files; the other ranks follow when it is done."""
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
    """Compare what the processes have learned.

    Raises:
        PipelineError: It is not the same.
    """
    if processes() > 1:
        importlib.import_module("nbexport_runtime.pipeline.sharing").agree(metrics, state)
