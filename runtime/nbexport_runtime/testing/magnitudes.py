"""Made-up requests whose whole numbers are of the size that the notebook's examples have.

    predict(days=30) in the notebook        {"days": 2003654} made up   →   {"days": 54}

A whole number often says how much work to do. A service may well need hours for two million days, and a test that
waits for that finds no fault.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

LEAST = 100
"""Whole numbers below this are sent as they are, whatever the examples hold."""
TIMES = 10
"""How many times as large as in the examples a whole number may be."""


def magnitudes(bodies: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Field → how large its whole numbers may be, where examples hold some.

    >>> magnitudes([{"days": 30, "rows": [{"id": 7_000}]}])
    {'days': 300, 'id': 70000}

    Args:
        bodies: Requests that ask what the notebook asks.
    """
    sizes: dict[str, int] = {}
    for body in bodies:
        _collect(body, "", sizes)
    return sizes


def tamed(body: Any, limits: Mapping[str, int], field: str = "") -> Any:
    """A body with whole numbers that are not larger than the limits.

    >>> tamed({"days": 2003654, "price": 1e300, "open": True, "of": [-7, -700]}, {"days": 300})
    {'days': 254, 'price': 1e+300, 'open': True, 'of': [-7, 0]}

    Args:
        body: What was made up.
        limits: Field → how large its whole numbers may be; `LEAST` for others.
        field: The field that holds it.
    """
    if isinstance(body, dict):
        return {name: tamed(value, limits, name) for name, value in body.items()}
    if isinstance(body, list):
        return [tamed(value, limits, field) for value in body]
    limit = limits.get(field, LEAST)
    if type(body) is int and abs(body) > limit:
        return abs(body) % limit * (-1 if body < 0 else 1)
    return body


def _collect(body: Any, field: str, sizes: dict[str, int]) -> None:
    if isinstance(body, Mapping):
        for name, value in body.items():
            _collect(value, name, sizes)
    elif isinstance(body, list):
        for value in body:
            _collect(value, field, sizes)
    elif type(body) is int:
        sizes[field] = max(sizes.get(field, LEAST), TIMES * abs(body))
