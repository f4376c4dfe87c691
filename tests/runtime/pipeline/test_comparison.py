"""The difference of two models and its interval."""

from __future__ import annotations

import random

import pytest
from nbexport_runtime.pipeline.comparison import Score, difference, quantile

ONE = [1.0, 2.0, 4.0]


@pytest.mark.parametrize(("share", "value"), [(0.0, 1.0), (1.0, 4.0), (0.5, 2.0), (0.25, 1.5), (0.75, 3.0)])
def test_a_quantile_lies_between_two_numbers_in_proportion(share: float, value: float) -> None:
    assert quantile(ONE, share) == value


def scored(value: float, *, rows: int = 200, count: int = 100, noise: random.Random | None = None) -> Score:
    shift = noise or random.Random(0)
    return Score("v", {"m": value}, [{"m": value + shift.gauss(0, 0.1)} for _ in range(count)], rows)


def test_the_drawings_are_paired() -> None:
    # the same noise in both: the difference has none
    gain = difference("m", True, scored(0.9, noise=random.Random(1)), scored(0.8, noise=random.Random(1)), 0.95)
    assert gain is not None
    assert (gain.gain, gain.low, gain.high) == (pytest.approx(0.1), pytest.approx(0.1), pytest.approx(0.1))


def test_less_is_better_where_it_is_said() -> None:
    loss = difference("m", False, scored(0.7), scored(0.8), 0.95)
    assert loss is not None
    assert loss.gain == pytest.approx(0.1)


@pytest.mark.parametrize("other", [scored(0.8, count=10), scored(0.8, rows=100), Score("v", {"m": 0.8})])
def test_without_enough_paired_drawings_there_is_no_interval(other: Score) -> None:
    gain = difference("m", True, scored(0.9), other, 0.95)
    assert gain is not None
    assert (gain.low, gain.high) == (None, None)


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), True, "0.8", [0.8]])
def test_what_is_not_a_finite_number_is_not_compared(value: object) -> None:
    assert difference("m", True, scored(0.9), Score("v", {"m": value}), 0.95) is None
