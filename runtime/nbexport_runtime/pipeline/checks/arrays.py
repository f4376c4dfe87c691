"""Values without columns, as tables of one column: arrays, tensors, lists of numbers or texts."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nbexport_runtime.pipeline.checks.building import column
from nbexport_runtime.pipeline.checks.columns import Column
from nbexport_runtime.pipeline.checks.tables import Table, of_frame

MOST_NUMBERS = 2_000_000
"""Of larger arrays so many numbers are looked at, evenly spread."""
VALUES = "values"
"""The name of the one column."""


def of_value(name: str, value: Any) -> Table | None:
    """The table of a value; None for what has no rows that could be looked at."""
    if hasattr(value, "columns") and hasattr(value, "shape"):
        return of_frame(name, value)
    if hasattr(value, "name") and hasattr(value, "to_numpy"):
        return Table(name, len(value), {VALUES: column(VALUES, value)})
    if isinstance(value, list | tuple) and value and all(isinstance(row, str | int | float | None) for row in value):
        return Table(name, len(value), {VALUES: column(VALUES, list(value))})
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        value = (value.float() if str(value.dtype) == "torch.bfloat16" else value).numpy()
    shape = getattr(value, "shape", None)
    if not isinstance(value, np.ndarray) or not shape or value.dtype.kind not in "biufUO":
        return None
    if len(shape) == 1:
        return Table(name, shape[0], {VALUES: column(VALUES, value)})
    if value.dtype.kind in "UO":
        return None
    step = max(1, math.ceil(value.size / MOST_NUMBERS))
    # whole rows, so that every place of a row is seen
    numbers = value[::step].reshape(-1)
    whole = value.dtype.kind in "iub"
    flat = Column(VALUES, len(numbers), str(value.dtype), "integer" if whole else "number", numbers.astype(np.float64))
    return Table(name, shape[0], {VALUES: flat}, shape=tuple(shape[1:]))
