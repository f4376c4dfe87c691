"""What is known of a value: its rows, its columns, and what was learned from other rows on its way."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import NamedTuple

from nbexport.analysis.leakage import LeakKind
from nbexport.record import record


class Side(StrEnum):
    """What a split makes of rows."""

    TRAIN = "train"
    TEST = "test"


@record(eq=False)
class Rows:
    """A set of rows; two values with the same `Rows` go row by row together."""

    inside: tuple[Rows, ...] = ()
    """Sets of which this one is a part."""
    members: tuple[Rows, ...] = ()
    """Sets that are parts of this one."""
    side: Side | None = None
    """Which one it is of what a split made."""


RowSets = frozenset[Rows]


@record(eq=False)
class Fit:
    """Something that has seen rows."""

    kind: LeakKind
    what: str
    unit: int
    node: ast.AST
    rows: RowSets = frozenset()
    target: frozenset[str] = frozenset()
    """Of a mean by group, the column that it is of: it tells a model the answer where that is the target."""


@record(frozen=False, eq=False)
class Estimator:
    """An object with `fit`, and its last fit."""

    kind: LeakKind
    name: str
    column_wise: bool = False
    fit: Fit | None = None


class Value(NamedTuple):
    """What an expression stands for; a tuple, for thousands of them are made."""

    rows: RowSets = frozenset()
    learned: frozenset[Fit] = frozenset()
    table: object | None = None
    """Tells the columns of one table from those of another; None when not known."""
    columns: frozenset[str] | None = None
    """The columns that were taken of the table; None for all but `dropped`."""
    dropped: frozenset[str] = frozenset()
    estimator: Estimator | None = None
    texts: tuple[str, ...] | None = None
    """The value of a literal string, or of a list of them."""
    parts: tuple[Value, ...] = ()
    grouped: bool = False
    """Whether it is a table by groups, of which one figure for each group can be had."""


NOTHING = Value()


def fresh() -> Value:
    """A table of rows that nothing is known about."""
    return Value(rows=frozenset({Rows()}), table=object())


def part_of(rows: RowSets, side: Side | None = None) -> RowSets:
    """Some of the rows."""
    return frozenset({Rows(inside=tuple(rows), side=side)}) if rows else rows


def around(rows: Iterable[Rows]) -> set[Rows]:
    """The sets of rows, and every set that they are parts of."""
    return _reached(rows, lambda one: one.inside)


def within(rows: Iterable[Rows]) -> set[Rows]:
    """The sets of rows, and every set that is put together into them."""
    return _reached(rows, lambda one: one.members)


def _reached(rows: Iterable[Rows], onward: Callable[[Rows], Iterable[Rows]]) -> set[Rows]:
    reached: set[Rows] = set()
    pending = list(rows)
    while pending:
        one = pending.pop()
        if one not in reached:
            reached.add(one)
            pending.extend(onward(one))
    return reached


def contain(all_rows: Iterable[Rows], rows: Iterable[Rows]) -> bool:
    """Whether the first hold all of the second."""
    return not within(all_rows).isdisjoint(around(rows))


def side_of(rows: RowSets) -> Rows | None:
    """The side of the last split that the rows have been through."""
    pending = list(rows)
    while pending:
        one = pending.pop(0)
        if one.side:
            return one
        pending.extend(one.inside)
    return None


def together(values: Iterable[Value]) -> Value:
    """Values side by side: the rows of each, and what was learned for any."""
    telling = [value for value in values if value.rows or value.learned]
    if not telling:
        return NOTHING
    return Value(
        rows=frozenset().union(*(value.rows for value in telling)),
        learned=frozenset().union(*(value.learned for value in telling)),
    )
