"""What follows from the figures: ship, keep, no answer yet; and when nothing may follow."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import timedelta
from typing import Any

import duckdb
import numpy as np
import pytest
from nbexport_runtime.platform.experiments import analysis, effects, verdict
from nbexport_runtime.platform.experiments.analysis import Analysis
from nbexport_runtime.platform.experiments.effects import Effect
from nbexport_runtime.platform.experiments.plan import Arm, Metric, Plan
from runtime.platform.experiments.made import BOUGHT, STARTED, insert, later, line, outcome, planned, running, traffic

UNITS = 6000


def analyzed(plan: Plan, connection: duckdb.DuckDBPyConnection, units: int = UNITS) -> Analysis:
    return analysis.analyze(connection, plan, running(plan), later(units))


def test_a_clear_gain_is_shipped() -> None:
    plan = planned(horizon_units=UNITS)
    found = analyzed(plan, traffic(plan, UNITS, (0.05, 0.10)))
    assert (found.verdict.answer, found.verdict.arm, found.verdict.version) == ("ship", "treatment", "v2")
    effect = found.effects[0]
    assert effect.low is not None
    assert 0 < effect.low < 0.05 < (effect.high or 0)
    assert effect.control_units + effect.arm_units == sum(found.counted.exposed.values())


def test_a_loss_keeps_production() -> None:
    plan = planned(horizon_units=UNITS)
    found = analyzed(plan, traffic(plan, UNITS, (0.10, 0.05)))
    assert (found.verdict.answer, found.verdict.arm) == ("keep", "")
    assert "treatment is worse" in found.verdict.reasons[0]


def test_the_middle_of_an_experiment_without_a_difference_has_no_answer() -> None:
    plan = planned(horizon_units=4 * UNITS)
    found = analyzed(plan, traffic(plan, UNITS, (0.05, 0.05)))
    assert found.verdict.answer == "no answer yet"
    assert "of 24,000 planned units were seen" in found.verdict.reasons[-1]


def test_the_end_of_an_experiment_without_a_difference_keeps_production() -> None:
    plan = planned(horizon_units=UNITS - 100)
    found = analyzed(plan, traffic(plan, UNITS, (0.05, 0.05)))
    assert found.verdict.answer == "keep"
    assert "were planned" in found.verdict.reasons[-1]


def test_a_gain_that_does_not_matter_keeps_production() -> None:
    plan = planned(horizon_units=UNITS, minimum_effect=0.3)
    found = analyzed(plan, traffic(plan, UNITS, (0.05, 0.10)))
    assert found.verdict.answer == "keep"
    assert "less than the minimum effect" in found.verdict.reasons[0]


def test_less_is_better_where_the_plan_says_so() -> None:
    plan = planned(horizon_units=UNITS, primary=replace(BOUGHT, direction="down"))
    assert analyzed(plan, traffic(plan, UNITS, (0.10, 0.05))).verdict.answer == "ship"


def test_of_three_arms_the_best_one_is_shipped() -> None:
    arms = (Arm("control", "v1", 40), Arm("good", "v2", 30), Arm("better", "v3", 30))
    plan = planned(arms=arms, horizon_units=UNITS)
    found = analyzed(plan, traffic(plan, UNITS, (0.05, 0.10, 0.15)))
    assert (found.verdict.answer, found.verdict.arm) == ("ship", "better")
    assert [effect.alpha for effect in found.effects] == [0.025, 0.025]


@pytest.mark.parametrize("shares", [(55.0, 45.0), (45.0, 55.0)])
def test_a_sample_ratio_mismatch_stops_the_analysis(shares: tuple[float, float]) -> None:
    plan = planned(horizon_units=UNITS)
    found = analyzed(plan, traffic(plan, UNITS, (0.05, 0.10), shares=shares))
    assert (found.verdict.answer, found.effects) == ("no answer yet", ())
    assert found.verdict.reasons[0].startswith("sample-ratio mismatch: control ")


def test_an_arm_that_fails_on_many_is_a_mismatch_too() -> None:
    plan = planned(horizon_units=UNITS)
    connection = traffic(plan, UNITS, (0.05, 0.10))
    connection.execute("UPDATE predictions SET outcome = 'error' WHERE arm = 'candidate' AND hash(unit) % 4 = 0")
    found = analyzed(plan, connection)
    assert "units were answered by no arm" in found.verdict.reasons[0]
    assert "(0 units" not in found.verdict.reasons[0]


def test_units_whose_values_stay_out_in_one_arm_stop_the_analysis() -> None:
    plan = planned(horizon_units=UNITS, primary=replace(BOUGHT, missing="drop"))
    connection = traffic(plan, UNITS, (0.9, 0.7))
    found = analyzed(plan, connection)
    assert (found.verdict.answer, found.effects) == ("no answer yet", ())
    assert "those that lack it may be others" in found.verdict.reasons[0]
    connection = traffic(plan, UNITS, (0.8, 0.8))
    assert "lack" not in analyzed(plan, connection).verdict.reasons[0]


def test_a_guard_rail_vetoes_what_is_shown_to_be_worse() -> None:
    plan = planned(horizon_units=UNITS, guard_rails=(Metric("latency", "", "down"),))
    connection = traffic(plan, UNITS, (0.05, 0.10))
    assert analyzed(plan, connection).verdict.answer == "ship"
    connection.execute("UPDATE predictions SET latency_ms = latency_ms + 1 WHERE arm = 'candidate'")
    found = analyzed(plan, connection)
    assert found.verdict.answer == "keep"
    assert found.verdict.reasons[0].startswith("the guard rail latency vetoes treatment")


def test_with_a_tolerance_an_arm_waits_until_it_is_shown_to_be_within_it() -> None:
    wide = planned(horizon_units=2 * UNITS, guard_rails=(Metric("latency", "", "down", tolerance=2.0),))
    connection = traffic(wide, UNITS, (0.05, 0.12))
    connection.execute("UPDATE predictions SET latency_ms = latency_ms + 1 WHERE arm = 'candidate'")
    assert analyzed(wide, connection).verdict.answer == "ship"
    narrow = planned(horizon_units=2 * UNITS, guard_rails=(Metric("latency", "", "down", tolerance=1.01),))
    found = analyzed(narrow, connection)
    assert found.verdict.answer == "no answer yet"
    assert "may still be worse by more than 1.01" in found.verdict.reasons[0]


def test_errors_that_never_happen_do_not_hold_a_guard_rail_up() -> None:
    plan = planned(horizon_units=UNITS, guard_rails=(Metric("error", "", "down", tolerance=0.01),))
    found = analyzed(plan, traffic(plan, UNITS, (0.05, 0.10)))
    assert found.verdict.answer == "ship"
    guard = next(effect for effect in found.effects if effect.role == "guard rail")
    assert guard.high is not None
    assert 0 < guard.high < 0.01


def test_secondary_metrics_explain_and_never_decide() -> None:
    secondary = (Metric("latency", "", "down"), Metric("answer", "result", "up"))
    plan = planned(horizon_units=4 * UNITS, secondary=secondary)
    connection = traffic(plan, UNITS, (0.05, 0.05))
    connection.execute("UPDATE predictions SET latency_ms = latency_ms - 1 WHERE arm = 'candidate'")
    found = analyzed(plan, connection)
    assert [effect.significant for effect in found.effects] == [False, True, False]
    assert found.verdict.answer == "no answer yet"


# ---------------------------------------------------------------------- CUPED


def spending(correlation: float, seed: int = 0) -> tuple[Plan, duckdb.DuckDBPyConnection]:
    """Units whose spending after the start is related to that before it; the treatment adds 0.15."""
    plan = planned(
        primary=Metric("outcome", "spent", "up", window_days=1, per_unit="sum", pre_period_days=14),
        horizon_units=2000,
        minimum_effect=0.05,
    )
    random = np.random.default_rng(seed)
    connection = traffic(plan, 2000, (0.0, 0.0), seed=seed, seconds=10)
    rows = connection.execute("SELECT unit, experiment_arm, time FROM predictions ORDER BY time").fetchall()
    before = random.normal(size=len(rows))
    noise = random.normal(size=len(rows)) * math.sqrt(1 - correlation**2)
    found = []
    for (unit, arm, time), x, extra in zip(rows, before, noise, strict=True):
        seconds = (time - STARTED.replace(tzinfo=None)).total_seconds()
        after = 5 + correlation * x + extra + 0.15 * (arm == "treatment")
        found += [outcome(unit, 5 + x, -3600, name="spent"), outcome(unit, after, seconds + 60, name="spent")]
    insert(connection, "outcomes", found)
    return plan, connection


def test_the_time_before_the_start_takes_the_variance_that_it_explains() -> None:
    plan, connection = spending(0.8)
    adjusted = analyzed(plan, connection).effects[0]
    plain = analyzed(replace(plan, primary=replace(plan.primary, pre_period_days=0.0)), connection).effects[0]
    assert adjusted.variance_reduction_percent == pytest.approx(64, abs=5)
    assert plain.variance_reduction_percent is None
    assert width(adjusted) == pytest.approx(width(plain) * 0.6, rel=0.1)
    assert adjusted.difference == pytest.approx(0.15, abs=0.08)


def width(effect: Effect) -> float:
    assert effect.low is not None
    assert effect.high is not None
    return effect.high - effect.low


def test_the_adjustment_moves_nothing_where_there_is_no_difference() -> None:
    # 300 A/A experiments with a related value from before: the sequence misses 0 in at most 5 % of them
    random = np.random.default_rng(8)
    outside = 0
    for _ in range(300):
        sides = []
        for _ in range(2):
            x = random.normal(size=800)
            y = 0.7 * x + random.normal(size=800)
            sides.append(np.stack([np.ones(800), y, y * y, x, x * x, x * y], axis=1).cumsum(axis=0)[49::25])
        difference, error, _ = effects.estimates(*sides, adjusts=True)
        n = sides[0][:, 0]
        bounds = np.array([effects.sequential.boundary(0.05, part) for part in n / 800])
        outside += bool((np.abs(difference) > bounds * error).any())
    assert outside <= 15


# ---------------------------------------------------------------------- as data


def test_the_result_is_json_without_numbers_that_json_does_not_know() -> None:
    plan = planned(guard_rails=(Metric("answer", "missing", "up"),))
    connection = traffic(plan, 200, (0.5, 0.5))
    facts = analyzed(plan, connection, 200).facts()
    again: dict[str, Any] = json.loads(json.dumps(facts, allow_nan=False))
    assert again["verdict"]["rule"] == list(verdict.RULE)
    assert again["effects"][1]["control_mean"] is None
    assert len(again["exposures"]["times"]) == len(again["exposures"]["control"])


def test_before_the_smallest_number_of_units_nothing_is_said() -> None:
    plan = planned()
    found = analyzed(plan, traffic(plan, 40, (0.0, 1.0)), 40)
    assert found.effects[0].low is None
    assert found.verdict.answer == "no answer yet"


def test_what_was_later_is_not_looked_at() -> None:
    plan = planned(horizon_units=UNITS)
    connection = traffic(plan, UNITS, (0.05, 0.10))
    early = analysis.analyze(connection, plan, running(plan), STARTED + timedelta(days=2))
    assert early.effects[0].control_units < analyzed(plan, connection).effects[0].control_units
    assert line(plan, "a", "control", 1)["arm"] == "production"
