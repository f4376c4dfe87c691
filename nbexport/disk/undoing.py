"""The last exports of a project → the plan that takes them back.

For each file three texts are compared, as at an export: what the export wrote (*base*), what lies there now (*yours*)
and what lay there before the export (*new*). So an edit made since then is merged, kept or in conflict, never lost.
Several exports are taken back one after the other: a file may have been edited between them.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

from nbexport.disk import lockfile
from nbexport.disk.exported import recover
from nbexport.disk.history import Step, Touched, is_unchanged, steps_of
from nbexport.disk.lockfile import BASE, LOCK, Record, Written, digest
from nbexport.disk.places import check_paths, real_folder
from nbexport.disk.planning import changes_of
from nbexport.disk.reporting import reporting
from nbexport.errors import NbexportError
from nbexport.plan import Action, Artifact, Change, Plan
from nbexport.record import replace

NOTES = {
    (Action.CREATE, True): "removed by the export",
    (Action.MERGE, True): "your edit since then, and what lay there before",
    (Action.ORPHAN, False): "created by the export; removed",
    (Action.ORPHAN, True): "created by the export, edited by hand since; kept",
}
"""(what happens to a file, whether one lies there afterwards) → what is said of it."""


def exports(folder: Path | str) -> tuple[Step, ...]:
    """The exports to a folder that can be taken back, the newest first.

    Raises:
        NbexportError: The folder or what is kept in it cannot be read.
    """
    with reporting(folder):
        place = real_folder(Path(folder))
        known = steps_of(place)
    if not known or not is_unchanged(place, known[0].lock_after):
        return ()
    broken = (n for n, (newer, older) in enumerate(pairwise(known), start=1) if newer.lock_before != older.lock_after)
    return known[: next(broken, len(known))]


def undo(folder: Path | str) -> Plan:
    """What taking back the last export would do; nothing is written, but an interrupted export is settled first.

    Args:
        folder: The project's folder.

    Raises:
        NbexportError: There is none, the project is not what it left, or it cannot be read.
    """
    with reporting(folder):
        recovered = recover(folder)
        place = real_folder(Path(folder))
        last = _last(folder, place)
        record = lockfile.read(place) or Record()
        touched = {path: one for path, one in last.files.items() if one.before != one.after}
        check_paths(touched)
        restored = [
            Artifact(path, last.contents[one.before], one.executable, vendored=one.vendored)
            for path, one in touched.items()
            if one.before is not None
        ]
        removed = [path for path, one in touched.items() if one.before is None]
        changes = changes_of(restored, place, _written(touched, last.contents, record, place), removed=removed)
    return Plan(str(folder), tuple(map(_noted, changes)), (recovered,) if recovered else (), takes_back=last.path)


def _last(folder: Path | str, place: Path) -> Step:
    known = exports(folder)
    if known:
        return known[0]
    if steps_of(place):
        raise NbexportError(
            f"`{folder}` is not what its last export left",
            why=f"`{LOCK}` has changed since, as it does when another commit is checked out",
            fix="take the export back with version control, or check out the commit that holds it",
        )
    raise NbexportError(
        f"no export to `{folder}` can be taken back",
        why="none is kept there",
        fix="name the folder of a project: `nbexport undo PROJECT`",
    )


def _written(touched: Mapping[str, Touched], contents: Mapping[str, bytes], record: Record, folder: Path) -> Record:
    """What the export wrote, as a record that hand edits are found by."""
    files = {path: Written(one.after, True) for path, one in touched.items() if one.after is not None}
    # nobody edits these: what `nbexport verify` adds to the lock goes with it
    own = [path for path in (LOCK, BASE) if path in files and (folder / path).is_file()]
    files |= {path: Written(digest((folder / path).read_bytes()), True) for path in own}
    base = dict(record.base)
    for path, one in touched.items():
        text = _text(contents.get(one.after or ""))
        if text is not None:
            base[path] = text
    base = {path: text for path, text in base.items() if path in files and digest(text.encode()) == files[path].sha256}
    vendored = {path.partition("/")[0] for path, one in touched.items() if one.vendored}
    # where the export removed a file and one lies there again, a person has written it: it is in no list
    return Record(files=files, base=base, vendored=tuple(sorted(vendored)))


def _text(content: bytes | None) -> str | None:
    try:
        return None if content is None else content.decode()
    except UnicodeDecodeError:
        return None


def _noted(change: Change) -> Change:
    note = NOTES.get((change.action, change.after is not None))
    # the files of the runtime are told together, and what is said of one of them holds here too
    return change if note is None or change.vendored else replace(change, note=note)
