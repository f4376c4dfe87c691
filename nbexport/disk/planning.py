"""Artifacts + folder → Plan: what an export would do to each file.

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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from nbexport.disk import lockfile
from nbexport.disk.exported import project_digest, recover
from nbexport.disk.lockfile import BASE, LOCK, Record, digest
from nbexport.disk.merge import still_parses, three_way
from nbexport.disk.places import check_paths, check_place, real_folder
from nbexport.disk.reporting import reporting
from nbexport.errors import NbexportError
from nbexport.model import Assumption
from nbexport.plan import Action, Artifact, Change, Plan
from nbexport.record import replace

EDITED = "edited by hand; kept"
REPLACED = "edited by hand; replaced, as the runtime is never merged; yours is kept as `.orig`"


def plan(
    artifacts: Iterable[Artifact],
    folder: Path | str,
    *,
    notebook: str | Sequence[str],
    digest: str,
    level: int,
    options: Mapping[str, Any] | None = None,
    notes: Sequence[str] = (),
    assumptions: Sequence[Assumption] = (),
    ejected: Iterable[Artifact] = (),
) -> Plan:
    """What writing the artifacts would do; nothing is written, but an interrupted export is settled first.

    Args:
        artifacts: Every file of the project.
        folder: The project's folder; it need not exist.
        notebook: File name of the notebook, or of several in the order in which they run.
        digest: Digest of the notebook.
        level: Maturity level.
        options: What else the export was asked for.
        notes: Sentences to show with the plan.
        assumptions: What the export takes to be harmless.
        ejected: The files that are other ones where the runtime is vendored, as they are then.

    Raises:
        NbexportError: The folder or a path cannot be used, or the folder cannot be read.
    """
    files, names = list(artifacts), (notebook,) if isinstance(notebook, str) else tuple(notebook)
    check_paths([*(file.path for file in files), LOCK, BASE])
    with reporting(folder):
        recovered = recover(folder)
        place = real_folder(Path(folder))
        record = lockfile.read(place)
        files += lockfile.artifacts(
            lockfile.recorded(
                files,
                notebook=names[-1],
                digest_of_notebook=digest,
                level=level,
                options=options or {},
                verified=None if record is None else record.verified,
                assumptions=assumptions,
                ejected=ejected,
                notebooks=names if len(names) > 1 else (),
            )
        )
        generated = {file.path.casefold() for file in files}
        known = record or Record()
        gone = [path for path, file in known.files.items() if path.casefold() not in generated and file.owned]
        changes = changes_of(files, place, known, removed=gone)
        # what would be written is what was verified, if nothing would be
        stays = all(change.action is Action.SAME or change.path in (LOCK, BASE) for change in changes)
        verified = stays and record is not None and record.verified is not None and record.notebook == names[-1]
        verified = verified and lockfile.verified(record, notebook=digest, project=project_digest(place))
    remarks = [*notes, recovered] if recovered else list(notes)
    if record is not None and (before := record.notebooks or (record.notebook,)) != names:
        remarks.append(f"the folder holds the export of {_listed(before)}, which that of {_listed(names)} takes over")
    lowered_from = record.level if record is not None and record.level > level else 0
    return Plan(str(folder), changes, tuple(remarks), tuple(assumptions), verified, lowered_from)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def changes_of(
    files: Iterable[Artifact], folder: Path, record: Record, *, removed: Iterable[str]
) -> tuple[Change, ...]:
    """What writing some files and removing others would do, lock and base last.

    Args:
        files: The files, as they would be written.
        folder: The project's folder.
        record: What the last export wrote there.
        removed: Paths of files that are no longer generated.

    Raises:
        NbexportError: A path leads out of the folder, or something that is not a file lies there.
    """
    changes = [replace(_change(file, folder, record), vendored=file.vendored) for file in files]
    changes += _orphans(removed, folder, record)
    return tuple(sorted(changes, key=lambda change: (change.path in (LOCK, BASE), change.path)))


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
    yours = lockfile.unix_text(before)
    if yours == new or before == new:
        if file.executable and os.name == "posix" and not place.stat().st_mode & 0o100:
            return Change(file.path, Action.UPDATE, before, before, True, "made executable")
        return Change(file.path, Action.SAME, before, before, file.executable)
    if file.path == BASE and lockfile.same_base(before, new):
        return Change(file.path, Action.SAME, before, before, file.executable)
    if file.path in (LOCK, BASE):
        return Change(file.path, Action.UPDATE, before, new, file.executable)
    written = record.files.get(file.path)
    if written is None:
        note = "not written by nbexport"
        return Change(file.path, Action.CONFLICT, before, new, file.executable, note)
    if lockfile.is_as_written(before, written):
        return Change(file.path, Action.UPDATE, before, new, file.executable)
    if file.vendored:
        return Change(file.path, Action.UPDATE, before, new, file.executable, REPLACED, kept=True)
    if written.sha256 == digest(new):
        return Change(file.path, Action.SAME, before, before, file.executable, EDITED)
    return _merged(file, before, yours, record.base.get(file.path))


def _merged(file: Artifact, before: bytes, yours: bytes, base: str | None) -> Change:
    text = lockfile.text_of(file)
    if base is not None and text is not None:
        merged = next((one for mine in _readings(file.path, yours) if (one := three_way(base, mine, text))), None)
        if merged is not None and still_parses(file.path, merged):
            after = merged.encode()
            action = Action.SAME if after == yours else Action.MERGE
            note = EDITED if action is Action.SAME else "your edit and the notebook's change"
            return Change(file.path, action, before, before if action is Action.SAME else after, file.executable, note)
    return Change(file.path, Action.CONFLICT, before, file.content, file.executable, "edited by hand")


def _readings(path: str, yours: bytes) -> Iterator[str]:
    """What a file says, and what it says once it is formatted, which is how an export would write the same."""
    try:
        text = yours.decode()
        yield text
        if path.endswith(".py"):
            from nbexport.lift import style

            yield style.finished(text, path)
    except (UnicodeDecodeError, NbexportError):
        # not a text, or not Python: there is nothing to format
        return


def _orphans(removed: Iterable[str], folder: Path, record: Record) -> list[Change]:
    changes = []
    gone = list(removed)
    check_paths(gone)
    for path in gone:
        place = check_place(folder, path)
        if not place.is_file():
            continue
        before = place.read_bytes()
        edited = not lockfile.is_as_written(before, record.files[path])
        if record.is_vendored(path):
            note = "edited by hand; removed with the runtime; yours is kept as `.orig`" if edited else ""
            changes.append(Change(path, Action.ORPHAN, before, None, note=note, vendored=True, kept=edited))
            continue
        note = f"no longer generated; {EDITED}" if edited else "no longer generated; removed"
        changes.append(Change(path, Action.ORPHAN, before, before if edited else None, note=note))
    return changes
