"""Artifacts + folder → Plan; Plan → files. Nothing else in the package writes to disk.

For each file three texts are compared: what nbexport wrote last (*base*), what lies there now (*yours*) and what it
would write now (*new*).

| yours | new | then |
|---|---|---|
| absent | | create |
| = new | | same |
| = base | ≠ base | update |
| ≠ base | = base | same: your edit stays |
| ≠ base | ≠ base | merge where both changes fit together, else conflict |
| = base | no longer generated | orphan: removed; kept where you edited it |
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nbexport.disk import lockfile, transaction
from nbexport.disk.lockfile import BASE, LOCK, Record, digest
from nbexport.disk.merge import still_parses, three_way
from nbexport.disk.places import check_paths, check_place, real_folder
from nbexport.disk.transaction import Write
from nbexport.errors import NbexportError
from nbexport.model import Action, Artifact, Change, Plan

__all__ = ["BASE", "LOCK", "apply", "edited", "plan", "recover", "write_file", "written"]

EDITED = "edited by hand; kept"


def plan(
    artifacts: Iterable[Artifact],
    folder: Path | str,
    *,
    notebook: str,
    digest: str,
    level: int,
    options: Mapping[str, Any] | None = None,
    notes: Sequence[str] = (),
) -> Plan:
    """What writing the artifacts would do; nothing is written, but an interrupted export is settled first.

    Args:
        artifacts: Every file of the project.
        folder: The project's folder; it need not exist.
        notebook: File name of the notebook.
        digest: Digest of the notebook.
        level: Maturity level.
        options: What else the export was asked for.
        notes: Sentences to show with the plan.

    Raises:
        NbexportError: The folder or a path cannot be used, or the folder cannot be read.
    """
    files = list(artifacts)
    files += lockfile.artifacts(files, notebook=notebook, digest_of_notebook=digest, level=level, options=options or {})
    check_paths(file.path for file in files)
    try:
        recovered = recover(folder)
        place = real_folder(Path(folder))
        record = lockfile.read(place)
        changes = [_change(file, place, record or Record()) for file in files]
        changes += _orphans(files, place, record or Record())
    except OSError as error:
        raise _trouble(folder, error) from None
    said = [*notes, recovered] if recovered else list(notes)
    if record is not None and record.notebook != notebook:
        said.append(f"the folder holds the export of `{record.notebook}`, which `{notebook}` takes over")
    changes.sort(key=lambda change: (change.path in (LOCK, BASE), change.path))
    return Plan(str(folder), tuple(changes), tuple(said))


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
    try:
        folder = real_folder(Path(plan.folder))
        writes = [write for change in plan.changes for write in _writes(change, folder)]
        if writes:
            transaction.commit(folder, writes, known=frozenset(change.path for change in plan.changes))
    except OSError as error:
        raise _trouble(plan.folder, error) from None


def recover(folder: Path | str) -> str:
    """Settle an export to this folder that was killed, forward or backward; what was done, or nothing.

    Raises:
        NbexportError: Another nbexport is writing there right now, or the folder cannot be written.
    """
    try:
        return transaction.recover(real_folder(Path(folder)))
    except OSError as error:
        raise _trouble(folder, error) from None


def written(folder: Path | str) -> Record | None:
    """What the last export wrote to a folder; None where nbexport never wrote.

    Raises:
        NbexportError: The folder or what nbexport left in it cannot be read.
    """
    try:
        return lockfile.read(real_folder(Path(folder)))
    except OSError as error:
        raise _trouble(folder, error) from None


def edited(folder: Path | str) -> tuple[str, ...]:
    """The generated files that were changed by hand, or removed, since the export.

    Raises:
        NbexportError: The folder holds no export, or it cannot be read.
    """
    try:
        place = real_folder(Path(folder))
        record = lockfile.read(place)
        if record is None:
            raise NbexportError(f"`{folder}` is no exported project", why=f"it has no {LOCK}", fix="export to it first")
        return tuple(
            path
            for path, written in sorted(record.files.items())
            if written.owned and not _is_unedited(place / path, written)
        )
    except OSError as error:
        raise _trouble(folder, error) from None


def write_file(path: Path, content: bytes) -> None:
    """Write one file outside a project, whole or not at all.

    Raises:
        NbexportError: It cannot be written.
    """
    try:
        transaction.write_one(Path(os.path.realpath(path)), content)
    except OSError as error:
        raise _trouble(path, error) from None


def _change(file: Artifact, folder: Path, record: Record) -> Change:
    place = check_place(folder, file.path) if file.owned or not (folder / file.path).is_file() else folder / file.path
    new = file.content
    if not place.is_file():
        return Change(file.path, Action.CREATE, None, new, file.executable)
    if not file.owned:
        differs = place.stat().st_size != len(new) or place.read_bytes() != new
        note = "not the notebook's any more; delete it to have it replaced" if differs else ""
        return Change(file.path, Action.SAME, None, None, file.executable, note)
    before = place.read_bytes()
    yours = _plain(before)
    if yours == new or before == new:
        if file.executable and os.name == "posix" and not place.stat().st_mode & 0o100:
            return Change(file.path, Action.UPDATE, before, before, True, "made executable")
        return Change(file.path, Action.SAME, before, before, file.executable)
    if file.path in (LOCK, BASE):
        return Change(file.path, Action.UPDATE, before, new, file.executable)
    written = record.files.get(file.path)
    if written is None:
        note = "not written by nbexport"
        return Change(file.path, Action.CONFLICT, before, new, file.executable, note)
    if written.sha256 in (digest(before), digest(yours)):
        return Change(file.path, Action.UPDATE, before, new, file.executable)
    if written.sha256 == digest(new):
        return Change(file.path, Action.SAME, before, before, file.executable, EDITED)
    return _merged(file, before, yours, record.base.get(file.path))


def _merged(file: Artifact, before: bytes, yours: bytes, base: str | None) -> Change:
    text = lockfile.text_of(file)
    if base is not None and text is not None:
        try:
            merged = three_way(base, yours.decode(), text)
        except UnicodeDecodeError:
            merged = None
        if merged is not None and still_parses(file.path, merged):
            after = merged.encode()
            action = Action.SAME if after == yours else Action.MERGE
            note = EDITED if action is Action.SAME else "your edit and the notebook's change"
            return Change(file.path, action, before, before if action is Action.SAME else after, file.executable, note)
    return Change(file.path, Action.CONFLICT, before, file.content, file.executable, "edited by hand")


def _orphans(files: Iterable[Artifact], folder: Path, record: Record) -> list[Change]:
    generated = {file.path.casefold() for file in files}
    found = []
    gone = {path: entry for path, entry in record.files.items() if path.casefold() not in generated and entry.owned}
    check_paths(gone)
    for path, written in gone.items():
        place = check_place(folder, path)
        if not place.is_file():
            continue
        before = place.read_bytes()
        edited = written.sha256 not in (digest(before), digest(_plain(before)))
        note = f"no longer generated; {EDITED}" if edited else "no longer generated; removed"
        found.append(Change(path, Action.ORPHAN, before, before if edited else None, note=note))
    return found


def _writes(change: Change, folder: Path) -> Iterable[Write]:
    if change.action is Action.SAME or (change.action is Action.ORPHAN and change.after is not None):
        return
    place = check_place(folder, change.path)
    now = place.read_bytes() if place.is_file() else None
    if now != change.before:
        raise NbexportError(f"`{place}` changed while the export was planned", fix="run the same command again")
    if change.action is Action.CONFLICT and now is not None:
        yield Write(_backup(folder, change.path), now, before=None, executable=bool(place.stat().st_mode & 0o100))
    yield Write(change.path, change.after, before=now, executable=change.executable)


def _backup(folder: Path, path: str) -> str:
    """The first free name of a kept file: `train.py.orig`, then `train.py.orig.2`."""
    name, number = f"{path}.orig", 1
    while os.path.lexists(folder / name):
        number += 1
        name = f"{path}.orig.{number}"
    return name


def _is_unedited(place: Path, written: lockfile.Written) -> bool:
    if not place.is_file():
        return False
    content = place.read_bytes()
    return written.sha256 in (digest(content), digest(_plain(content)))


def _plain(content: bytes) -> bytes:
    """The content with Unix line ends: a checkout that changes them is no edit."""
    return content if b"\0" in content else content.replace(b"\r\n", b"\n")


def _trouble(folder: Path | str, error: OSError) -> NbexportError:
    name = error.filename if isinstance(error.filename, str) else folder
    return NbexportError(
        f"`{folder}` cannot be written; it is as it was before",
        why=f"{error.strerror or error} (`{name}`)",
        fix="check permissions and free space, or give another folder with --output",
    )
