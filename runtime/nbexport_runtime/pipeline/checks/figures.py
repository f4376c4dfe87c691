"""Figures of numbers: shares, histograms, how far a tail reaches, days of the month."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nbexport_runtime.pipeline.checks import dates

OUTER = 0.05
"""The share of the numbers that tells how heavy a tail is."""
HARDLY = 3e-4
"""How many numbers of a sample of the same size are beyond `far`, on average."""
FARTHEST = 1.79769e308


def number_of(text: str) -> float | None:
    """The number that a text is; None for any other text."""
    try:
        return float(text)
    except ValueError:
        return None


def number_text(value: float) -> str:
    """A number as the key of an object."""
    return str(int(value)) if value == int(value) else repr(value)


def histogram(ordered: Any, edges: Any) -> list[float]:
    """The share of values up to the first edge, between the edges, and above the last.

    Args:
        ordered: (values,) in rising order.
        edges: (edges,) in rising order.
    """
    places = np.searchsorted(ordered, np.asarray(edges), side="right")
    counts = np.diff(np.concatenate(([0], places, [len(ordered)])))
    return [share(int(count), len(ordered)) for count in counts]


def far(ordered: Any, *, discrete: bool = False) -> list[float]:
    """Below and above which numbers a sample of the same data hardly has one.

    Beyond twice the known range, and beyond where a Pareto tail through the outer numbers ends: its exponent is Hill's
    estimate, or that of the outermost number, whichever is heavier. Source: Hill, A Simple General Approach to
    Inference About the Tail of a Distribution, 1975.

    Args:
        ordered: (values,) in rising order.
        discrete: There are few different ones; Hill's estimate does not hold for these.
    """
    middle = float(np.median(ordered))
    low, high = float(ordered[0]), float(ordered[-1])
    width = max(high - low, abs(high), abs(low), 1e-9)
    limits = []
    for tail, end in ((ordered - middle, high), ((middle - ordered)[::-1], low)):
        start = float(np.quantile(tail, 1 - OUTER))
        reach = 0.0
        if start > 0:
            beyond = tail[tail > start]
            expected = max(len(ordered) * OUTER, 2.0)
            excess = math.log(max(float(tail[-1]) / start, 1.0)) / math.log(expected)
            if len(beyond) and not discrete:
                excess = max(excess, float(np.log(beyond / start).mean()))
            reach = min(start * math.exp(min(excess * math.log(expected / HARDLY), 600.0)), FARTHEST)
        limits.append((end, max(width, reach - float(tail[-1]))))
    (upper, above), (lower, below) = limits
    return [rounded(max(lower - below, -FARTHEST)), rounded(min(upper + above, FARTHEST))]


def granularity(values: Any) -> str:
    """The coarsest unit that all of some seconds are whole in: `month`, `day` or `second`."""
    if (values % dates.DAY_S != 0).any():
        return "second"
    return "month" if (days_of_month(values) == 1).all() else "day"


def after_12th(values: Any) -> float:
    """The share of dates after the 12th of a month: what is left of day and month that were mixed up has none."""
    return share(int((days_of_month(values) > 12).sum()), len(values))


def days_of_month(values: Any) -> Any:
    """(values,) int64: the day of the month, from 1."""
    days = np.floor(values / dates.DAY_S).astype("datetime64[D]")
    return (days - days.astype("datetime64[M]")).astype(np.int64) + 1


def share(part: int, whole: int) -> float:
    """A part of a whole, rounded."""
    return round(part / whole, 6) if whole else 0.0


def rounded(value: float) -> float:
    """A number with the digits that a comparison needs."""
    return float(f"{value:.6g}")
