"""Tables of text that no reader returns: CSV files, and files with a JSON object per line."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nbexport_runtime.pipeline.checks import raw
from nbexport_runtime.pipeline.checks.building import column
from nbexport_runtime.pipeline.checks.raw import Raw
from nbexport_runtime.pipeline.checks.tables import Table


def text_table(name: str, path: Path) -> Table:
    """A table of text that the csv module reads, or of a JSON object per line.

    Raises:
        ValueError: The file is not such a table.
    """
    if path.suffix.lower() in (".jsonl", ".ndjson"):
        scanned = raw.scan(path, rectangular=False)
        with path.open(encoding="utf-8-sig") as file:
            rows = [json.loads(line) for line in file if line.strip()]
        if not all(isinstance(row, dict) for row in rows):
            raise ValueError("a line is not an object")
        return of_rows(name, rows, scanned)
    scanned = raw.scan(path, delimiter="\t" if path.suffix.lower() == ".tsv" else None)
    csv.field_size_limit(2**31 - 1)
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = (line.replace("\0", "") for line in file)
        reader = csv.DictReader(lines, delimiter=scanned.delimiter or ",")
        rows_read = ({str(key): value for key, value in row.items() if key is not None} for row in reader)
        return of_rows(name, rows_read, scanned)


def of_rows(name: str, rows: Iterable[Mapping[str, Any]], raw: Raw | None = None) -> Table:
    """The table of rows whose values are texts, as the csv module reads them."""
    lists: dict[str, list[Any]] = {}
    count = 0
    for row in rows:
        for key, value in row.items():
            values = lists.setdefault(key, [])
            values.extend([None] * (count - len(values)))
            values.append(value)
        count += 1
    for values in lists.values():
        values.extend([None] * (count - len(values)))
    return Table(name, count, {key: column(key, values, typed=False) for key, values in lists.items()}, raw)
