"""Windows of the log, counted in the bins of a reference: one query, done by DuckDB."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from nbexport_runtime.platform.drift.columns import Column, Reader, quoted
from nbexport_runtime.platform.drift.references import Reference
from nbexport_runtime.training.reference import TRUTHS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SQL_TYPES = {"number": "DOUBLE"}
"""Kind → the type of its values in SQL; others are texts."""
SHOWN = 3
"""New categories that are named."""


@dataclass(frozen=True)
class Counts:
    """One column in one window."""

    rows: int = 0
    present: int = 0
    bins: tuple[int, ...] = ()
    """Of a number or a text: values in each interval of the reference."""
    values: Mapping[str, int] = field(default_factory=dict)
    """Of a category: how often each known value occurs."""
    new: int = 0
    """Values that the reference does not have."""
    below: int = 0
    above: int = 0
    """Values outside of the range of the reference."""


@dataclass(frozen=True)
class Window:
    """A period of the log."""

    begin: datetime
    end: datetime
    columns: Mapping[Column, Counts]
    rows: int = 0


def windows(
    tables: DuckDBPyConnection,
    version: str,
    references: Mapping[Column, Reference],
    *,
    until: datetime,
    length_s: float,
    number: int,
) -> list[Window]:
    """The newest windows, the oldest of them first.

    Args:
        tables: The view `predictions`.
        version: The version whose predictions are counted.
        references: What each column is counted by.
        until: The end of the newest window, in UTC without a zone.
        length_s: Length of a window.
        number: How many.
    """
    reader = Reader({column: SQL_TYPES.get(known.kind, "VARCHAR") for column, known in references.items()})
    asked: list[str] = []
    for column, known in references.items():
        asked += expressions(reader.value(column), known)
    begin = until - timedelta(seconds=length_s * number)
    length_us = round(length_s * 1e6)
    query = f"""
        SELECT "window", count(*), count(*) FILTER (has_input), count(*) FILTER (has_output),
               count(*) FILTER (has_features), {", ".join(asked) or "1"}
        FROM (
            SELECT "window", input IS NOT NULL AND input <> 'null' AS has_input, output IS NOT NULL AS has_output,
                   features IS NOT NULL AND features <> 'null' AS has_features, {reader.parts}
            FROM (
                SELECT (epoch_us(?::TIMESTAMP) - epoch_us(time) - 1) // {length_us} AS "window",
                       CAST(input AS VARCHAR) AS input, CAST(features AS VARCHAR) AS features,
                       CASE WHEN outcome = 'ok' THEN CAST(output AS VARCHAR) END AS output
                FROM predictions
                WHERE time >= ? AND time < ? AND date BETWEEN ?::DATE AND ?::DATE AND model_version = ?
            )
        )
        GROUP BY "window"
    """  # noqa: S608 - names and values are quoted
    result: dict[int, tuple[Any, ...]] = {
        int(row[0]): row[1:] for row in tables.execute(query, [until, begin, until, begin, until, version]).fetchall()
    }
    newest = []
    for place in range(number):
        end = until - timedelta(seconds=length_s * place)
        row = result.get(place)
        counted = (
            {}
            if row is None
            else read(references, dict(zip(("input", "output", "features"), row[1:4], strict=True)), row[4:])
        )
        newest.append(Window(end - timedelta(seconds=length_s), end, counted, int(row[0]) if row else 0))
    return newest[::-1]


def expressions(value: str, known: Reference) -> list[str]:
    """What is asked of one column, in SQL."""
    if known.kind == "number" or known.kind == "text":
        number = value if known.kind == "number" else f"length(nullif({value}, ''))"
        edges = quoted(json.dumps([float(edge) for edge in known.facts["edges"]]))
        bins = f"histogram({number}, {edges}::DOUBLE[])" if known.facts["edges"] else "NULL"
        least, most = (f"{quoted(repr(float(known.facts[name])))}::DOUBLE" for name in ("min", "max"))
        outside = [f"count(*) FILTER ({number} {sign} {bound})" for sign, bound in (("<", least), (">", most))]
        return [f"count({number})", bins, *outside]
    text = f"nullif({value}, '')"
    if known.kind != "category":
        return [f"count({text})"]
    names = list(known.facts["values"])
    if set(names) <= TRUTHS:
        text = f"lower({text})"
    listed = ", ".join(map(quoted, names))
    return [f"count({text})", f"histogram({text}) FILTER ({text} IN ({listed}))"]


def read(
    references: Mapping[Column, Reference], rows: Mapping[str, int], values: Sequence[Any]
) -> dict[Column, Counts]:
    """The counts of a window from what the query gave for it."""
    left = iter(values)
    result: dict[Column, Counts] = {}
    for column, known in references.items():
        whole, present = rows[column.part], int(next(left))
        if known.kind in ("number", "text"):
            edges = [float(edge) for edge in known.facts["edges"]]
            columns = {float(edge): int(count) for edge, count in (next(left) or {}).items()}
            bins = [columns.pop(edge, 0) for edge in edges]
            below, above = int(next(left)), int(next(left))
            result[column] = Counts(whole, present, (*bins, present - sum(bins)), below=below, above=above)
        elif known.kind == "category":
            counts = {str(name): int(count) for name, count in (next(left) or {}).items()}
            result[column] = Counts(whole, present, values=counts, new=present - sum(counts.values()))
        else:
            result[column] = Counts(whole, present)
    return result


def new_values(
    tables: DuckDBPyConnection, version: str, column: Column, known: Reference, begin: datetime, end: datetime
) -> list[str]:
    """The most frequent values of a category that its reference does not have."""
    names = [str(name) for name in known.facts["values"]]
    text = f"lower({column.sql()})" if set(names) <= TRUTHS else column.sql()
    listed = ", ".join(map(quoted, names))
    query = f"""
        SELECT {text} AS value FROM predictions
        WHERE time >= ? AND time < ? AND date BETWEEN ?::DATE AND ?::DATE AND model_version = ?
            AND value <> '' AND value NOT IN ({listed})
        GROUP BY value ORDER BY count(*) DESC, value LIMIT {SHOWN}
    """  # noqa: S608 - names and values are quoted
    return [str(row[0]) for row in tables.execute(query, [begin, end, begin, end, version]).fetchall()]
