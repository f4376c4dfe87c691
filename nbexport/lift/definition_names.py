"""What names of several meanings stand for in `definitions.py`: for the whole file, or for one function by itself.

import math as m
def floor(x): return m.floor(x)          where all who read `m` mean one module, the file imports it
import numpy as m
def root(x): return m.sqrt(x)            where they do not, each function imports its own
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.lift.layout import Layout
from nbexport.lift.origins import DEFINITION, Origin
from nbexport.names.operations import Function, Read
from nbexport.record import field, record


@record(frozen=False, eq=False)
class DefinitionNames:
    """Where `definitions.py` gets its names of several meanings from."""

    shared: dict[str, Origin] = field(default_factory=dict)
    """What a name stands for at module level."""
    local: dict[int, dict[str, Origin]] = field(default_factory=dict)
    """Statement that defines a function → what the function must import by itself."""


@record
class _Reading:
    unit: int
    name: str
    origins: frozenset[Origin]
    inside: bool
    """Whether the body of a function reads it, where an import can stand."""


def definition_names(layout: Layout) -> DefinitionNames:
    """The names; where one cannot be had as the notebook had it, the layout says so."""
    result = DefinitionNames()
    if layout.origins.contested:
        readings: dict[str, list[_Reading]] = {}
        for reading in _readings(layout):
            readings.setdefault(reading.name, []).append(reading)
        for name, readers in readings.items():
            _settle(layout, name, readers, result)
    return result


def _settle(layout: Layout, name: str, readings: list[_Reading], result: DefinitionNames) -> None:
    meant = {origin for reading in readings for origin in reading.origins}
    if name in layout.definitions or name in layout.constants:
        result.shared[name] = DEFINITION
    elif len(meant) == 1:
        result.shared[name] = next(iter(meant))
    for reading in readings:
        if not reading.origins or reading.origins == {result.shared.get(name)}:
            continue
        if len(reading.origins) == 1 and reading.inside:
            result.local.setdefault(reading.unit, {})[name] = next(iter(reading.origins))
            continue
        layout.refuse(
            f"`{name}` stands for several things when this is read, and for only one in the exported module",
            f"give each of them a name of its own, not `{name}` to all",
            reading.unit,
            name,
        )


def _readings(layout: Layout) -> Iterator[_Reading]:
    """Every read of a name of several meanings by what stands in the file."""
    analysis, origins = layout.analysis, layout.origins
    for unit in sorted({*layout.definitions.values(), *layout.constants.values(), *layout.settings.values()}):
        for op in analysis.units[unit].simple_ops:
            if isinstance(op, Read) and op.name in origins.contested:
                reaching = analysis.before[unit].get(op.name, frozenset())
                yield _Reading(unit, op.name, origins.of(reaching, op.name), inside=False)
    for name, unit in layout.definitions.items():
        outer = layout.function(name)
        for function, op in _body_reads(outer):
            if op.name in origins.contested and op.name not in layout.needs.get(name, ()):
                inside = isinstance(outer.node, ast.FunctionDef | ast.AsyncFunctionDef)
                yield _Reading(unit, op.name, origins.of_function(function, unit, op.name), inside)


def _body_reads(outer: Function) -> Iterator[tuple[Function, Read]]:
    for function in outer.with_methods():
        for op in function.ops:
            if isinstance(op, Read):
                yield function, op
