"""Removing live files that are in the archive, while services write and rotate.

A service holds a shared lock on the file that it has open, and opens no file but `KIND.jsonl`. So a file that rotation
put aside, and that we can lock for ourselves, gets no line any more. Its name may be another file's by now: it is
renamed first, and removed only if it is the one that was read. One that is not stays under its new name, and the next
compaction takes it.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path

from nbexport_runtime.platform.lines.live import PREDICTIONS, TAKEN, Live, digest
from nbexport_runtime.service.log import COMPACTED
from nbexport_runtime.traffic import durable


def end(logs: Iterable[Live]) -> None:
    """Find out which files nobody can write to any more; they stay locked as long as they are open."""
    for live in logs:
        if not live.current and locked(live):
            live.ended = True
            live.size_bytes = os.fstat(live.file.fileno()).st_size
            if not live.first and live.size_bytes:
                # one line that was never ended
                live.file.seek(0)
                live.first = digest(live.file.readline())


def locked(live: Live) -> bool:
    """Whether no other process has the file open for writing, and none will."""
    try:
        import fcntl
    except ImportError:
        return False
    try:
        fcntl.flock(live.file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def free(logs: Iterable[Live]) -> int:
    """Remove the files that have ended and are in the archive as a whole; the bytes that are free now.

    Args:
        logs: The files, open, with what is in the archive of each (`taken`).
    """
    freed = 0
    for live in logs:
        if live.ended and live.taken == live.size_bytes and removed(live):
            freed += live.size_bytes
    return freed


def removed(live: Live) -> bool:
    """Whether a file could be removed under the name that it had."""
    own = os.fstat(live.file.fileno())
    aside = live.path.with_name(f"{live.path.name.partition('.jsonl')[0]}.jsonl.{TAKEN}-{uuid.uuid4().hex}")
    try:
        if not os.path.samestat(live.path.stat(), own):
            return False
        live.path.replace(aside)
    except FileNotFoundError:
        return False
    if not os.path.samestat(aside.stat(), own):
        return False
    aside.unlink()
    return True


def tell(logs: Path, files: Sequence[Live], kind: str) -> None:
    """Tell the service which files its rotation may remove without losing a line."""
    if kind != PREDICTIONS:
        return
    known = {live.first: live.taken for live in files if live.first and live.taken}
    durable.replace(logs / COMPACTED, json.dumps(known).encode())
