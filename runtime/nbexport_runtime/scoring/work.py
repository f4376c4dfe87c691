"""The folder of a run that has not ended: what is scored already, and what it is of.

run.json         the input, the model, the columns: a run goes on only where all are as they were
rows.jsonl       one line for each answered row
rejects.jsonl    one line for each row without an answer
batches.jsonl    one line for each finished batch: how many rows, and how long the other two files were then

A batch counts once its line is on the disk. What the other files hold beyond that is of a batch that was cut off: it is
taken back and scored again, so that after a kill nothing is lost and nothing is there twice.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbexport_runtime.scoring.errors import ScoreError
from nbexport_runtime.traffic import durable

RUN, ROWS, REJECTS, BATCHES, LOCK = "run.json", "rows.jsonl", "rejects.jsonl", "batches.jsonl", ".lock"


@dataclass
class Batch:
    """What became of some rows in a row."""

    rows: int
    lines: bytes
    """Of the answered ones, for `rows.jsonl`."""
    rejects: bytes
    """Of the others, for `rejects.jsonl`."""
    outcomes: Counter[str]
    unusual: Counter[str]
    """`field:kind` → how many values."""
    seconds: float = 0.0


@dataclass
class Done:
    """What all finished batches come to."""

    batches: int = 0
    rows: int = 0
    lines_bytes: int = 0
    rejects_bytes: int = 0
    seconds: float = 0.0
    outcomes: Counter[str] = field(default_factory=Counter)
    unusual: Counter[str] = field(default_factory=Counter)

    @property
    def answered(self) -> int:
        """Rows with an answer."""
        return self.outcomes["ok"]

    @property
    def refused(self) -> int:
        """Rows without one."""
        return self.rows - self.answered


class Work:
    """One run, in its folder."""

    def __init__(self, folder: Path) -> None:
        """Nothing is read yet.

        Args:
            folder: Where it lies; made by `begin`.
        """
        self.folder = folder
        self.rows, self.rejects = folder / ROWS, folder / REJECTS
        self._batches = folder / BATCHES
        self.done = Done()

    @property
    def run(self) -> dict[str, Any] | None:
        """What the run is of; None where none has begun.

        Raises:
            ScoreError: It cannot be read.
        """
        try:
            content: dict[str, Any] = json.loads((self.folder / RUN).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise ScoreError(f"`{self.folder / RUN}` cannot be read: {error}; begin again with `--restart`") from None
        return content

    def note(self, facts: Mapping[str, Any]) -> None:
        """Write down what the run is of."""
        durable.replace(self.folder / RUN, json.dumps(facts, indent=2, ensure_ascii=False).encode())

    def remove(self) -> None:
        """Forget the run."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def resume(self) -> Done:
        """Take back what was cut off; what is done."""
        self.done = Done()
        for line in whole_lines(self._batches):
            self.done.batches += 1
            self.done.rows += line["rows"]
            self.done.seconds += line["seconds"]
            self.done.lines_bytes, self.done.rejects_bytes = line["lines_bytes"], line["rejects_bytes"]
            self.done.outcomes.update(line["outcomes"])
            self.done.unusual.update(line["unusual"])
        for path, size_bytes in ((self.rows, self.done.lines_bytes), (self.rejects, self.done.rejects_bytes)):
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                if os.fstat(handle).st_size < size_bytes:
                    raise ScoreError(f"`{path}` has lost lines; begin again with `--restart`")
                os.ftruncate(handle, size_bytes)
            finally:
                os.close(handle)
        return self.done

    def commit(self, batch: Batch) -> dict[str, Any]:
        """Write down a finished batch; its line."""
        self.done.lines_bytes += appended(self.rows, batch.lines)
        self.done.rejects_bytes += appended(self.rejects, batch.rejects)
        line = {
            "rows": batch.rows,
            "seconds": round(batch.seconds, 3),
            "lines_bytes": self.done.lines_bytes,
            "rejects_bytes": self.done.rejects_bytes,
            "outcomes": dict(batch.outcomes),
            "unusual": dict(batch.unusual),
        }
        appended(self._batches, json.dumps(line).encode() + b"\n")
        self.done.batches += 1
        self.done.rows += batch.rows
        self.done.seconds += batch.seconds
        self.done.outcomes.update(batch.outcomes)
        self.done.unusual.update(batch.unusual)
        return line


def appended(path: Path, content: bytes) -> int:
    """Append to a file, which is on the disk then; how many bytes."""
    if content:
        with path.open("ab") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    return len(content)


def whole_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a file of batches; one that a kill cut off is taken out of the file."""
    if not path.exists():
        return
    whole_bytes = 0
    with path.open("r+b") as file:
        for line in file:
            if not line.endswith(b"\n"):
                break
            whole_bytes += len(line)
            content: dict[str, Any] = json.loads(line)
            yield content
        file.truncate(whole_bytes)
