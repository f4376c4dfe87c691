"""How often rows are drawn: clear cases end early, no case ends by the clock, and equal models are not promoted."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from nbexport_runtime.pipeline import pairs, sequential
from nbexport_runtime.pipeline.pairs import Metric, until_clear
from nbexport_runtime.pipeline.settings import Gates
from scipy import stats

ACCURACY = Metric("accuracy", up=True)


@pytest.mark.parametrize(("share", "value"), [(0.0, 1.0), (1.0, 4.0), (0.5, 2.0), (0.25, 1.5), (0.75, 3.0)])
def test_a_quantile_lies_between_two_numbers_in_proportion(share: float, value: float) -> None:
    assert sequential.quantile([1.0, 2.0, 4.0], share) == value


@pytest.mark.parametrize(("limit", "counts"), [(100, [100]), (400, [100, 200, 400]), (500, [100, 200, 400, 500])])
def test_looks_double_and_end_at_the_limit(limit: int, counts: list[int]) -> None:
    assert sequential.looks(limit) == counts


@pytest.mark.parametrize(
    ("against", "count", "share"), [(0, 100, 0.025), (7, 100, 0.025), (97, 4000, 0.025), (50, 60, 0.5)]
)
def test_tails_are_those_of_the_binomial_distribution(against: int, count: int, share: float) -> None:
    known = stats.binom.cdf(against, count, share), stats.binom.sf(against - 1, count, share)
    assert sequential.tail(against, count, share) == pytest.approx(known, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("against", "count", "verdict"),
    [
        (50, 100, False),
        (13, 100, False),
        (3, 100, None),
        # 100 drawings cannot show that less than 2.5 % are against it
        (0, 100, None),
        (0, 400, True),
        (15, 1600, True),
        (40, 1600, None),
        (98, 4000, True),
        (100, 4000, False),
    ],
)
def test_an_answer_is_given_once_it_is_clear(against: int, count: int, verdict: bool | None) -> None:
    assert sequential.clear(against, count, 0.025, 4000) is verdict


def test_looking_often_ends_on_the_wrong_side_as_rarely_as_it_may() -> None:
    """Where 2.6 % of all drawings are against a gain, unlimited drawings would say no; 3,000 sequences of drawings."""
    random = np.random.default_rng(7)
    wrong = 0
    for _ in range(3000):
        against = np.cumsum(random.random(4000) < 0.026)
        for count in sequential.looks(4000)[:-1]:
            verdict = sequential.clear(int(against[count - 1]), count, 0.025, 4000)
            if verdict is not None:
                wrong += verdict
                break
    assert wrong <= 3 + 3 * math.sqrt(3)


# ---------------------------------------------------------------------- whole comparisons


def drawer(right: Any, rows: int, *, per_row: bool = True) -> Callable[[int], dict[str, Any]]:
    """Draws the accuracy of a model whose predictions are right or wrong in each row, as a scorer does."""
    random = np.random.default_rng(3)
    samples: list[dict[str, float]] = []

    def draw(count: int) -> dict[str, Any]:
        more = random.integers(0, rows, (count - len(samples), rows))
        samples.extend({"accuracy": float(value)} for value in right[more].mean(axis=1))
        return {"samples": samples, "trouble": ""}

    return draw


def promoted(random: np.random.Generator, rows: int, better: float) -> tuple[bool, int]:
    """Whether a model that is right in `better` more of all rows is found to be better; after how many drawings."""
    mine, theirs = random.random(rows) < 0.8 + better, random.random(rows) < 0.8
    gain = ACCURACY.gain({"accuracy": mine.mean()}, {"accuracy": theirs.mean()})
    samples, clear, trouble = until_clear(
        ACCURACY, drawer(mine, rows), drawer(theirs, rows), Gates(resamples=1000), 1000, at_once=False
    )
    assert not trouble
    return clear and gain is not None and gain > 0, len(samples)


def test_equal_models_are_promoted_in_at_most_one_of_twenty_comparisons() -> None:
    random = np.random.default_rng(11)
    results = [promoted(random, 200, 0.0) for _ in range(400)]
    share = sum(clear for clear, _ in results) / len(results)
    # 2.5 % are meant
    assert share <= 0.05
    # most equal pairs are clear at the first look
    assert np.median([count for _, count in results]) == 100


@pytest.mark.parametrize(("rows", "better", "power"), [(200, 0.1, 0.65), (400, 0.1, 0.9), (800, 0.05, 0.65)])
def test_a_better_model_is_found_so_often(rows: int, better: float, power: float) -> None:
    """Predictions of both are right independently of each other, 80 % of them for production."""
    random = np.random.default_rng(12)
    results = [promoted(random, rows, better)[0] for _ in range(100)]
    assert sum(results) / len(results) >= power


def fixed(values: list[float | None], trouble: str = "") -> Callable[[int], dict[str, Any]]:
    samples = [None if value is None else {"accuracy": value} for value in values]
    return lambda count: {"samples": samples[:count], "trouble": trouble}


def test_a_drawing_that_cannot_be_scored_speaks_against_the_candidate() -> None:
    good, other = [0.9] * 400, [0.8] * 400
    _, clear, _ = until_clear(ACCURACY, fixed(list(good)), fixed(list(other)), Gates(), 400)
    assert clear
    some = [None if turn % 10 == 0 else value for turn, value in enumerate(good)]
    _, clear, trouble = until_clear(ACCURACY, fixed(some), fixed(list(other)), Gates(), 400)
    assert (clear, trouble) == (False, "")


@pytest.mark.parametrize(
    ("values", "why"),
    [([0.9] * 60, "rows could not be drawn often enough"), ([None] * 400, "is not a number for most drawn rows")],
)
def test_too_few_drawings_are_no_interval(values: list[float | None], why: str) -> None:
    _, clear, trouble = until_clear(ACCURACY, fixed(values), fixed([0.8] * 400), Gates(), 400)
    assert not clear
    assert why in trouble


def test_whether_it_is_worse_is_asked_the_same_way() -> None:
    worse, better = fixed([0.7] * 400), fixed([0.8] * 400)
    assert until_clear(ACCURACY, worse, better, Gates(), 400, worse=True)[1]
    assert not until_clear(ACCURACY, better, worse, Gates(), 400, worse=True)[1]


def test_the_interval_is_paired_and_in_the_direction_of_the_metric() -> None:
    noise = np.random.default_rng(1).normal(size=200)
    samples = [({"loss": 0.7 + value}, {"loss": 0.8 + value}) for value in noise]
    gain = pairs.interval(Metric("loss", up=False), {"loss": 0.7}, {"loss": 0.8}, samples, Gates())
    assert gain is not None
    assert (gain.gain, gain.low, gain.high, gain.drawings) == pytest.approx((0.1, 0.1, 0.1, 200))


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), True, "0.8", [0.8]])
def test_what_is_not_a_finite_number_is_not_compared(value: object) -> None:
    assert ACCURACY.gain({"accuracy": 0.9}, {"accuracy": value}) is None
    assert pairs.interval(ACCURACY, {"accuracy": 0.9}, {"accuracy": value}, (), Gates()) is None
