"""The processes of one training run: how many there are, which one this is, and how they are started."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from nbexport_runtime.pipeline import child
from nbexport_runtime.pipeline.outcome import PipelineError

SAME_ORDER = {"PYTHONHASHSEED": "0"}
"""What makes Python iterate over sets of text in the same order in every run."""


class NotSharedError(PipelineError):
    """A training that cannot be spread over processes."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the training cannot be spread over processes: {why}; run `python train.py` instead")


class EndedError(BaseException):
    """`torchrun` ends this process, since another one has ended; nothing of the notebook catches it."""


def end_cleanly() -> None:
    """Leave no folders when `torchrun` ends this process."""

    def end(number: int, frame: Any) -> None:
        raise EndedError

    if processes() > 1:
        signal.signal(signal.SIGTERM, end)


def processes() -> int:
    """How many processes train together; 1 without `torchrun`."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def rank() -> int:
    """Which of them this is; rank 0 writes what is learned."""
    return int(os.environ.get("RANK", "0"))


def start_in_same_order() -> None:
    """Start this process again where several train together and each would iterate over sets in its own order."""
    if processes() > 1 and "PYTHONHASHSEED" not in os.environ:
        os.environ.update(SAME_ORDER)
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - the same program


def carries_pipeline(code: Path) -> bool:
    """Whether the code of a version has a pipeline as a folder of its own, from before there was a runtime."""
    return (code / "pipeline" / "scoring.py").is_file()


def program(code: Path, name: str) -> list[str]:
    """How Python runs a module of this package with the code of a version: that version's own, where it has one.

    Args:
        code: The folder of the version's code.
        name: The module, `scoring` or `reproduction`.
    """
    # scoring imports the code where it is: a cache there would be a file that its bundle does not know
    kept = ["-B"] if name == "scoring" else []
    if carries_pipeline(code):
        return [*kept, str(code / "pipeline" / f"{name}.py")]
    return [*kept, "-m", f"nbexport_runtime.pipeline.{name}"]


def command(count: int, *script: str) -> list[str]:
    """The beginning of the command that runs a script, or `-m` and a module, in some processes.

    They end with this process: what a killed pipeline leaves behind must not write a model later.
    """
    if count == 1:
        return [*ending_with_this(signal.SIGKILL), sys.executable, *script]
    spread = ["-m", "torch.distributed.run", "--standalone"]
    # it ends the others when it is ended, not when it is killed
    return [*ending_with_this(signal.SIGTERM), sys.executable, *spread, f"--nproc-per-node={count}", *script]


def ending_with_this(number: int) -> list[str]:
    """The beginning of a command that gets a signal once this process is gone."""
    return [sys.executable, "-I", "-S", child.__file__, str(os.getpid()), str(int(number))]
