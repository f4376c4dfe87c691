"""What is asked: rows that were held back, as bodies of `POST /predict`, with their labels; else the examples.

    held back                                request                       input, label
    X_test, a frame with plan, fee; y_test   plan: str, fee: float         {"plan": "basic", "fee": 9.9}, 1
    test, a frame with text, label           text: str, top_k: int = 1     {"text": "where is it"}, "delivery"
    texts, a list; wanted, a list            text: str                     {"text": "where is it"}, "delivery"
    X_test, an array of 4 columns            values: list[float]           {"values": [5.1, 3.5, 1.4, 0.2]}, 2

A value is taken where most of its rows are valid requests; of several the one with the most. Rows with gaps that the
service refuses are passed over.
"""

from __future__ import annotations

import importlib
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbexport_runtime.pipeline import holdout
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project

MOST = 2000
"""Rows that are taken; more would only take longer to read."""
TRIED = 50
"""Rows by which it is told whether a value holds requests."""
FEW = 30
"""A column with at most so many different values may be a label."""

Body = dict[str, Any]


@dataclass(frozen=True)
class Inputs:
    """Bodies of requests, and what was true of each."""

    bodies: tuple[Body, ...]
    labels: tuple[Any, ...]
    """Aligned with the bodies; empty where nothing is known."""
    source: str
    """Where they come from, for people."""


def inputs_of(project: Project, seed: int) -> Inputs:
    """What is asked in a simulation.

    Raises:
        PipelineError: There are neither rows nor examples.
    """
    request = importlib.import_module("schemas").PredictRequest
    name = holdout.identity(project)
    frozen = holdout.values(project, name) if name else {}
    best = max(held_back(request, frozen, seed), key=lambda source: len(source.bodies), default=None)
    if best is not None:
        return best
    schema = request.model_json_schema()
    bodies = tuple(dict(body) for body in schema.get("examples", ()))
    if not bodies:
        raise PipelineError(
            "there is nothing to ask: no rows held back are requests of `POST /predict`, and it has no examples; "
            "call `predict` with an example in the notebook, and export it again"
        )
    return Inputs(bodies, (), f"the {len(bodies)} examples of the notebook")


def held_back(request: Any, frozen: Mapping[str, Any], seed: int) -> Iterator[Inputs]:
    """The values that hold requests.

    Args:
        request: The model of a request.
        frozen: Name → value that was held back.
        seed: Decides which rows are taken of many.
    """
    for group in holdout.groups(frozen):
        for name, value in group.items():
            rows = rows_of(value)
            refused = sum(body_of(request, row) is None for row in rows[:TRIED])
            if 2 * refused >= len(rows[:TRIED]):
                continue
            others = {other: rows_of(held) for other, held in group.items() if other != name}
            labels = labels_of(request, rows, others)
            places = list(range(len(rows)))
            random.Random(f"{seed} rows").shuffle(places)  # noqa: S311 - it shall be repeated
            pairs = [(body_of(request, rows[place]), labels[place] if labels else None) for place in places[:MOST]]
            kept = [(body, label) for body, label in pairs if body is not None]
            known = tuple(label for _, label in kept) if labels else ()
            yield Inputs(tuple(body for body, _ in kept), known, f"`{name}`, {len(kept)} of the rows held back")


def rows_of(value: Any) -> list[Any]:
    """The rows of a table, an array, a series, a tensor or a list, as plain values; of a table as name → value."""
    if hasattr(value, "to_dict") and hasattr(value, "columns"):
        return [{str(name): plain(cell) for name, cell in row.items()} for row in value.to_dict("records")]
    if hasattr(value, "tolist"):
        value = value.tolist()
    return [plain(row) for row in value] if isinstance(value, list | tuple) else []


def plain(value: Any) -> Any:
    """A value as JSON has it; what is not a number is missing."""
    if hasattr(value, "item") and not getattr(value, "shape", ()):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return [plain(part) for part in value] if isinstance(value, list | tuple) else value


def body_of(request: Any, row: Any) -> Body | None:
    """The request that a row is; None where it is none."""
    fields = request.model_fields
    named = row if isinstance(row, dict) else {next(iter(fields)): row}
    body = {name: named[name] for name in fields if name in named}
    # a table of numbers has whole ones as floats where one is missing
    whole = {name: int(value) for name, value in body.items() if isinstance(value, float) and value.is_integer()}
    missing = {name for name, value in body.items() if value is None and not fields[name].is_required()}
    for attempt in (body, {**body, **whole}, {name: body[name] for name in body if name not in missing}):
        if valid(request, attempt):
            return attempt
    last = {name: value for name, value in {**body, **whole}.items() if name not in missing}
    return last if valid(request, last) else None


def valid(request: Any, body: Body) -> bool:
    """Whether a body is a valid request."""
    try:
        request.model_validate(body)
    except ValueError:
        return False
    return True


def labels_of(request: Any, rows: Sequence[Any], others: Mapping[str, Sequence[Any]]) -> Sequence[Any]:
    """What was true of each row: another value that was held back with them, or a column that is not asked for."""
    for values in others.values():
        if len(values) == len(rows) and all(isinstance(value, int | float | str) for value in values[:TRIED]):
            return values
    columns = [name for name in (rows[0] if isinstance(rows[0], dict) else ()) if name not in request.model_fields]
    for name in reversed(columns):
        values = [row[name] for row in rows]
        if None not in values and 1 < len(set(map(str, values))) <= FEW:
            return values
    return ()
