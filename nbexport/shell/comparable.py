"""What `nbexport verify` compares a notebook with: its exported project, or a passing one; and within which limits."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from nbexport import api, disk, levels
from nbexport.errors import NbexportError
from nbexport.plan import ExportRequest, Plan
from nbexport.program import Refused
from nbexport.report import pasting
from nbexport.report.printable import printable
from nbexport.shell.terminal import warn
from nbexport.verify.limits import GIGABYTE, Limits


def limits_of(options: Namespace) -> Limits:
    """What each process of a comparison may use.

    Raises:
        NbexportError: A number is not a limit.
    """
    for name, most in (("timeout", options.timeout), ("memory", options.memory)):
        if most is not None and not most >= 0:
            raise NbexportError(f"`--{name} {most:g}` is not a limit", fix="give a positive number, or 0 for no limit")
    return Limits(options.timeout, -1 if options.memory is None else options.memory * GIGABYTE)


@contextmanager
def project_of(notebook: Path, named: str | None, *, level: int | None) -> Iterator[Path]:
    """The folder of the project to compare with, while it is compared.

    Args:
        notebook: The notebook.
        named: The folder that was asked for; None takes the notebook's project where it has one, and elsewhere exports
            the notebook to a folder that is removed afterwards.
        level: The level that such an export must have; None takes the highest at which the notebook's code is compared.

    Raises:
        NbexportError: The notebook cannot be read or exported, or has several projects.
    """
    if named is not None:
        yield Path(named)
        return
    projects = disk.projects_of(notebook)
    if len(projects) > 1 and projects[0] != disk.usual(notebook):
        places = ", ".join(f"`{printable(str(place))}`" for place in projects)
        raise NbexportError(
            f"`{printable(notebook.name)}` has several projects: {places}", fix="say which one with --project"
        )
    if projects:
        yield projects[0]
        return
    with TemporaryDirectory(prefix="nbexport-verify-") as scratch:
        folder = Path(scratch) / notebook.stem
        plan, at = _planned(notebook, folder, [levels.SERVICE, 1] if level is None else [level])
        if isinstance(plan, Refused):
            first = plan.against[0]
            raise NbexportError(
                f"`{printable(notebook.name)}` cannot be exported, so there is nothing to compare with",
                why=f"{first.code} in cell {first.problem.cell}: {first.problem.message}",
                fix=f"run `{pasting.command('', notebook, '--level', str(at))}`, which says what it lacks",
            )
        name = printable(notebook.name)
        warn(f"`{name}` has no exported project: level {at} of it is made in a scratch folder")
        api.apply(plan)
        yield folder
    keep = pasting.command("", notebook, "--level", str(at))
    warn(f"The scratch folder is removed, with what was recorded in it. To keep a project: {keep}")


def _planned(notebook: Path, folder: Path, tried: Sequence[int]) -> tuple[Plan | Refused, int]:
    """The plan of the first of some levels that the notebook can be exported to, and that level."""
    for level in tried:
        plan = api.plan(ExportRequest(notebook, folder, level))
        if isinstance(plan, Plan):
            break
    return plan, level
