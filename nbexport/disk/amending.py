"""Some files of an exported project replaced, without its notebook: all others stay, and so does what the lock says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nbexport.disk import lockfile
from nbexport.disk.exported import recover
from nbexport.disk.lockfile import BASE, LOCK, Record
from nbexport.disk.places import check_paths, real_folder
from nbexport.disk.planning import changes_of
from nbexport.disk.reporting import reporting
from nbexport.errors import NbexportError
from nbexport.plan import Artifact, Plan
from nbexport.record import replace


def amend(
    folder: Path | str,
    artifacts: Iterable[Artifact],
    *,
    removed: Iterable[str] = (),
    options: Mapping[str, Any] | None = None,
    ejected: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
) -> Plan:
    """What replacing some files of a project would do; nothing is written, but an interrupted export is settled first.

    A file that a person has edited is treated as an export treats it.

    Args:
        folder: The project's folder.
        artifacts: The files that are replaced or added, as an export would write them now.
        removed: Paths of the files that are no longer part of the project.
        options: What the project is made with from now on; None leaves it.
        ejected: What the files are where the runtime is vendored; None leaves it.
        notes: Sentences to show with the plan.

    Raises:
        NbexportError: The folder holds no export, or it cannot be read.
    """
    files, gone = list(artifacts), set(removed)
    check_paths([*(file.path for file in files), LOCK, BASE])
    with reporting(folder):
        recovered = recover(folder)
        place = real_folder(Path(folder))
        record = project_of(place)
        texts = {file.path: text for file in files if (text := lockfile.text_of(file)) is not None}
        kept = {path: file for path, file in record.files.items() if path not in gone}
        vendored = {path.partition("/")[0] for path in kept if record.is_vendored(path)}
        new = replace(
            record,
            files=kept | {file.path: lockfile.written_as(file) for file in files},
            vendored=tuple(sorted({*vendored, *lockfile.vendored_folders(files)})),
            base={path: text for path, text in record.base.items() if path not in gone} | texts,
            options=record.options if options is None else options,
            ejected=record.ejected if ejected is None else ejected,
        )
        files += lockfile.artifacts(new)
        changes = changes_of(files, place, record, removed=gone)
    return Plan(str(folder), changes, (*notes, recovered) if recovered else tuple(notes))


def project_of(folder: Path) -> Record:
    """What the last export wrote to a folder.

    Raises:
        NbexportError: It holds no export, or it cannot be read.
    """
    with reporting(folder):
        record = lockfile.read(real_folder(folder))
    if record is None:
        raise NbexportError(
            f"`{folder}` is not an exported project",
            why=f"it has no `{LOCK}`",
            fix="name the folder of a project: `nbexport NOTEBOOK --output DIR` makes one",
        )
    return record
