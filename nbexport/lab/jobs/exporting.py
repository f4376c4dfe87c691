"""The job `export`: writes what was previewed, all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping

from nbexport import api, disk
from nbexport.errors import NbexportError
from nbexport.lab import panel
from nbexport.lab.jobs.asked import Asked
from nbexport.lab.jobs.job import Job
from nbexport.lab.routes.planning import digest_of
from nbexport.lab.tasks.requests import RequestError
from nbexport.lab.tasks.saving import once_saved
from nbexport.plan import Action, Change, Plan
from nbexport.program import Refused
from nbexport.record import replace

SHOWN_FIRST = ("train.py", "README.md")
"""What somebody looks at after an export."""


def chosen(asked: Asked) -> Plan:
    """The plan with the choices that were made about its files; nothing is written.

    Raises:
        RequestError: It is not what was previewed, or a file would lose what was written by hand.
        NbexportError: Notebook or folder cannot be used.
    """
    made = once_saved(lambda: api.plan(asked.request), asked.request.notebooks)
    if isinstance(made, Refused):
        raise refused(made)
    if digest_of(made) != asked.digest:
        raise RequestError(409, "Notebook or project have changed since the preview.", fix="Look at the preview again.")
    conflicts = {change.path for change in made.conflicts}
    if others := asked.texts.keys() - conflicts:
        raise RequestError(409, f"{_names(others)}: there is no conflict to settle.", fix="Look at the preview again.")
    if left := conflicts - asked.keep - asked.take - asked.texts.keys():
        raise RequestError(
            409, f"{_names(left)} would lose what was written by hand.", fix="Keep yours, take the new one, or merge."
        )
    return merged(panel.keep(made, asked.keep - asked.texts.keys()), asked.texts)


def refused(made: Refused) -> RequestError:
    """Why a notebook cannot be exported."""
    first = made.against[0]
    where = f"cell {first.problem.cell}: " if first.problem.cell else ""
    why = f"{where}{first.problem.message} ({first.code})".replace("`", "")
    return RequestError(409, "The notebook cannot be exported.", why, "Check it again.")


def merged(plan: Plan, texts: Mapping[str, str]) -> Plan:
    """The plan with merged texts for files in conflict.

    Raises:
        RequestError: A text cannot be written as UTF-8.
    """

    def settled(change: Change) -> Change:
        if change.path not in texts:
            return change
        try:
            after = texts[change.path].encode()
        except UnicodeEncodeError:
            raise RequestError(400, f"{change.path}: the merged text holds half a character.") from None
        return replace(change, action=Action.MERGE, after=after, note="merged by hand")

    return replace(plan, changes=tuple(settled(change) for change in plan.changes))


def export(job: Job, asked: Asked, plan: Plan) -> str:
    """Write a plan; why `nbexport sync` will not find the project by itself, or nothing.

    Raises:
        NbexportError: The folder cannot be written; everything is as it was before.
    """
    api.apply(plan, force=bool(asked.take))
    there = sorted(
        change.path for change in plan.changes if change.after is not None and change.path not in (disk.LOCK, disk.BASE)
    )
    first = next((name for name in (*SHOWN_FIRST, *there) if name in there), "")
    job.applied = {
        "folder": asked.output,
        "open": f"{asked.output}/{first}" if first else "",
        "written": sum(change.before != change.after for change in plan.changes),
    }
    try:
        for notebook in asked.notebooks:
            disk.remember(notebook, asked.project)
    except NbexportError as error:
        # the export stands
        return str(error)
    return ""


def _names(paths: set[str]) -> str:
    return ", ".join(sorted(paths))
