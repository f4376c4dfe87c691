"""A file of lines that several processes add to: each line is whole, and the oldest lines are given up.

A process that is killed while it writes leaves part of a line; the next line begins after it all the same. Readers pass
over what they cannot read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nbexport.disk import transaction
from nbexport.disk.reporting import reporting


def append_line(path: Path, line: str, *, most_bytes: int) -> None:
    """Add one line to a file, which only this user may read; a file that gets too long loses its older half.

    Args:
        path: The file; it and its folder are made where they are not there.
        line: The line, without its end.
        most_bytes: How long the file may get.

    Raises:
        NbexportError: It cannot be written.
    """
    with reporting(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with _held(path):
            with open(path, "a+b", buffering=0, opener=_private) as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - 1))
                start = b"" if file.read(1) in (b"", b"\n") else b"\n"
                # in one piece, at the end wherever that is by now
                size += file.write(start + line.encode("utf-8", "replace") + b"\n") or 0
            if size > most_bytes:
                kept = path.read_bytes()[-most_bytes // 2 :].partition(b"\n")[2]
                transaction.write_one(path, kept)


def read_lines(path: Path) -> list[str]:
    """The lines of a file, the oldest first; none where there is no file.

    Raises:
        NbexportError: It cannot be read.
    """
    with reporting(path):
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return []
    return content.decode("utf-8", "replace").splitlines()


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """The file for this process alone, so that no line is lost while its older half is given up."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    handle = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
