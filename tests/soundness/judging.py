"""Notebooks → verdicts, by a warm process that the caller starts and ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from soundness.warm import ONE_THREAD

WARM = Path(__file__).with_name("warm.py")


class Judge:
    """A warm process; a context manager."""

    def __init__(self) -> None:
        # the analysis that is judged is the one that this process imports
        path = os.pathsep.join(entry for entry in sys.path if entry)
        environment = {**os.environ, **ONE_THREAD, "PYTHONPATH": path, "MPLBACKEND": "Agg"}
        self.process = subprocess.Popen(
            [sys.executable, str(WARM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def __enter__(self) -> Self:
        assert self.answer() == {"ready": True}
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(timeout=60)
        self.process.stdout.close()

    def answer(self) -> dict[str, Any]:
        """The next answer of the process."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the warm process ended"
        return dict(json.loads(line))

    def judge(self, job: dict[str, Any]) -> dict[str, Any]:
        """The verdict on one notebook: see `warm.judge`."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        return self.answer()

    def all(self, jobs: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """The verdict on each notebook."""
        for job in jobs:
            yield self.judge(job)
