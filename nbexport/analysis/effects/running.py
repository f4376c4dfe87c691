"""The abstract run of a notebook from its first statement to its last, and of the commands between them.

Every statement runs in the order of the cells, those that stay in the notebook too. Where `predict` is defined it is
called, as the service will; at the end the metrics are read, as the project does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import chain, count

from nbexport.analysis.effects import items, never_run, paths, pictures
from nbexport.analysis.effects.interpreter import Interpreter
from nbexport.analysis.effects.ledger import Ledger
from nbexport.analysis.effects.machine import Arguments
from nbexport.analysis.effects.objects import NOTHING, Kind, Obj
from nbexport.analysis.notebook import Analysis
from nbexport.model import Role
from nbexport.names.nodes import is_main_guard
from nbexport.names.operations import Read, Unit

_BUDGET_PER_STATEMENT = 400
_BUDGET = 20_000
"""Statements of functions that are followed: so many for each statement of the notebook, and so many more."""


def run(analysis: Analysis) -> Ledger:
    """What was written and read in the run of a notebook."""
    Obj.numbers = count()
    ledger = Ledger(analysis.lifted, pictures.is_plotting)
    interpreter = Interpreter(ledger)
    interpreter.budget = _BUDGET + _BUDGET_PER_STATEMENT * len(analysis.units)
    interpreter.read_in_functions = frozenset(chain(*map(_read_later, analysis.units)))
    cell = 0
    for unit, statement in enumerate(analysis.units):
        while cell < len(analysis.notebook.cells) and analysis.notebook.cells[cell].number <= statement.cell:
            _commands(interpreter, analysis, cell)
            cell += 1
        node = statement.node
        for part in node.body if isinstance(node, ast.If) and is_main_guard(node) else [node]:
            interpreter.step(unit, part)
        if Role.PARAMETERS in analysis.roles_of(unit):
            interpreter.offer(statement.bound)
        if Role.PREDICT in analysis.roles_of(unit) and unit in analysis.lifted:
            _serve(interpreter)
    _finish(interpreter, analysis)
    never_run.note(ledger, analysis, interpreter.module.cell, interpreter.ran)
    return ledger


def _read_later(statement: Unit) -> Iterator[str]:
    """The names that a statement's functions, lambdas and generators look up, perhaps later than it runs."""
    for function in statement.functions:
        yield from (read.name for read in function.reads())
    yield from (op.name for op in statement.simple_ops if isinstance(op, Read) and op.deferred)


def _commands(interpreter: Interpreter, analysis: Analysis, index: int) -> None:
    """What IPython's own commands of a cell do: change the folder or the environment, write a file."""
    cell = analysis.notebook.cells[index]
    if cell.kind != "code" or not cell.magics:
        return
    exported = bool(cell.roles) and Role.SKIP not in cell.roles
    if exported:
        return
    for place, magic in enumerate(cell.magics):
        interpreter.ledger.magic = (cell.number, place)
        argument = magic.argument.strip()
        if magic.name == "cd":
            paths.change_directory(interpreter, interpreter.literal(argument.strip("'\"") or "~"), None)
        elif magic.name in ("env", "set_env") and argument:
            name = argument.replace("=", " ").split()[0]
            if len(argument.replace("=", " ").split()) > 1:
                items.set_environment(interpreter, interpreter.literal(name), None)
        elif magic.name in ("writefile", "file") and argument:
            paths.written(interpreter, interpreter.literal(argument.split()[-1]), None)
    interpreter.ledger.magic = None


def _serve(interpreter: Interpreter) -> None:
    """Run `predict`, as the service does with what it has been given."""
    served = interpreter.module.vars.get("predict", NOTHING)
    functions = frozenset(obj for obj in served if obj.kind in (Kind.FUNCTION, Kind.WRAPPER))
    if functions:
        interpreter.call(functions, Arguments(), next(iter(functions)).node or ast.Pass())


def _finish(interpreter: Interpreter, analysis: Analysis) -> None:
    """Read the metrics, which the project reports."""
    ledger = interpreter.ledger
    last = max(analysis.lifted, default=-1)
    if last < 0:
        return
    interpreter.unit = ledger.unit = last
    metrics = interpreter.module.vars.get("metrics", NOTHING)
    ledger.read_deep(metrics, None, last)
