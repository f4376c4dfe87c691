"""Which exported statements may use what a statement binds, through whatever is made of it.

    def grow(rows): …          binds `grow`
    steps = [grow]             touched: uses `grow`
    net.hook(grow)             touched, and `net` may hold `grow` from then on
    steps[0](rows)             touched: uses `steps`
    net.run()                  touched: uses `net`

It over-approximates: nothing is asked of what is called.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from nbexport.analysis.notebook import Analysis
from nbexport.names.nodes import root_name

RUN_AT_ONCE = frozenset(
    """apply map applymap filter sort sorted sort_values agg aggregate transform assign pipe rename reduce min max
    groupby""".split()
)
"""Calls that run a function that they are given, and keep nothing of it."""


def touched_by(analysis: Analysis, unit: int) -> set[int]:
    """The exported statements that what a statement binds may reach."""
    if _registers(analysis, unit):
        return {other for other in analysis.lifted if other > unit}
    users = analysis.once(_users)
    reached: set[int] = set()
    origins: set[int] = set()
    waiting = [unit, *_holders(analysis, unit, {unit})]
    while waiting:
        origin = waiting.pop()
        if origin in origins:
            continue
        origins.add(origin)
        for user in users.get(origin, ()):
            if user > unit and user not in reached:
                reached.add(user)
                waiting.append(user)
                waiting += _holders(analysis, user, origins)
    return reached


def _users(analysis: Analysis) -> Mapping[int, tuple[int, ...]]:
    """Statement → the exported ones that use what it binds."""
    users: dict[int, dict[int, None]] = {}
    for use in analysis.uses:
        if use.unit in analysis.lifted:
            for definition in use.definitions:
                users.setdefault(definition.unit, {})[use.unit] = None
    return {unit: tuple(others) for unit, others in users.items()}


def _decorators(node: ast.stmt) -> list[ast.expr]:
    return node.decorator_list if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) else []


def _registers(analysis: Analysis, unit: int) -> bool:
    """Whether a library keeps what a statement defines: `@pd.api.extensions.register_series_accessor("own")`."""
    for part in _decorators(analysis.units[unit].node):
        full = analysis.full_name(unit, part.func if isinstance(part, ast.Call) else part)
        if full is not None and "regist" in full.rpartition(".")[2]:
            return True
    return False


def _holders(analysis: Analysis, unit: int, origins: set[int]) -> Iterator[int]:
    """The statements that bound an object which may hold, after a statement, what it touches; also older ones."""
    for change in analysis.changed_in.get(unit, ()):
        for definition in change.definitions:
            yield definition.unit
    state = analysis.before[unit]
    decorators = _decorators(analysis.units[unit].node)
    receivers = [root_name(part.func if isinstance(part, ast.Call) else part) for part in decorators]
    for call in analysis.units[unit].nodes if not decorators else ():
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr not in RUN_AT_ONCE:
            given = [*call.args, *(keyword.value for keyword in call.keywords)]
            names = {part.id for value in given for part in ast.walk(value) if isinstance(part, ast.Name)}
            if any(definition.unit in origins for name in names for definition in state.get(name, ())):
                receivers.append(root_name(call.func))
    for receiver in receivers:
        for definition in state.get(receiver.id, ()) if receiver is not None else ():
            if definition.unit >= 0 and not definition.module:
                yield definition.unit
