"""What became of one prediction: the members of its answer, or why the model has none."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from nbexport_runtime.masking import masked, masked_traceback

Row = TypeVar("Row")


@dataclass(frozen=True)
class Failure:
    """The model raised an exception; no text of it has a secret."""

    whole: str
    """The traceback."""
    frames: str
    """The traceback without the exception's own text, which often repeats the input."""


Outcome = tuple[dict[str, Any] | Failure, float]
"""The members of an answer, or a failure; and the milliseconds that it took."""


def outcome_of(ask: Callable[[Row], Any], row: Row) -> Outcome:
    """What a model answers; what it raises becomes a failure."""
    began = time.perf_counter()
    try:
        answer: Any = ask(row)
    except BaseException as error:  # noqa: BLE001
        # the notebook's code may raise anything, and must end neither the server nor the process of a model
        return failure(error), (time.perf_counter() - began) * 1000
    taken_ms = (time.perf_counter() - began) * 1000
    try:
        return members_of(answer), taken_ms
    except Exception as error:  # noqa: BLE001 - the answer is an object of the notebook's
        return failure(error), taken_ms


def failure(error: BaseException) -> Failure:
    """An exception of the model."""
    frames = traceback.format_tb(error.__traceback__)
    return Failure(masked_traceback(error), masked("".join([*frames, type(error).__name__])))


def members_of(answer: Any) -> dict[str, Any]:
    """An answer as members of a JSON object: its own fields, or `result`."""
    if isinstance(answer, dict):
        return {str(name): value for name, value in answer.items()}
    if hasattr(answer, "model_dump"):
        members: dict[str, Any] = answer.model_dump(by_alias=True)
        return members
    if hasattr(answer, "__dataclass_fields__"):
        return {name: getattr(answer, name) for name in answer.__dataclass_fields__}
    return {"result": answer}
