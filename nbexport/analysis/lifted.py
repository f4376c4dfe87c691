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

from nbexport.analysis.bindings import Definition, RandomKind, State, Use, state_names
from nbexport.analysis.notebook import BUILTINS
from nbexport.analysis.notes import Trace
from nbexport.model import STAGE_ROLES, Cell, Role
from nbexport.names import effects
from nbexport.names.nodes import is_definition, is_import_like, root_name
from nbexport.names.operations import Bind, Call, Delete, Function, Iterate, Mutate, Op, Read, Unit, flatten
from nbexport.names.settings import SettingKind, call_kind, gives_context, target_kind


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
            elif index in configuring:
                settings.add(index)
    lifted |= {index for index in settings if _counts(trace, index, lifted, configuring)}
    examples = {index for index, unit in enumerate(trace.units) if Role.PREDICT in cells[unit.cell].roles}
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


def configuring_units(trace: Trace) -> Iterator[tuple[int, SettingKind | None]]:
    """The statements that only seed generators or set the process, with what is set; None for mere seeds."""
    events: dict[int, set[RandomKind]] = {}
    for event in trace.randomness:
        events.setdefault(event.unit, set()).add(event.kind)
    seeding = {unit for unit, kinds in events.items() if kinds == {RandomKind.SEED}}
    for index, unit in enumerate(trace.units):
        if isinstance(unit.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
            continue
        kinds = _kinds_set(trace, index, seeds=index in seeding)
        if kinds or (kinds is not None and index in seeding):
            yield index, min(kinds, key=list(SettingKind).index) if kinds else None


def _kinds_set(trace: Trace, index: int, *, seeds: bool) -> set[SettingKind] | None:
    """What a statement sets; None where it does, or may do, anything else."""
    unit = trace.units[index]
    ops = list(flatten(unit.ops))
    if any(isinstance(op, Bind | Delete | Iterate) for op in ops):
        return None
    if any(isinstance(function.node, ast.Lambda) for function in unit.functions):
        later = _in_lambdas(unit.node)
        ops = [op for op in ops if id(getattr(op, "node", None)) not in later]
    return _Sets(trace.before[index], seeds=seeds).kinds(ops, unit.node)


class _Sets:
    """What operations set, in the state before a statement, also by functions of the notebook that do nothing else."""

    def __init__(self, state: State, *, seeds: bool) -> None:
        self.state = state
        self.names = state_names(state)
        self.seeds = seeds
        self.followed: set[int] = set()

    def kinds(self, ops: Iterable[Op], node: ast.AST) -> set[SettingKind] | None:
        """What operations on notebook names, and assignments in a node, set; None where they may do anything else."""
        kinds: set[SettingKind] = set()
        for op in ops:
            if isinstance(op, Bind | Delete | Iterate):
                return None
            sets: set[SettingKind] | None = set()
            if isinstance(op, Mutate):
                sets = self._changed(op)
            elif isinstance(op, Call):
                sets = self._called(op)
            if sets is None:
                return None
            kinds |= sets
        # an object that is got by a call has no name for an operation to say
        for part in ast.walk(node):
            targets = (
                part.targets
                if isinstance(part, ast.Assign)
                else [part.target]
                if isinstance(part, ast.AugAssign)
                else []
            )
            kinds |= {kind for target in targets if (kind := target_kind(target, self.names)) is not None}
        return kinds

    def _changed(self, op: Mutate) -> set[SettingKind] | None:
        if isinstance(op.node, ast.Call) and call_kind(op.node, self.names) is not None:
            return set()  # judged as a call
        kind = target_kind(op.node, self.names) if isinstance(op.node, ast.Attribute | ast.Subscript) else None
        return None if kind is None else {kind}

    def _called(self, op: Call) -> set[SettingKind] | None:
        kind = call_kind(op.node, self.names)
        if kind is not None:
            return {kind}
        full = self.names(op.node.func)
        if (
            full in effects.SEEDS
            or full in effects.QUIET_CALLS
            or op.name == "print"
            or gives_context(op.node, self.names)
        ):
            return set()
        functions = [d.function for d in self.state.get(op.name, ())]
        if not functions or not isinstance(op.node.func, ast.Name):
            return None
        kinds: set[SettingKind] = set()
        for function in functions:
            if function is None or function.is_class or id(function) in self.followed:
                return None
            self.followed.add(id(function))
            sets = self.kinds(function.ops, function.node)
            if sets is None and self.seeds and _only_seeds(function):
                continue
            if not sets and not self.seeds:
                return None
            kinds |= sets or set()
        return kinds


def _in_lambdas(node: ast.AST) -> frozenset[int]:
    """Identities of the nodes that run when a lambda in a statement is called."""
    lambdas = [part for part in ast.walk(node) if isinstance(part, ast.Lambda)]
    return frozenset(id(inner) for part in lambdas for inner in ast.walk(part.body))


def _only_seeds(function: Function | None) -> bool:
    """Whether a function writes no notebook name and draws nothing visible: a `set_seed(42)` helper."""
    return function is not None and not any(isinstance(op, Bind | Delete) for op in function.all_ops())


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
        for op in flatten(trace.units[unit].ops)
        if isinstance(op, Read)
    )


def _counts(trace: Trace, unit: int, lifted: set[int], configuring: Mapping[int, SettingKind | None]) -> bool:
    """Whether a statement that seeds or sets something governs anything that exported code does."""
    kind = configuring[unit]
    if kind is SettingKind.QUIET:
        judged = (index for index, other in configuring.items() if other is SettingKind.RESULT)
        return any("warnings" in _roots(trace, index) for index in (*judged, *lifted)) and _is_settled(trace, unit)
    if kind is SettingKind.DISPLAY:
        return any(_makes_text(trace.units[index].node) for index in lifted) and _is_settled(trace, unit)
    return not _seeded_again(trace, unit, lifted, configuring)


def _is_settled(trace: Trace, unit: int) -> bool:
    """Whether a statement reads imports and built-ins alone."""
    uses = trace.uses_by_unit.get(unit, ())
    return all(d.unit < 0 or d.module for use in uses for d in use.definitions)


def _roots(trace: Trace, unit: int) -> set[str]:
    """The libraries whose names a statement reads, in its functions too."""
    state = trace.before[unit]
    names = {reference.name for reference in trace.units[unit].references}
    return {d.module.partition(".")[0] for name in names for d in state.get(name, ()) if d.module}


_TEXT_CALLS = frozenset({"str", "repr", "format", "ascii"})
_TEXT_METHODS = frozenset(
    """to_string to_html to_markdown to_latex format __str__ __repr__ array2string array_str array_repr
    redirect_stdout""".split()
)
_SPOKEN = frozenset("print display debug info warning error exception critical log title suptitle set_title".split())
"""Functions and methods whose arguments are shown, and go nowhere else."""


def _makes_text(node: ast.AST) -> bool:
    """Whether a statement makes text of values that it does not only show."""
    waiting: list[ast.AST] = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, ast.Call):
            name = part.func.attr if isinstance(part.func, ast.Attribute) else getattr(part.func, "id", "")
            if name in _SPOKEN:
                continue
            if name in (_TEXT_METHODS if isinstance(part.func, ast.Attribute) else _TEXT_CALLS):
                return True
        if isinstance(part, ast.Assert | ast.Raise):
            continue
        if isinstance(part, ast.FormattedValue) and part.format_spec is None:
            return True
        waiting += ast.iter_child_nodes(part)
    return False


def _seeded_again(trace: Trace, unit: int, lifted: set[int], configuring: Mapping[int, SettingKind | None]) -> bool:
    """Whether all that a statement does is to seed, and exported code does so again before it does anything else."""
    seeded = {event.generator for event in trace.randomness if event.unit == unit}
    if not seeded or configuring[unit] is not None:
        return False
    for later in sorted(index for index in lifted if index > unit and not is_definition(trace.units[index].node)):
        again = {event.generator for event in trace.randomness if event.unit == later and event.kind is RandomKind.SEED}
        if later not in configuring or not again:
            return False
        seeded -= again
        if not seeded:
            return True
    return False
