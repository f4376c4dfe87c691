"""Slices: the rows held back that share a category, found in their frames and named by a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbexport_runtime.pipeline.rows import length, plain

CATEGORIES = 12
"""A column with more values than that is sliced only where a person names it."""
NAMED = 50
"""And with more than that, not at all."""
ROWS = 30
"""A slice with fewer rows says too little."""
MOST = 60
"""So many slices are judged, those with the most rows; what is named comes first."""


@dataclass(frozen=True)
class Slice:
    """The rows in which a column has a value."""

    column: str
    value: str
    rows: tuple[int, ...]
    of: int
    """How many rows there are in all."""
    named: bool

    @property
    def name(self) -> str:
        """What a decision calls it."""
        return f"{self.column} = {self.value}"


def found(frozen: Mapping[str, Any], named: Sequence[str]) -> tuple[list[Slice], list[str]]:
    """The slices of rows, and which named columns have none.

    Args:
        frozen: The rows held back.
        named: Columns that a person names.
    """
    slices: list[Slice] = []
    columns: set[str] = set()
    for column, values in columns_of(frozen):
        if column in columns or (column not in named and not categorical(values)):
            continue
        by_value: dict[str, list[int]] = {}
        for row, value in enumerate(values):
            if value is not None:
                by_value.setdefault(str(value), []).append(row)
        if not 2 <= len(by_value) <= (NAMED if column in named else CATEGORIES):
            continue
        columns.add(column)
        own = column in named
        slices += [Slice(column, value, tuple(rows), len(values), own) for value, rows in sorted(by_value.items())]
    slices.sort(key=lambda part: (not part.named, -len(part.rows), part.name))
    return slices, [name for name in named if name not in columns]


def columns_of(frozen: Mapping[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    """Name and values of each column of the frames, then of what is a column by itself."""
    for value in frozen.values():
        if hasattr(value, "columns") and length(value):
            for column in value.columns:
                yield str(column), [plain(cell) for cell in listed(value[column])]
    for name, value in frozen.items():
        if not hasattr(value, "columns") and length(value) and len(getattr(value, "shape", (0,))) == 1:
            yield str(getattr(value, "name", None) or name), [plain(cell) for cell in listed(value)]


def listed(column: Any) -> list[Any]:
    """The cells of a column."""
    for name in ("tolist", "to_list"):
        if hasattr(column, name):
            return list(getattr(column, name)())
    return list(column)


def categorical(values: Sequence[Any]) -> bool:
    """Whether a column holds few texts or truth values. Numbers are sliced where a person names their column."""
    return all(isinstance(value, str | bool | None) for value in values) and len(set(values)) <= CATEGORIES + 1
