"""The values of units, as a table of DuckDB; one metric at a time.

    points   arm (its place in the plan), moment (when the value is final), y, x (the same before the start),
             lacks (whether there is no value)

A value is final once its window has passed since the exposure, and only then it counts. So what a later look sees of a
unit is what the first one saw, and outcomes that take long are not mistaken for outcomes that do not come.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from nbexport_runtime.platform.experiments.plan import Metric, Plan

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FAILED = "(l.meant IS NOT NULL OR l.outcome <> 'ok')"
"""Whether an arm could not answer."""
NOT_ASKED = ("invalid", "refused", "too_large")
"""Outcomes of requests that no arm is to blame for."""
OF_UNIT = {"mean": "avg", "sum": "sum", "max": "max"}


def of_first_request(metric: Metric) -> bool:
    """Whether the value of a unit is that of its first request."""
    return metric.kind != "outcome" and not metric.window_days


def of_first(metric: Metric) -> str:
    """The value of a first request, as SQL over `lines l`."""
    if metric.kind == "error":
        return f"arg_min({FAILED}::INT, l.time)"
    return f"arg_min({of_line(metric)}, l.time) FILTER (l.answered)"


def of_line(metric: Metric) -> str:
    """What a line says of a metric, as SQL over `lines l`."""
    if metric.kind == "latency":
        return "l.latency_ms"
    if metric.kind == "error":
        return f"{FAILED}::INT"
    # `scores[1].spam` is `$."scores"[1]."spam"`
    path = quoted("$" + re.sub(r"([^.\[\]]+)", r'"\1"', f".{metric.name}").replace('["', "[").replace('"]', "]"))
    text = f"json_extract_string(l.output, {path})"
    return f"coalesce(TRY_CAST({text} AS DOUBLE), TRY_CAST({text} AS BOOLEAN)::INT)"


def points(connection: DuckDBPyConnection, plan: Plan, place: int, started: datetime, now: datetime) -> int:
    """Make the table `points` of one metric; how many units have no value though theirs would be final.

    Args:
        connection: Has `units`.
        plan: The plan.
        place: Which of its metrics.
        started: When the experiment began, in UTC, without a time zone.
        now: What was later is not looked at.
    """
    metric = plan.metrics[place]
    joined, value, before = "units u", f"u.m{place}", "NULL::DOUBLE"
    if not of_first_request(metric):
        _of_units(connection, metric)
        joined, value = f"{joined} LEFT JOIN per_unit v USING (unit)", "v.y"
    if metric.pre_period_days:
        _before(connection, metric, started)
        joined, before = f"{joined} LEFT JOIN before_start b USING (unit)", "b.x"
    zero = metric.kind == "outcome" and metric.missing == "zero"
    moment = "u.asked" if metric.kind == "error" else "u.exposed"
    final = f"{moment} + {interval(metric.window_days)}"
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE points AS
        SELECT u.arm, {final} AS moment, {f"coalesce({value}, 0)" if zero else value}::DOUBLE AS y, {before} AS x,
               {value} IS NULL AS lacks
        FROM {joined} WHERE {moment} IS NOT NULL AND {final} <= {timestamp(now)}
        """  # noqa: S608
    )
    return number(connection, "SELECT count(*) FROM points WHERE lacks")


def _of_units(connection: DuckDBPyConnection, metric: Metric) -> None:
    """Make the view `per_unit`: unit and y, where there is one."""
    width = interval(metric.window_days)
    if metric.kind == "outcome":
        _outcomes(connection, metric.name)
        # clients often know the second only
        within = f"o.time >= date_trunc('second', u.exposed) AND o.time < u.exposed + {width}"
        source, value = "outcomes_of o", "o.value"
    else:
        begin = "u.asked" if metric.kind == "error" else "u.exposed"
        answered = "" if metric.kind == "error" else "o.answered AND "
        source, value = "lines o", of_line(metric).replace("l.", "o.")
        within = f"{answered}o.time >= {begin} AND o.time <= {begin} + {width}"
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP VIEW per_unit AS
        SELECT u.unit, {_aggregate(metric, value)} AS y
        FROM units u JOIN {source} ON o.unit = u.unit AND {within} GROUP BY u.unit
        """  # noqa: S608
    )


def _before(connection: DuckDBPyConnection, metric: Metric, started: datetime) -> None:
    """Make the view `before_start`: unit and x, the metric of units in the time before the start."""
    begin = started - timedelta(days=metric.pre_period_days)
    period = f"o.time >= {timestamp(begin)} AND o.time < {timestamp(started)}"
    if metric.kind == "outcome":
        _outcomes(connection, metric.name)
        source, value = "outcomes_of o", "o.value"
    else:
        source, value = "predictions o", of_line(metric).replace("l.", "o.")
        period += f" AND o.date >= DATE '{begin:%Y-%m-%d}' AND o.arm <> 'shadow' AND o.outcome NOT IN {NOT_ASKED}"
        period += "" if metric.kind == "error" else " AND o.outcome = 'ok'"
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP VIEW before_start AS
        SELECT o.unit, {_aggregate(metric, value)}::DOUBLE AS x FROM {source}
        WHERE o.unit IN (SELECT unit FROM units) AND {period} GROUP BY o.unit
        """  # noqa: S608
    )


def _outcomes(connection: DuckDBPyConnection, name: str) -> None:
    """Make the view `outcomes_of`: those of one name, each with the unit of the request that it names."""
    lacking = f"FROM outcomes WHERE name = {quoted(name)} AND coalesce(unit, '') = ''"
    whole = f"SELECT unit, value, time FROM outcomes WHERE name = {quoted(name)} AND unit <> ''"  # noqa: S608
    if number(connection, f"SELECT count(*) {lacking}"):
        whole += f"""
            UNION ALL SELECT p.unit, o.value, o.time FROM (SELECT request_id, value, time {lacking}) o
            JOIN (SELECT request_id, any_value(unit) AS unit FROM predictions WHERE unit <> '' GROUP BY request_id) p
            USING (request_id)
        """  # noqa: S608
    connection.execute(f"CREATE OR REPLACE TEMP VIEW outcomes_of AS {whole}")


def _aggregate(metric: Metric, value: str) -> str:
    if metric.per_unit == "first":
        return f"arg_min({value}, o.time)"
    return f"{OF_UNIT[metric.per_unit]}({value})"


def interval(days: float) -> str:
    """Days as an interval of SQL."""
    return f"to_microseconds({round(days * 86_400_000_000)})"


def timestamp(moment: datetime) -> str:
    """A time in UTC as a literal of SQL."""
    return f"TIMESTAMP '{moment:%Y-%m-%d %H:%M:%S.%f}'"


def quoted(text: str) -> str:
    """A text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def number(connection: DuckDBPyConnection, query: str, *values: object) -> int:
    """The number that a query has."""
    count: int = one(connection, query, *values)
    return count


def one(connection: DuckDBPyConnection, query: str, *values: object) -> Any:
    """The first value of the first row of a query; None where it has none."""
    row = connection.execute(query, list(values)).fetchone()
    return None if row is None else row[0]
