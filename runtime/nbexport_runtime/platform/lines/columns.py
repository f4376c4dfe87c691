"""The columns of the two logs, as DuckDB has them: those of the lines, those of the archive, those of the tables."""

from __future__ import annotations

from collections.abc import Mapping

from nbexport_runtime.platform.lines.live import OUTCOMES, PREDICTIONS

OF_LINE: Mapping[str, Mapping[str, str]] = {
    PREDICTIONS: {
        "time": "TIMESTAMPTZ",
        "request_id": "VARCHAR",
        "row": "INTEGER",
        "route": "VARCHAR",
        "model_version": "VARCHAR",
        "arm": "VARCHAR",
        "outcome": "VARCHAR",
        "latency_ms": "DOUBLE",
        "unit": "VARCHAR",
        "experiment": "VARCHAR",
        "experiment_arm": "VARCHAR",
        "caller": "VARCHAR",
        "input": "JSON",
        "output": "JSON",
        "meant": "JSON",
        "features": "JSON",
        "feature_time": "TIMESTAMPTZ",
        "unusual": "JSON",
        "reasons": "JSON",
        "error": "VARCHAR",
    },
    OUTCOMES: {
        "id": "VARCHAR",
        "request_id": "VARCHAR",
        "row": "INTEGER",
        "unit": "VARCHAR",
        "name": "VARCHAR",
        "value": "DOUBLE",
        "time": "TIMESTAMPTZ",
        "received": "TIMESTAMPTZ",
    },
}
"""Member of a line → its type."""
NEEDED: Mapping[str, tuple[str, ...]] = {
    PREDICTIONS: ("time", "request_id"),
    OUTCOMES: ("time", "id", "value", "received"),
}
"""Without these a line is damaged."""
ORDER: Mapping[str, str] = {
    PREDICTIONS: "request_id, time",
    OUTCOMES: "request_id, unit, name, time, received",
}
"""What a file of the archive is sorted by: one request is found in one row group."""


def of_table(kind: str) -> dict[str, str]:
    """Column → type, as the tables have them: times without a zone, in UTC."""
    return {name: of.replace("TIMESTAMPTZ", "TIMESTAMP") for name, of in OF_LINE[kind].items()}


def struct(kind: str) -> str:
    """The columns of a line as `read_json` takes them."""
    return "{" + ", ".join(f"'{name}': '{of}'" for name, of in OF_LINE[kind].items()) + "}"


def selected(kind: str) -> str:
    """The columns of a line as a table has them, for a SELECT."""
    return ", ".join(
        f'"{name}" AT TIME ZONE \'UTC\' AS "{name}"' if of == "TIMESTAMPTZ" else f'"{name}"'
        for name, of in OF_LINE[kind].items()
    )


def quoted(kind: str) -> str:
    """The names of the columns, for a SELECT."""
    return ", ".join(f'"{name}"' for name in OF_LINE[kind])


def damaged(kind: str) -> str:
    """Whether a line is damaged, for a WHERE."""
    return " OR ".join(f'"{name}" IS NULL' for name in NEEDED[kind])
