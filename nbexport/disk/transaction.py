"""Many files written as one: after a crash or a kill the folder holds the old project or the new one.

Everything new is first written beside the folder, in `.NAME.nbexport`, and then put in place in one of two ways.

**Swap.** Where the folder is new, or holds nothing but what nbexport wrote and a few loose files, the whole new folder
is built (loose files as hard links) and exchanged with the old one by a single system call (`swap.py`).

**Journal.** A folder with a life of its own (`models/`, `.git`, a virtual environment, a process at work in it) keeps
its identity, and its files are replaced one by one:

1. new contents to `new/0`, `new/1` …, hard links of the old files to `old/0` …, all flushed to the disk;
2. `journal.json` is renamed into place: from here on the export will happen;
3. each file is renamed into place, which can be repeated from any point;
4. the journal is removed.

A kill before 2 changes nothing. After 2 the next nbexport command on the folder finishes the job before it looks at
anything (`recover`). When a rename fails, the journal's direction is turned and the old files go back.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from nbexport.disk import swap
from nbexport.disk.durable import flush_folder, store, store_all
from nbexport.disk.lockfile import digest
from nbexport.errors import NbexportError

JOURNAL = "journal.json"
FORWARD, BACK = "forward", "back"


class Write(NamedTuple):
    """One file to write, or to remove when `content` is None."""

    path: str
    content: bytes | None
    before: bytes | None
    """What lies there now; None when nothing does."""
    executable: bool = False


class Step(NamedTuple):
    """One line of the journal; step n has its new content in `new/n` and the old file in `old/n`."""

    path: str
    before: str | None
    """sha256 of the old file; None where there was none."""
    after: str | None
    """sha256 of the new file; None where it is removed."""


def commit(folder: Path, writes: Sequence[Write], *, known: frozenset[str]) -> None:
    """Put all writes into the folder, or none.

    Args:
        folder: Absolute path without symbolic links; made when it does not exist.
        writes: What to write.
        known: Every path of the project, which decides whether the folder can be exchanged as a whole.

    Raises:
        NbexportError: Another nbexport is writing there, or was killed there since the writes were planned.
        OSError: Something cannot be written; the folder is as it was.
    """
    if remark := recover(folder):
        raise NbexportError(f"`{folder}` changed: {remark}", fix="run the same command again")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _workplace(_workplaces(folder)[0]) as work:
        if not (swap.is_possible(folder, known) and _swapped(work, folder, writes)):
            _journalled(work, folder, writes)


def recover(folder: Path) -> str:
    """Finish or withdraw what a killed export left; a sentence about it, or nothing.

    Raises:
        NbexportError: Another nbexport is writing there.
        OSError: It cannot be settled.
    """
    remark = ""
    for place in _workplaces(folder):
        if not place.is_dir():
            continue
        with _workplace(place) as work:
            swap.sweep(work, folder)
            journal = _read_journal(work)
            if journal is not None:
                direction, steps = journal
                _settle(work, folder, steps, direction)
                remark = f"an interrupted export was {'finished' if direction == FORWARD else 'taken back'} first"
    return remark


def write_one(path: Path, content: bytes) -> None:
    """Write one file, whole or not at all.

    Raises:
        OSError: It cannot be written.
    """
    staged = path.with_name(f".{path.name}.nbexport-new")
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path.parent))
    try:
        store(staged, content, path.stat().st_mode if path.exists() else 0o666)
        os.replace(staged, path)
    finally:
        staged.unlink(missing_ok=True)


# --------------------------------------------------------------------------- the workplace beside the folder


def _workplaces(folder: Path) -> tuple[Path, ...]:
    """Where new files are gathered: beside the folder, or in it where beside is another disk or closed; best first."""
    beside = folder.with_name(f".{folder.name}.nbexport")
    inside = folder / ".nbexport" / "staging"
    if not os.access(folder.parent, os.W_OK) or os.path.ismount(folder):
        return inside, beside
    return beside, inside


@contextmanager
def _workplace(place: Path) -> Iterator[Path]:
    """The workplace, for this process alone; removed at the end unless a journal stands in it."""
    place.mkdir(parents=True, exist_ok=True)
    held = _hold(place)
    try:
        for name in () if (place / JOURNAL).exists() or swap.is_marked(place) else os.listdir(place):
            _remove(place / name)
        yield place
    finally:
        try:
            if not (place / JOURNAL).exists():
                shutil.rmtree(place, ignore_errors=True)
                with suppress(OSError):
                    place.parent.rmdir() if place.name == "staging" else None
        finally:
            if held is not None:
                os.close(held)


def _hold(place: Path) -> int | None:
    """A lock on the workplace that the system releases when this process ends, however it ends; None on Windows.

    Raises:
        NbexportError: Another process holds it.
    """
    try:
        import fcntl
    except ImportError:
        return None
    held = os.open(place, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        raise NbexportError(
            f"another nbexport is writing beside `{place.name}`", fix="wait until it is done and run this again"
        ) from None
    return held


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


# --------------------------------------------------------------------------- the two ways


def _swapped(work: Path, folder: Path, writes: Sequence[Write]) -> bool:
    """Whether the new folder could be put in place as a whole."""
    tree = work / swap.TREE
    try:
        swap.copy_rest(folder, tree, without={write.path for write in writes})
    except OSError:
        # a file system without hard links
        shutil.rmtree(tree, ignore_errors=True)
        return False
    store_all(
        [
            (tree / write.path, write.content, _mode(folder / write.path, write))
            for write in writes
            if write.content is not None
        ]
    )
    if swap.exchange(work, folder, removed=[write.path for write in writes if write.content is None]):
        return True
    shutil.rmtree(tree)
    return False


def _journalled(work: Path, folder: Path, writes: Sequence[Write]) -> None:
    folder.mkdir(exist_ok=True)
    steps, news = [], []
    for number, write in enumerate(writes):
        target = folder / write.path
        if write.before is not None:
            (work / "old").mkdir(exist_ok=True)
            try:
                os.link(target, work / "old" / str(number))
            except OSError:
                shutil.copy2(target, work / "old" / str(number))
        if write.content is not None:
            news.append((work / "new" / str(number), write.content, _mode(target, write)))
        steps.append(
            Step(write.path, *(None if text is None else digest(text) for text in (write.before, write.content)))
        )
    store_all(news)
    _write_journal(work, FORWARD, steps)
    try:
        _settle(work, folder, steps, FORWARD)
    except OSError:
        _write_journal(work, BACK, steps)
        _settle(work, folder, steps, BACK)
        raise


def _settle(work: Path, folder: Path, steps: Sequence[Step], direction: str) -> None:
    """Carry the steps out, or take them back; whatever is done already is left as it is."""
    for number, step in enumerate(steps):
        target, new, old = folder / step.path, work / "new" / str(number), work / "old" / str(number)
        if direction == BACK:
            if old.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                os.replace(old, target)
            elif step.before is None and _digest(target) == step.after:
                _unlink(target, folder)
        elif step.after is None:
            if _digest(target) == step.before:
                _unlink(target, folder)
        elif new.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            if _digest(target) not in (step.before, None):
                _keep(target)
            os.replace(new, target)
    for parent in {(folder / step.path).parent for step in steps}:
        flush_folder(parent)
    (work / JOURNAL).unlink()


def _keep(target: Path) -> None:
    """Move away what a person wrote after the kill and before the recovery."""
    number = 1
    while os.path.lexists(kept := target.with_name(f"{target.name}.orig{'' if number == 1 else f'.{number}'}")):
        number += 1
    os.rename(target, kept)


def _unlink(target: Path, folder: Path) -> None:
    """Remove a file, and the folders that it leaves empty."""
    target.unlink(missing_ok=True)
    for parent in target.parents:
        if parent == folder or os.listdir(parent):
            return
        parent.rmdir()


def _write_journal(work: Path, direction: str, steps: Sequence[Step]) -> None:
    content = json.dumps({"direction": direction, "steps": steps}).encode()
    store(work / f"{JOURNAL}.new", content, 0o666)
    os.replace(work / f"{JOURNAL}.new", work / JOURNAL)
    flush_folder(work)


def _read_journal(work: Path) -> tuple[str, list[Step]] | None:
    path = work / JOURNAL
    if not path.exists():
        return None
    journal: dict[str, Any] = json.loads(path.read_bytes())
    return journal["direction"], [Step(*step) for step in journal["steps"]]


# --------------------------------------------------------------------------- one file


def _mode(target: Path, write: Write) -> int:
    """Permissions of the new file: those of the old one, or the usual ones; executable where that is asked for."""
    mode = target.stat().st_mode & 0o777 if target.is_file() else None
    if mode is None:
        return 0o777 if write.executable else 0o666
    return mode | (0o111 if write.executable else 0)


def _digest(path: Path) -> str | None:
    return digest(path.read_bytes()) if path.is_file() else None
