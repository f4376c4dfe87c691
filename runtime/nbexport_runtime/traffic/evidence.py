"""Evidence that a model fails more than it may, which can be looked at after every request.

Each request failed or did not. Against "at most a share `b` of all fail" stands a mixture of higher shares, and the
evidence is the likelihood of what was seen under the mixture, divided by that under `b`:

    >>> evidence = lambda failures, count: round(math.exp(log_evidence(failures, count, 0.02)), 1)
    >>> evidence(3, 6)
    566.1
    >>> evidence(2, 100)
    0.2

While at most `b` fail, this is a nonnegative supermartingale that begins at 1. So it is ever 100 or more in at most one
of 100 models that keep their budget, however often and whenever somebody looks (Ville's inequality).

The other side is an upper bound on the share that fails, which holds at all times together too: with 204 requests of
which none failed, it is below 2 %.

    >>> upper_bound(0, 203, budget=0.02) > 0.02 > upper_bound(0, 204, budget=0.02)
    True

Source: Ville, Étude critique de la notion de collectif, 1939 (the inequality); Wald, Sequential tests of statistical
hypotheses, 1945; Robbins, Statistical methods related to the law of the iterated logarithm, 1970 (mixtures, and bounds
that hold at all times); Howard, Ramdas, McAuliffe and Sekhon, Time-uniform, nonparametric, nonasymptotic confidence
sequences, 2021.
"""

from __future__ import annotations

import math
from functools import cache

THRESHOLD = 100.0
"""Evidence from which on it is enough: at most one false alarm in so many models."""
ODDS = (1.5, 2.0, 3.0, 5.0, 8.0, 14.0, 25.0, 60.0)
"""The alternatives: so many times the odds of the budget."""
CONFIDENCE = 0.95
"""How surely an upper bound holds, at all times together."""
STEPS = 50
"""Halvings until a bound is found."""


@cache
def alternatives(budget: float) -> tuple[tuple[float, float], ...]:
    """What a failure, and a success, multiply the likelihood of each alternative by, as logarithms.

    Raises:
        ValueError: The budget is not between 0 and 1.
    """
    if not 0 < budget < 1:
        raise ValueError(f"a budget is above 0 and below 1, and {budget} is not")
    odds = [factor * budget / (1 - budget) for factor in ODDS]
    shares = [each / (1 + each) for each in odds]
    return tuple((math.log(share / budget), math.log((1 - share) / (1 - budget))) for share in shares)


def log_evidence(failures: int, count: int, budget: float) -> float:
    """The natural logarithm of the evidence that more than `budget` of all fail.

    Args:
        failures: Requests that failed.
        count: All requests.
        budget: The share that may fail.
    """
    logs = [failures * failed + (count - failures) * good for failed, good in alternatives(budget)]
    most = max(logs)
    return most + math.log(math.fsum(math.exp(each - most) for each in logs) / len(logs))


def enough(failures: int, count: int, budget: float, *, weight: float = 1.0, threshold: float = THRESHOLD) -> bool:
    """Whether the evidence is enough.

    Args:
        failures: Requests that failed.
        count: All requests.
        budget: The share that may fail.
        weight: This test's part of all false alarms, where several tests look at one model: they sum to 1.
        threshold: What weight times evidence must reach; 1 / threshold is the share of false alarms.
    """
    return log_evidence(failures, count, budget) + math.log(weight) >= math.log(threshold)


def upper_bound(failures: int, count: int, *, budget: float, confidence: float = CONFIDENCE) -> float:
    """The share that fails at most, by all that was seen; it holds at all times together.

    A Beta mixture whose mean is the budget is set against each share above the one that was seen.

    Args:
        failures: Requests that failed.
        count: All requests.
        budget: Where the bound should be narrow.
        confidence: How surely it holds.
    """
    if failures == count:
        # nothing was seen, or nothing good
        return 1.0
    first, second = 0.5, 0.5 / budget - 0.5
    mixture = _log_beta(first + failures, second + count - failures) - _log_beta(first, second)
    limit = -math.log(1 - confidence)
    below, above = failures / count, 1.0
    for _ in range(STEPS):
        middle = (below + above) / 2
        likelihood = failures * math.log(middle) + (count - failures) * math.log1p(-middle)
        below, above = (below, middle) if mixture - likelihood >= limit else (middle, above)
    return above


def _log_beta(first: float, second: float) -> float:
    return math.lgamma(first) + math.lgamma(second) - math.lgamma(first + second)
