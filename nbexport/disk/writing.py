"""Plan → files: all of it or nothing; and one file of the user's, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from nbexport.disk import history, transaction
from nbexport.disk.places import check_place, real_folder
from nbexport.disk.reporting import reporting
from nbexport.disk.transaction import Write
from nbexport.errors import NbexportError
from nbexport.plan import Action, Change, Plan


def apply(plan: Plan, *, force: bool = False) -> None:
    """Write what was planned: all of it or nothing.

    Args:
        plan: The plan, made just before.
        force: Overwrite files in conflict, each kept beside it as `.orig`.

    Raises:
        NbexportError: There are conflicts and `force` is not given, a file changed since the plan was made, or
            writing failed.
    """
    if plan.conflicts and not force:
        names = ", ".join(f"`{change.path}`" for change in plan.conflicts)
        raise NbexportError(f"{names} would lose what was written by hand", fix="overwrite with --force")
    with reporting(plan.folder):
        folder = real_folder(Path(plan.folder))
        writes = [write for change in plan.changes for write in _writes(change, folder)]
        if not writes and not plan.takes_back:
            return
        is_new = bool(plan.takes_back) and history.made_folder(folder, plan.takes_back)
        check_place(folder, f"{history.HISTORY}/step")
        if plan.takes_back:
            writes += history.taken_back(folder, plan.takes_back)
        else:
            writes += history.kept(folder, plan.changes, writes)
        known = {*(change.path for change in plan.changes), *(write.path for write in writes)}
        transaction.commit(folder, writes, known=frozenset(known))
        if is_new and not os.listdir(folder):
            folder.rmdir()


def write_file(path: Path, content: bytes) -> None:
    """Write one file outside a project, whole or not at all.

    Raises:
        NbexportError: It cannot be written.
    """
    with reporting(path):
        transaction.write_one(Path(os.path.realpath(path)), content)


def _writes(change: Change, folder: Path) -> Iterable[Write]:
    if change.action is Action.SAME or (change.action is Action.ORPHAN and change.after is not None):
        return
    place = check_place(folder, change.path)
    now = place.read_bytes() if place.is_file() else None
    if now != change.before:
        raise NbexportError(f"`{place}` changed while the export was planned", fix="run the same command again")
    if (change.kept or change.action is Action.CONFLICT) and now is not None:
        yield Write(_backup(folder, change.path), now, before=None, executable=bool(place.stat().st_mode & 0o100))
    yield Write(change.path, change.after, before=now, executable=change.executable)


def _backup(folder: Path, path: str) -> str:
    """The first free name of a kept file: `train.py.orig`, then `train.py.orig.2`."""
    name, number = f"{path}.orig", 1
    while os.path.lexists(folder / name):
        number += 1
        name = f"{path}.orig.{number}"
    return name
