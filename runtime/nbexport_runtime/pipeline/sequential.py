"""How often rows are drawn: until the answer is clear, and never by the clock.

A difference is significant where less than `share` of all drawings speak against it. After 100, 200, 400, … drawings it
is asked whether those so far leave a doubt about that:

    100 drawings, 48 against   surely more than 2.5 %      ends: not significant
    400 drawings, 0 against    surely less than 2.5 %      ends: significant
    4,000 drawings, 97 against                             the limit: (97 + 1) / (4,000 + 1) is below 2.5 %

All looks together end on the wrong side of what unlimited drawings would say in at most `RISK` of all comparisons.

Source: Gandy, Sequential implementation of Monte Carlo tests with uniformly bounded resampling risk, JASA 2009 (a bound
on the risk over all looks; here with exact binomial tails at a few looks); Davison and Hinkley, Bootstrap Methods and
their Application, 1997, 4.2 (one is added to both counts).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

FIRST = 100
"""Drawings before the first look."""
RISK = 0.001
"""How often all looks together may end on another side than unlimited drawings would."""


def looks(limit: int) -> list[int]:
    """After how many drawings to look; the last is the limit.

    >>> looks(1000)
    [100, 200, 400, 800, 1000]
    """
    counts = []
    count = FIRST
    while count < limit:
        counts.append(count)
        count *= 2
    return [*counts, limit]


def tail(against: int, count: int, share: float) -> tuple[float, float]:
    """How likely at most, and at least, so many drawings speak against it where `share` of all do."""
    logs = math.log(share), math.log1p(-share)

    def mass(number: int) -> float:
        ways = math.lgamma(count + 1) - math.lgamma(number + 1) - math.lgamma(count - number + 1)
        return math.exp(ways + number * logs[0] + (count - number) * logs[1])

    at_most = math.fsum(mass(number) for number in range(against + 1))
    return min(at_most, 1.0), min(max(1.0 - at_most + mass(against), 0.0), 1.0)


def clear(against: int, count: int, share: float, limit: int) -> bool | None:
    """Whether a difference is significant; None while more drawings could tell.

    Args:
        against: Drawings that speak against it.
        count: All drawings so far.
        share: The share of drawings that may speak against it.
        limit: How many drawings there may be.
    """
    if count >= limit:
        return (against + 1) / (count + 1) < share
    risk = RISK / len(looks(limit)) / 2
    at_most, at_least = tail(against, count, share)
    if at_most < risk:
        return True
    return False if at_least < risk else None


def quantile(ordered: Sequence[float], share: float) -> float:
    """A quantile of ordered numbers, between two of them in proportion."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
