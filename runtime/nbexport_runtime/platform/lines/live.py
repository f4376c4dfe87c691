"""The live files of a log: the one being written, those that rotation put aside, and how far each is in the archive.

Rotation renames files while we read, and a file may grow while we read. So a file is opened once and known by what it
holds: its first line never changes, and the archive remembers the last line that it has taken (`Mark`). Files are
opened from the newest to the oldest: rotation moves a file to a later name, where we still meet it.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

PREDICTIONS = "predictions"
OUTCOMES = "outcomes"
KINDS = (PREDICTIONS, OUTCOMES)
"""The logs: `KIND.jsonl`, and what rotation made of it."""
LOG_DIR = "LOG_DIR"
"""The variable with the folder of the logs, the same as the service's."""
TAKEN = "taken"
"""What the name of a file ends with that compaction is about to remove."""


@dataclass(frozen=True)
class Mark:
    """How much of a file is in the archive."""

    first: str
    """The sha256 of the first line of the file."""
    last: str
    """The sha256 of the last line that is in the archive."""
    last_start: int
    """The byte at which that line begins."""
    end: int
    """The byte after it."""
    place: str = ""
    """The machine and folder of the file."""
    at: str = ""
    """When it was taken."""


@dataclass
class Live:
    """An open file of a log."""

    path: Path
    """Where it was when it was opened; it may have another name by now."""
    file: BinaryIO
    size_bytes: int
    first: str = ""
    """The sha256 of its first line; empty where there is no whole line yet."""
    taken: int = 0
    """How many bytes are in the archive."""
    mark: Mark | None = None
    whole: int = 0
    """Where its last whole line ends."""
    ended: bool = False
    """Whether nobody can write to it any more: what stands after its last whole line will never be whole."""

    @property
    def current(self) -> bool:
        """Whether it is the file that the service opens."""
        return self.path.suffix == ".jsonl"

    def rest(self) -> bytes:
        """What stands after its last whole line."""
        self.file.seek(self.whole)
        return self.file.read(self.size_bytes - self.whole)


@dataclass
class Fresh:
    """Whole lines that are not in the archive, copied to one file."""

    path: Path
    spans: list[tuple[Live, int, int]] = field(default_factory=list)
    """Of each file: the number of its first line in the copy, and how many there are."""
    marks: list[Mark] = field(default_factory=list)
    """How far each file will be in the archive."""
    torn: list[Live] = field(default_factory=list)
    """Files whose last line is not whole: it is being written, or its writer was cut off."""
    longest_bytes: int = 0
    lines: int = 0

    def source(self, line: int) -> Path:
        """The file that a line of the copy comes from."""
        return next(live.path for live, start, count in self.spans if start <= line < start + count)


def folder(root: Path) -> Path | None:
    """The folder of the logs; None where the service writes them to standard output."""
    name = os.environ.get(LOG_DIR) or "logs"
    return None if name == "-" else root / name


def place(logs: Path) -> str:
    """The name of a folder of logs among all that share an archive."""
    import socket

    return f"{socket.gethostname()}:{logs.resolve()}"


@contextmanager
def opened(logs: Path | None, kind: str, marks: Sequence[Mark] | None = None) -> Iterator[list[Live]]:
    """The files of a log, open, newest first; closed in the end.

    Args:
        logs: Their folder; None has none.
        kind: `predictions` or `outcomes`.
        marks: How far files are in the archive; None leaves that to `measure`.
    """
    files: list[Live] = []
    seen: set[tuple[int, int]] = set()
    try:
        for path in () if logs is None else names(logs, kind):
            try:
                file = path.open("rb")
            except FileNotFoundError:
                continue
            facts = os.fstat(file.fileno())
            if (facts.st_dev, facts.st_ino) in seen:
                file.close()
                continue
            seen.add((facts.st_dev, facts.st_ino))
            files.append(Live(path, file, facts.st_size, first_of(file, facts.st_size)))
        if marks is not None:
            measure(files, marks)
        yield files
    finally:
        for live in files:
            live.file.close()


def names(logs: Path, kind: str) -> Iterator[Path]:
    """The names that files of a log may have, newest first; the folder is looked at again for what was renamed."""
    numbered = re.compile(rf"{kind}\.jsonl\.([0-9]+)")
    yield logs / f"{kind}.jsonl"
    numbers = [int(match[1]) for match in (numbered.fullmatch(name) for name in listed(logs)) if match]
    for number in range(1, max(numbers, default=0) + 3):
        yield logs / f"{kind}.jsonl.{number}"
    yield from (logs / name for name in sorted(listed(logs)) if name.startswith(f"{kind}.jsonl.{TAKEN}-"))


def listed(logs: Path) -> list[str]:
    """The names in a folder; none where there is no folder."""
    try:
        return os.listdir(logs)
    except (FileNotFoundError, NotADirectoryError):
        return []


def first_of(file: BinaryIO, size: int) -> str:
    """The sha256 of the first line; empty where no whole one is there."""
    line = file.readline(size) if size else b""
    return digest(line) if line.endswith(b"\n") else ""


def measure(files: Sequence[Live], marks: Sequence[Mark]) -> None:
    """Find out how far each file is in the archive."""
    by_first: dict[str, list[Mark]] = {}
    for mark in marks:
        by_first.setdefault(mark.first, []).append(mark)
    for live in files:
        for mark in by_first.get(live.first, ()):
            if mark.end > live.taken and holds(live, mark):
                live.taken, live.mark = mark.end, mark


def holds(live: Live, mark: Mark) -> bool:
    """Whether a mark is of this file: the last line that was taken stands where it stood."""
    if mark.end > live.size_bytes:
        # it has grown since it was opened, or is another one; of the same file all of it is in the archive
        live.size_bytes = max(live.size_bytes, min(mark.end, os.fstat(live.file.fileno()).st_size))
        if mark.end > live.size_bytes:
            return False
    live.file.seek(mark.last_start)
    return digest(live.file.read(mark.end - mark.last_start)) == mark.last


def copied(files: Sequence[Live], target: Path, own: str = "") -> Fresh:
    """Copy the whole lines that are not in the archive, oldest first.

    Args:
        files: The files, newest first, measured.
        target: The file to write.
        own: The place of the files, for their marks.
    """
    fresh = Fresh(target)
    with target.open("wb") as file:
        for live in reversed(files):
            start, at, last = fresh.lines, live.taken, b""
            live.file.seek(at)
            while at < live.size_bytes:
                line = live.file.readline(live.size_bytes - at)
                if not line.endswith(b"\n") and not live.ended:
                    fresh.torn.append(live)
                    break
                at, last = at + len(line), line
                if line.strip():
                    file.write(line if line.endswith(b"\n") else line + b"\n")
                    fresh.lines += 1
                    fresh.longest_bytes = max(fresh.longest_bytes, len(line))
            live.whole = at
            fresh.spans.append((live, start, fresh.lines - start))
            if last:
                fresh.marks.append(Mark(live.first, digest(last), at - len(last), at, own))
    return fresh


def digest(line: bytes) -> str:
    """The sha256 of a line."""
    return hashlib.sha256(line).hexdigest()
