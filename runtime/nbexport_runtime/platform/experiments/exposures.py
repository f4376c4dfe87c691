"""The units of an experiment, as a table of DuckDB.

A unit is exposed when an arm itself has answered it: `ok`, by the arm's version, and not by production in its place. It
counts once, from its first such answer. A unit that two arms have answered counts nowhere, and is named. Nor do units
that were asked before every arm had answered somebody: a candidate's process starts for seconds, in which production
answers for it, and only the others would be exposed.

    units   unit, arm (its place in the plan), asked, exposed (NULL: never), two_arms, and the values of first requests

**Source**: Kohavi, Tang and Xu, Trustworthy online controlled experiments, 2020 (chapters 20 and 21: who is counted).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from nbexport_runtime.platform.experiments import values
from nbexport_runtime.platform.experiments.plan import Plan

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class Counted:
    """How many units there are, and of what."""

    exposed: dict[str, int]
    """Of each arm."""
    two_arms: int
    """Units that two arms have answered."""
    early: int
    """Units that were asked before every arm had answered."""
    unanswered: int
    """Units that no arm has answered itself."""
    begins: datetime | None
    """When every arm had answered; None where one has not."""
    last: datetime | None
    """The last exposure."""


def prepare(connection: DuckDBPyConnection, plan: Plan, started: datetime) -> Counted:
    """Make the table `units`; how many there are.

    Args:
        connection: Has `predictions` and `outcomes`.
        plan: The plan.
        started: When the experiment began, in UTC, without a time zone.
    """
    connection.execute("CREATE OR REPLACE TEMP TABLE arms (place INT, name VARCHAR, version VARCHAR)")
    rows = [[place, arm.name, arm.version] for place, arm in enumerate(plan.arms)]
    connection.executemany("INSERT INTO arms VALUES (?, ?, ?)", rows)
    first = {place: metric for place, metric in enumerate(plan.metrics) if values.of_first_request(metric)}
    columns = "".join(f", {values.of_first(metric)} AS m{place}" for place, metric in first.items())
    # the text of an answer is only read where a metric asks for it
    read = ", p.output" if any(metric.kind == "answer" for metric in plan.metrics) else ""
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP VIEW lines AS
        SELECT p.unit, p.time, a.place AS arm, p.outcome, p.meant, p.latency_ms{read},
               p.outcome = 'ok' AND p.meant IS NULL AND p.model_version = a.version AS answered
        FROM predictions p JOIN arms a ON p.experiment_arm = a.name
        WHERE p.experiment = {values.quoted(plan.name)} AND p.date >= DATE '{started:%Y-%m-%d}'
          AND p.arm <> 'shadow' AND p.outcome NOT IN {values.NOT_ASKED} AND p.unit <> ''
        """  # noqa: S608
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE units AS
        SELECT l.unit, min(l.time) AS asked, min(l.time) FILTER (l.answered) AS exposed,
               coalesce(min(l.arm) FILTER (l.answered), min(l.arm)) AS arm,
               coalesce(min(l.arm) FILTER (l.answered) <> max(l.arm) FILTER (l.answered), false) AS two_arms{columns}
        FROM lines l GROUP BY l.unit
        """  # noqa: S608
    )
    return _counted(connection, plan)


def _counted(connection: DuckDBPyConnection, plan: Plan) -> Counted:
    two_arms = values.number(connection, "SELECT count(*) FROM units WHERE two_arms")
    connection.execute("DELETE FROM units WHERE two_arms")
    firsts = connection.execute("SELECT min(exposed) FROM units WHERE exposed IS NOT NULL GROUP BY arm").fetchall()
    if len(firsts) < len(plan.arms):
        connection.execute("DELETE FROM units")
        return Counted(dict.fromkeys((arm.name for arm in plan.arms), 0), two_arms, 0, 0, None, None)
    begins = max(moment for (moment,) in firsts)
    early = values.number(connection, "SELECT count(*) FROM units WHERE asked <= ?", begins)
    connection.execute("DELETE FROM units WHERE asked <= ?", [begins])
    exposed = dict(connection.execute("SELECT arm, count(exposed) FROM units GROUP BY arm").fetchall())
    return Counted(
        {arm.name: exposed.get(place, 0) for place, arm in enumerate(plan.arms)},
        two_arms,
        early,
        values.number(connection, "SELECT count(*) FROM units WHERE exposed IS NULL"),
        begins,
        values.one(connection, "SELECT max(exposed) FROM units"),
    )
