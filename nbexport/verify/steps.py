"""How many steps a verification has, so that whoever watches it sees how far it is."""

from __future__ import annotations

from pathlib import Path

from nbexport.levels import PIPELINE, PLATFORM
from nbexport.model import Notebook
from nbexport.verify.dockerfile import trained_in
from nbexport.verify.service import is_service
from nbexport.verify.workflows import jobs

OF_PROJECT = 4
"""Two trainings, each with its bundle loaded in another process."""
OF_SIMULATION = 2


def expected(notebook: Notebook, project: Path, *, to_rehearse: int = 0) -> int:
    """The steps that are told while a notebook and its project are compared; more where they differ.

    Args:
        notebook: The notebook.
        project: The project's folder.
        to_rehearse: The level whose workflows are rehearsed too.

    Raises:
        NbexportError: There are no workflows to rehearse.
    """
    cells = sum(cell.kind == "code" and (cell.language == "python" or bool(cell.magics)) for cell in notebook.cells)
    steps = cells + OF_PROJECT + is_service(project)
    if to_rehearse >= PIPELINE:
        steps += sum(len(job.commands) for job in [*jobs(project), *trained_in(project)])
    return steps + (OF_SIMULATION if to_rehearse >= PLATFORM else 0)
