"""A table against what the schema knows of it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from nbexport_runtime.pipeline.checks import chance, of_column, of_label
from nbexport_runtime.pipeline.checks.columns import Column, Facts
from nbexport_runtime.pipeline.checks.kinds import Finding
from nbexport_runtime.pipeline.checks.pairs import Pair
from nbexport_runtime.pipeline.checks.raw import Raw
from nbexport_runtime.pipeline.checks.tables import Table, rises

FEW_ROWS, FEWEST_ROWS = 0.75, 0.5
"""Shares of the known rows below which there is a warning, and an error."""
MANY_ROWS, MOST_ROWS = 3.0, 10.0
"""Multiples of the known rows, the same."""
COPIES = 10
"""So many equal rows where there were none are not chance."""
SIMILAR = 0.6
"""How alike two names are for one to be the other's new name."""
SHORTEST_NAME = 3
"""A shorter name is in others by chance."""
ENCODINGS = {"ascii", "utf-8"}


def compare(table: Table, known: Facts, *, tolerance: float, now_s: float) -> list[Finding]:
    """What differs.

    Args:
        table: The table as it is now.
        known: The table in the schema.
        tolerance: Share of rows or values that may differ before it is an error.
        now_s: The time, in seconds since 1970.
    """
    findings: list[Finding] = []
    if table.raw is not None:
        findings += of_file(table.name, table.raw, known)
    if not table.rows:
        return [*findings, Finding("no_rows", table.name, f"`{table.name}` has no {table.unit}")]
    findings += _rows(table, known, tolerance)
    names = _names(table, known)
    findings += names
    if "shape" in known and list(table.shape) != known["shape"]:
        text = f"`{table.name}`: a row has the shape {list(table.shape)}, it had {known['shape']}"
        findings.append(Finding("shape", table.name, text))
    label = str(known.get("label") or "")
    for name, before in known["columns"].items():
        if name in table.columns:
            findings += _column(Pair(table.name, table.columns[name], before, known["rows"], tolerance, now_s), label)
    if label:
        findings += of_label.leaks(table, known, label)
    if not names:
        findings += _order(table, known)
    return findings


def _column(pair: Pair, label: str) -> Iterator[Finding]:
    """What differs of a column; of a label its classes and their balance."""
    findings = of_column.compare(pair)
    if pair.new.name != label or not of_label.is_classes(pair.known) or not pair.new.present:
        yield from findings
        return
    replaced = ("constant", "drift", "strong_drift", "new_category", "vanished_category", "missing_values", "range")
    kept = [finding for finding in findings if finding.kind not in replaced]
    yield from kept
    if not any(finding.kind in ("type", "mixed_types", "decimal_comma") for finding in kept):
        yield from of_label.compare(pair)


def of_file(name: str, raw: Raw, known: Facts) -> Iterator[Finding]:
    """What differs of the bytes of a file.

    Args:
        name: Its name.
        raw: What is seen of it.
        known: The table in the schema.
    """
    before = known.get("file", {})
    if raw.mark and not before.get("mark", False):
        text = f"`{name}` begins with a byte order mark ({raw.encoding})"
        yield Finding("byte_order_mark", name, text)
    encoding = before.get("encoding")
    if encoding and raw.encoding != encoding and not {raw.encoding, encoding} <= ENCODINGS and raw.encoding != "ascii":
        yield Finding("encoding", name, f"`{name}` was {encoding} and is {_named(raw.encoding)}")
    if raw.nul_bytes:
        yield Finding("nul_bytes", name, f"`{name}` holds {raw.nul_bytes} NUL bytes")
    delimiter = before.get("delimiter")
    if delimiter and raw.delimiter != delimiter and raw.fields:
        new = f"`{raw.delimiter}`" if raw.delimiter else "none"
        text = f"`{name}`: the delimiter of the header was `{delimiter}` and is {new}".replace("\t", "\\t")
        yield Finding("delimiter", name, text)
    if raw.ragged and not before.get("ragged"):
        text = f"`{name}` has {raw.ragged} lines with another number of fields: {raw.first_ragged}"
        yield Finding("ragged_rows", name, text, hint="the file is truncated, or a text is not quoted")


def _named(encoding: str) -> str:
    """An encoding as a person calls it."""
    return "neither ASCII nor UTF-8" if encoding == "other" else encoding


def _rows(table: Table, known: Facts, tolerance: float) -> Iterator[Finding]:
    """How many rows there are, and how many are equal."""
    name, rows, before = table.name, table.rows, known["rows"]
    counts = f"`{name}` has {rows} {table.unit}, the known data had {before}"
    if rows < FEW_ROWS * before:
        yield Finding("fewer_rows", name, counts, few=rows > FEWEST_ROWS * before)
    if rows > MANY_ROWS * before and before:
        yield Finding("more_rows", name, counts, few=rows < MOST_ROWS * before)
    was, part = known.get("duplicates", 0.0), table.duplicates
    count = round(part * rows)
    chance_alone = chance.z_of_shares(was, before, part, rows) < chance.LARGE_Z if was else count < COPIES
    if part > was + tolerance or not (chance_alone or part < was + 0.001):
        text = f"`{name}`: {part:.1%} of the rows equal an earlier one ({count} of {rows}), {was:.1%} did"
        yield Finding("duplicates", name, f"{text}; first row {table.first_duplicate()}", few=part <= was + tolerance)


# ------------------------------------------------------------------ names


def _names(table: Table, known: Facts) -> list[Finding]:
    """Columns that are gone, renamed, new, or in another order."""
    name = table.name
    gone = [column for column in known["columns"] if column not in table.columns]
    new = [column for column in table.columns if column not in known["columns"]]
    findings: list[Finding] = []
    if len(gone) == len(known["columns"]) > 1:
        first = ", ".join(f"`{column[:40]}`" for column in list(table.columns)[:3])
        text = f"`{name}` has none of the {len(gone)} known columns; its first ones are {first}"
        return [Finding("header", name, text, hint="is the header missing, or the delimiter another one?")]
    for column in gone:
        other = _other_name(column, known["columns"][column], [table.columns[text] for text in new])
        text = f"`{name}` has no column `{column}`"
        if other:
            new.remove(other)
            findings.append(Finding("renamed_column", name, text, column, hint=f"is it `{other}`?"))
        else:
            findings.append(Finding("missing_column", name, text, column))
    findings += [Finding("new_column", name, f"`{name}` has a new column `{column}`", column) for column in new]
    order = known.get("order")
    if order and not gone:
        now = [column for column in table.columns if column in known["columns"]]
        if now != order:
            place, column = next((i, c) for i, c in enumerate(now) if c != order[i])
            text = (
                f"`{name}` has its columns in another order: column {place + 1} was `{order[place]}` and is `{column}`"
            )
            findings.append(Finding("reordered_columns", name, text, column))
    return findings


def _other_name(column: str, known: Facts, new: list[Column]) -> str:
    """The new column that a missing one may be; empty where none is like it."""
    best, score = "", SIMILAR
    for other in new:
        names = plain(column), plain(other.name)
        alike = difflib.SequenceMatcher(None, *names).ratio()
        if len(min(names, key=len)) >= SHORTEST_NAME and (names[0] in names[1] or names[1] in names[0]):
            alike = max(alike, SIMILAR)
        if other.kind == known.get("type"):
            alike = max(alike, 0.4) + _same_values(other, known)
        if alike > score:
            best, score = other.name, alike
    return best


def _same_values(other: Column, known: Facts) -> float:
    """How alike the values of a new column are to known ones, from 0 to 0.5."""
    if "categories" in known and other.codes is not None:
        before, now = set(known["categories"]), set(other.shares())
        return 0.5 * len(before & now) / max(len(before | now), 1)
    if "median" in known and other.numbers is not None and len(other.finite):
        before = np.array([known["low"], known["median"], known["high"]])
        apart = np.abs(np.quantile(other.finite, [0.01, 0.5, 0.99]) - before).sum()
        return max(0.0, 0.5 - float(apart / max(known["high"] - known["low"], 1e-9)))
    return 0.3 if known.get("format") and known.get("format") == other.format else 0.0


def plain(name: str) -> str:
    """A column's name without capitals, spaces and signs."""
    return re.sub(r"[\W_]+", "", name.casefold())


def _order(table: Table, known: Facts) -> Iterator[Finding]:
    """Rows that were sorted and are not."""
    for column in known.get("sorted_by", []):
        values: Any = table.columns[column].numbers
        if values is not None and not rises(values):
            text = f"`{table.name}`: the rows were sorted by `{column}` and are not"
            yield Finding("row_order", table.name, text, column)
