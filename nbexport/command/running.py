"""A command of nbexport in a process of its own, which ends with the call that asked for it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from nbexport.record import record

PATIENCE_S = 10.0
"""How long a command that was interrupted may take to end the processes that it started."""


@record
class Ended:
    """How a command ended, and what it printed."""

    exit_code: int
    output: str
    messages: str


async def run(words: Sequence[str], folder: Path, *, text: str | None = None) -> Ended:
    """Run `nbexport` with these words; where the call is cancelled, the command and all that it started end.

    Args:
        words: The command line after `nbexport`.
        folder: Where it runs.
        text: What it reads from standard input.
    """
    process = await asyncio.create_subprocess_exec(
        # -P: a `json.py` beside the notebooks is not Python's
        *(sys.executable, "-P", "-m", "nbexport", *words),
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"},
        stdin=asyncio.subprocess.DEVNULL if text is None else asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        output, messages = await process.communicate(None if text is None else text.encode("utf-8", "surrogatepass"))
    except asyncio.CancelledError:
        await asyncio.shield(_end(process))
        raise
    return Ended(process.returncode or 0, output.decode("utf-8", "replace"), messages.decode("utf-8", "replace"))


async def _end(process: asyncio.subprocess.Process) -> None:
    """Interrupt a command as a person would, and kill it where it does not end."""
    for number in (signal.SIGINT, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), PATIENCE_S)
            return
