"""A column of numbers against what the schema knows of it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from nbexport_runtime.pipeline.checks import chance
from nbexport_runtime.pipeline.checks.figures import histogram, share
from nbexport_runtime.pipeline.checks.kinds import Finding
from nbexport_runtime.pipeline.checks.pairs import FEWEST, Pair, drift

SMALLEST_SCALE = 4.0
"""A smaller factor between two medians is drift and not another unit."""


def compare(pair: Pair) -> Iterator[Finding]:
    """Fractions, infinities, impossible values, ranges, units and distribution."""
    new, known = pair.new, pair.known
    values = new.numbers
    infinite = np.isinf(values)
    if pair.is_more(int(infinite.sum()), "infinite"):
        yield pair.problem("infinite", f"has infinite values: {pair.some(infinite)[1]}")
    if "min" not in known or not len(new.finite):
        return
    if known["type"] == "integer":
        broken = np.isfinite(values) & (values != np.floor(values))
        if broken.any():
            yield pair.problem("fractions", f"had whole numbers and has fractions: {pair.some(broken)[1]}")
    scaled = _scaled(pair)
    if scaled:
        yield scaled
        return
    yield from _outside(pair)
    yield from drift(pair, *_shares(pair, new.finite))


def _outside(pair: Pair) -> Iterator[Finding]:
    """Numbers that are negative, far outside, or more often just outside than chance explains."""
    new, known = pair.new, pair.known
    low, high = known["min"], known["max"]
    values = new.numbers
    negative = values < 0
    finite = np.isfinite(values)
    if low >= 0 and (low == 0 or known["type"] == "integer") and (negative & finite).any():
        part, where = pair.some(negative & finite)
        yield pair.problem("negative", f"was never negative and is in {where}", part=part)
        finite &= ~negative
    width = max(high - low, abs(high), abs(low), 1e-9)
    lower, upper = known.get("far", (low - width, high + width))
    far = finite & ((values > upper) | (values < lower))
    if known.get("distinct", 2) < 2 or known["type"] == "boolean":
        # nothing is known of its range
        far &= False
    if far.any():
        part, where = pair.some(far)
        example = values[np.argmax(far)]
        text = f"is far outside {low:g} to {high:g}: {where} is {example:g}"
        yield pair.problem("outliers", text, part=part)
    for side, mask in (("above", values > high), ("below", values < low)):
        near = mask & finite & ~far
        count = int(near.sum())
        if count and chance.all_outside(count, new.rows, pair.known_rows) < chance.RARE:
            part, where = pair.some(near)
            yield pair.problem("range", f"is {side} the known range {low:g} to {high:g}: {where}", part=part)


def _shares(pair: Pair, ordered: Any, scale: float = 1.0) -> tuple[list[float], list[float]]:
    """The known shares and the new ones, bin by bin or value by value; empty where none are known.

    Args:
        pair: The column.
        ordered: (values,) finite numbers in rising order.
        scale: What the numbers are divided by first.
    """
    bins, values = pair.known.get("bins"), pair.known.get("values")
    if bins:
        return bins["shares"], histogram(ordered / scale, bins["edges"])
    if not values:
        return [], []
    known = np.array([float(value) for value in values])
    order = np.argsort(known)
    # what lies between known values counts as the nearest one below
    places = np.clip(np.searchsorted(known[order], ordered / scale, side="right") - 1, 0, None)
    counts = np.bincount(places, minlength=len(known))
    before = np.array(list(values.values()), dtype=np.float64)[order]
    return before.tolist(), [share(int(count), len(ordered)) for count in counts]


def _scaled(pair: Pair) -> Finding | None:
    """A column that is the known one times a factor."""
    before, now = _shares(pair, pair.new.finite)
    rows = len(pair.new.finite)
    if len(before) < 3 or rows < FEWEST:
        return None
    shift = chance.stability(before, now, pair.known_rows, rows)
    if shift < chance.STRONG_DRIFT:
        return None
    limit = max(0.25, chance.drift_by_chance(len(before), pair.known_rows, rows))
    middle = float(np.median(np.abs(pair.new.finite)))
    known_middle = abs(pair.known.get("median", 0.0))
    if not middle or not known_middle:
        return None
    ratio = middle / known_middle
    power = 10.0 ** round(math.log10(ratio))
    scale = power if 0.8 < ratio / power < 1.25 else ratio
    if max(scale, 1 / scale) < SMALLEST_SCALE:
        return None
    if chance.stability(*_shares(pair, pair.new.finite, scale), pair.known_rows, rows) >= limit:
        return None
    text = f"looks multiplied by {scale:.3g}" if scale > 1 else f"looks divided by {1 / scale:.3g}"
    return pair.problem(
        "scale", f"{text}: its median is {middle:g}, it was {known_middle:g}", hint="is it another unit?"
    )
