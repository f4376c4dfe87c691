"""Files that are there whole or not at all, a reserve for a full disk, and a lock that is held for milliseconds."""

from __future__ import annotations

import errno
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK_WAIT_S = 5.0
"""How long the lock is waited for: who holds it longer was stopped, and an emergency goes on without it."""
LOOK_S = 0.01
RESERVE = ".reserve"
"""Room on the disk that is given up for the line of a rollback, in the folder of that line."""
RESERVE_BYTES = 65_536
FULL = (errno.ENOSPC, errno.EDQUOT)


def replace(path: Path, content: bytes) -> None:
    """Write a file in one step: a reader, and whoever comes after a kill, sees the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
        settle(path.parent)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def overwrite(path: Path, content: bytes) -> None:
    """Write over a file where it lies, which needs no room; JSON and lines may end in the spaces that fill it.

    Raises:
        OSError: It is not there, is shorter than the content, or cannot be written.
    """
    handle = os.open(path, os.O_WRONLY)
    try:
        size_bytes = os.fstat(handle).st_size
        if size_bytes < len(content):
            raise OSError(errno.ENOSPC, "the file is too short to be written over", str(path))
        whole = content.ljust(size_bytes)
        if os.write(handle, whole) != len(whole):
            raise OSError(errno.ENOSPC, "the disk is full", str(path))
        os.fsync(handle)
    finally:
        os.close(handle)


def append(path: Path, line: bytes, *, reserve: bool = True) -> None:
    """Append one line, which is on the disk then.

    Args:
        path: The file; made where it is not there.
        line: The line, with its end.
        reserve: Whether the reserve beside the file is given up for it where the disk is full.

    Raises:
        OSError: It cannot be written, or only a part of it; the next line begins behind that.
    """
    try:
        _append(path, line)
    except OSError as error:
        if not reserve or error.errno not in FULL or not give_up(path.parent):
            raise
        _append(path, line)


def _append(path: Path, line: bytes) -> None:
    fresh = not path.exists()
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        size_bytes = os.fstat(handle).st_size
        if size_bytes:
            os.lseek(handle, -1, os.SEEK_END)
            if os.read(handle, 1) != b"\n":
                # a kill or a full disk cut the last line
                line = b"\n" + line
        if os.write(handle, line) != len(line):
            raise OSError(errno.ENOSPC, "the disk is full", str(path))
        os.fsync(handle)
    finally:
        os.close(handle)
    if fresh:
        settle(path.parent)


def keep_reserve(folder: Path) -> bool:
    """Have a reserve in a folder; whether there is one now."""
    path = folder / RESERVE
    try:
        if path.stat().st_size >= RESERVE_BYTES:
            return True
    except OSError:
        # there is none yet
        pass
    try:
        # bytes that no file system stores as nothing
        replace(path, os.urandom(RESERVE_BYTES))
    except OSError:
        return False
    return True


def give_up(folder: Path) -> bool:
    """Make room by removing the reserve of a folder; whether there was one."""
    try:
        (folder / RESERVE).unlink()
    except OSError:
        return False
    return True


def settle(folder: Path) -> None:
    """Bring the names in a folder to the disk, where the system can."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        # a system that does not open folders
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def locked(path: Path, *, wait_s: float | None = None) -> Iterator[bool]:
    """Hold a lock while the block runs; gives whether it is held.

    Args:
        path: The file of the lock; it stays empty. A process that ends, in whatever way, lets go of it.
        wait_s: How long to wait for another process; None takes `LOCK_WAIT_S`.
    """
    try:
        import fcntl
    except ImportError:
        # a system without it: one append is one write, which is whole there too
        yield False
        return
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError:
        # a folder in which nothing new may be made
        yield False
        return
    end = time.monotonic() + (LOCK_WAIT_S if wait_s is None else wait_s)
    held = False
    try:
        while not held:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                held = True
            except OSError:
                if time.monotonic() >= end:
                    break
                time.sleep(LOOK_S)
        yield held
    finally:
        os.close(handle)
