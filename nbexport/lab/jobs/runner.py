"""Runs jobs, each in a thread of its own, until they end, are cancelled, or the server stops.

The threads are daemons, so that no work keeps a server alive that was told to end; `end` stops all of it first.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from logging import Logger
from pathlib import Path

from nbexport.errors import NbexportError
from nbexport.lab.jobs.history import SERVER_GONE, History, moved
from nbexport.lab.jobs.job import ENDED, FailedError, Job
from nbexport.lab.jobs.problems import problem_of
from nbexport.lab.wire.types import JobKind, JobState, WireJob, WireProblem
from nbexport.verify.stopping import StoppedError

Work = Callable[[Job], None]

MOST_AT_ONCE = 20
"""Jobs that run or wait."""
MOST_KEPT = 50
"""Ended jobs that are remembered with all that they printed; the history has the others."""
MOST_SHOWN = 30
"""Jobs of one notebook."""
END_S = 15.0


class Runner:
    """The jobs of this server.

    Args:
        history: The jobs of earlier sessions, and what becomes of these.
        root: The server's root folder.
        log: Told what nobody else is.
    """

    def __init__(self, history: History, *, root: Path, log: Logger) -> None:
        self._history, self._root, self._log = history, root, log
        self._jobs: dict[str, Job] = {}
        self._turns: deque[Job] = deque()
        self._changed = threading.Condition()
        self._ending = False

    def begin(self, job: Job, work: Work) -> None:
        """Run a job; a verification waits until the others are done.

        Raises:
            FailedError: Too many run already, or the server stops.
        """
        with self._changed:
            if self._ending:
                raise FailedError("The server is stopping.")
            if sum(other.state not in ENDED for other in self._jobs.values()) >= MOST_AT_ONCE:
                raise FailedError("Too many jobs run on this server.", fix="Wait, or cancel one of them.")
            for old in [other.id for other in self._jobs.values() if other.over.is_set()][:-MOST_KEPT]:
                del self._jobs[old]
            self._jobs[job.id] = job
            if job.kind is JobKind.VERIFY:
                self._turns.append(job)
            else:
                job.state = JobState.RUNNING
        self._note(job)
        threading.Thread(target=self._run, args=(job, work), name=f"nbexport {job.kind}", daemon=True).start()

    def running(self, kind: JobKind, *, project: Path | None = None, notebook: Path | None = None) -> Job | None:
        """A job that has not ended, of a project or of a notebook."""
        with self._changed:
            return next(
                (
                    job
                    for job in self._jobs.values()
                    if job.kind is kind
                    and not job.over.is_set()
                    and project in (None, job.project)
                    and notebook in (None, job.place)
                ),
                None,
            )

    def find(self, name: str) -> Job | None:
        """A job of this session."""
        with self._changed:
            return self._jobs.get(name)

    def told(self, name: str) -> WireJob | None:
        """A job of this session or an earlier one, as the browser gets it.

        Raises:
            NbexportError: The history cannot be read.
        """
        job = self.find(name)
        return self._history.find(name) if job is None else job.wire()

    def of(self, notebook: Path) -> list[WireJob]:
        """The jobs of a notebook, the newest first.

        Raises:
            NbexportError: The history cannot be read.
        """
        jobs = {wire["id"]: wire for wire in self._history.of(notebook)}
        with self._changed:
            jobs.update({job.id: job.wire() for job in self._jobs.values() if job.place == notebook})
        return list(jobs.values())[: -MOST_SHOWN - 1 : -1]

    def move(self, before: Path, after: Path | None) -> None:
        """Keep jobs with their notebook, where that or a folder was renamed; no new name says that it was deleted."""
        with self._changed:
            for job in self._jobs.values():
                job.place = moved(job.place, before, after)
        try:
            self._history.move(before, after)
        except NbexportError as error:
            self._log.warning("nbexport will not remember that %s was renamed: %s", before, error)

    def cancel(self, job: Job) -> None:
        """Let a job end, with all that it has started."""
        job.stop.ask()
        with self._changed:
            self._changed.notify_all()

    def end(self) -> None:
        """End all jobs, and wait until what they started is gone."""
        with self._changed:
            self._ending = True
            left = [job for job in self._jobs.values() if not job.over.is_set()]
        for job in left:
            self.cancel(job)
        until = time.monotonic() + END_S
        for job in left:
            job.over.wait(max(0.0, until - time.monotonic()))

    # ------------------------------------------------------------------ inside

    def _run(self, job: Job, work: Work) -> None:
        state, problem = JobState.DONE, None
        try:
            with self._turn(job):
                work(job)
        except Exception as error:  # noqa: BLE001 - whatever it is, the job has ended, and says so
            state, problem = self._trouble(job, error)
        job.end(state, problem)
        self._note(job)
        job.over.set()

    def _trouble(self, job: Job, error: Exception) -> tuple[JobState, WireProblem | None]:
        """How a job ends that raised an error."""
        if job.stop.asked or isinstance(error, StoppedError):
            return (JobState.FAILED, SERVER_GONE) if self._ending else (JobState.CANCELLED, None)
        if isinstance(error, FailedError):
            return JobState.FAILED, error.problem
        if isinstance(error, NbexportError):
            return JobState.FAILED, problem_of(error, root=self._root)
        self._log.error("nbexport %s of %s failed", job.kind, job.notebook, exc_info=error)
        return JobState.FAILED, {"message": "This failed.", "why": "", "fix": "The server's log says more."}

    @contextmanager
    def _turn(self, job: Job) -> Iterator[None]:
        """The time in which a job may run; a verification's comes when those before it are done.

        Raises:
            StoppedError: It was cancelled before.
        """
        try:
            if job.kind is JobKind.VERIFY:
                job.does("waits for another verification")
                with self._changed:
                    self._changed.wait_for(lambda: self._turns[0] is job or job.stop.asked)
                job.stop.check()
                job.does("")
                job.state = JobState.RUNNING
            yield
        finally:
            with self._changed:
                if job in self._turns:
                    self._turns.remove(job)
                self._changed.notify_all()

    def _note(self, job: Job) -> None:
        try:
            self._history.add(job)
        except NbexportError as error:
            self._log.warning("nbexport will not remember its job of %s: %s", job.notebook, error)
