"""A whole folder put in place by one system call: before it the old project stands there, after it the new one.

The new folder is built in `tree` beside the old one: generated files new, everything else as hard links. Then
`renameat2(RENAME_EXCHANGE)` swaps the two names (Linux); a folder that does not exist yet needs a plain rename.

This gives the folder a new identity, so it is done only where nobody can mind: no subfolder that nbexport does not know
(`models/`, `.git`, a virtual environment; one of them may be mounted in a container) and no process at work in it.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from nbexport.disk.durable import flush_folder

TREE = "tree"
MARK = "swap.json"
CACHES = frozenset({"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"})
MAX_ENTRIES = 2000
"""A folder with more than this is changed in place: linking it would take longer than it is worth."""

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


def is_possible(folder: Path, known: Collection[str]) -> bool:
    """Whether the folder can be put in place as a whole.

    Args:
        folder: The project's folder.
        known: Every path of the project.
    """
    if not folder.exists():
        return True
    if os.path.ismount(folder) or renameat2() is None or _is_lived_in(folder):
        return False
    status = folder.stat()
    if status.st_uid != os.geteuid() or status.st_dev != folder.parent.stat().st_dev:
        return False
    if not os.access(folder.parent, os.W_OK):
        return False
    folders = {parent.as_posix() for path in known for parent in PurePosixPath(path).parents}
    for number, (path, entry) in enumerate(_entries(folder)):
        if number >= MAX_ENTRIES:
            return False
        if entry.is_dir(follow_symlinks=False):
            if path not in folders and not CACHES.intersection(path.split("/")):
                return False
        elif not (entry.is_symlink() or entry.is_file(follow_symlinks=False)):
            return False
    return True


def copy_rest(folder: Path, tree: Path, *, without: Collection[str]) -> None:
    """Build the new folder from hard links of what the old one holds.

    Args:
        folder: The old folder; it need not exist.
        tree: The new folder.
        without: Paths that are written again or removed.

    Raises:
        OSError: A link cannot be made.
    """
    tree.mkdir()
    if not folder.exists():
        return
    tree.chmod(folder.stat().st_mode & 0o7777)
    for path, entry in _entries(folder):
        if entry.is_dir(follow_symlinks=False):
            (tree / path).mkdir()
            (tree / path).chmod(entry.stat().st_mode & 0o7777)
        elif path not in without:
            os.link(entry.path, tree / path, follow_symlinks=False)
    for path in without:
        for parent in Path(path).parents:
            if (tree / parent).is_dir() and parent != Path() and not os.listdir(tree / parent):
                (tree / parent).rmdir()


def exchange(work: Path, folder: Path, *, removed: Sequence[str]) -> bool:
    """Put the new folder in place; False where this file system cannot.

    Args:
        work: Where `tree` lies; after the exchange the old folder lies there.
        folder: The project's folder.
        removed: Paths that the new folder leaves out.
    """
    if not folder.exists():
        os.rename(work / TREE, folder)
        flush_folder(folder.parent)
        return True
    mark = {"inode": folder.stat().st_ino, "removed": list(removed)}
    (work / MARK).write_text(json.dumps(mark))
    call = renameat2()
    if call is None or call(_AT_FDCWD, bytes(work / TREE), _AT_FDCWD, bytes(folder), _RENAME_EXCHANGE) != 0:
        return False
    flush_folder(folder.parent)
    sweep(work, folder)
    return True


def is_marked(work: Path) -> bool:
    """Whether a swap was under way here."""
    return (work / MARK).exists()


def sweep(work: Path, folder: Path) -> None:
    """Carry over what someone wrote into the old folder while the new one was built, and forget the swap."""
    tree = work / TREE
    if not is_marked(work):
        return
    try:
        mark: dict[str, Any] = json.loads((work / MARK).read_bytes())
    except ValueError:
        mark = {}
    if mark and tree.is_dir() and tree.stat().st_ino == mark["inode"]:
        for path, entry in list(_entries(tree)):
            if entry.is_dir(follow_symlinks=False):
                continue
            target = folder / path
            if not os.path.lexists(target) and path not in mark["removed"]:
                target.parent.mkdir(parents=True, exist_ok=True)
                os.replace(entry.path, target)
    (work / MARK).unlink()


def _entries(folder: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Everything in the folder with its relative path, folders before what they hold."""
    waiting = [""]
    while waiting:
        base = waiting.pop()
        with os.scandir(folder / base) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                path = f"{base}{entry.name}"
                yield path, entry
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(f"{path}/")


def _is_lived_in(folder: Path) -> bool:
    """Whether a process works in the folder: a shell, a training run, a service."""
    try:
        processes = [name for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return True
    for process in processes:
        try:
            place = Path(os.readlink(f"/proc/{process}/cwd"))
        except OSError:
            # it has ended, or it is another user's
            continue
        if place == folder or folder in place.parents:
            return True
    return False


@cache
def renameat2() -> Any:
    """The system call that exchanges two names; None where there is none."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        return ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return None
