"""The lines that were appended to a log since the last look, whatever rotation did meanwhile.

A file is known by its number in the file system, which survives its renaming to `.1` and `.2`, and by its first line,
since the number of a file that was removed is given to another one. Only whole lines are read:
what a writer has not finished, or a kill cut off, waits for its end. Nothing is locked, and nothing is written.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

HEAD_BYTES = 4096
"""What of a first line a file is known by."""
LOOK_BYTES = 8_000_000
"""What one look reads, about: a look is an incident's delay."""


def log_of(root: Path) -> Path:
    """The prediction log of a project: in `LOG_DIR` of the environment, or `logs`."""
    return root / os.environ.get("LOG_DIR", "logs") / "predictions.jsonl"


@dataclass(frozen=True)
class Place:
    """How far a log was read."""

    file: str = ""
    """Number and first line of the file, the latter as a hash; empty before the first look."""
    offset: int = 0
    """Bytes of that file that were read."""


def read(path: Path, place: Place, *, limit_bytes: int = LOOK_BYTES) -> tuple[list[bytes], Place]:
    """The next lines of a log, oldest first, and the place behind them; no lines where there are no more.

    Where the file of the place is gone, all files that are there are newer, and are read from their beginning.

    Args:
        path: The file that is written to; beside it may be `.1`, `.2` …, the older ones.
        place: Where the last look ended.
        limit_bytes: About how much to read.
    """
    lines: list[bytes] = []
    with ExitStack() as stack:
        files = _opened(path, stack)
        known = [number for number, (name, _) in enumerate(files) if name == place.file]
        if known:
            files = files[known[0] :]
        for name, file in files:
            offset = place.offset if name == place.file else 0
            # somebody cut it: what was read is not read again
            offset = min(offset, os.fstat(file.fileno()).st_size)
            file.seek(offset)
            content = file.read(limit_bytes)
            end = content.rfind(b"\n") + 1
            lines += content[:end].split(b"\n")[:-1]
            place = Place(name, offset + end)
            limit_bytes -= end
            if limit_bytes <= 0:
                break
    return lines, place


def records(lines: list[bytes], loads: Callable[[bytes], Any] = json.loads) -> Iterator[dict[str, Any]]:
    """The objects that lines hold; what holds none, such as a torn line, is passed over.

    Args:
        lines: They.
        loads: Reads most lines; what it refuses, the standard library's reader is asked.
    """
    for line in lines:
        try:
            try:
                record: Any = loads(line)
            except ValueError:
                record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            yield record


def whole(path: Path) -> Iterator[dict[str, Any]]:
    """Every record of a log that there is, oldest first."""
    place = Place()
    while True:
        lines, place = read(path, place)
        if not lines:
            return
        yield from records(lines)


def _opened(path: Path, stack: ExitStack) -> list[tuple[str, IO[bytes]]]:
    """The files that have a whole line, oldest first, each with the hash of its first one."""
    pattern = re.compile(re.escape(path.name) + r"\.([0-9]{1,9})")
    matches = [pattern.fullmatch(each.name) for each in path.parent.glob(f"{path.name}.*")]
    numbers = sorted(int(match[1]) for match in matches if match)
    # newest first, and one number more: a rotation meanwhile makes files older, never newer, so that none is missed
    numbers += [numbers[-1] + 1] if numbers else [1]
    files: list[tuple[str, IO[bytes]]] = []
    seen: set[int] = set()
    for each in (path, *(path.with_name(f"{path.name}.{number}") for number in numbers)):
        try:
            file = stack.enter_context(each.open("rb"))
        except OSError:
            continue
        facts = os.fstat(file.fileno())
        first = _first_line(file)
        if first and facts.st_ino not in seen:
            seen.add(facts.st_ino)
            files.append((f"{facts.st_ino}-{first}", file))
    return files[::-1]


def _first_line(file: IO[bytes]) -> str:
    """The hash of a file's first line; empty where it is not whole yet."""
    head = file.read(HEAD_BYTES)
    line, newline, _ = head.partition(b"\n")
    return hashlib.sha256(line).hexdigest()[:32] if newline or len(head) == HEAD_BYTES else ""
