"""A test that may be looked at as often as one likes: what it errs in, and what it finds."""

from __future__ import annotations

import doctest
import math
from types import ModuleType

import numpy as np
import pytest
from nbexport_runtime.platform.experiments import analysis, calibration, drafts, effects, mismatch, sequential

ALPHA = 0.05


@pytest.mark.parametrize("module", [analysis, drafts, mismatch, sequential])
def test_examples_in_docstrings_are_true(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


def test_three_hundred_experiments_without_a_difference_alarm_in_at_most_five_percent() -> None:
    assert calibration.false_alarms(0.05, seed=1) <= 0.05


@pytest.mark.parametrize("rate", [0.01, 0.5])
def test_rare_and_frequent_rates_keep_the_level_too(rate: float) -> None:
    assert calibration.false_alarms(rate, units_per_arm=1000, seed=2) <= 0.05


def test_seven_percent_is_told_from_five_in_four_of_five_experiments() -> None:
    assert calibration.power(0.05, 0.07, seed=3) >= 0.8


def test_a_test_for_one_look_would_alarm_far_too_often() -> None:
    # the same experiments, looked at with 1.96 standard errors: what this module is there for
    random = np.random.default_rng(4)
    alarms = 0
    for _ in range(200):
        sides = [calibration.side((random.random(2000) < 0.3).astype(float), np.ones(2000)) for _ in range(2)]
        z = [abs(a[1] / a[0] - b[1] / b[0]) / math.sqrt(2 * 0.21 / a[0]) for a, b in zip(*sides, strict=True)]
        alarms += max(z[49::25]) > 1.96
    assert alarms > 40


def test_skewed_values_keep_the_level_too() -> None:
    # what people spend: most spend nothing, a few spend a lot
    random = np.random.default_rng(9)
    alarms = 0
    for _ in range(300):
        spent = [random.lognormal(0, 1.2, size=1500) * (random.random(1500) < 0.2) for _ in range(2)]
        sides = [calibration.side(values, np.ones(1500))[49::25] for values in spent]
        difference, error, _ = effects.estimates(sides[0], sides[1], False)
        bounds = np.array([sequential.boundary(ALPHA, part) for part in sides[0][:, 0] / 1500])
        alarms += bool((np.abs(difference) > bounds * error).any())
    assert alarms <= 15


def test_the_e_value_reaches_its_limit_where_the_sequence_leaves_zero() -> None:
    for progress in (0.01, 0.3, 1.0, 4.0):
        bound = sequential.boundary(ALPHA, progress)
        assert sequential.log_e_value(bound, ALPHA, progress) == pytest.approx(-math.log(ALPHA))


def test_the_sequence_is_narrowest_when_all_planned_units_were_seen() -> None:
    # in the unit of the metric: standard errors shrink with the root of the units
    widths = {k: math.sqrt(1 + 1 / k) * math.sqrt(math.log1p(k) - 2 * math.log(ALPHA)) for k in np.linspace(1, 40, 200)}
    assert min(widths, key=lambda k: widths[k]) == pytest.approx(sequential.tuning(ALPHA), abs=0.2)
    assert min(widths.values()) == pytest.approx(sequential.boundary(ALPHA, 1.0), abs=0.001)


def test_the_units_that_a_plan_needs_have_the_power_that_it_promises() -> None:
    units = sequential.units_needed(ALPHA, 0.2 * 0.8, 0.05, (50, 50))
    assert 0.74 <= calibration.power(0.2, 0.25, units_per_arm=units // 2, experiments=400, seed=5) <= 0.88


def test_shares_as_planned_are_a_mismatch_as_seldom_as_was_asked_for() -> None:
    random = np.random.default_rng(6)
    alarms = 0
    for _ in range(300):
        counts = np.cumsum(random.random(3000) < 0.3)
        looks = [[int(counts[look]), look + 1 - int(counts[look])] for look in range(49, 3000, 50)]
        alarms += max(mismatch.log_bayes_factor(split, [0.3, 0.7], 3000, 0.05) for split in looks) > -math.log(0.05)
    assert alarms <= 15


def test_an_arm_that_loses_a_tenth_of_its_units_is_a_mismatch() -> None:
    assert mismatch.log_bayes_factor([5000, 4500], [0.5, 0.5], 10_000, 0.001) > -math.log(0.001)
    assert mismatch.log_bayes_factor([50, 45], [0.5, 0.5], 10_000, 0.001) < 0


def test_of_many_secondary_metrics_without_a_difference_few_are_named() -> None:
    random = np.random.default_rng(7)
    named = 0
    for _ in range(500):
        z = random.normal(size=10)
        named += any(analysis.discovered([sequential.log_e_value(one, ALPHA, 1.0) for one in z], ALPHA))
    assert named <= 25
    assert analysis.discovered([8.0] + [0.0] * 9, ALPHA) == [True] + [False] * 9
    assert analysis.discovered([], ALPHA) == []
