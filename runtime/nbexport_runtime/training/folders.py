"""Folders: a new one gets the name of an old one, and a run works in one of its own."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

COPIED_BYTES = 1_000_000
"""Files up to this size are copied into a run's folder; the run may write to them without a word to anybody."""
NOT_READ = frozenset({"__pycache__", "node_modules", "build"})
"""Folders of a project that no notebook reads."""


def put_in_place(staging: Path, output: Path) -> None:
    """Give the new folder the name of the old one; a kill at any moment leaves one of the two there."""
    if not output.exists():
        staging.rename(output)
        return
    if sys.platform.startswith("linux"):
        # the system call that exchanges two names; its flag is RENAME_EXCHANGE
        exchange = getattr(ctypes.CDLL(None), "renameat2", None)
        here, flag = -100, 2
        names = os.fsencode(staging), os.fsencode(output)
        if exchange and exchange(here, names[0], here, names[1], flag) == 0:
            return
    old = Path(tempfile.mkdtemp(prefix=f".{output.name}-old-", dir=output.parent))
    output.rename(old / "bundle")
    staging.rename(output)
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def working_folder(project: Path, output: Path) -> Iterator[Path]:
    """A folder of its own that a run works in, so that two runs never share what they write under relative names.

    What lies in the project is there under its own relative name, to be read: small files as copies, others as links.

    Args:
        project: The folder whose files the run may read.
        output: Where the run's bundle will stand; the folder is made beside it.
    """
    folder = Path(tempfile.mkdtemp(prefix=f".{output.name}-run-", dir=output.parent))
    before = Path.cwd()
    # modules that are imported later are found as before
    sys.path[:] = [entry or str(before) for entry in sys.path]
    try:
        mirror(project, folder, {output, folder})
        os.chdir(folder)
        try:
            yield folder
        finally:
            os.chdir(before)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def passing_folder(project: Path) -> Iterator[Path]:
    """A folder that code works in which leaves nothing behind; it is gone afterwards.

    Args:
        project: The folder whose files the code may read.
    """
    with (
        tempfile.TemporaryDirectory(prefix="nbexport-") as place,
        working_folder(project, Path(place) / "run") as folder,
    ):
        yield folder


def mirror(source: Path, target: Path, left_out: set[Path]) -> None:
    """Put what lies in a folder into another one; hidden files, bundles and what no notebook reads stay out."""
    for entry in os.scandir(source):
        path = Path(entry.path)
        if entry.name.startswith(".") or entry.name in NOT_READ or path in left_out:
            continue
        if entry.is_dir():
            bundle = (path / "manifest.json").exists() and (path / "values.json").exists()
            if not bundle and not entry.is_symlink():
                (target / entry.name).mkdir()
                mirror(path, target / entry.name, left_out)
            elif not bundle:
                link(path, target / entry.name)
        elif entry.is_file():
            if entry.stat().st_size <= COPIED_BYTES:
                shutil.copy2(path, target / entry.name)
            else:
                link(path, target / entry.name)


def link(path: Path, target: Path) -> None:
    """Have a file or folder at a second place; a copy where the system makes no links."""
    try:
        target.symlink_to(path.resolve(), target_is_directory=path.is_dir())
    except OSError:
        if path.is_dir():
            shutil.copytree(path, target)
        else:
            shutil.copy2(path, target)


def keep_written(folder: Path, project: Path, output: Path) -> int:
    """Move what a run wrote in its folder beside its bundle; how many files there are.

    Args:
        folder: The run's folder.
        project: What it was made of.
        output: The bundle's folder; the files go to the one of this name with `-files` behind it.
    """
    written = [path for path in sorted(folder.rglob("*")) if is_written(path, folder, project)]
    kept = output.with_name(f"{output.name}-files")
    shutil.rmtree(kept, ignore_errors=True)
    for path in written:
        to = kept / path.relative_to(folder)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(path, to)
    return len(written)


def is_written(path: Path, folder: Path, project: Path) -> bool:
    """Whether a run has made or changed a file of its folder."""
    if path.is_symlink() or not path.is_file():
        return False
    original = project / path.relative_to(folder)
    if not original.is_file():
        return True
    # a copy has the time of what it was made of
    before, now = original.stat(), path.stat()
    return (before.st_size, before.st_mtime_ns) != (now.st_size, now.st_mtime_ns)
