"""Whether new data still looks like the data that the notebook was exported with.

    learn(folder)             the schema
    validate(folder, schema)  what is wrong (errors) and what is worth a look (warnings)

A number is wrong when it lies further outside the learned range than the range is wide; just outside is worth a look.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbexport_runtime.pipeline.schema import Row, described, is_missing, number_of, rows_of, share, tables

FEWEST_ROWS = 0.5
"""Share of the learned rows that must still be there."""


@dataclass
class Report:
    """What is wrong with a data set, and what is worth a look."""

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


def validate(folder: Path, schema: dict[str, Any], *, tolerance: float = 0.05) -> Report:
    """Compare a data set with a schema.

    Args:
        folder: The data set.
        schema: What `learn` gave.
        tolerance: Share of rows or values that may differ before it is an error.
    """
    report = Report()
    paths = tables(folder)
    for name, known in schema.get("tables", {}).items():
        path = paths.get(name)
        if path is None:
            report.errors.append(f"`{name}` is missing")
            continue
        try:
            new = described(rows_of(path))
            outside = unknown_values(rows_of(path), known["columns"])
        except (ValueError, OSError, csv.Error) as error:
            report.errors.append(f"`{name}` cannot be read: {error}")
            continue
        report.rows += new["rows"]
        compare(report, name, known, new, tolerance)
        count(report, name, known["columns"], new["rows"], outside, tolerance)
    return report


def compare(report: Report, name: str, known: dict[str, Any], new: dict[str, Any], tolerance: float) -> None:
    """Report rows, duplicates, columns, types and missing values that differ.

    Args:
        report: Gets what differs.
        name: The table's name.
        known: The table in the schema.
        new: The table as it is now.
        tolerance: Share of rows that may differ.
    """
    if new["rows"] < FEWEST_ROWS * known["rows"]:
        report.errors.append(f"`{name}` has {new['rows']} rows, the notebook's data had {known['rows']}")
    if new["duplicates"] > known["duplicates"] + tolerance:
        shares = f"{new['duplicates']:.1%} of the rows are duplicates, {known['duplicates']:.1%} were"
        report.errors.append(f"`{name}`: {shares}")
    for column in new["columns"].keys() - known["columns"].keys():
        report.warnings.append(f"`{name}` has a new column `{column}`")
    for column, before in known["columns"].items():
        now = new["columns"].get(column)
        if now is None:
            report.errors.append(f"`{name}` has no column `{column}`")
            continue
        if before["type"] in ("integer", "number") and now["type"] == "text":
            # non-numeric values are counted with the unknown ones
            continue
        if before["type"] == "integer" and now["type"] == "number":
            report.warnings.append(f"`{name}`: `{column}` had whole numbers and has fractions now")
        if now["missing"] > before["missing"] + tolerance:
            shares = f"{now['missing']:.1%} of `{column}` is missing, {before['missing']:.1%} was"
            report.errors.append(f"`{name}`: {shares}")


@dataclass
class Unknown:
    """How many values of a column the schema does not know."""

    not_numeric: int = 0
    far: int = 0
    near: int = 0
    categories: Counter[str] = field(default_factory=Counter)


def unknown_values(rows: Iterator[Row], known: dict[str, Any]) -> dict[str, Unknown]:
    """Column → the values that the schema does not know.

    Args:
        rows: The rows of the table.
        known: The columns in the schema.
    """
    counts = {column: Unknown() for column in known}
    for row in rows:
        for column, before in known.items():
            value = row.get(column)
            if is_missing(value):
                continue
            text = str(value).strip()
            if "categories" in before and text not in before["categories"]:
                counts[column].categories[text] += 1
            if before["type"] == "text":
                continue
            number, low, high = number_of(text), before["min"], before["max"]
            width = max(high - low, abs(high), abs(low), 1e-9)
            if number is None:
                counts[column].not_numeric += 1
            elif not low - width <= number <= high + width:
                counts[column].far += 1
            elif not low <= number <= high:
                counts[column].near += 1
    return counts


def count(
    report: Report, name: str, known: dict[str, Any], rows: int, outside: dict[str, Unknown], tolerance: float
) -> None:
    """Report how many values the schema does not know.

    Args:
        report: Gets what differs.
        name: The table's name.
        known: The columns in the schema.
        rows: How many rows the table has.
        outside: What `unknown_values` gave.
        tolerance: Share of values that may differ.
    """
    for column, unknown in outside.items():
        before, where = known[column], f"`{name}`: `{column}`"
        problems = {
            "is not numeric": unknown.not_numeric,
            f"is far outside {before.get('min')} to {before.get('max')}": unknown.far,
        }
        if unknown.categories:
            common = ", ".join(text[:40] for text, _ in unknown.categories.most_common(3))
            problems[f"is not one of the known values ({common})"] = sum(unknown.categories.values())
        for problem, number in problems.items():
            if number:
                part = share(number, rows)
                lines = report.errors if part > tolerance else report.warnings
                lines.append(f"{where}: {part:.1%} {problem}")
        if unknown.near:
            part = share(unknown.near, rows)
            report.warnings.append(f"{where}: {part:.1%} is outside {before['min']} to {before['max']}")
