"""Parts of the queries about features: names, ids, times and the order in which rows count, in DuckDB's SQL."""

from __future__ import annotations

from nbexport_runtime.platform.features.settings import View


def of(view: View) -> str:
    """The columns of a view's features in its tables."""
    return ", ".join(f"f{n}" for n in range(len(view.columns)))


def newest_first(view: View) -> str:
    """The order in which the first row of an entity is the one that counts."""
    values = (f"f{n} DESC NULLS LAST" for n in range(len(view.columns)))
    return ", ".join(["event DESC", "created DESC", *values])


def id_of(column: str, types: dict[str, str]) -> str:
    """The expression for an id as text: `7`, also where gaps made 7.0 of it."""
    name = quoted(column)
    if types[column] in ("DOUBLE", "FLOAT"):
        whole = f"CAST(CAST({name} AS HUGEINT) AS VARCHAR)"
        return f"CASE WHEN {name} = trunc({name}) THEN {whole} ELSE CAST({name} AS VARCHAR) END"
    return f"CAST({name} AS VARCHAR)"


def time_of(column: str, types: dict[str, str]) -> str:
    """The expression for a time in microseconds since 1970; a text without an offset is UTC."""
    name = quoted(column)
    # a cast of text to TIMESTAMP would drop its offset without a word
    kind = "TIMESTAMP" if types[column].startswith("TIMESTAMP") and "ZONE" not in types[column] else "TIMESTAMPTZ"
    return f"epoch_us(TRY_CAST({name} AS {kind}))"


def quoted(name: str) -> str:
    """A name of a column in SQL."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text in SQL."""
    return "'" + value.replace("'", "''") + "'"
