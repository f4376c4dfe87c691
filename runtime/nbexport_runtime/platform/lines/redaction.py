"""Removing the values of some names from lines, by the rules of the service's `LOG_REDACT`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nbexport_runtime.platform.lines import columns
from nbexport_runtime.service.log import HIDDEN, hidden

if TYPE_CHECKING:
    import duckdb


def redact(connection: duckdb.DuckDBPyConnection, table: str, kind: str, names: Sequence[str]) -> None:
    """Change the rows of a table.

    Args:
        connection: Holds the table.
        table: Its name.
        kind: Which log its rows are of.
        names: A name at any depth of what was sent and answered, or a path such as `customer.email`. The name of a
            column, such as `caller`, removes its values.
    """
    ends = tuple(f".{name}" for name in names)
    types = columns.of_table(kind)

    def without(text: str) -> str:
        return json.dumps(hidden(json.loads(text), ends), ensure_ascii=False)

    connection.create_function("without", without, ["VARCHAR"], "VARCHAR")
    changes: list[str] = []
    for name, of in types.items():
        if name in names and name not in columns.NEEDED[kind]:
            value = f"'{HIDDEN}'" if of == "VARCHAR" else "NULL"
            changes.append(f'"{name}" = CASE WHEN "{name}" IS NOT NULL THEN {value} END')
        elif of == "JSON":
            changes.append(f'"{name}" = without("{name}")')
    if changes:
        connection.execute(f"UPDATE {table} SET {', '.join(changes)}")  # noqa: S608
    connection.remove_function("without")
