"""Who counts: units that their own arm has answered, once, and nobody twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import duckdb
import pytest
from nbexport_runtime.platform.experiments import analysis, exposures, sums, values
from nbexport_runtime.platform.experiments.exposures import Counted
from nbexport_runtime.platform.experiments.plan import Metric, Plan
from runtime.platform.experiments.made import BOUGHT, STARTED, insert, line, outcome, planned, running, tables

PLAN = planned()
START = STARTED.replace(tzinfo=None)
DAY = 86_400.0
FIRST = [line(PLAN, "c0", "control", 1), line(PLAN, "t0", "treatment", 2)]
"""Every arm has answered somebody: all who come later count."""


def logged(*lines: dict[str, Any], outcomes: tuple[dict[str, Any], ...] = ()) -> duckdb.DuckDBPyConnection:
    connection = tables()
    insert(connection, "predictions", [*FIRST, *lines])
    insert(connection, "outcomes", list(outcomes))
    return connection


def counted(*lines: dict[str, Any]) -> Counted:
    return exposures.prepare(logged(*lines), PLAN, START)


def value(connection: duckdb.DuckDBPyConnection, plan: Plan, days: float = 10, place: int = 0) -> list[Any]:
    """The values of all units, in the order in which they become final."""
    exposures.prepare(connection, plan, START)
    values.points(connection, plan, place, START, START + timedelta(days=days))
    return [y for (y,) in connection.execute("SELECT y FROM points ORDER BY moment").fetchall()]


def test_a_unit_counts_once_however_often_it_is_answered() -> None:
    lines = [line(PLAN, "a", "treatment", 10 + number) for number in range(5)]
    assert counted(*lines, line(PLAN, "b", "control", 20)).exposed == {"control": 1, "treatment": 1}


@pytest.mark.parametrize(
    "changes",
    [
        {"meant": True},
        {"outcome": "error"},
        {"outcome": "timeout"},
        {"model_version": "v1"},
    ],
)
def test_only_an_answer_of_the_arm_itself_exposes(changes: dict[str, Any]) -> None:
    found = counted(line(PLAN, "a", "treatment", 10, **changes))
    assert (found.exposed["treatment"], found.unanswered) == (0, 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": "invalid"},
        {"outcome": "too_large"},
        {"arm": "shadow"},
        {"unit": None},
        {"unit": ""},
        {"experiment": "other"},
        {"experiment": None, "experiment_arm": None},
    ],
)
def test_what_is_no_request_of_the_experiment_is_passed_over(changes: dict[str, Any]) -> None:
    found = counted({**line(PLAN, "a", "treatment", 10), **changes})
    assert (found.exposed, found.unanswered) == ({"control": 0, "treatment": 0}, 0)


def test_a_unit_that_its_arm_answers_later_counts_from_then_on() -> None:
    connection = logged(line(PLAN, "a", "treatment", 10, meant=True), line(PLAN, "a", "treatment", 99))
    found = exposures.prepare(connection, PLAN, START)
    assert (found.exposed["treatment"], found.last) == (1, START + timedelta(seconds=99))


def test_a_unit_that_two_arms_have_answered_counts_nowhere_and_is_named() -> None:
    found = counted(line(PLAN, "a", "treatment", 10), line(PLAN, "a", "control", 11), line(PLAN, "b", "control", 12))
    assert (found.exposed, found.two_arms) == ({"control": 1, "treatment": 0}, 1)


def test_nobody_counts_who_came_before_every_arm_had_answered() -> None:
    # the candidate's process starts: production answers for it, and the control is exposed meanwhile
    starting = [line(PLAN, f"t{n}", "treatment", n + 0.5, meant=True) for n in range(3, 9)]
    early = [line(PLAN, f"c{n}", "control", n) for n in range(3, 9)]
    connection = tables()
    insert(
        connection,
        "predictions",
        [*starting, *early, line(PLAN, "t3", "treatment", 20), line(PLAN, "z", "control", 30)],
    )
    found = exposures.prepare(connection, PLAN, START)
    assert (found.exposed, found.early, found.begins) == (
        {"control": 1, "treatment": 0},
        12,
        START + timedelta(seconds=20),
    )


def test_before_every_arm_has_answered_nothing_is_said() -> None:
    connection = tables()
    insert(connection, "predictions", [line(PLAN, f"c{n}", "control", n) for n in range(100)])
    found = analysis.analyze(connection, PLAN, running(PLAN), START + timedelta(days=9))
    assert (found.verdict.answer, found.counted.begins) == ("no answer yet", None)


# ---------------------------------------------------------------------- values


def test_an_outcome_counts_within_its_window_only() -> None:
    lines = [line(PLAN, unit, "control", 10 + place) for place, unit in enumerate("abcd")]
    outcomes = (
        outcome("a", 1, 9),
        outcome("b", 1, 12),
        outcome("c", 1, 12 + DAY + 1),
        outcome("d", 1, 20, name="other"),
    )
    assert value(logged(*lines, outcomes=outcomes), PLAN) == [0, 1, 0, 0]


def test_a_value_counts_once_its_window_has_passed() -> None:
    lines = [line(PLAN, "a", "control", 10), line(PLAN, "b", "control", 10 + DAY)]
    outcomes = (outcome("a", 1, 20), outcome("b", 1, 20 + DAY))
    connection = logged(*lines, outcomes=outcomes)
    assert value(connection, PLAN, days=0.9) == []
    assert value(connection, PLAN, days=1.1) == [1]
    assert value(connection, PLAN, days=2.1) == [1, 1]


@pytest.mark.parametrize(("per_unit", "expected"), [("mean", 2), ("sum", 6), ("max", 3), ("first", 1)])
def test_several_outcomes_of_a_unit_become_one_value(per_unit: str, expected: float) -> None:
    plan = planned(primary=Metric("outcome", "bought", "up", window_days=1, per_unit=per_unit))
    outcomes = tuple(outcome("a", number, 20 + number) for number in (1, 2, 3))
    assert value(logged(line(PLAN, "a", "control", 10), outcomes=outcomes), plan) == [expected]


def test_an_outcome_may_name_the_request_in_place_of_the_unit() -> None:
    asked = line(PLAN, "a", "control", 10)
    outcomes = (outcome(None, 1, 20, request_id=asked["request_id"]),)
    assert value(logged(asked, outcomes=outcomes), PLAN) == [1]


def test_units_without_an_outcome_are_left_out_where_nobody_knows_theirs() -> None:
    plan = planned(primary=Metric("outcome", "bought", "up", window_days=1, missing="drop"))
    connection = logged(line(PLAN, "a", "control", 10), line(PLAN, "b", "control", 11), outcomes=(outcome("a", 7, 20),))
    assert value(connection, plan) == [7, None]
    assert values.points(connection, plan, 0, START, START + timedelta(days=9)) == 1
    known = sums.read(connection, plan)
    assert known is not None
    assert known.values[-1, 0, 0] == 1


def test_proxies_are_those_of_the_first_request_or_of_all_in_a_window() -> None:
    lines = [
        line(
            PLAN,
            "a",
            "control",
            10,
            latency_ms=4.0,
            output='{"scores": {"spam": 0.5}, "call": true, "all": [1, {"a b": 7}]}',
        ),
        line(PLAN, "a", "control", 20, latency_ms=6.0, output='{"scores": {"spam": 0.9}, "call": false}'),
        line(PLAN, "a", "control", 30, outcome="error", latency_ms=9.0),
    ]
    metrics = (
        Metric("latency", "", "down"),
        Metric("answer", "scores.spam", "up"),
        Metric("answer", "call", "up"),
        Metric("error", "", "down"),
        Metric("error", "", "down", window_days=1, per_unit="max"),
        Metric("latency", "", "down", window_days=1),
        Metric("answer", "nothing", "up"),
        Metric("answer", "all[1].a b", "up"),
    )
    plan = planned(secondary=metrics)
    found = [value(logged(*lines), plan, place=place) for place in range(1, 9)]
    assert found == [[4.0], [0.5], [1.0], [0], [1], [5.0], [None], [7.0]]


def test_a_fallback_to_production_is_an_error_of_the_arm() -> None:
    plan = planned(guard_rails=(Metric("error", "", "down"),))
    connection = logged(line(PLAN, "a", "treatment", 10, meant=True), line(PLAN, "b", "treatment", 11))
    assert value(connection, plan, place=1) == [1, 0]


def test_the_time_before_the_start_is_known_of_those_who_were_there() -> None:
    metric = Metric("outcome", "bought", "up", window_days=1, pre_period_days=7)
    outcomes = (outcome("a", 3, -DAY), outcome("a", 5, -2 * DAY), outcome("a", 100, -8 * DAY), outcome("a", 1, 20))
    connection = logged(line(PLAN, "a", "control", 10), line(PLAN, "b", "control", 11), outcomes=outcomes)
    plan = planned(primary=metric)
    assert value(connection, plan) == [1, 0]
    assert connection.execute("SELECT x FROM points ORDER BY moment").fetchall() == [(4.0,), (None,)]


def test_the_time_before_the_start_may_be_that_of_predictions() -> None:
    plan = planned(primary=Metric("latency", "", "down", pre_period_days=2))
    before = line(PLAN, "a", "control", -100, latency_ms=8.0, experiment=None, experiment_arm=None)
    connection = logged(before, line(PLAN, "a", "treatment", 10, latency_ms=3.0))
    assert value(connection, plan) == [3.0]
    assert connection.execute("SELECT x FROM points").fetchall() == [(8.0,)]


def test_names_are_never_code() -> None:
    name = "bought' OR '1'='1"
    plan = planned(primary=Metric("outcome", name, "up", window_days=1), secondary=(Metric("answer", "a'b.c", "up"),))
    connection = logged(line(PLAN, "a", "control", 10), outcomes=(outcome("a", 1, 20), outcome("a", 5, 21, name=name)))
    assert value(connection, plan) == [5]
    assert value(connection, plan, place=1) == [None]
    assert BOUGHT.name == "bought"
