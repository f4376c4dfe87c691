"""Which column is to be predicted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from nbexport_runtime.pipeline.checks import arrays, tables
from nbexport_runtime.pipeline.checks.tables import Table

LABEL_NAMES = ("label", "target", "y", "class")


def label_of(table: Table, values: Mapping[str, Any]) -> str:
    """The column that is to be predicted: what the stages give beside the rows; empty where it is not known.

    A series has the column's name. An array of classes is known by how often each class occurs.

    Args:
        table: The table.
        values: Name → value of what the stages give.
    """
    if set(table.columns) == {arrays.VALUES}:
        (only,) = table.columns.values()
        is_label = not table.shape and 2 <= only.distinct <= tables.CLASSES and only.distinct * 2 <= table.rows
        return arrays.VALUES if is_label else ""
    lists = {name: value for name, value in values.items() if _is_list(value)}
    for value in lists.values():
        name = str(getattr(value, "name", "") or "")
        if name in table.columns and not hasattr(value, "columns"):
            return name
    own = {name: sorted(c for c in column.counts_of_values() if c) for name, column in table.columns.items()}
    for first, value in lists.items():
        for second, other in ((first, value), *((key, more) for key, more in lists.items() if key > first)):
            parts = [value] if second == first else [value, other]
            if sum(len(part) for part in parts) != table.rows:
                continue
            counts = sorted(Counter(item for part in parts for item in _plain(part)).values())
            same = [name for name, known in own.items() if known == counts and 1 < len(counts) <= tables.CLASSES]
            if len(same) == 1:
                return same[0]
    return next((name for name in table.columns if name.lower() in LABEL_NAMES), "")


def _is_list(value: Any) -> bool:
    """Whether a value is a series, an array or a list of one dimension."""
    shape = getattr(value, "shape", None)
    if shape is not None:
        return len(shape) == 1
    return isinstance(value, list | tuple) and bool(value) and isinstance(value[0], str | int | float)


def _plain(value: Any) -> list[Any]:
    """The entries of a list of one dimension."""
    return list(value.tolist()) if hasattr(value, "tolist") else list(value)
