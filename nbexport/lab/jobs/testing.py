"""The job `test`: runs the project's own tests with the server's Python."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from nbexport import api
from nbexport.lab.jobs.asked import Asked
from nbexport.lab.jobs.job import FailedError, Job
from nbexport.program import Lifted
from nbexport.verify import watched

SHOWN = 8
_COLLECTED = re.compile(r"collected (\d+) items?")
_RESULT = re.compile(r"(\S+::.*) (?:PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)\b")
_SUMMARY = re.compile(r"=+ (.*) in [\d.]+s.* =+")
"""Lines that pytest prints; of these depends what is shown while the tests run, and not how they end."""


def run_tests(job: Job, asked: Asked) -> None:
    """Run the tests of a project.

    Raises:
        FailedError: A test fails, or they cannot be run.
        StoppedError: The job was cancelled.
    """
    if importlib.util.find_spec("pytest") is None:
        raise FailedError(
            "The server's Python has no pytest.", fix="Install what the project's tests need, and run them again."
        )
    job.does("the project's tests")
    with TemporaryDirectory(prefix="nbexport-tests-") as scratch:
        status = watched.run_tests(
            asked.project, scratch=Path(scratch), stop=job.stop, line=_reader(job), secrets=secrets_of(asked)
        )
    if status == watched.NO_TESTS:
        raise FailedError("The project has no tests.", fix="Export the notebook again.")
    if status == 1:
        raise FailedError("Some of the project's tests fail.", why=job.last_lines(SHOWN))
    if status != 0:
        raise FailedError("The project's tests cannot be run.", why=job.last_lines(SHOWN))


def secrets_of(asked: Asked) -> Mapping[str, str]:
    """Environment variable → the notebook's own literal, of each secret; none of a notebook that cannot be lifted."""
    lifted = api.lift(asked.notebooks, level=1, text=asked.held)
    return lifted.program.secrets if isinstance(lifted, Lifted) else {}


def _reader(job: Job) -> Callable[[str], None]:
    """Keeps the lines of the tests, and sees in them how far these are."""

    def read(line: str) -> None:
        job.say(line)
        if collected := _COLLECTED.search(line):
            job.expect(int(collected[1]))
        elif result := _RESULT.match(line):
            job.next(result[1])
        elif summary := _SUMMARY.match(line):
            job.does(summary[1])

    return read
