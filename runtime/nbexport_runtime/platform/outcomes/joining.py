"""Outcomes joined to predictions as of a time: one row a prediction, with what became of it.

    prediction 10:00  unit u     outcome 09:00  unit u  → none: it happened before the prediction
    prediction 12:00  unit u     outcome 15:00  unit u  → both predictions: the first outcome after them
                                 outcome 18:00  unit u  → none: each prediction has the first

An outcome that names a request belongs to the lines of that request and row, and the last one by time counts. One that
names a unit belongs to the predictions of the unit before it, not further back than the window. A prediction whose
request has an outcome needs none of its unit. Rows in are rows out: what has no outcome keeps NULL.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from nbexport_runtime.platform.lines import tables
from nbexport_runtime.platform.outcomes.predicted import value_of
from nbexport_runtime.platform.outcomes.settings import Outcomes

if TYPE_CHECKING:
    import duckdb

JOINED = "joined"
"""The table that `join` makes."""


def join(
    connection: duckdb.DuckDBPyConnection,
    settings: Outcomes,
    *,
    name: str = "",
    known_by: datetime | None = None,
    where: str = "outcome = 'ok'",
) -> str:
    """Make the table `joined`, and give its name.

    Its columns are those of `predictions`, and: `predicted` DOUBLE (the number in the answer), `label` DOUBLE (the
    outcome's value; NULL where there is none yet), `label_time` and `label_received` TIMESTAMP, `delay_s` DOUBLE (from
    the prediction until it was known), `label_by` VARCHAR (`request`, `unit` or NULL).

    Args:
        connection: One of `lines.tables.connect`.
        settings: What `platform.toml` says of outcomes.
        name: The outcome; empty takes that of the settings.
        known_by: Only what was known here at this time counts, with a zone; None takes everything.
        where: Which predictions, for a WHERE.

    Raises:
        PipelineError: The predictions have no number to compare with.
    """
    naive = None if known_by is None else known_by.astimezone(UTC).replace(tzinfo=None)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE labels AS SELECT request_id, row, unit, value, time, received, id "  # noqa: S608
        f"FROM outcome_lines WHERE name = ? AND received <= coalesce(?::TIMESTAMP, 'infinity') {tables.LAST}",
        [name or settings.name, naive],
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE asked AS SELECT row_number() OVER () AS line, * FROM predictions WHERE {where}"  # noqa: S608
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {JOINED} AS WITH "  # noqa: S608
        "of_request AS (SELECT asked.line, labels.value, labels.time, labels.received FROM asked JOIN labels "
        "ON labels.request_id = asked.request_id AND labels.row IS NOT DISTINCT FROM asked.row "
        "QUALIFY row_number() OVER "
        "(PARTITION BY asked.line ORDER BY labels.time DESC, labels.received DESC, labels.id) = 1), "
        "of_unit AS (SELECT asked.line, labels.value, labels.time, labels.received FROM asked ASOF JOIN "
        "(SELECT * FROM labels WHERE request_id IS NULL) AS labels "
        "ON asked.unit = labels.unit AND asked.time <= labels.time "
        "WHERE labels.time <= asked.time + to_microseconds(?::BIGINT)) "
        f"SELECT asked.* EXCLUDE (line), {value_of(connection, settings.prediction)} AS predicted, "
        "CASE WHEN r.line IS NULL THEN u.value ELSE r.value END AS label, "
        "CASE WHEN r.line IS NULL THEN u.time ELSE r.time END AS label_time, "
        "CASE WHEN r.line IS NULL THEN u.received ELSE r.received END AS label_received, "
        "epoch(label_received - asked.time) AS delay_s, "
        "CASE WHEN r.line IS NOT NULL THEN 'request' WHEN u.line IS NOT NULL THEN 'unit' END AS label_by "
        "FROM asked LEFT JOIN of_request AS r ON r.line = asked.line LEFT JOIN of_unit AS u ON u.line = asked.line "
        "ORDER BY asked.line",
        [round(settings.window_days * 86_400_000_000)],
    )
    connection.execute("DROP TABLE asked")
    return JOINED


OF_NONE = (
    "NOT CASE WHEN o.request_id IS NULL "
    "THEN EXISTS (SELECT 1 FROM predictions AS p WHERE p.unit = o.unit AND p.time <= o.time) "
    "ELSE EXISTS (SELECT 1 FROM predictions AS p WHERE p.request_id = o.request_id "
    "AND p.row IS NOT DISTINCT FROM o.row) END"
)
"""Whether an outcome `o` belongs to no prediction, for a WHERE."""


def unmatched(connection: duckdb.DuckDBPyConnection) -> int:
    """How many outcomes of the last `join` belong to no prediction of the log."""
    rows = connection.execute(f"SELECT count(*) FROM labels AS o WHERE {OF_NONE}").fetchall()  # noqa: S608
    return int(rows[0][0])


def unmatched_since(connection: duckdb.DuckDBPyConnection, received: datetime) -> int:
    """How many outcomes that became known at one time or later belong to no prediction of the log.

    Args:
        connection: One of `lines.tables.connect`.
        received: The time, with a zone.
    """
    naive = received.astimezone(UTC).replace(tzinfo=None)
    rows = connection.execute(
        f"SELECT count(*) FROM outcomes AS o WHERE o.received >= ? AND {OF_NONE}",  # noqa: S608
        [naive],
    ).fetchall()
    return int(rows[0][0])
