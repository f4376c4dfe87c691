"""Processes that can be ended from outside, with all that they started."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


class StoppedError(Exception):
    """Somebody asked to stop."""


class Stop:
    """A wish to stop, which may come from another thread at any time."""

    def __init__(self) -> None:
        self.asked = False
        self._end: Callable[[], None] | None = None
        self._lock = threading.Lock()

    def ask(self) -> None:
        """End what runs now, and let nothing more begin."""
        with self._lock:
            self.asked = True
            if self._end is not None:
                self._end()

    def check(self) -> None:
        """Go on, or not.

        Raises:
            StoppedError: It was asked to stop.
        """
        if self.asked:
            raise StoppedError

    def hold(self, end: Callable[[], None] | None) -> None:
        """Say how to end what runs now; None when it has ended.

        Raises:
            StoppedError: It was asked to stop before; what runs is ended.
        """
        with self._lock:
            self._end = end
            if self.asked and end is not None:
                end()
        self.check()


def run(command: Sequence[str], *, folder: Path, environment: Mapping[str, str], stop: Stop) -> tuple[int, str, str]:
    """(exit status, output, errors) of a command, which ends with all its children when it is asked to.

    Raises:
        StoppedError: It was asked to stop.
    """
    stop.check()
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            stop.hold(lambda: _end(process))
            output, errors = process.communicate()
        except BaseException:
            # Ctrl+C reaches this process alone
            _end(process)
            raise
        stop.hold(None)
    return process.returncode, output, errors


def _end(process: subprocess.Popen[str]) -> None:
    """Kill a process and its session."""
    try:
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    except ProcessLookupError:
        return
