"""Inputs beside what the model has learned from: the manifest of a bundle says what training saw of each input.

"monthly_fee": {"min": 4.9, "max": 59.9}
"signup_date": {"first": "2021-01-02", "last": "2026-02-27"}
"plan": {"values": ["basic", "family", "plus"]}

A number or a date is unusual when it is further away than half the width of what was seen, so that next month's
customers are not. A text is, when it is not one of the values that were seen. Where training saw dates only, a text
that is none, or a year that no frame holds, is more than unusual: it is wrong. An empty text is missing, and passes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from pydantic import BaseModel

from nbexport_runtime.service.bounds import FIRST_YEAR, LAST_YEAR

Kind = str
"""`below`, `above`, `unseen`, `no_date` or `date_out_of_range`; empty for a usual value."""
WRONG = frozenset({"no_date", "date_out_of_range"})
"""Kinds that are refused although others are only named."""

LEAST_MARGIN = timedelta(days=366)
"""How far a date may be outside of what was seen, at least."""


class Ranges:
    """What one version has learned of its inputs."""

    def __init__(self, learned: Any) -> None:
        """Nothing is unusual where nothing was learned.

        Args:
            learned: `inputs` of a manifest; what cannot be used of it is ignored.
        """
        looks = {str(name): judge(facts) for name, facts in learned.items()} if isinstance(learned, Mapping) else {}
        self._looks = {name: look for name, look in looks.items() if look is not None}

    def unusual(self, row: BaseModel) -> list[dict[str, str]]:
        """Field and kind of each unusual value, never the value."""
        return self._in(vars(row), "") if self._looks else []

    def _in(self, values: Mapping[str, Any], above: str) -> list[dict[str, str]]:
        remarks = []
        for name, value in values.items():
            if isinstance(value, dict) and not above:
                remarks += self._in(value, f"{name}.")
            elif isinstance(value, BaseModel) and not above:
                remarks += self._in(vars(value), f"{name}.")
            elif name in self._looks:
                kind = self._looks[name](value)
                if kind:
                    remarks.append({"field": above + name, "kind": kind})
        return remarks


def judge(facts: Any) -> Callable[[Any], Kind] | None:
    """What judges the values of one input; None where nothing is known of them."""
    if not isinstance(facts, Mapping):
        return None
    try:
        if "values" in facts:
            return seen(frozenset(map(str, facts["values"])))
        if "min" in facts:
            return between(float(facts["min"]), float(facts["max"]))
        if "first" in facts:
            return from_to(date.fromisoformat(facts["first"]), date.fromisoformat(facts["last"]))
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return None


def seen(values: frozenset[str]) -> Callable[[Any], Kind]:
    """What judges texts by those that were seen."""
    return lambda value: "unseen" if isinstance(value, str) and value and value not in values else ""


def between(least: float, most: float) -> Callable[[Any], Kind]:
    """What judges numbers by the range that was seen."""
    margin = (most - least) / 2 or abs(least) / 2
    low, high = least - margin, most + margin
    if not (math.isfinite(low) and math.isfinite(high)):
        raise OverflowError
    if least >= 0:
        low = max(low, 0.0)

    def look(value: Any) -> Kind:
        if type(value) is not float and type(value) is not int:
            return ""
        # a missing value is neither
        return "below" if value < low else "above" if value > high else ""

    return look


def from_to(first: date, last: date) -> Callable[[Any], Kind]:
    """What judges dates, also as text, by the first and the last that were seen."""
    margin = max((last - first) / 2, LEAST_MARGIN)
    low, high = first - margin, last + margin

    def look(value: Any) -> Kind:
        if isinstance(value, str):
            if not value.strip():
                return ""
            try:
                day = date.fromisoformat(value[:10])
            except ValueError:
                return "no_date"
            if not FIRST_YEAR <= day.year <= LAST_YEAR:
                return "date_out_of_range"
        elif isinstance(value, date):
            day = date(value.year, value.month, value.day)
        else:
            return ""
        return "" if low <= day <= high else "below" if day < low else "above"

    return look
