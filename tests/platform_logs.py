"""Predictions as the log's tables have them, without a service: for tests of what is computed from them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import pandas as pd

NOON = datetime.fromisoformat("2026-03-10T12:00")
"""The end of the newest window."""
COLUMNS = """
    time TIMESTAMP, request_id VARCHAR, row INTEGER, route VARCHAR, model_version VARCHAR, arm VARCHAR, outcome VARCHAR,
    latency_ms DOUBLE, unit VARCHAR, experiment VARCHAR, experiment_arm VARCHAR, caller VARCHAR, input JSON, output JSON,
    meant JSON, features JSON, feature_time TIMESTAMP, unusual JSON, reasons JSON, error VARCHAR, date DATE
"""
OUTCOMES = """
    id VARCHAR, request_id VARCHAR, row INTEGER, unit VARCHAR, name VARCHAR, value DOUBLE, time TIMESTAMP,
    received TIMESTAMP, date DATE
"""


def tables() -> duckdb.DuckDBPyConnection:
    """An empty log."""
    connection = duckdb.connect(config={"threads": 2})
    connection.execute(f"CREATE TABLE predictions ({COLUMNS})")
    connection.execute(f"CREATE TABLE outcomes ({OUTCOMES})")
    connection.execute("CREATE VIEW outcome_lines AS SELECT *, 0 AS live, 0 AS line FROM outcomes")
    connection.execute("CREATE TABLE damaged (log VARCHAR, file VARCHAR, whole BLOB, torn BOOLEAN)")
    return connection


def log(
    connection: duckdb.DuckDBPyConnection,
    inputs: pd.DataFrame,
    *,
    version: str = "v1",
    outputs: pd.DataFrame | None = None,
    features: pd.DataFrame | None = None,
    until: datetime = NOON,
    length: timedelta = timedelta(days=1),
    **values: Any,
) -> None:
    """Log one prediction for each row of a frame, evenly over the time before `until`."""
    before = np.linspace(1, length.total_seconds(), len(inputs))[::-1]
    frame = pd.DataFrame({"time": [until] * len(inputs)})
    frame["time"] -= pd.to_timedelta(before, unit="s")
    parts = []
    for name, part in (("i", inputs), ("o", outputs), ("f", features)):
        if part is None:
            parts.append("NULL")
            continue
        frame = pd.concat([frame, part.reset_index(drop=True).add_prefix(f"{name}__")], axis=1)
        members = ", ".join(f'"{column}" := "{name}__{column}"' for column in part.columns)
        parts.append(f"to_json(struct_pack({members}))")
    defaults = {"route": "/predict", "arm": "production", "outcome": "ok", "latency_ms": 1.5, **values}
    ((start,),) = connection.execute("SELECT count(*) FROM predictions").fetchall()
    connection.register("logged", frame)
    connection.execute(
        f"INSERT INTO predictions BY NAME SELECT time, 'r' || ({start} + row_number() OVER ()) AS request_id, "
        f"? AS model_version, {parts[0]} AS input, {parts[1]} AS output, {parts[2]} AS features, time::DATE AS date, "
        f"{', '.join(f'? AS {name}' for name in defaults)} FROM logged",
        [version, *defaults.values()],
    )
    connection.unregister("logged")
