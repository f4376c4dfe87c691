"""One job: what it is about, how far it is, what came of it. It is written by its thread and read by all others."""

from __future__ import annotations

import secrets
import threading
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from nbexport.lab.wire.types import JobKind, JobState, WireApplied, WireJob, WireProblem, WireVerdict
from nbexport.report.printable import printable
from nbexport.verify.stopping import Stop

if TYPE_CHECKING:
    from nbexport.verify.live import LiveService

MOST_LINES = 200
LONGEST_LINE = 500
ENDED = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


class FailedError(Exception):
    """A job that did not do its work, in words for the person who asked for it."""

    def __init__(self, message: str, *, why: str = "", fix: str = "") -> None:
        super().__init__(message)
        self.problem: WireProblem = {"message": message, "why": why, "fix": fix}


class Job:
    """Work of the server.

    Args:
        kind: What it does.
        notebook: Path of the notebook, as the browser knows it.
        place: The notebook on disk.
        folder: Path of the project, as the browser knows it.
        project: The project on disk.
        level: Maturity level.
    """

    def __init__(self, kind: JobKind, *, notebook: str, place: Path, folder: str, project: Path, level: int) -> None:
        self.id = secrets.token_hex(8)
        self.kind, self.notebook, self.folder, self.level = kind, notebook, folder, level
        self.place: Path | None = place
        """Where the notebook is now, which may be renamed meanwhile; None where it was deleted."""
        self.project = project
        self.stop = Stop()
        self.over = threading.Event()
        """Set when it has ended, and whoever asks sees how."""
        self.begun, self.ended = now(), ""
        self.applied: WireApplied | None = None
        self.verdict: WireVerdict | None = None
        self.examples: list[str] = []
        self.service: LiveService | None = None
        """Answers requests from the moment in which it is ready until it ends."""
        self.state = JobState.WAITING
        self.problem: WireProblem | None = None
        self._lock = threading.Lock()
        self._lines: deque[str] = deque(maxlen=MOST_LINES)
        self._step = self._steps = 0
        self._doing = ""

    def expect(self, steps: int) -> None:
        """Say how many steps there are in all."""
        with self._lock:
            self._steps = steps

    def next(self, doing: str) -> None:
        """Begin the next step; there are more than expected where this is one too many."""
        with self._lock:
            self._step += 1
            self._steps = max(self._steps, self._step) if self._steps else 0
            self._doing = printable(doing)[:LONGEST_LINE]

    def does(self, doing: str) -> None:
        """Say what is done now."""
        with self._lock:
            self._doing = printable(doing)[:LONGEST_LINE]

    def say(self, line: str) -> None:
        """Keep a line that was printed."""
        with self._lock:
            self._lines.append(printable(line)[:LONGEST_LINE])

    def last_lines(self, count: int) -> str:
        """The last lines that say something."""
        with self._lock:
            return "\n".join([line for line in self._lines if line.strip()][-count:])

    def end(self, state: JobState, problem: WireProblem | None = None) -> None:
        """Say how it ended."""
        with self._lock:
            self.service = None
            self.state, self.problem, self.ended = state, problem, now()

    def wire(self) -> WireJob:
        """The job as the browser gets it."""
        with self._lock:
            known = self._steps > 0
            return {
                "id": self.id,
                "kind": self.kind,
                "notebook": self.notebook,
                "folder": self.folder,
                "level": self.level,
                "state": self.state,
                "step": self._step if known else 0,
                "steps": self._steps,
                "doing": self._doing,
                "begun": self.begun,
                "ended": self.ended,
                "lines": list(self._lines),
                "applied": self.applied,
                "verdict": self.verdict,
                "ready": self.service is not None,
                "examples": list(self.examples),
                "problem": self.problem,
            }


def now() -> str:
    """The time in ISO 8601, in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
