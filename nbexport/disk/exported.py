"""An exported project as it lies on disk: what was written last, what a person changed, an export that was killed."""

from __future__ import annotations

from pathlib import Path

from nbexport.disk import lockfile, transaction
from nbexport.disk.lockfile import LOCK, Record
from nbexport.disk.places import real_folder
from nbexport.disk.reporting import reporting
from nbexport.errors import NbexportError


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


def is_verified(folder: Path | str, record: Record, *, digest: str) -> bool:
    """Whether `nbexport verify` found this very notebook and project, as they are now, equal.

    Args:
        folder: The project.
        record: What was written to it, as `written` gives it.
        digest: Digest of the notebook.

    Raises:
        NbexportError: The folder cannot be read.
    """
    with reporting(folder):
        return lockfile.is_verified(real_folder(Path(folder)), record, notebook=digest)


def edited(folder: Path | str) -> tuple[str, ...]:
    """The generated files that were changed by hand, or removed, since the export.

    Raises:
        NbexportError: The folder holds no export, or it cannot be read.
    """
    with reporting(folder):
        place = real_folder(Path(folder))
        record = lockfile.read(place)
        if record is None:
            raise NbexportError(f"`{folder}` is no exported project", why=f"it has no {LOCK}", fix="export to it first")
        return tuple(
            path
            for path, entry in sorted(record.files.items())
            if entry.owned and not _is_unedited(place / path, entry)
        )


def _is_unedited(place: Path, entry: lockfile.Written) -> bool:
    return place.is_file() and lockfile.is_as_written(place.read_bytes(), entry)
