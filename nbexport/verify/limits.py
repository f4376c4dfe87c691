"""How long a process may run and how much memory it may hold, and the watch that ends it when it goes beyond.

Resident memory is watched, of the process and of all that it started, four times a second. `RLIMIT_AS` is simpler,
but it counts addresses: torch and CUDA reserve many times the memory that they use, and would fail at once.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import psutil

from nbexport.errors import NbexportError

INTERVAL_S = 0.25
TIME_LIMIT_S = 3600.0
MEMORY_SHARE = 0.8
"""Part of the machine's memory that one process may hold where nothing else is asked for."""
GIGABYTE = 1e9


class LimitError(NbexportError):
    """A process went beyond its limits, and was ended."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What each process that a verification starts may use; 0 means no limit."""

    time_s: float = TIME_LIMIT_S
    memory_bytes: float = -1.0
    """Negative: a share of the machine's memory."""

    @property
    def memory(self) -> float:
        """The memory limit in bytes; 0 is none."""
        return self.memory_bytes if self.memory_bytes >= 0 else machine_bytes() * MEMORY_SHARE


def machine_bytes() -> float:
    """Memory of this machine, or of the container that this process lives in."""
    size = float(psutil.virtual_memory().total)
    for place in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        # absent where there is no such container, and the word `max` where it has no limit
        with contextlib.suppress(OSError, ValueError), open(place, encoding="ascii") as file:
            size = min(size, float(file.read()))
    return size


class Watch:
    """Ends a process and all that it started as soon as it goes beyond its limits.

    Example:
        ```python
        with Watch("the project's `train.py`", lambda: process.pid, limits) as watch:
            process.wait()
        watch.check()
        ```
    """

    def __init__(self, what: str, pid: Callable[[], int | None], limits: Limits) -> None:
        self.what = what
        """What runs, for the message; may change while it does."""
        self.peak_bytes = 0.0
        self.over: LimitError | None = None
        """Which limit was passed."""
        self._pid, self._limits = pid, limits
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        """Begin to watch."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Watch no longer."""
        self._done.set()
        self._thread.join()

    def check(self) -> None:
        """Go on, or say which limit was passed.

        Raises:
            LimitError: The process was ended because of it.
        """
        if self.over is not None:
            raise self.over

    def _look(self) -> None:
        most_s, most_bytes = self._limits.time_s, self._limits.memory
        while not self._done.wait(INTERVAL_S):
            pid = self._pid()
            if pid is None:
                continue
            held = resident_bytes(pid, above=most_bytes)
            self.peak_bytes = max(self.peak_bytes, held)
            lasted = time.monotonic() - self._began
            if most_bytes and held > most_bytes:
                self.over = LimitError(
                    f"{self.what} holds {_gigabytes(held)} of memory after {lasted:.0f} s and was ended",
                    why=f"the limit for each process, with all that it starts, is {_gigabytes(most_bytes)}",
                    fix=f"allow more with `--memory {2 * most_bytes / GIGABYTE:.2g}` (gigabytes; 0 means no limit)",
                )
            elif most_s and lasted > most_s:
                self.over = LimitError(
                    f"{self.what} had run for {lasted:.0f} s and was ended",
                    why=f"the limit for each process is {most_s:g} s",
                    fix=f"allow more with `--timeout {2 * most_s:g}` (seconds; 0 means no limit)",
                )
            if self.over is not None:
                end_tree(pid)
                return


def _gigabytes(size: float) -> str:
    return f"{size / GIGABYTE:.2f} GB"


def resident_bytes(pid: int, *, above: float = 0.0) -> float:
    """Memory that a process and its descendants hold; 0 when it is gone.

    Args:
        pid: The process.
        above: From here on memory that several of them share is counted once, where the system can tell.
    """
    family = _family(pid)
    size = sum(_memory(process, shared=True) for process in family)
    return sum(_memory(process, shared=False) for process in family) if above and size > above else size


def _memory(process: psutil.Process, *, shared: bool) -> float:
    try:
        if shared:
            return float(process.memory_info().rss)
        whole = process.memory_full_info()
        return float(getattr(whole, "pss", whole.rss))
    except psutil.Error:
        # it ended between two looks, or belongs to somebody else
        return 0.0


def _family(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def end_tree(pid: int) -> None:
    """Kill a process that leads a session, the session, and what it started in other sessions."""
    family = _family(pid)
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
    for process in family:
        with contextlib.suppress(psutil.Error):
            process.kill()
