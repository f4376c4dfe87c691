"""Reads of functions that run before the names are bound which they read, however they come to run.

    def scaled(row):
        return row * factor
    shown = table.apply(scaled)         runs `scaled`, which no call names
    factor = 2                          and only here is `factor` bound

Plain calls are followed for every notebook. Few notebooks have a function that reads what is bound below it; for those
the statements from the function to the binding are run on stand-ins for functions, classes, instances and containers:
a call of what stands for a function of the notebook runs its body. Something without a stand-in is not followed, so
that what is found is certain.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from nbexport.analysis.bindings import MISSING_SET, Use
from nbexport.analysis.notebook import Analysis
from nbexport.names.operations import Function, Read

Wanted = Mapping[int, tuple[Read, Function, int]]
"""Identity of a name in a function → its read, the function, and the statement that first binds the name."""


def early_uses(analysis: Analysis) -> Iterator[Use]:
    """The reads of functions that run when nothing has bound the name yet, or where nothing ever does."""
    wanted = _wanted(analysis)
    if not wanted:
        return
    from nbexport.analysis.early.statements import Statements  # few notebooks have such a function

    first = min(analysis.owners[id(function)] for _, function, _ in wanted.values())
    last = max(bound for _, _, bound in wanted.values())
    run = Statements(wanted)
    for unit, statement in enumerate(analysis.units[: last + 1]):
        # what stands for something may stand above, but is only looked at where it is used
        run.unit = unit
        run.top_level(statement.node, quiet=unit < first or "raises-exception" in analysis.cell_of(unit).tags)
    for key, unit in run.found.items():
        op, function, bound = wanted[key]
        if unit < bound and unit in analysis.lifted and not analysis.is_provided(op.name, unit):
            yield Use(op.name, unit, op.node, MISSING_SET, function)


def _wanted(analysis: Analysis) -> Wanted:
    """The reads of functions that stand above every binding of the name."""
    wanted: dict[int, tuple[Read, Function, int]] = {}
    never = len(analysis.units)
    for at, unit in enumerate(analysis.units):
        for function in unit.functions:
            if function.is_class and not function.methods:
                continue
            for inner in function.with_methods():
                if inner.is_class:
                    continue
                for op in inner.ops:
                    if not isinstance(op, Read) or op.guarded or op.swallowed or not isinstance(op.node, ast.Name):
                        continue
                    definitions = analysis.definitions.get(op.name, ())
                    bound = min((made.unit for made in definitions if not made.marker), default=never)
                    if bound > at and not analysis.is_provided(op.name, at):
                        wanted[id(op.node)] = (op, inner, bound)
    if not wanted:
        return wanted
    # what a function binds by `global` is bound wherever something runs it
    nodes = (node for unit in analysis.units for node in unit.nodes)
    written = {name for node in nodes if isinstance(node, ast.Global) for name in node.names}
    return {key: value for key, value in wanted.items() if value[0].name not in written}
