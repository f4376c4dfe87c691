"""The prediction log: one JSON line per prediction, in the file before the client has its answer.

A line is one write to a file opened for appending, so that a killed process leaves whole lines only. When a line
cannot be written (disk full, read-only), what was written of it is taken back and the prediction is refused,
since what is not logged did not happen; `LOG_STRICT=0` gives it all the same.
"""

import itertools
import json
import os
import sys
from pathlib import Path
from typing import Any

from nbexport_runtime.service.settings import Settings
from nbexport_runtime.service.wire import json_bytes

HIDDEN = "[redacted]"
PROBE = b" " * 1000


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
        if self._hidden:
            for part in ("input", "output"):
                record[part] = self._redacted(json.loads(json_bytes(record[part])))
        line = json_bytes(record) + b"\n"
        try:
            self._append(line)
        except OSError as error:
            self.trouble = f"the prediction log cannot be written: {error.strerror}"
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
        size = os.fstat(self._file).st_size
        if size and size + len(line) > self._limit:
            self._rotate(self.path)
            size = 0
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
        for newer, older in reversed(list(itertools.pairwise(names))):
            if newer.exists():
                newer.replace(older)
        if self._files == 1:
            path.unlink()
        fresh = opened(path)
        os.close(self._file)
        self._file = fresh

    def _redacted(self, value: Any, path: str = "") -> Any:
        """Plain data without the values that must not be logged; `path` is the names above it, a dot before each."""
        if isinstance(value, dict):
            return {
                name: HIDDEN if place.endswith(self._hidden) else self._redacted(inner, place)
                for name, inner in value.items()
                for place in (f"{path}.{name}",)
            }
        return [self._redacted(inner, path) for inner in value] if isinstance(value, list) else value

    def close(self) -> None:
        """Close the file."""
        if self.path is not None:
            os.close(self._file)


def opened(path: Path) -> int:
    """A file that lines are appended to."""
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
