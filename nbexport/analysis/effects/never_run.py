"""Functions that the abstract run has run nowhere: they may run wherever exported code uses what may hold them.

    class Meter:
        def __round__(self): return scale      no table says that `round` runs it
    scale = 3                                  in a cell that stays: bound again
    round(Meter())                             exported, uses `Meter`: it may read the new `scale`

A method is only taken to run where its name stands in exported code, unless operators, functions or a library run it
without naming it.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from nbexport.analysis.effects.ledger import Ledger
from nbexport.analysis.effects.objects import BOUND, Obj
from nbexport.analysis.notebook import Analysis
from nbexport.analysis.touched import touched_by
from nbexport.names.operations import Function, Read

_BY_LIBRARIES = frozenset(
    """write writelines flush read readline close fit transform fit_transform inverse_transform predict predict_proba
    decision_function score partial_fit get_params set_params split get_n_splits step zero_grad state_dict
    load_state_dict forward update keys values items emit handle format filter default encode decode""".split()
)
"""Methods that libraries run of whatever has them."""
_CODE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.GeneratorExp)


def note(ledger: Ledger, analysis: Analysis, scope: Obj, ran: Collection[ast.AST]) -> None:
    """Note what such functions may read of the names that cells which stay have bound again.

    Args:
        ledger: What was read and written.
        analysis: The notebook.
        scope: Stands for the names of the notebook.
        ran: The functions, lambdas and generators that exported statements have run.
    """
    rebound = {
        name
        for name, definitions in analysis.definitions.items()
        if any(d.unit not in analysis.lifted and not d.marker for d in definitions)
    }
    if not rebound:
        return
    words: frozenset[str] | None = None
    for unit in sorted(analysis.lifted):
        for owner, function in _functions(analysis.units[unit].functions):
            known = [op for op in function.ops if isinstance(op, Read) and op.name in rebound]
            reads = _in_unrun_code(known, function, ran) if known else None
            if not reads:
                continue
            if words is None:
                words = _words(analysis)
            if owner is None or _may_run(analysis, unit, owner, function, words):
                _note(ledger, analysis, scope, unit, reads)


def _functions(functions: Collection[Function]) -> Iterator[tuple[Function | None, Function]]:
    """(class, method) and (None, function) for all that a statement defines."""
    for function in functions:
        if not function.is_class:
            yield None, function
        for method in function.methods:
            yield from ((function, inner) for inner in method.with_methods())


def _in_unrun_code(reads: Collection[Read], function: Function, ran: Collection[ast.AST]) -> set[str]:
    """The names of the reads that stand in code of a function, or of one in it, that was not run."""
    unrun = [part for part in ast.walk(function.node) if isinstance(part, _CODE) and part not in ran]
    inside = {id(inner) for part in unrun for inner in ast.walk(part)}
    return {op.name for op in reads if id(op.node) in inside}


def _words(analysis: Analysis) -> frozenset[str]:
    """Attributes and texts of exported code."""
    words: set[str] = set()
    for unit in analysis.lifted:
        for node in analysis.units[unit].nodes:
            if isinstance(node, ast.Attribute):
                words.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                words.update(node.value.split())
    return frozenset(words)


def _may_run(analysis: Analysis, unit: int, owner: Function, method: Function, words: frozenset[str]) -> bool:
    """Whether something may run a method: by name, or without."""
    special = method.name.startswith("__") and method.name.endswith("__")
    if special or method.name in words or method.name in _BY_LIBRARIES:
        return True
    bases = owner.node.bases if isinstance(owner.node, ast.ClassDef) else []
    return any(analysis.full_name(unit, base) is not None for base in bases)


def _note(ledger: Ledger, analysis: Analysis, scope: Obj, unit: int, reads: set[str]) -> None:
    for other in sorted(touched_by(analysis, unit)):
        for name in sorted(reads):
            for definition in analysis.before[other].get(name, ()):
                if definition.unit < 0 or definition.marker or definition.unit in analysis.lifted:
                    continue
                before = analysis.before[definition.unit].get(name, ())
                if before and all(analysis.binds_same_literal(definition, earlier) for earlier in before):
                    continue
                ledger.miss(
                    scope, BOUND + name, definition.unit, f"binds `{name}`{' again' if before else ''}", other, unit
                )
