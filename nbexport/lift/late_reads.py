"""Functions that read a name when they run, not where they stand: refused where the export would give another value.

    steps = 10                          # data
    def left(n): return steps - n       # reads `steps` of the notebook
    steps = 20                          # train: bound again in a later stage
    left(3)                             # the notebook's answer is 17

A definition at module level is given `steps` by each call. One that must stay inside its stage sees that stage's own
`steps`, and would answer 7.
"""

from __future__ import annotations

import ast

from nbexport.analysis.bindings import Use
from nbexport.analysis.notebook import Analysis
from nbexport.lift.homes import Flow
from nbexport.lift.layout import Layout, references
from nbexport.names.operations import Bind, Function, Reference

IMMEDIATE = frozenset(
    """apply map applymap filter sort sorted sort_values agg aggregate transform assign pipe rename reduce min max
    groupby list tuple sum any all key""".split()
)
"""Calls that use up a lambda at once."""


def check_closure(flow: Flow, use: Use, home: int) -> None:
    """A function inside a stage sees that stage's names; refuse where the notebook had it see later ones."""
    layout = flow.layout
    for definition in use.definitions:
        found = flow.home(definition)
        if isinstance(found, int) and found > home:
            function = use.function
            name = function.name if function is not None else ""
            owner = next(
                (
                    f
                    for u in flow.segment_of
                    for f in layout.analysis.units[u].functions
                    if any(f2 is function for f2 in f.with_methods())
                ),
                function,
            )
            kind = "class" if owner is not None and owner.is_class else "function"
            label = owner.name if owner is not None else name
            layout.refuse(
                f"{kind} `{label}` reads `{use.name}`, which a later stage binds (cell "
                f"{layout.analysis.units[definition.unit].cell}) and no call can give it",
                f"pass `{use.name}` to `{label}` as an argument",
                next(u for u in flow.segment_of if any(f is owner for f in layout.analysis.units[u].functions)),
                use.name,
            )


def check_escaped(flow: Flow, function: Function, unit: int) -> None:
    """What may be called without the name being seen (a method, a function in a list) must read no later binding.

    A function that is only ever called by its name is judged call by call, see `check_closure`.
    """
    layout = flow.layout
    analysis, home = layout.analysis, flow.segment_of[unit]
    outer = next(f for f in analysis.units[unit].functions if any(inner is function for inner in f.with_methods()))
    if not outer.is_class and all(r.call is not None for _, r in references(layout, outer.name)):
        return
    touched: dict[int, bool] = {}
    for read in function.reads():
        for later in layout.lifted(read.name):
            place = flow.home(later)
            if not isinstance(place, int) or place <= home:
                continue
            if later.unit not in touched:
                touched[later.unit] = any(use > later.unit for use in _units_touched(analysis, unit))
            if touched[later.unit]:
                kind = "class" if outer.is_class else "function"
                layout.refuse(
                    f"{kind} `{outer.name}` reads `{read.name}`, which a later stage binds (cell "
                    f"{analysis.units[later.unit].cell}) and no call can give it",
                    f"pass `{read.name}` to `{outer.name}` as an argument",
                    unit,
                    read.name,
                )


def _units_touched(analysis: Analysis, unit: int) -> set[int]:
    """The exported statements that what a statement binds may reach, through whatever is made of it."""
    found: set[int] = set()
    waiting = [unit]
    while waiting:
        origin = waiting.pop()
        for use in analysis.uses:
            if use.unit in found or use.unit not in analysis.lifted or use.unit <= unit:
                continue
            if any(definition.unit == origin for definition in use.definitions):
                found.add(use.unit)
                waiting.append(use.unit)
                # an object that is changed with it may hold it from then on
                changed = (change for change in analysis.changes if change.unit == use.unit)
                waiting += [d.unit for change in changed for d in change.definitions if d.unit > unit]
    return found


def check_late(flow: Flow, use: Use, segment: int) -> None:
    """A lambda that outlives its stage must not read a name that a later stage binds anew."""
    layout = flow.layout
    later = [d for d in layout.lifted(use.name) if isinstance(h := flow.home(d), int) and h > segment]
    statement = layout.analysis.units[use.unit].node
    if not later or _used_at_once(statement, use.node) or _only_called(layout, use.unit):
        return
    layout.refuse(
        f"a lambda or generator reads `{use.name}`, which is bound again in cell "
        f"{layout.analysis.units[later[0].unit].cell}; whether it sees the old or the new one depends on when it runs",
        f"bind the value where the lambda is made: `lambda …, {use.name}={use.name}: …`",
        use.unit,
        use.name,
        use.node,
    )


def _only_called(layout: Layout, unit: int) -> bool:
    """Whether a statement is `name = lambda …` and `name` is only called, so that each call is judged by itself."""
    for op in layout.analysis.units[unit].ops:
        if isinstance(op, Bind) and op.function is not None and isinstance(op.function.node, ast.Lambda):
            return all(reference.call is not None for _, reference in references(layout, op.name))
    return False


def _used_at_once(statement: ast.stmt, read: ast.AST) -> bool:
    for part in ast.walk(statement):
        if isinstance(part, ast.Call):
            name = part.func.attr if isinstance(part.func, ast.Attribute) else getattr(part.func, "id", "")
            arguments = [*part.args, *[keyword.value for keyword in part.keywords]]
            consumes = name in IMMEDIATE or any(isinstance(argument, ast.GeneratorExp) for argument in arguments)
            if consumes and any(inner is read for argument in arguments for inner in ast.walk(argument)):
                return True
    return False


def check_shadow(layout: Layout, name: str, need: str, unit: int, reference: Reference) -> None:
    """What is handed to a call must not be hidden, where the call stands, by a local name."""
    for scope in reference.scopes:
        if scope.kind != "class" and need in scope.locals:
            layout.refuse(
                f"`{name}` needs the notebook's `{need}`, but where it is called `{need}` is another, local name",
                f"rename the local `{need}`, or pass the value to `{name}` as an argument",
                unit,
                need,
                reference.node,
            )
            return
