"""The time: that of the machine, or that of a simulation.

A simulation lets weeks pass in minutes. The service and the commands that take part in one have the variable
`SIMULATED_CLOCK`, which names a file of two numbers: microseconds since 1970, and when that was set. Whoever simulates
writes them, everybody else reads them from shared memory: a look at the clock costs next to nothing, and all processes
agree. In between it creeps, a thousandth as fast as real time: what happens later has a later time.
Without the variable the time is that of the machine; a process decides once, when it starts.

What measures how long something takes uses `time.perf_counter`, which no simulation changes.
"""

from __future__ import annotations

import mmap
import os
import struct
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

VARIABLE = "SIMULATED_CLOCK"
"""Names the file; for a simulation alone."""
NUMBERS = struct.Struct("<qq")
CREEP_NS = 1_000_000
"""Real nanoseconds for which the clock goes on by a microsecond."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def opened(path: Path | str, *, writable: bool = False) -> mmap.mmap:
    """The two numbers of a file, as shared memory.

    Raises:
        SystemExit: There is no such file, or it holds no time.
    """
    try:
        with open(path, "r+b" if writable else "rb") as file:
            access = mmap.ACCESS_WRITE if writable else mmap.ACCESS_READ
            return mmap.mmap(file.fileno(), NUMBERS.size, access=access)
    except (OSError, ValueError) as error:
        raise SystemExit(
            f"the clock `{path}` cannot be read: {error}; {VARIABLE} is for simulations: unset it"
        ) from None


_simulated = opened(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None


class Hand:
    """Sets the clock of a simulation; the process that has it in its hand goes by it too."""

    def __init__(self, path: Path, begin: datetime) -> None:
        """Write the file.

        Args:
            path: The file that `SIMULATED_CLOCK` names.
            begin: The first moment, with its time zone.
        """
        global _simulated  # noqa: PLW0603 - one process has one time
        path.write_bytes(bytes(NUMBERS.size))
        self.path = path
        self._shared = _simulated = opened(path, writable=True)
        self.set(begin)

    def set(self, moment: datetime) -> None:
        """Let it be a moment, for every process that has this clock."""
        NUMBERS.pack_into(self._shared, 0, (moment - EPOCH) // timedelta(microseconds=1), time.monotonic_ns())

    def drop(self) -> None:
        """Go by the time of the machine again."""
        global _simulated  # noqa: PLW0603
        _simulated = None


def now() -> datetime:
    """The time in UTC."""
    if _simulated is None:
        return datetime.now(UTC)
    moment_us, set_ns = NUMBERS.unpack_from(_simulated)
    return EPOCH + timedelta(microseconds=moment_us + max(0, time.monotonic_ns() - set_ns) // CREEP_NS)


def seconds() -> float:
    """The time in seconds since 1970."""
    return now().timestamp()


def simulated() -> bool:
    """Whether this process takes part in a simulation."""
    return _simulated is not None
