"""What data looks like: per table its rows and duplicates, per column its type, missing share, range, categories.

Tables are CSV, TSV and JSON lines, read with the standard library; of other files only the names are compared.
"""

from __future__ import annotations

import csv
import json
import math
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TextIO

CATEGORIES = 30
"""A text column with no more different values than this is one of categories."""
MISSING = ("", "na", "nan", "null", "none", "n/a", "nat", "<na>")

Row = dict[str, str | None]


def tables(folder: Path) -> dict[str, Path]:
    """The tables in a folder by their names within it; of a file, itself."""
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    files = [folder] if folder.is_file() else sorted(folder.rglob("*"))
    base = folder.parent if folder.is_file() else folder
    kinds = (".csv", ".tsv", ".jsonl", ".ndjson")
    return {
        path.relative_to(base).as_posix(): path for path in files if path.suffix.lower() in kinds and path.is_file()
    }


def rows_of(path: Path) -> Iterator[Row]:
    """The rows of a table; a value that is not there is None.

    Raises:
        ValueError: The file is not such a table.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from rows_in(file, path.suffix)


def rows_in(file: TextIO, suffix: str) -> Iterator[Row]:
    """The rows of a table that is open; its kind by the end of its name."""
    if suffix.lower() in (".jsonl", ".ndjson"):
        for line in file:
            if line.strip():
                found = json.loads(line)
                if not isinstance(found, dict):
                    raise ValueError("a line is not an object")
                yield {str(name): None if value is None else str(value) for name, value in found.items()}
        return
    separator = "\t" if suffix.lower() == ".tsv" else ","
    if separator == ",":
        head = file.readline()
        if head.count(";") > head.count(","):
            separator = ";"
        file.seek(0)
    for row in csv.DictReader(file, delimiter=separator):
        yield {str(name): value if isinstance(value, str) else None for name, value in row.items() if name is not None}


def learn(folder: Path) -> dict[str, Any]:
    """The schema of the tables in a folder, or of one file."""
    found = tables(folder)
    return learned({name: partial(rows_of, path) for name, path in found.items()})


def learned(readers: Mapping[str, Callable[[], Iterator[Row]]]) -> dict[str, Any]:
    """The schema of some tables by their names."""
    found: dict[str, Any] = {}
    for name, read in readers.items():
        try:
            found[name] = described(read())
        except (ValueError, OSError, csv.Error):
            # not the table that its name says; there is nothing to compare then
            continue
    return {"format": 1, "tables": found}


def described(rows: Iterator[Row]) -> dict[str, Any]:
    """The schema of one table."""
    columns: dict[str, Column] = {}
    count = 0
    seen: Counter[int] = Counter()
    for row in rows:
        count += 1
        seen[hash(tuple(row.items()))] += 1
        for name, value in row.items():
            columns.setdefault(name, Column()).add(value)
    return {
        "rows": count,
        "duplicates": share(count - len(seen), count),
        "columns": {name: column.facts(count) for name, column in columns.items()},
    }


@dataclass
class Column:
    """What is seen of a column, value by value."""

    given: int = 0
    numbers: int = 0
    whole: int = 0
    low: float = math.inf
    high: float = -math.inf
    texts: Counter[str] = field(default_factory=Counter)

    def add(self, value: str | None) -> None:
        """See one value."""
        if is_missing(value):
            return
        text = str(value).strip()
        self.given += 1
        number = number_of(text)
        if number is not None:
            self.numbers += 1
            self.whole += number == int(number)
            self.low, self.high = min(self.low, number), max(self.high, number)
        if len(self.texts) <= CATEGORIES:
            self.texts[text] += 1

    def facts(self, rows: int) -> dict[str, Any]:
        """What the schema says of it."""
        found: dict[str, Any] = {"missing": share(rows - self.given, rows)}
        if self.given and self.numbers == self.given:
            kind = "integer" if self.whole == self.given else "number"
            return {"type": kind, **found, "min": self.low, "max": self.high}
        found = {"type": "text", **found}
        if 0 < len(self.texts) <= CATEGORIES and len(self.texts) * 2 <= self.given:
            found["categories"] = sorted(self.texts)
        return found


def is_missing(value: str | None) -> bool:
    """Whether a value stands for none."""
    return value is None or value.strip().lower() in MISSING


def number_of(text: str) -> float | None:
    """The number that a text is; None for any other text."""
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def share(part: int, whole: int) -> float:
    """A part of a whole, rounded."""
    return round(part / whole, 6) if whole else 0.0
