"""The job `verify`: runs notebook and project, and compares what they compute."""

from __future__ import annotations

from nbexport import api, disk, levels
from nbexport.lab.jobs.asked import Asked
from nbexport.lab.jobs.job import FailedError, Job
from nbexport.lab.wire.verdicts import verdict
from nbexport.read.joining import python_notebooks
from nbexport.verify.steps import expected


def verify(job: Job, asked: Asked) -> None:
    """Compare a notebook, as it is in the browser, and those that go with it, with their project.

    Raises:
        FailedError: There is no project.
        NbexportError: One of the two does not run.
        StoppedError: The job was cancelled.
    """
    record = disk.written(asked.project)
    if record is None:
        raise FailedError("The project is gone.", fix="Export the notebook.")
    to_rehearse = rehearsed(asked.level, of=record.level)
    notebook = python_notebooks(asked.notebooks, text=asked.held)
    job.expect(expected(notebook, asked.project, to_rehearse=to_rehearse))
    verification = api.verify(
        asked.notebooks,
        project=asked.project,
        text=asked.held,
        to_rehearse=to_rehearse,
        progress=job.next,
        stop=job.stop,
    )
    job.verdict = verdict(verification, notebook_changed=record.digest != verification.digest)


def rehearsed(level: int, *, of: int) -> int:
    """The level whose workflows are rehearsed too: the one that is asked for, as far as the project has it.

    Args:
        level: The level that is asked for.
        of: The level of the project.
    """
    most = min(level, of)
    return most if most >= levels.PIPELINE else 0
