"""Why the other code answers differently, most likely: each cause is shown by evidence, or is not named.

| cause | evidence |
|---|---|
| two arguments swapped | the other code gives the notebook's answers when it is given the two swapped |
| a transformer left out | it gives them when the inputs go through the notebook's own transformer first |
| rounding | its figures are the notebook's, rounded |
| single precision | its figures are the notebook's as float32 |
| the other class | its figures are one minus the notebook's |

The first two ask the other code further requests.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbexport.verify.against.forms import fields
from nbexport.verify.against.sides import Request

MOST_REQUESTS = 4
"""Requests that each trial asks again; of those that differ."""
MOST_SWAPS = 45
"""Pairs that are swapped: all of ten arguments."""
MOST_DIGITS = 10
ALONE_DIGITS = 3
"""Digits from which on one figure alone shows that it is rounded."""
CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class Trial:
    """Requests, changed in one way, to which the other code should give the notebook's answers."""

    cause: str
    requests: tuple[Mapping[str, Any], ...]


def trials(requests: Sequence[Request]) -> list[Trial]:
    """What to ask the other code once more.

    Args:
        requests: Those to which it answers differently.
    """
    some = requests[:MOST_REQUESTS]
    return [*_transformed(some), *itertools.islice(_swapped(some), MOST_SWAPS)] if some else []


def _transformed(requests: Sequence[Request]) -> Iterator[Trial]:
    for name in requests[0].transformed:
        if all(name in request.transformed for request in requests):
            yield Trial(
                f"its answers are equal when the inputs go through the notebook's `{name}` first: "
                f"it does not apply `{name}`",
                tuple(request.transformed[name] for request in requests),
            )


def _swapped(requests: Sequence[Request]) -> Iterator[Trial]:
    taken = [fields(request.arguments) for request in requests]
    names = taken[0][0]
    if any(keys != names for keys, _, _ in taken):
        return
    for one, other in itertools.combinations(range(len(names)), 2):
        changed, differ = [], False
        for _, values, again in taken:
            new = list(values)
            new[one], new[other] = new[other], new[one]
            differ = differ or new != values
            changed.append(again(new))
        if differ:
            yield Trial(
                f"its answers are equal when `{names[one]}` and `{names[other]}` are swapped: "
                "it takes them in another order",
                tuple(changed),
            )


def of_figures(pairs: Sequence[tuple[float, float]]) -> str:
    """What all figures of the other code are, seen from the notebook's; empty where that is nothing.

    Args:
        pairs: Each figure of the notebook with the other code's; all of them, also those that are equal.
    """
    if not any(one != other for one, other in pairs):
        return ""
    if all(_single(one) == other for one, other in pairs):
        return "its figures are the notebook's in single precision (float32)"
    if all(_single(other) == one for one, other in pairs):
        return "the notebook computes in single precision (float32), and it does not"
    # few figures may agree so far by chance
    for digits in range(0 if len(set(pairs)) > 1 else ALONE_DIGITS, MOST_DIGITS + 1):
        if all(round(one, digits) == other for one, other in pairs):
            return f"its figures are the notebook's, rounded to {digits} digits"
        if all(round(other, digits) == one for one, other in pairs):
            return f"the notebook rounds to {digits} digits, and it does not"
    if len(pairs) > 1 and all(abs(1 - one - other) <= CLOSE for one, other in pairs):
        return "its figures are one minus the notebook's: the probability of the other class"
    return ""


def _single(value: float) -> float:
    """A number as float32 holds it."""
    try:
        return float(struct.unpack("f", struct.pack("f", value))[0])
    except OverflowError:
        return float("inf")


def numbers(one: Any, other: Any) -> Iterator[tuple[float, float]]:
    """The numbers of two values of plain data that stand at the same places."""
    if isinstance(one, bool) or isinstance(other, bool):
        return
    if isinstance(one, int | float) and isinstance(other, int | float):
        yield float(one), float(other)
    elif isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in one:
            if name in other:
                yield from numbers(one[name], other[name])
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for left, right in zip(one, other, strict=True):
            yield from numbers(left, right)
