"""What a look at the data needs: counts, sums and products of each arm, cumulated over time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from nbexport_runtime.platform.experiments.plan import Plan

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LOOKS = 120
"""Moments at which a plot shows what a look would have found."""
LEAST_KNOWN = 20
"""Of one in so many units, at least, the time before the start must be known to be used."""
MOMENTS = ("count(*)", "sum(y)", "sum(y * y)", "sum(x)", "sum(x * x)", "sum(x * y)")


@dataclass(frozen=True)
class Sums:
    """Cumulated sums of one metric, around its mean, so that no digits are lost."""

    times: list[datetime]
    """The end of each period: `(looks,)`."""
    values: Any
    """`(looks, arms, 6)` float64: n, Σy, Σy², Σx, Σx², Σxy; x is 0 where nothing is known of the time before."""
    center: float
    """What y is measured from."""
    adjusts: bool
    """Whether x is known of enough units to be of use."""
    rate: bool
    """Whether all values are 0 or 1."""


def read(connection: DuckDBPyConnection, plan: Plan, value: str = "y") -> Sums | None:
    """The sums of the table `points`; None where no unit has a value.

    Args:
        connection: Has `points`.
        plan: The plan.
        value: What is summed, as SQL over `points`.
    """
    import numpy as np

    source = f"(SELECT moment, arm, {value} AS y, x FROM points WHERE {value} IS NOT NULL)"  # noqa: S608
    of_all = "count(*), min(moment), max(moment), avg(y), avg(x), count(x), count(*) FILTER (y NOT IN (0, 1))"
    facts = connection.execute(f"SELECT {of_all} FROM {source}").fetchone()  # noqa: S608
    if facts is None or not facts[0]:
        return None
    count, first, last, center, before, known, others = facts
    width = max((last - first) / LOOKS, (last - first).resolution)
    sums = ", ".join(MOMENTS)
    rows = connection.execute(
        f"""
        SELECT least({LOOKS - 1}, epoch_us(moment - $first) // $width_us)::INT AS look, arm, {sums}
        FROM (SELECT moment, arm, y - $center AS y, coalesce(x - $before, 0) AS x FROM {source})
        GROUP BY look, arm
        """,  # noqa: S608
        {
            "first": first,
            "width_us": max(1, round(width.total_seconds() * 1e6)),
            "center": center,
            "before": before or 0.0,
        },
    ).fetchall()
    values = np.zeros((LOOKS, len(plan.arms), len(MOMENTS)))
    for look, arm, *sums_of_arm in rows:
        values[look, arm] = sums_of_arm
    times = [first + width * (look + 1) for look in range(LOOKS)]
    adjusts = known >= len(plan.arms) * 2 and known * LEAST_KNOWN >= count
    return Sums(times, values.cumsum(axis=0), float(center), adjusts, not others)


def exposures(connection: DuckDBPyConnection, plan: Plan) -> tuple[list[datetime], Any]:
    """The exposed units of each arm by then: times, and `(looks, arms)` counts; empty where there are none."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE points AS "
        "SELECT arm, exposed AS moment, 0.0 AS y, NULL::DOUBLE AS x FROM units WHERE exposed IS NOT NULL"
    )
    sums = read(connection, plan)
    return ([], []) if sums is None else (sums.times, sums.values[:, :, 0])
