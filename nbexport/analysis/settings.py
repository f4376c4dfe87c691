"""What seeds generators or sets the process, and whether that governs anything that exported code does.

np.random.seed(0)                   a seed: counts, unless exported code seeds again before it draws, or has ended
decimal.getcontext().prec = 4       sets the process: counts
pd.options.display.precision = 3    counts where exported code makes text of values
warnings.filterwarnings("ignore")   counts where warnings count
setup()                             a function of the notebook that does nothing else
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from nbexport.analysis.bindings import RandomKind, State, state_names
from nbexport.analysis.notes import Trace
from nbexport.names import effects
from nbexport.names.nodes import is_definition
from nbexport.names.operations import Bind, Call, Delete, Function, Iterate, Mutate, Op
from nbexport.names.settings import SettingKind, call_kind, gives_context, target_kind

_TEXT_CALLS = frozenset({"str", "repr", "format", "ascii"})
_TEXT_METHODS = frozenset(
    """to_string to_html to_markdown to_latex format __str__ __repr__ array2string array_str array_repr
    redirect_stdout""".split()
)
_SPOKEN = frozenset("print display debug info warning error exception critical log title suptitle set_title".split())
"""Functions and methods whose arguments are shown, and go nowhere else."""


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
    ops = unit.simple_ops
    if any(isinstance(op, Bind | Delete | Iterate) for op in ops):
        return None
    if any(isinstance(function.node, ast.Lambda) for function in unit.functions):
        later = _in_lambdas(unit.node)
        ops = tuple(op for op in ops if id(getattr(op, "node", None)) not in later)
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


def governs(
    trace: Trace,
    unit: int,
    lifted: set[int],
    configuring: Mapping[int, SettingKind | None],
    *,
    examples: set[int],
) -> bool:
    """Whether a statement that seeds or sets something governs anything that exported code does.

    Args:
        trace: The notebook's trace.
        unit: The statement.
        lifted: The statements that are exported because of their roles.
        configuring: What `configuring_units` gives, as a mapping.
        examples: The statements of the cells that define `predict`, and call it.
    """
    kind = configuring[unit]
    if kind is SettingKind.QUIET:
        judged = (index for index, other in configuring.items() if other is SettingKind.RESULT)
        return any("warnings" in _roots(trace, index) for index in (*judged, *lifted)) and _is_settled(trace, unit)
    if kind is SettingKind.DISPLAY:
        return any(_makes_text(trace.units[index].node) for index in lifted) and _is_settled(trace, unit)
    return not _only_seeds_behind(trace, unit, lifted | examples, configuring)


def _is_settled(trace: Trace, unit: int) -> bool:
    """Whether a statement reads imports and built-ins alone."""
    uses = trace.uses_by_unit.get(unit, ())
    return all(d.unit < 0 or d.module for use in uses for d in use.definitions)


def _roots(trace: Trace, unit: int) -> set[str]:
    """The libraries whose names a statement reads, in its functions too."""
    state = trace.before[unit]
    names = {reference.name for reference in trace.units[unit].references}
    return {d.module.partition(".")[0] for name in names for d in state.get(name, ()) if d.module}


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


def _only_seeds_behind(trace: Trace, unit: int, runs: set[int], configuring: Mapping[int, SettingKind | None]) -> bool:
    """Whether all that a statement does is to seed, and exported code seeds again before it does anything else.

    Exported code that has come to its end does nothing any more: a figure below it may seed what it draws.
    """
    seeded = {event.generator for event in trace.randomness if event.unit == unit}
    if not seeded or configuring[unit] is not None:
        return False
    for later in sorted(index for index in runs if index > unit and not is_definition(trace.units[index].node)):
        again = {event.generator for event in trace.randomness if event.unit == later and event.kind is RandomKind.SEED}
        if later not in configuring or not again:
            return False
        seeded -= again
        if not seeded:
            break
    return True
