"""The measures against what others compute, and against counting."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from nbexport_runtime.platform.drift import measures
from scipy import stats


def test_the_stability_index_of_a_shift_is_that_of_the_formula() -> None:
    # Jeffreys' divergence of two normal distributions half a standard deviation apart is 0.25
    edges = stats.norm.ppf(np.arange(1, 100) / 100)
    old = np.diff([0, *stats.norm.cdf(edges), 1]) * 1e7
    new = np.diff([0, *stats.norm.cdf(edges - 0.5), 1]) * 1e7
    assert measures.psi(list(old), list(new)) == pytest.approx(0.25, abs=0.005)
    assert measures.psi([10, 20], [10, 20]) == 0
    assert math.isfinite(measures.psi([10, 0], [0, 10]))


def test_the_distance_is_that_of_scipy_where_the_edges_are_all_values() -> None:
    random = np.random.default_rng(1)
    old, new = random.normal(size=300), random.normal(0.3, 1, size=200)
    edges = np.sort(np.concatenate([old, new]))
    counts = [np.histogram(values, bins=[-np.inf, *np.nextafter(edges, np.inf), np.inf])[0] for values in (old, new)]
    expected = stats.ks_2samp(old, new, method="asymp")
    assert measures.distance(counts[0].tolist(), counts[1].tolist()) == pytest.approx(expected.statistic)
    p = measures.ks(float(expected.statistic), 300, 200)
    assert p == pytest.approx(stats.kstwobign.sf(math.sqrt(120) * expected.statistic))
    # that of small samples is smaller
    assert p >= stats.ks_2samp(old, new, method="exact").pvalue


def test_chi_square_is_that_of_scipy_and_rare_categories_are_one() -> None:
    old, new = {"a": 500, "b": 300, "c": 200}, {"a": 450, "b": 340, "c": 210}
    expected = stats.chi2_contingency([list(old.values()), list(new.values())], correction=False)
    assert measures.chi_square(old, new) == pytest.approx(expected.pvalue)
    rare = {f"r{number}": 1 for number in range(12)}
    merged = stats.chi2_contingency([[500, 300, 200, 12], [450, 340, 210, 0]], correction=False)
    assert measures.chi_square({**old, **rare}, new) == pytest.approx(merged.pvalue)
    assert measures.chi_square({"a": 5}, {"a": 9}) == 1
    assert measures.chi_square({}, {"a": 9}) == 1


def test_values_beyond_all_old_ones_are_as_likely_as_counting_says() -> None:
    # 2 new and 3 old values in any order: how often the largest `count` of the 5 are new
    orders = set(itertools.permutations("nnooo"))
    for count in (1, 2):
        share = sum(order[:count] == ("n",) * count for order in orders) / len(orders)
        assert measures.beyond(count, 2, 3) == pytest.approx(share)
    assert measures.beyond(0, 2, 3) == 1


def test_holm_is_that_of_its_paper() -> None:
    assert measures.holm({"a": 0.01, "b": 0.04, "c": 0.03}) == pytest.approx({"a": 0.03, "b": 0.06, "c": 0.06})
    assert measures.holm({"a": 0.9, "b": 0.6}) == {"a": 1.0, "b": 1.0}


def test_windows_are_one_probability_that_is_never_too_small() -> None:
    assert measures.of_windows([0.001, 0.9, 0.01], 2) == pytest.approx(0.015)
    assert measures.of_windows([0.001], 2) == 1
    # windows that say the same, as all of them have one reference
    random = np.random.default_rng(0)
    same = random.uniform(size=20_000)
    assert np.mean([measures.of_windows([p, p, p], 2) <= 0.05 for p in same]) <= 0.05
    alone = random.uniform(size=(20_000, 3))
    assert np.mean([measures.of_windows(list(row), 2) <= 0.05 for row in alone]) <= 0.05


def test_the_rows_that_are_needed_find_the_move_nine_times_in_ten() -> None:
    alpha, share, n = 0.05 / 80, 0.15, 4_000
    needed = measures.rows_needed(alpha, share, n)
    assert needed is not None
    random = np.random.default_rng(3)
    found = 0
    for _ in range(200):
        old, new = random.normal(size=n), random.normal(2 * stats.norm.ppf(0.5 + share / 2), 1, size=needed)
        edges = np.quantile(old, np.arange(1, 50) / 50)
        counts = [np.histogram(values, bins=[-np.inf, *edges, np.inf])[0].tolist() for values in (old, new)]
        found += measures.ks(measures.distance(*counts), n, needed) <= alpha
    assert found >= 175
    assert measures.rows_needed(alpha, share, 100) is None


def test_bins_are_merged_into_groups_of_about_the_same_share() -> None:
    groups = measures.groups_of([2] * 50)
    assert measures.merged([2] * 50, groups) == [10] * 10
    assert measures.groups_of([90, 5, 5]) == [0, 1, 1] or len(set(measures.groups_of([90, 5, 5]))) <= 3
    assert measures.groups_of([7]) == [0]
