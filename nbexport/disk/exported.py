"""An exported project as it lies on disk: what was written last, what a person changed, an export that was killed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from nbexport import __version__
from nbexport.disk import lockfile, transaction
from nbexport.disk.lockfile import LOCK, Record, Verified
from nbexport.disk.places import real_folder
from nbexport.disk.reporting import reporting
from nbexport.errors import NbexportError

_NO_CODE = ("tests/", ".github/", ".gitlab-ci.yml")
"""Where generated files lie that no training and no service reads."""
_NO_SOURCES = frozenset({"tests", "models", "data", "mlruns", "logs", "build", "node_modules"})
"""Folders of a project that hold none of its code."""


def recover(folder: Path | str) -> str:
    """Settle an export to this folder that was killed, forward or backward; what was done, or nothing.

    Raises:
        NbexportError: Another nbexport is writing there right now, or the folder cannot be written.
    """
    with reporting(folder):
        return transaction.recover(real_folder(Path(folder)))


def written(folder: Path | str) -> Record | None:
    """What the last export wrote to a folder; None where nbexport never wrote.

    Raises:
        NbexportError: The folder or what nbexport left in it cannot be read.
    """
    with reporting(folder):
        return lockfile.read(real_folder(Path(folder)))


def edited(folder: Path | str) -> tuple[str, ...]:
    """The generated files that were changed by hand, or removed, since the export.

    Raises:
        NbexportError: The folder holds no export, or it cannot be read.
    """
    with reporting(folder):
        place = real_folder(Path(folder))
        record = lockfile.read(place)
        if record is None:
            raise NbexportError(
                f"`{folder}` is not an exported project", why=f"it has no {LOCK}", fix="export to it first"
            )
        return tuple(
            path
            for path, entry in sorted(record.files.items())
            if entry.owned and not _is_unedited(place / path, entry)
        )


def differing(record: Record, folder: Path) -> tuple[str, ...]:
    """The files of an exported project that also lie in another folder, where they hold something else.

    Raises:
        NbexportError: One of them cannot be read.
    """
    with reporting(folder):
        return tuple(
            path
            for path, entry in sorted(record.files.items())
            if (folder / path).is_file() and not lockfile.is_as_written((folder / path).read_bytes(), entry)
        )


def _is_unedited(place: Path, entry: lockfile.Written) -> bool:
    return place.is_file() and lockfile.is_as_written(place.read_bytes(), entry)


def project_digest(folder: Path | str) -> str:
    """sha256 of the project's code on disk: what was generated for running, and every Python file beside it.

    Tests, documents, CI files, data and models are left out: they change nothing that the project
    computes, or belong to each run. Line ends do not count.

    Raises:
        NbexportError: The folder or what nbexport left in it cannot be read.
    """
    with reporting(folder):
        place = real_folder(Path(folder))
        record = lockfile.read(place) or Record()
        generated = {
            path
            for path, entry in record.files.items()
            if entry.owned and not path.startswith(_NO_CODE) and not path.endswith(".md")
        }
        whole = sha256()
        for path in sorted(generated | set(_sources(place))):
            file = place / path
            content = lockfile.digest(lockfile.unix_text(file.read_bytes())) if file.is_file() else "absent"
            whole.update(f"{path!a} {content}\n".encode())
        return whole.hexdigest()


def added(folder: Path | str) -> tuple[str, ...]:
    """The Python files of a project that no export has written; those of its tests are left out.

    Raises:
        NbexportError: The folder or what nbexport left in it cannot be read.
    """
    with reporting(folder):
        place = real_folder(Path(folder))
        record = lockfile.read(place) or Record()
        return tuple(path for path in sorted(_sources(place)) if path not in record.files)


def _sources(folder: Path) -> Iterator[str]:
    """The Python files of a project, without those of its tests, its models and its environments."""
    for where, folders, names in os.walk(folder):
        inner = [name for name in folders if not name.startswith((".", "__")) and name not in _NO_SOURCES]
        folders[:] = [name for name in inner if not (Path(where) / name / "pyvenv.cfg").exists()]
        for name in names:
            if name.endswith(".py"):
                yield (Path(where) / name).relative_to(folder).as_posix()


def record_verified(folder: Path | str, *, notebook: str, equal: bool) -> Verified | None:
    """Write into the lock that notebook and project were found equal just now, or take back that they once were.

    Args:
        folder: The project's folder.
        notebook: Digest of the notebook.
        equal: Whether the comparison found no difference at all.

    Returns:
        What was recorded; None where nothing was.

    Raises:
        NbexportError: The lock cannot be read or written.
    """
    with reporting(folder):
        place = real_folder(Path(folder))
        lock = place / LOCK
        record = lockfile.read(place)
        if record is None:
            return None
        now = datetime.now(UTC).replace(microsecond=0).isoformat()
        entry = Verified(notebook, project_digest(place), now, __version__) if equal else None
        before = lock.read_bytes()
        after = lockfile.with_verified(before, entry)
        if after != before:
            transaction.write_one(lock, after)
        return entry
