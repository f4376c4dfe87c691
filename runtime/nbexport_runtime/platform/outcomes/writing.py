"""`logs/outcomes.jsonl`: one line an outcome, on the disk before whoever sent it has an answer.

Several processes append: the services, `outcomes.py add`. So each append holds a lock, and what a full disk cut off is
taken back. No file is dropped by rotation: labels are few and precious, and compaction removes what is in the archive.
"""

from __future__ import annotations

import json
import os
import re
import sys
import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from nbexport_runtime.platform.lines import live
from nbexport_runtime.platform.lines.live import OUTCOMES
from nbexport_runtime.platform.outcomes.record import Outcome
from nbexport_runtime.service.log import opened
from nbexport_runtime.traffic import clock, durable

FILE_BYTES = 100_000_000
"""Size at which a file is put aside under the next free number."""
LOCK = ".outcomes.lock"


class Sink:
    """Appends outcomes."""

    def __init__(self, logs: Path | None, file_bytes: int = FILE_BYTES) -> None:
        """Nothing is opened yet.

        Args:
            logs: The folder of the logs; None writes to standard output, as the prediction log does.
            file_bytes: Size at which a file is put aside.
        """
        self.logs = logs
        self._limit = file_bytes
        self._thread = threading.Lock()

    def add(self, outcomes: Sequence[Outcome], received: datetime | None = None) -> None:
        """Append outcomes; they are on the disk when this returns.

        Args:
            outcomes: Valid ones.
            received: When they became known; None is now.

        Raises:
            OSError: They cannot be written; none of them is.
        """
        now = received or clock.now()
        lines = b"".join(json.dumps(one.line(now)).encode() + b"\n" for one in outcomes)
        if self.logs is None:
            os.write(sys.stdout.fileno(), lines)
            return
        self.logs.mkdir(parents=True, exist_ok=True)
        # a lock of files does not tell the threads of a process apart everywhere
        with self._thread, durable.locked(self.logs / LOCK):
            self._append(self.logs / f"{OUTCOMES}.jsonl", lines)

    def _append(self, path: Path, lines: bytes) -> None:
        file = opened(path)
        try:
            size = os.fstat(file).st_size
            if size and size + len(lines) > self._limit:
                os.close(file)
                path.rename(path.with_name(f"{path.name}.{next_number(path)}"))
                file, size = opened(path), 0
            try:
                written = 0
                while written < len(lines):
                    written += os.write(file, lines[written:])
                os.fsync(file)
            except OSError:
                os.ftruncate(file, size)
                raise
        finally:
            os.close(file)


def next_number(path: Path) -> int:
    """The number of the file that is put aside next."""
    pattern = re.compile(rf"{re.escape(path.name)}\.([0-9]+)")
    numbers = [int(match[1]) for match in (pattern.fullmatch(name) for name in live.listed(path.parent)) if match]
    return max(numbers, default=0) + 1
