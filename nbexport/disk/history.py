"""What each export changed, kept in the project so that `nbexport undo` can take it back.

    .nbexport/history/000007.zip    step.json           when it was, and for each file: digest before, digest after
                                    contents/<sha256>   what the export replaced, removed or merged
    .nbexport/history/.gitignore    *

A file that an export leaves as it is costs nothing, and one that it creates costs its digest. Steps are written and
removed in the transaction of the export or of its undo, so that a kill leaves both or neither. They hold nothing that
did not lie in this folder, and git ignores them. `MOST_STEPS` and `MOST_BYTES` bound them; the newest one stays.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbexport.disk import lockfile
from nbexport.disk.lockfile import LOCK, digest
from nbexport.disk.transaction import Write
from nbexport.errors import NbexportError
from nbexport.plan import Action, Change
from nbexport.record import field, record

HISTORY = ".nbexport/history"
MOST_STEPS = 20
MOST_BYTES = 20_000_000
"""Size of all steps together, compressed."""
FORMAT = 1
_IGNORED = f"{HISTORY}/.gitignore"
_TIME = (1980, 1, 1, 0, 0, 0)
"""The time of each member, so that the same contents are the same bytes."""


@record
class Touched:
    """One file that an export changed."""

    before: str | None
    """sha256 of what lay there; None where nothing did."""
    after: str | None
    """sha256 of what was written; None where the file was removed."""
    executable: bool = False
    """Whether what lay there could be run as a program."""
    vendored: bool = False
    """Whether it is a file of the runtime."""


@record
class Step:
    """One export, or another command that changed the project's files, as it is kept."""

    path: str
    """The file that holds it, relative to the project."""
    at: str = ""
    """When, in ISO 8601 (UTC)."""
    notebook: str = ""
    level: int = 0
    made_folder: bool = False
    """Whether the project's folder did not exist before."""
    lock_before: str = ""
    lock_after: str = ""
    """Digests of the lock without what `nbexport verify` adds; empty where there was none."""
    files: Mapping[str, Touched] = field(default_factory=dict)
    contents: Mapping[str, bytes] = field(default_factory=dict)
    """sha256 → what an undo needs."""


def steps_of(folder: Path) -> tuple[Step, ...]:
    """The exports that are kept, the newest first; what is older than a damaged one is left out.

    Raises:
        NbexportError: The newest one is damaged, or a newer nbexport wrote it.
    """
    steps: list[Step] = []
    for path in reversed(_paths(folder)):
        step = _read(folder, path)
        if step is None:
            if steps:
                break
            raise NbexportError(
                f"`{folder / path}` is damaged, so the last export cannot be taken back",
                fix="take it back with version control",
            )
        steps.append(step)
    return tuple(steps)


def kept(folder: Path, changes: Collection[Change], writes: Sequence[Write]) -> Iterator[Write]:
    """The writes that keep what other writes change, and give up the oldest steps.

    Args:
        folder: The project's folder; it need not exist.
        changes: The plan that the writes come from.
        writes: What will be written.
    """
    merged = {change.path for change in changes if change.action is Action.MERGE}
    vendored = {change.path for change in changes if change.vendored}
    contents: dict[str, bytes] = {}
    files: dict[str, dict[str, Any]] = {}
    lock_before = lock_after = _content(folder / LOCK)
    for write in writes:
        before, after = (None if content is None else digest(content) for content in (write.before, write.content))
        if write.before is not None and before is not None:
            contents[before] = write.before
        if write.content is not None and after is not None and write.path in merged:
            contents[after] = write.content
        if write.path == LOCK:
            lock_after = write.content
        place = folder / write.path
        touched: dict[str, Any] = {"before": before, "after": after}
        if write.before is not None and place.stat().st_mode & 0o100:
            touched["executable"] = True
        files[write.path] = touched | ({"vendored": True} if write.path in vendored else {})
    lock: dict[str, Any] = json.loads(lock_after) if lock_after is not None else {}
    step = {
        "format": FORMAT,
        "at": datetime.now(UTC).replace(microsecond=0).isoformat(),
        "notebook": lock.get("notebook", ""),
        "level": lock.get("level", 0),
        "made_folder": not folder.exists(),
        "lock_before": _unverified(lock_before),
        "lock_after": _unverified(lock_after),
        "files": files,
    }
    there = _paths(folder)
    number = int(Path(there[-1]).stem) + 1 if there else 1
    new = _zipped(step, contents)
    if not (folder / _IGNORED).exists():
        yield Write(_IGNORED, b"*\n", before=None)
    yield Write(f"{HISTORY}/{number:06}.zip", new, before=None)
    room = MOST_BYTES - len(new)
    for age, path in enumerate(reversed(there), start=1):
        room -= (folder / path).stat().st_size
        if age >= MOST_STEPS or room < 0:
            yield Write(path, None, before=(folder / path).read_bytes())


def taken_back(folder: Path, path: str) -> Iterator[Write]:
    """The writes that forget the newest step.

    Raises:
        NbexportError: It is not the newest any more.
    """
    there = _paths(folder)
    if path not in there[-1:]:
        raise NbexportError(f"`{folder}` was exported to while the undo was planned", fix="run the same command again")
    yield Write(path, None, before=(folder / path).read_bytes())
    if len(there) == 1 and (ignored := _content(folder / _IGNORED)) is not None:
        yield Write(_IGNORED, None, before=ignored)


def made_folder(folder: Path, path: str) -> bool:
    """Whether the project's folder did not exist before a step."""
    step = _read(folder, path)
    return step is not None and step.made_folder


def is_unchanged(folder: Path, lock: str) -> bool:
    """Whether the lock in a folder is the one of this digest, but for what `nbexport verify` adds."""
    return _unverified(_content(folder / LOCK)) == lock


def _paths(folder: Path) -> list[str]:
    """The files of the steps, the oldest first."""
    try:
        names = os.listdir(folder / HISTORY)
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [f"{HISTORY}/{name}" for name in sorted(names) if name.endswith(".zip") and name[:-4].isdecimal()]


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _unverified(lock: bytes | None) -> str:
    return "" if lock is None else digest(lockfile.with_verified(lock, None))


def _zipped(step: Mapping[str, Any], contents: Mapping[str, bytes]) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        members = {"step.json": json.dumps(step, indent=1, sort_keys=True, ensure_ascii=False).encode()}
        members |= {f"contents/{name}": contents[name] for name in sorted(contents)}
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, _TIME), content, zipfile.ZIP_DEFLATED)
    return whole.getvalue()


def _read(folder: Path, path: str) -> Step | None:
    """A step; None where it is damaged.

    Raises:
        NbexportError: A newer nbexport wrote it.
    """
    try:
        with zipfile.ZipFile(folder / path) as archive:
            step = json.loads(archive.read("step.json"))
            if step["format"] > FORMAT:
                raise NbexportError(
                    f"`{folder / path}` was written by a newer nbexport",
                    fix="upgrade: python -m pip install --upgrade nbexport",
                )
            if sum(member.file_size for member in archive.infolist()) > lockfile.LARGEST_BYTES * 4:
                return None
            contents = {
                name.rpartition("/")[2]: archive.read(name)
                for name in archive.namelist()
                if name.startswith("contents/")
            }
        if any(digest(content) != name for name, content in contents.items()):
            return None
        files = {str(name): Touched(**touched) for name, touched in step["files"].items()}
        if any(one.before is not None and one.before not in contents for one in files.values()):
            return None
        at, notebook, level, made = (
            str(step["at"]),
            str(step["notebook"]),
            int(step["level"]),
            bool(step["made_folder"]),
        )
        locks = str(step["lock_before"]), str(step["lock_after"])
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, LookupError, TypeError, AttributeError):
        return None
    return Step(path, at, notebook, level, made, *locks, files, contents)
