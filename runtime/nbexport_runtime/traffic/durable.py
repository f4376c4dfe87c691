"""Files that are there whole or not at all, and a lock that is held for milliseconds."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK_WAIT_S = 5.0
"""How long the lock is waited for: who holds it longer was stopped, and an emergency goes on without it."""
LOOK_S = 0.01


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
