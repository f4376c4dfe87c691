"""Which statements an export contains, whether or not their cell has a role.

    cell 1               import numpy as np        lifted: cell 3 needs it
    cell 2               np.random.seed(0)         lifted: exported code draws from what it seeds
                         rows = load()             left behind: no role, no definition, no setting
    cell 3   [train]     noise = np.random.rand(9) lifted: its cell has a role
    cell 4               def shown(x): …           left behind: nothing that is exported calls it

Statements of cells with a role are, and what they need of imports and of cells that hold only definitions; and what
seeds generators or sets the process, unless exported code does so again before it does anything else, or nothing that
is exported is governed by it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from nbexport.analysis.bindings import Definition, Use
from nbexport.analysis.notebook import BUILTINS
from nbexport.analysis.notes import Trace
from nbexport.analysis.settings import governs
from nbexport.model import STAGE_ROLES, Cell, Role
from nbexport.names.nodes import is_definition, is_import_like, root_name
from nbexport.names.operations import Read, Unit
from nbexport.names.settings import SettingKind


def has_no_roles(cells: Iterable[Cell]) -> bool:
    """Whether no cell says by a role that it is exported: the notebook is judged as if run top to bottom."""
    return not any(
        role in STAGE_ROLES or role in (Role.PARAMETERS, Role.PREDICT, Role.DEFINE)
        for cell in cells
        for role in cell.roles
    )


def lifted_units(
    trace: Trace, cells: Mapping[int, Cell], configuring: Mapping[int, SettingKind | None]
) -> frozenset[int]:
    """The statements that the export contains.

    Args:
        trace: The notebook's trace.
        cells: Number → cell.
        configuring: What `configuring_units` gives, as a mapping.
    """
    by_cell: dict[int, list[int]] = {}
    for index, unit in enumerate(trace.units):
        by_cell.setdefault(unit.cell, []).append(index)
    lifted: set[int] = set()
    on_demand: set[int] = set()
    settings: set[int] = set()
    for cell_number, indices in by_cell.items():
        cell = cells[cell_number]
        if Role.SKIP in cell.roles:
            continue
        if cell.roles:
            for index in indices:
                if is_import_like(trace.units[index].node):
                    on_demand.add(index)
                elif Role.PREDICT in cell.roles and is_example(trace.units[index], trace.uses_by_unit.get(index, ())):
                    continue
                else:
                    lifted.add(index)
            continue
        definitions_only = _holds_only_definitions(
            trace.units[index].node
            for index in indices
            if index not in configuring and not _only_calls_library(trace, index)
        )
        for index in indices:
            node = trace.units[index].node
            if is_import_like(node) or (definitions_only and is_definition(node)):
                on_demand.add(index)
            elif index in configuring and not _puts_back(trace, index, cells):
                settings.add(index)
    examples = {index for index, unit in enumerate(trace.units) if Role.PREDICT in cells[unit.cell].roles}
    lifted |= {index for index in settings if governs(trace, index, lifted, configuring, examples=examples)}
    bodies = _Bodies(trace, lifted | examples)
    pending = list(lifted)
    while pending:
        index = pending.pop()
        read = [definition for use in trace.uses_by_unit.get(index, ()) for definition in use.definitions]
        for definition in (*read, *bodies.read_by(index)):
            if definition.unit in on_demand and definition.unit not in lifted:
                lifted.add(definition.unit)
                pending.append(definition.unit)
    for index in trace.star_imports:
        if index in on_demand:
            lifted.add(index)
    return frozenset(lifted)


def _puts_back(trace: Trace, unit: int, cells: Mapping[int, Cell]) -> bool:
    """Whether a setting takes its value from a call in a cell that stays in the notebook: a saved state."""
    for use in trace.uses_by_unit.get(unit, ()):
        for definition in use.definitions:
            computed = definition.op is not None and isinstance(definition.op.value, ast.Call)
            if computed and definition.unit >= 0 and not cells[trace.units[definition.unit].cell].roles:
                return True
    return False


class _Bodies:
    """What the functions read that a statement defines: where they are called, or wherever they may be."""

    def __init__(self, trace: Trace, calling: set[int]) -> None:
        self.trace = trace
        self.uses: dict[int, list[Use]] = {}
        for index in calling:
            for use in trace.uses_by_unit.get(index, ()):
                if use.function is not None:
                    self.uses.setdefault(id(use.function), []).append(use)
        last = max(calling, default=-1) + 1
        self.end = trace.before[last] if last < len(trace.units) else trace.final

    def read_by(self, unit: int) -> Iterator[Definition]:
        """The bindings that the bodies of a statement's functions may read."""
        for function in self.trace.units[unit].functions:
            for inner in function.with_methods():
                if id(inner) in self.uses:
                    for use in self.uses[id(inner)]:
                        yield from use.definitions
                    continue
                for op in inner.ops:
                    if isinstance(op, Read):
                        yield from self.trace.before[unit].get(op.name, ())
                        yield from self.end.get(op.name, ())


def is_example(unit: Unit, uses: Iterable[Use]) -> bool:
    """Whether a statement of a `predict` cell, which looks these names up, only tries `predict` out."""
    if is_definition(unit.node) or is_import_like(unit.node):
        return False
    return any(use.name == "predict" for use in uses if use.function is None)


def _holds_only_definitions(nodes: Iterable[ast.stmt]) -> bool:
    return all(
        is_definition(node)
        or is_import_like(node)
        or isinstance(node, ast.Pass)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        for node in nodes
    )


def _only_calls_library(trace: Trace, unit: int) -> bool:
    """A line such as `plt.style.use("ggplot")` or `print(np.__version__)`, which binds and changes no value."""
    node = trace.units[unit].node
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return False
    root = root_name(node.value.func)
    known = root is not None and (
        root.id == "print" or any(d.module for d in trace.before[unit].get(root.id, frozenset()))
    )
    return known and all(
        any(d.module for d in trace.before[unit].get(op.name, frozenset())) or op.name in BUILTINS
        for op in trace.units[unit].simple_ops
        if isinstance(op, Read)
    )
