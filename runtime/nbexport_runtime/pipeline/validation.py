"""What the data looked like when the notebook was exported, and whether new data still looks like it.

    learn(folder)             the schema: per file its rows and duplicates, per column its type, missing share, range, categories
    validate(folder, schema)  what is wrong (errors) and what is worth a look (warnings)

Tables are CSV, TSV and JSON lines, read with the standard library; of other files only the names are compared.
A number is wrong when it lies further outside the learnt range than the range is wide; just outside is worth a look.
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
FEWEST_ROWS = 0.5
"""Share of the learnt rows that must still be there."""
MISSING = ("", "na", "nan", "null", "none", "n/a", "nat", "<na>")

Row = dict[str, str | None]


@dataclass
class Report:
    """What a data set was found to be."""

    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    rows: int = 0

    @property
    def valid(self) -> bool:
        """Whether it may be trained on."""
        return not self.errors

    def facts(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "valid": self.valid,
            "rows": self.rows,
            "errors": self.errors,
            "warnings": self.warnings,
        }


def tables(folder: Path) -> dict[str, Path]:
    """The tables in a folder by their names within it; of a file, itself."""
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    files = [folder] if folder.is_file() else sorted(folder.rglob("*"))
    base = folder.parent if folder.is_file() else folder
    kinds = (".csv", ".tsv", ".jsonl", ".ndjson")
    return {
        path.relative_to(base).as_posix(): path
        for path in files
        if path.suffix.lower() in kinds and path.is_file()
    }


def rows_of(path: Path) -> Iterator[Row]:
    """The rows of a table; a value that is not there is None.

    Raises:
        ValueError: The file is no such table.
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
                    raise ValueError("a line holds no object")
                yield {
                    str(name): None if value is None else str(value)
                    for name, value in found.items()
                }
        return
    separator = "\t" if suffix.lower() == ".tsv" else ","
    if separator == ",":
        head = file.readline()
        if head.count(";") > head.count(","):
            separator = ";"
        file.seek(0)
    for row in csv.DictReader(file, delimiter=separator):
        yield {
            str(name): value if isinstance(value, str) else None
            for name, value in row.items()
            if name is not None
        }


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
    """The number that a text is; truth values are numbers to no one."""
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def share(part: int, whole: int) -> float:
    """A part of a whole, rounded."""
    return round(part / whole, 6) if whole else 0.0


def validate(
    folder: Path, schema: dict[str, Any], *, tolerance: float = 0.05
) -> Report:
    """Compare a data set with a schema.

    Args:
        folder: The data set.
        schema: What `learn` gave.
        tolerance: Share of rows or values that may differ before it is an error.
    """
    report = Report()
    found = tables(folder)
    for name, known in schema.get("tables", {}).items():
        path = found.get(name)
        if path is None:
            report.errors.append(f"`{name}` is not there")
            continue
        try:
            new = described(rows_of(path))
            outside = strangers(rows_of(path), known["columns"])
        except (ValueError, OSError, csv.Error) as error:
            report.errors.append(f"`{name}` cannot be read: {error}")
            continue
        report.rows += new["rows"]
        compare(report, name, known, new, tolerance)
        count(report, name, known, new, outside, tolerance)
    return report


def compare(
    report: Report,
    name: str,
    known: dict[str, Any],
    new: dict[str, Any],
    tolerance: float,
) -> None:
    """Rows, duplicates, columns, types and missing values."""
    if new["rows"] < FEWEST_ROWS * known["rows"]:
        report.errors.append(
            f"`{name}` has {new['rows']} rows, the notebook's data had {known['rows']}"
        )
    if new["duplicates"] > known["duplicates"] + tolerance:
        report.errors.append(
            f"`{name}`: {new['duplicates']:.1%} of the rows are duplicates, {known['duplicates']:.1%} were"
        )
    for column in new["columns"].keys() - known["columns"].keys():
        report.warnings.append(f"`{name}` has a new column `{column}`")
    for column, was in known["columns"].items():
        now = new["columns"].get(column)
        if now is None:
            report.errors.append(f"`{name}` has no column `{column}`")
            continue
        if was["type"] in ("integer", "number") and now["type"] == "text":
            # how many are no numbers is counted with the strangers
            continue
        if was["type"] == "integer" and now["type"] == "number":
            report.warnings.append(
                f"`{name}`: `{column}` had whole numbers and has others now"
            )
        if now["missing"] > was["missing"] + tolerance:
            report.errors.append(
                f"`{name}`: {now['missing']:.1%} of `{column}` is missing, {was['missing']:.1%} was"
            )


@dataclass
class Strangers:
    """Values of a column that the schema does not know."""

    no_number: int = 0
    far: int = 0
    near: int = 0
    unknown: Counter[str] = field(default_factory=Counter)


def strangers(rows: Iterator[Row], known: dict[str, Any]) -> dict[str, Strangers]:
    """Column → the values that are not as they were."""
    found = {column: Strangers() for column in known}
    for row in rows:
        for column, was in known.items():
            value = row.get(column)
            if is_missing(value):
                continue
            text = str(value).strip()
            if "categories" in was and text not in was["categories"]:
                found[column].unknown[text] += 1
            if was["type"] == "text":
                continue
            number = number_of(text)
            width = max(was["max"] - was["min"], abs(was["max"]), abs(was["min"]), 1e-9)
            if number is None:
                found[column].no_number += 1
            elif not was["min"] - width <= number <= was["max"] + width:
                found[column].far += 1
            elif not was["min"] <= number <= was["max"]:
                found[column].near += 1
    return found


def count(
    report: Report,
    name: str,
    known: dict[str, Any],
    new: dict[str, Any],
    outside: dict[str, Strangers],
    tolerance: float,
) -> None:
    """Say how many values are not as they were."""
    for column, strange in outside.items():
        was = known["columns"][column]
        where = f"`{name}`: `{column}`"
        shares = {
            "is no number": strange.no_number,
            f"lies far from {was.get('min')} to {was.get('max')}": strange.far,
        }
        if strange.unknown:
            common = ", ".join(text[:40] for text, _ in strange.unknown.most_common(3))
            shares[f"is none of the known values ({common})"] = sum(
                strange.unknown.values()
            )
        for what, number in shares.items():
            if number:
                part = share(number, new["rows"])
                into = report.errors if part > tolerance else report.warnings
                into.append(f"{where}: {part:.1%} {what}")
        if strange.near:
            part = share(strange.near, new["rows"])
            report.warnings.append(
                f"{where}: {part:.1%} lies outside of {was['min']} to {was['max']}"
            )
