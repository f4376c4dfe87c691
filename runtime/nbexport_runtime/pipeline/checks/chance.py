"""What may differ between two samples of the same data: everything here is about false alarms.

Two samples of n and m rows are drawn from one distribution. How likely is it that k values of the second one lie
outside all of the first? Each of the k largest of all n + m values is in the second one with probability m / (n + m).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

RARE = 1e-4
"""A check speaks when its finding has less than this probability in a sample of the same data."""
LARGE_Z = 3.9
"""The distance in standard errors of the same probability, two-sided."""
SMALLEST_DRIFT = 0.1
"""A population stability index below this is not drift, however sure it is. Source: Siddiqi, Credit Risk Scorecards."""
STRONG_DRIFT = 1.0


def all_outside(count: int, new_rows: int, known_rows: int) -> float:
    """The probability that this many values lie outside what was known, by chance.

    >>> round(all_outside(3, 100, 100), 3)
    0.125
    """
    if count == 0 or new_rows + known_rows == 0:
        return 1.0
    return float((new_rows / (new_rows + known_rows)) ** count)


def gone(part: float, known_rows: int, new_rows: int) -> float:
    """The probability that a value with this share of the known rows is in none of the new ones, by chance."""
    return all_outside(round(part * known_rows), known_rows, new_rows)


def most_unseen(singles: int, new_rows: int, known_rows: int) -> float:
    """How many rows may have values that no known row has, by chance.

    As many as there are values that hardly any known row has. Source: Good, The Population Frequencies of Species and
    the Estimation of Population Parameters, 1953.

    Args:
        singles: How many values one or two of the known rows have.
        new_rows: How many rows are new.
        known_rows: How many are known.
    """
    mean = new_rows * (singles + 3) / max(known_rows, 1)
    return mean + 4 * math.sqrt(mean)


def z_of_shares(before: float, known_rows: int, now: float, new_rows: int) -> float:
    """How many standard errors two shares are apart.

    >>> round(z_of_shares(0.5, 100, 0.6, 100), 2)
    1.42
    """
    if not known_rows or not new_rows:
        return 0.0
    pooled = (before * known_rows + now * new_rows) / (known_rows + new_rows)
    error = math.sqrt(pooled * (1 - pooled) * (1 / known_rows + 1 / new_rows))
    return (now - before) / error if error else 0.0


def stability(before: Sequence[float], now: Sequence[float], known_rows: int, new_rows: int) -> float:
    """The population stability index (PSI) of two lists of shares; empty bins count half a row.

    >>> round(stability([0.5, 0.5], [0.9, 0.1], 1000, 1000), 3)
    0.879
    """
    total = 0.0
    for share_before, share_now in zip(before, now, strict=True):
        known = max(share_before, 0.5 / max(known_rows, 1))
        new = max(share_now, 0.5 / max(new_rows, 1))
        total += (new - known) * math.log(new / known)
    return total


def drift_by_chance(bins: int, known_rows: int, new_rows: int) -> float:
    """The PSI that two samples of the same data exceed with probability `RARE`.

    It is nearly (1/n + 1/m) times a chi-square of bins - 1 degrees of freedom; its quantile by Wilson and Hilferty.
    """
    if not known_rows or not new_rows:
        return math.inf
    freedom = max(bins - 1, 1)
    part = 2 / (9 * freedom)
    # one-sided normal quantile of 1 - RARE; a quarter more for bins with few rows
    quantile = freedom * (1 - part + 3.72 * math.sqrt(part)) ** 3
    return 1.25 * quantile * (1 / known_rows + 1 / new_rows)
