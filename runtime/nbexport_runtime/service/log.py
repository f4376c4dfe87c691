"""The prediction log: one JSON line per prediction, in the file before the client has its answer.

A line is one write to a file opened for appending, so that a killed process leaves whole lines only. When a line
cannot be written (disk full, read-only), what was written of it is taken back and the prediction is refused,
since what is not logged did not happen; `LOG_STRICT=0` gives it all the same. Nothing is dropped silently: lines that
are not written and files that rotation removes are counted, and the server's own log says which.
"""

import contextlib
import hashlib
import itertools
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

from nbexport_runtime.service import metrics
from nbexport_runtime.service.remarks import REMARKS
from nbexport_runtime.service.settings import Settings
from nbexport_runtime.service.wire import json_bytes

HIDDEN = "[redacted]"
REDACTED = ("input", "output", "features")
"""Members of a line in which names are looked for."""
PROBE = b" " * 1000
EDGE_BYTES = 65_536
"""Where the first and the last line of a file are looked for."""
COMPACTED = ".predictions.compacted.json"
"""What is in an archive: the sha256 of the first line of a file → how many of its bytes."""
TRIES = 100
"""How often a file is opened that is removed at the same time."""

logger = logging.getLogger(__name__)


class PredictionLog:
    """Writes and rotates `predictions.jsonl`."""

    def __init__(self, settings: Settings) -> None:
        # `.customer.email` is what the path of a name must end with
        self._hidden = tuple(f".{name}" for name in settings.log_redact)
        self._limit = settings.log_file_bytes
        self._files = settings.log_files
        self.trouble = ""
        """Why the last line could not be written; empty when it could."""
        self.path: Path | None = None
        if settings.log_dir == "-":
            self._file = sys.stdout.fileno()
            return
        folder = Path(settings.log_dir)
        self.path = folder / "predictions.jsonl"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = opened(self.path)
        except OSError as error:
            raise SystemExit(
                f"the prediction log {self.path} cannot be written: {error.strerror}\n"
                "set LOG_DIR to a folder that this user may write to, or to - for standard output"
            ) from None

    @property
    def redacts(self) -> bool:
        """Whether some values must not be logged."""
        return bool(self._hidden)

    def write(self, record: dict[str, Any]) -> None:
        """Append one line.

        Raises:
            OSError: It cannot be written; nothing of it stays in the file.
        """
        remarks = REMARKS.get()
        if remarks is not None:
            record |= remarks.on(record["input"])
        if self._hidden:
            for part in REDACTED:
                if part in record:
                    record[part] = hidden(json.loads(json_bytes(record[part])), self._hidden)
        line = json_bytes(record) + b"\n"
        try:
            self._append(line)
        except OSError as error:
            self.trouble = f"the prediction log cannot be written: {error.strerror}"
            metrics.LOG_FAILURES.inc()
            raise
        self.trouble = ""

    def probe(self) -> None:
        """Find out whether a line could be written again, once one could not."""
        if not self.trouble or self.path is None:
            return
        try:
            self._append(PROBE)
        except OSError:
            return
        os.ftruncate(self._file, os.fstat(self._file).st_size - len(PROBE))
        self.trouble = ""

    def _append(self, line: bytes) -> None:
        if self.path is None:
            while line:
                line = line[os.write(self._file, line) :]
            return
        facts = os.fstat(self._file)
        size = facts.st_size
        if not facts.st_nlink:
            self._open_again(self.path)
            size = os.fstat(self._file).st_size
        if size and size + len(line) > self._limit:
            if same_file(self.path, facts):
                self._rotate(self.path)
            else:
                # another process has put it aside already
                self._open_again(self.path)
            size = os.fstat(self._file).st_size
        try:
            written = os.write(self._file, line)
            if written != len(line):
                # the disk has room for a part only; asking for the rest says so
                os.write(self._file, line[written:])
        except OSError:
            os.ftruncate(self._file, size)
            raise

    def _rotate(self, path: Path) -> None:
        """`predictions.jsonl` becomes `.1`, `.1` becomes `.2`; the last one is removed."""
        names = [path, *(Path(f"{path}.{number}") for number in range(1, self._files))]
        if names[-1].exists() and not compacted(names[-1]):
            say_dropped(names[-1], self._files)
        for newer, older in reversed(list(itertools.pairwise(names))):
            # a file that is in an archive may be removed at any moment
            with contextlib.suppress(FileNotFoundError):
                newer.replace(older)
        if self._files == 1:
            path.unlink(missing_ok=True)
        self._open_again(path)

    def _open_again(self, path: Path) -> None:
        """Write to the file of this name from now on; somebody may have removed the one that is open."""
        fresh = opened(path)
        os.close(self._file)
        self._file = fresh

    def close(self) -> None:
        """Close the file."""
        if self.path is not None:
            os.close(self._file)


def hidden(value: Any, ends: tuple[str, ...], path: str = "") -> Any:
    """Plain data without the values that must not be logged.

    Args:
        value: Plain data.
        ends: What the path of a name must end with, each with a dot before it.
        path: The names above, a dot before each.
    """
    if isinstance(value, dict):
        return {
            name: HIDDEN if place.endswith(ends) else hidden(inner, ends, place)
            for name, inner in value.items()
            for place in (f"{path}.{name}",)
        }
    return [hidden(inner, ends, path) for inner in value] if isinstance(value, list) else value


def say_dropped(path: Path, kept: int) -> None:
    """Count a log file that is about to be removed, and say which lines it holds.

    Args:
        path: The file.
        kept: How many files are kept.
    """
    size = path.stat().st_size
    first, last = edge_times(path, size)
    metrics.LOG_DROPPED.inc(size)
    logger.warning(
        "rotation removes the oldest predictions, %d bytes from %s to %s: LOG_FILES keeps %d files; "
        "copy them elsewhere, or raise LOG_FILES",
        *(size, first, last, kept),
    )


def edge_times(path: Path, size: int) -> tuple[str, str]:
    """The times of the first and the last line of a file; `?` where a line has none."""
    with path.open("rb") as file:
        head = file.read(EDGE_BYTES)
        file.seek(max(0, size - EDGE_BYTES))
        tail = file.read()
    return time_of(head.split(b"\n", 1)[0]), time_of(tail.rstrip(b"\n").rsplit(b"\n", 1)[-1])


def time_of(line: bytes) -> str:
    """The time that a line of the log begins with."""
    before, _, rest = line.partition(b'"time":"')
    return rest.partition(b'"')[0].decode("utf-8", "replace") if rest and before.strip() == b"{" else "?"


def opened(path: Path) -> int:
    """A file that lines are appended to, after a whole line.

    Where the system can, a shared lock on the open file tells others that lines may come.
    """
    for _ in range(TRIES):
        file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640)
        if held(file) and os.fstat(file).st_nlink:
            break
        # it is being removed: the next one has this name
        os.close(file)
    else:
        file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640)
    size = os.fstat(file).st_size
    if size and os.lseek(file, size - 1, os.SEEK_SET) >= 0 and os.read(file, 1) != b"\n":
        # the machine went down within a line
        os.write(file, b"\n")
    return file


def held(file: int) -> bool:
    """Whether an open file now has a shared lock; a system without locks gives it too."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # a disk without locks
        return True
    return True


def same_file(path: Path, facts: os.stat_result) -> bool:
    """Whether a path names the file that facts are of."""
    try:
        return os.path.samestat(path.stat(), facts)
    except FileNotFoundError:
        return False


def compacted(path: Path) -> bool:
    """Whether all lines of a file are in an archive."""
    try:
        known = json.loads(path.with_name(COMPACTED).read_text(encoding="utf-8"))
        with path.open("rb") as file:
            first = hashlib.sha256(file.readline()).hexdigest()
        return bool(path.stat().st_size <= known.get(first, -1))
    except (OSError, ValueError, AttributeError, TypeError):
        return False
