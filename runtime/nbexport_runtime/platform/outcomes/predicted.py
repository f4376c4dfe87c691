"""The number in an answer that an outcome is compared with."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from nbexport_runtime.pipeline.outcome import PipelineError

if TYPE_CHECKING:
    import duckdb

LOOKED_AT = 1000
"""Answers that are looked at for the first number."""
STEP = re.compile(r"([^.\[\]]+)|\[([0-9]+)\]")


def value_of(connection: duckdb.DuckDBPyConnection, member: str, table: str = "asked") -> str:
    """The number of an answer, for a SELECT: NULL where it has none; true is 1, false 0.

    Args:
        connection: Holds a table with the column `output`.
        member: The member, such as `probability`, `scores.spam` or `probabilities[1]`; empty takes the first number.
        table: The table.

    Raises:
        PipelineError: No answer has a number.
    """
    rows = connection.execute(f"SELECT output FROM {table} WHERE output IS NOT NULL LIMIT {LOOKED_AT}").fetchall()  # noqa: S608
    answers = [json.loads(row[0]) for row in rows]
    name = member or first_number(answers)
    if not answers:
        return "NULL::DOUBLE"
    if not name:
        raise PipelineError(
            "the answers have no number to compare outcomes with: set `prediction` in [outcomes] of `platform.toml` to "
            "the member of an answer that has one"
        )
    path = path_of(name)
    return (
        f"CASE json_type(output, {path}) WHEN 'BOOLEAN' THEN CAST(json_extract_string(output, {path}) = 'true' AS "
        f"DOUBLE) ELSE TRY_CAST(json_extract_string(output, {path}) AS DOUBLE) END"
    )


def first_number(answers: list[Any]) -> str:
    """The first member of answers that is a number, or else true or false; empty where there is none."""
    flag = ""
    for answer in answers:
        for name, value in answer.items() if isinstance(answer, dict) else ():
            if isinstance(value, bool):
                flag = flag or str(name)
            elif isinstance(value, int | float):
                return str(name)
    return flag


def path_of(member: str) -> str:
    """The path of a member as DuckDB reads it, quoted for SQL.

    >>> path_of("scores.spam")
    '\\'$."scores"."spam"\\''
    >>> path_of("probabilities[1]")
    '\\'$."probabilities"[1]\\''
    """
    steps = [f'."{name}"' if name else f"[{number}]" for name, number in STEP.findall(member)]
    return "'$" + "".join(steps).replace("'", "''") + "'"
