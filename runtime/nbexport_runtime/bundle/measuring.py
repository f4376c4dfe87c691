"""How long predictions take, and what making them together gains; a service decides by it where the model runs."""

from __future__ import annotations

import functools
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from nbexport_runtime.bundle import batching
from nbexport_runtime.bundle.comparing import close

RUNS, BUDGET_S = 30, 0.5
CHEAP_MS = 1.0
"""A prediction below this costs less than handing it to a thread gains."""

Example = tuple[tuple[Any, ...], dict[str, Any]]
"""Arguments of one call of `predict`."""


def measured(
    examples: list[Example],
    predict: Callable[..., Any],
    state: Mapping[str, Any],
    warn: Callable[[str], None],
    prepare: Callable[[], None],
) -> dict[str, Any]:
    """What a manifest says about the speed of predictions.

    Args:
        examples: Calls of `predict` that do not raise.
        predict: The model's `predict`.
        state: What it reads, by name.
        warn: Told what cannot be measured.
        prepare: Called in each thread before its first prediction.
    """
    alone_ms = _median_ms(examples, predict, state, warn)
    return {
        "predict_ms": alone_ms,
        "predict_ms_one_thread": _with_one_thread(lambda: _median_ms(examples, predict, state, warn)),
        "batching": _batching(examples, predict, state, alone_ms, warn, prepare),
    }


def _median_ms(
    examples: list[Example],
    predict: Callable[..., Any],
    state: Mapping[str, Any],
    warn: Callable[[str], None],
) -> float | None:
    """Median milliseconds of one prediction; None where one fails."""
    taken: list[float] = []
    began = time.perf_counter()
    while len(taken) < RUNS and time.perf_counter() - began < BUDGET_S:
        args, kwargs = examples[len(taken) % len(examples)]
        before = time.perf_counter()
        try:
            predict(state, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 - the notebook's code may raise anything
            warn(f"`predict` fails when it is asked again: {error}")
            return None
        taken.append((time.perf_counter() - before) * 1000)
    return round(statistics.median(taken), 3)


def _with_one_thread(measure: Callable[[], float | None]) -> float | None:
    """A measurement while torch computes in one thread; None where there is no torch."""
    torch = sys.modules.get("torch")
    if torch is None:
        return None
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return measure()
    finally:
        torch.set_num_threads(before)


def _batching(
    examples: list[Example],
    predict: Callable[..., Any],
    state: Mapping[str, Any],
    alone_ms: float | None,
    warn: Callable[[str], None],
    prepare: Callable[[], None],
) -> dict[str, Any] | None:
    """What predictions gain from being made together; None for a cheap model, which answers before it could wait."""
    if alone_ms is None or alone_ms < CHEAP_MS:
        return None
    tasks = [functools.partial(predict, state, *args, **kwargs) for args, kwargs in examples]
    try:
        return batching.proven(tasks, state, alone_ms, close, prepare)
    except Exception as error:  # noqa: BLE001 - a model that cannot be measured so is served one by one
        warn(f"predictions are made one by one: {type(error).__name__}: {error}")
        return None
