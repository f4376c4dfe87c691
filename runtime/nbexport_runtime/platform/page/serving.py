"""What the log says of the traffic: requests, errors, latency, cost, and the age of features."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from nbexport_runtime.platform.features.settings import View
from nbexport_runtime.platform.page.state import Fresh, Hour, Served, Share

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FAILED = "('error', 'timeout', 'down', 'overloaded')"
"""Outcomes that are a fault of this side."""
INVALID = "('invalid', 'too_large', 'too_slow', 'refused')"
"""Outcomes that are a fault of the request."""
PERIOD = "time >= ? AND time < ? AND date BETWEEN ?::DATE AND ?::DATE"


def period(begin: datetime, end: datetime) -> list[datetime]:
    """What `PERIOD` asks for."""
    return [begin, end, begin, end]


def hours(tables: DuckDBPyConnection, begin: datetime, end: datetime) -> tuple[Hour, ...]:
    """The traffic of each hour, those without a request included; copies for a shadow are none."""
    rows = tables.execute(
        f"""
        SELECT date_trunc('hour', time), count(*), count(*) FILTER (outcome IN {FAILED}),
               count(*) FILTER (outcome IN {INVALID}),
               approx_quantile(latency_ms, [0.5, 0.95, 0.99]) FILTER (outcome = 'ok')
        FROM predictions WHERE {PERIOD} AND arm <> 'shadow' GROUP BY 1
        """,  # noqa: S608 - constants
        period(begin, end),
    ).fetchall()
    if not rows:
        return ()
    by_hour = {row[0]: row[1:] for row in rows}
    first, last = min(by_hour), end.replace(minute=0, second=0, microsecond=0)
    result = []
    for number in range(int((last - first).total_seconds() // 3600) + 1):
        hour = first + timedelta(hours=number)
        requests, failed, invalid, latency = by_hour.get(hour, (0, 0, 0, None))
        p50, p95, p99 = (float(value) for value in latency) if latency else (None, None, None)
        result.append(Hour(hour, requests, failed, invalid, p50, p95, p99))
    return tuple(result)


def versions(tables: DuckDBPyConnection, begin: datetime, end: datetime) -> tuple[Served, ...]:
    """What each version in each arm was asked, and what it cost."""
    rows = tables.execute(
        f"""
        SELECT model_version, arm, count(*), count(*) FILTER (outcome IN {FAILED}), coalesce(avg(latency_ms), 0),
               coalesce(sum(latency_ms), 0) / 1000, max(time)
        FROM predictions WHERE {PERIOD} AND model_version IS NOT NULL GROUP BY 1, 2 ORDER BY 3 DESC
        """,  # noqa: S608 - constants
        period(begin, end),
    ).fetchall()
    meant = dict(
        tables.execute(
            f"""
            SELECT json_extract_string(meant, '/model_version'), count(*) FROM predictions
            WHERE {PERIOD} AND meant IS NOT NULL GROUP BY 1
            """,  # noqa: S608 - constants
            period(begin, end),
        ).fetchall()
    )
    return tuple(
        Served(version, arm, requests, failed, mean, total, last, int(meant.get(version, 0)) if arm != "shadow" else 0)
        for version, arm, requests, failed, mean, total, last in rows
    )


def shares(tables: DuckDBPyConnection, begin: datetime, end: datetime) -> tuple[Share, ...]:
    """What each version in each arm was asked, by day."""
    rows = tables.execute(
        f"""
        SELECT date_trunc('day', time)::TIMESTAMP, model_version, arm, count(*) FROM predictions
        WHERE {PERIOD} AND model_version IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        """,  # noqa: S608 - constants
        period(begin, end),
    ).fetchall()
    return tuple(Share(*row) for row in rows)


def features(tables: DuckDBPyConnection, views: Sequence[View], begin: datetime, end: datetime) -> tuple[Fresh, ...]:
    """How old the features were that predictions have used."""
    result = []
    for view in views:
        columns = [f"json_exists(features, '/{name}')" for name in view.columns if name.isidentifier()]
        rows = tables.execute(
            f"""
            SELECT median(epoch(time - feature_time)) / 3600, max(epoch(time - feature_time)) / 3600, count(*)
            FROM predictions WHERE {PERIOD} AND feature_time IS NOT NULL AND ({" OR ".join(columns) or "true"})
            """,  # noqa: S608 - names are identifiers
            period(begin, end),
        ).fetchall()
        median, oldest, used = rows[0]
        result.append(Fresh(view.name, view.max_age_days, median, oldest, used))
    return tuple(result)
