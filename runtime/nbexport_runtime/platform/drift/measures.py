"""How far counts of now are from counts of a reference, and how likely that is where nothing has changed.

Every test compares two samples, since the reference is one too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

LEAST_EXPECTED = 5.0
"""Cells of a chi-square test that expect less are merged."""
POWER_Z = 1.2816
"""The 90 % quantile of a normal distribution."""


def psi(reference: Sequence[float], now: Sequence[float]) -> float:
    """The population stability index of counts in the same bins; half a row is added to each.

    0.1 is commonly called a moderate change, 0.25 a large one.

    Source: B. Yurdakul, "Statistical properties of the population stability index", 2018: it is Jeffreys' divergence.
    """
    n, m, k = sum(reference), sum(now), len(reference)
    shares = [
        ((old + 0.5) / (n + 0.5 * k), (new + 0.5) / (m + 0.5 * k)) for old, new in zip(reference, now, strict=True)
    ]
    return math.fsum((new - old) * math.log(new / old) for old, new in shares)


def merged(counts: Sequence[int], groups: Sequence[int]) -> list[int]:
    """Counts of neighbouring bins together, by the number of each one's group."""
    result = [0] * (groups[-1] + 1 if groups else 0)
    for count, group in zip(counts, groups, strict=True):
        result[group] += count
    return result


def groups_of(counts: Sequence[int], most: int = 10) -> list[int]:
    """The group of each bin, so that groups have about the same share of the reference."""
    whole, done, groups = max(1, sum(counts)), 0, []
    for count in counts:
        # by its middle: a bin with many rows does not begin a group with its last one
        groups.append(min(most - 1, int((done + count / 2) * most / whole)))
        done += count
    places = {group: place for place, group in enumerate(sorted(set(groups)))}
    return [places[group] for group in groups]


def distance(reference: Sequence[int], now: Sequence[int]) -> float:
    """The largest distance of two cumulative distributions at the edges of bins (Kolmogorov-Smirnov)."""
    n, m = max(1, sum(reference)), max(1, sum(now))
    old = new = 0
    largest = 0.0
    for before, after in zip(reference, now, strict=True):
        old, new = old + before, new + after
        largest = max(largest, abs(old / n - new / m))
    return largest


def ks(largest: float, n: int, m: int) -> float:
    """How likely such a distance of two samples is where they have one distribution.

    At edges of bins the largest distance is at most the one over all values: the probability is never too small.

    Source: N. Smirnov, "Table for estimating the goodness of fit of empirical distributions", Annals of Mathematical
    Statistics 19 (1948).
    """
    from scipy.special import kolmogorov

    return float(kolmogorov(math.sqrt(n * m / (n + m)) * largest))


def chi_square(reference: Mapping[str, int], now: Mapping[str, int]) -> float:
    """How likely two samples of categories are where they have one distribution; rare categories count as one."""
    from scipy.stats import chi2

    n, m = sum(reference.values()), sum(now.values())
    if not n or not m:
        return 1.0
    cells: list[tuple[int, int]] = []
    rest = (0, 0)
    for name in sorted(reference.keys() | now.keys()):
        cell = reference.get(name, 0), now.get(name, 0)
        if sum(cell) * min(n, m) / (n + m) < LEAST_EXPECTED:
            rest = rest[0] + cell[0], rest[1] + cell[1]
        else:
            cells.append(cell)
    if sum(rest) * min(n, m) / (n + m) >= LEAST_EXPECTED or not cells:
        cells.append(rest)
    # what is left is too rare to be judged
    n, m = sum(old for old, _ in cells), sum(new for _, new in cells)
    if len(cells) < 2 or not n or not m:
        return 1.0
    statistic = 0.0
    for old, new in cells:
        for count, whole in ((old, n), (new, m)):
            expected = (old + new) * whole / (n + m)
            statistic += (count - expected) ** 2 / expected
    return float(chi2.sf(statistic, len(cells) - 1))


def moved(reference: Mapping[str, int], now: Mapping[str, int]) -> float:
    """The share of rows that would have to change their category (total variation distance)."""
    n, m = max(1, sum(reference.values())), max(1, sum(now.values()))
    names = reference.keys() | now.keys()
    return math.fsum(abs(reference.get(name, 0) / n - now.get(name, 0) / m) for name in names) / 2


def more(old: int, n: int, new: int, m: int) -> float:
    """How likely so different shares, `old` of `n` and `new` of `m`, are where there is one share (Fisher's exact)."""
    from scipy.stats import fisher_exact

    return float(fisher_exact([[old, n - old], [new, m - new]]).pvalue)


def beyond(count: int, m: int, n: int) -> float:
    """How likely `count` of `m` new values are all above the largest of `n` old ones, where nothing has changed.

    The `count` largest of all are new: C(m, count) / C(n + m, count).

    Source: E. J. Gumbel, H. von Schelling, "The distribution of the number of exceedances", Annals of Mathematical
    Statistics 21 (1950).
    """
    if not count:
        return 1.0
    terms = math.lgamma(m + 1) - math.lgamma(m - count + 1) - math.lgamma(n + m + 1) + math.lgamma(n + m - count + 1)
    return math.exp(min(0.0, terms))


def of_windows(values: Sequence[float], needed: int) -> float:
    """One probability for a column whose windows have these: `needed` of them must be small; 1 where there are fewer.

    It holds whatever the windows have in common, and they have the reference.

    Source: B. Rueger, "Das maximale Signifikanzniveau des Tests: Lehne H0 ab, wenn k unter n gegebenen Tests zur
    Ablehnung fuehren", Metrika 25 (1978).
    """
    if len(values) < needed:
        return 1.0
    return min(1.0, sorted(values)[needed - 1] * len(values) / needed)


def holm(values: Mapping[str, float]) -> dict[str, float]:
    """Column → its probability, adjusted so that all columns together err no more often than one may.

    Source: S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6
    (1979).
    """
    adjusted: dict[str, float] = {}
    largest = 0.0
    for place, (name, value) in enumerate(sorted(values.items(), key=lambda pair: pair[1])):
        largest = max(largest, min(1.0, value * (len(values) - place)))
        adjusted[name] = largest
    return adjusted


def rows_needed(alpha: float, share: float, n: int) -> int | None:
    """Rows of a window with which a move of a share of the rows is found nine times in ten; None where `n` is too few.

    A distance is significant from sqrt(log(2 / alpha) / 2) / sqrt(rows) on, and its own standard deviation is at most
    0.5 / sqrt(rows); rows are n m / (n + m) of two samples.

    Args:
        alpha: What one test may err.
        share: The share of the rows that lies elsewhere.
        n: Values of the reference.
    """
    effective = ((math.sqrt(math.log(2 / alpha) / 2) + POWER_Z / 2) / share) ** 2
    return math.ceil(effective * n / (n - effective)) if n > effective else None


def plain(facts: Any) -> Any:
    """A figure as it is shown: four digits."""
    return float(f"{facts:.4g}") if isinstance(facts, float) else facts
