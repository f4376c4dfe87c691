"""What the notebook and the other code gave: the nouns that the comparison works on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from nbexport.verify.verification import PassedOver


class Subject(StrEnum):
    """What is compared."""

    PREDICTIONS = "predictions"
    METRICS = "metrics"
    VALUES = "values"


@dataclass(frozen=True, slots=True)
class Request:
    """One call of the notebook's `predict`."""

    arguments: Mapping[str, Any]
    """By name, as plain JSON."""
    answer: Any
    """What the notebook answers, as a JSON object: its fields, or `result`."""
    row: bool = False
    """Whether it is a row of the notebook's data, not an example call."""
    transformed: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Transformer that `predict` reads → the arguments as it makes them."""


@dataclass(frozen=True, slots=True)
class NotebookSide:
    """What one run of the notebook gave."""

    metrics: Mapping[str, Any]
    values: Mapping[str, Any]
    """Name → snapshot tree."""
    types: Mapping[str, str]
    requests: tuple[Request, ...]
    kinds: Mapping[str, str]
    """Argument of `predict` → how it is made of plain JSON."""
    unsent: tuple[tuple[str, str], ...]
    """Example calls that cannot be sent to another process, and why."""
    numbers: tuple[str, ...]
    """Its variables that hold a number."""
    passed_over: tuple[PassedOver, ...] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """Metrics or values of the other code."""

    metrics: Mapping[str, Any]
    trees: Mapping[str, Any]
    types: Mapping[str, str]
    notes: tuple[str, ...] = ()
    """How they were found."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the other code answered to one request."""

    answer: Any = None
    error: str = ""
    """Why it gave none."""
    type: str = ""


@dataclass(frozen=True, slots=True)
class Replies:
    """What it answered to all."""

    replies: tuple[Reply, ...]
    called: str
    """How it was asked."""


def flat(metrics: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Metrics by dotted name: `{"test": {"f1": 0.9}}` is `test.f1`."""
    members: dict[str, Any] = {}
    for name, value in metrics.items():
        if isinstance(value, Mapping):
            members |= flat(value, f"{prefix}{name}.")
        else:
            members[f"{prefix}{name}"] = value
    return members


def are_numbers(values: Sequence[Any]) -> bool:
    """Whether they are numbers, or lists of numbers."""
    return all(are_numbers(value) if isinstance(value, list) else isinstance(value, int | float) for value in values)
