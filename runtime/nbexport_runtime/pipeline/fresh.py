"""Rows that no training has seen: those that a data set's own split holds back, without what either model trained on.

split of the newest data      trained on by production     frozen     fresh
X_test [[1], [2], [7], [8]]   [[1], [5]]                   [[2]]      [[7], [8]]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nbexport_runtime.pipeline.holdout import groups, hold_back, known_rows
from nbexport_runtime.pipeline.replay import Call
from nbexport_runtime.pipeline.rows import length, taken
from nbexport_runtime.pipeline.stages import Stages

Rows = Mapping[str, Any]
"""Values that are rows, by the names that the notebook gives them."""
READERS = ("features", "model", "train")
"""Roles of the stages whose values are trained on."""


def split(table: Stages, call: Call) -> dict[str, Any]:
    """What the data stages give, and what they take of others."""
    values: dict[str, Any] = {}
    for stage in table.loading:
        values |= call(stage, values)
    return values


def own_rows(table: Stages, call: Call) -> dict[str, Any]:
    """The rows that the notebook's own split of the data holds back."""
    values = split(table, call)
    return {name: values[name] for name in table.held_back}


def trained_on(table: Stages, call: Call, frozen: Rows) -> dict[str, Any]:
    """The rows that a training on the data gets.

    Args:
        table: All stages.
        call: Calls one of them.
        frozen: The rows that it held back.
    """
    values, _ = hold_back(split(table, call), frozen)
    read = {name for stage in table.stages if stage.role in READERS for name in stage.takes}
    return {name: value for name, value in values.items() if name in read and name not in table.held_back}


def seen(rows: Rows, others: Sequence[Rows]) -> list[list[int]]:
    """For each group of rows that belong together, those that are among other rows.

    Args:
        rows: The rows.
        others: What a training got, and what is held back already.
    """
    known: list[list[int]] = []
    for group in groups(rows):
        out: set[int] = set()
        for other in others:
            out |= known_rows(group, other)
        known.append(sorted(out))
    return known


def without(rows: Rows, known: Sequence[Sequence[int]]) -> dict[str, Any]:
    """Rows without some of each group.

    Args:
        rows: The rows.
        known: What `seen` gives.
    """
    result = dict(rows)
    for group, leave_out in zip(groups(rows), known, strict=True):
        if leave_out:
            stay = sorted(set(range(length(next(iter(group.values()))))) - set(leave_out))
            result |= {name: taken(value, stay) for name, value in group.items()}
    return result
