"""Notebooks → verdicts, by warm processes that live as long as the caller asks."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from soundness.warm import LARGE, ONE_THREAD

WARM = Path(__file__).with_name("warm.py")
NAMES_LARGE = re.compile(rf"\b(?:{'|'.join(sorted({name.partition('.')[0] for name in LARGE}))})\b")
"""What a notebook names that needs a large library."""


class Judge:
    """Warm processes, each started when the first notebook for it comes; a context manager."""

    def __init__(self) -> None:
        self.processes: dict[bool, subprocess.Popen[str]] = {}
        """With large libraries, and without."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for process in self.processes.values():
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.close()
            process.wait(timeout=60)
            process.stdout.close()

    def judge(self, job: dict[str, Any]) -> dict[str, Any]:
        """The verdict on one notebook: see `warm.judge`."""
        large = any(map(NAMES_LARGE.search, (job["text"], *job["files"].values())))
        if large not in self.processes:
            self.processes[large] = process = started(large=large)
            assert answer_of(process) == {"ready": True}
        process = self.processes[large]
        assert process.stdin is not None
        process.stdin.write(json.dumps(job) + "\n")
        process.stdin.flush()
        return answer_of(process)

    def all(self, jobs: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """The verdict on each notebook."""
        for job in jobs:
            yield self.judge(job)


def started(*, large: bool) -> subprocess.Popen[str]:
    """A warm process that begins to load its libraries."""
    # the analysis that is judged is the one that this process imports
    path = os.pathsep.join(entry for entry in sys.path if entry)
    return subprocess.Popen(
        [sys.executable, str(WARM), *(["--large"] if large else [])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **ONE_THREAD, "PYTHONPATH": path, "MPLBACKEND": "Agg"},
    )


def answer_of(process: subprocess.Popen[str]) -> dict[str, Any]:
    """The next answer of a warm process."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, "the warm process ended"
    return dict(json.loads(line))
