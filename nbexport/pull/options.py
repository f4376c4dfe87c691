"""The defaults of `train.py`, which stand in the notebook as parameters and as the thresholds of gates.

parser.add_argument("--max-iter", …, default=120, …)     ←  max_iter = 120  # number of trees
parser.gates.add_argument("--min-auc", …, default=0.7)   ←  assert metrics["auc"] > 0.7
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.lift.provenance import Block, Located
from nbexport.model import Notebook
from nbexport.names.nodes import span_of
from nbexport.program import Program, Statement

TRAIN = "train.py"
FUNCTION = "options"


def defaults(text: str) -> tuple[Block, ...]:
    """The defaults that the options of a `train.py` have, each known by its option.

    Raises:
        SyntaxError: It is not Python.
    """
    blocks = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add_argument":
            default = next((one.value for one in node.keywords if one.arg == "default"), None)
            name = node.args[0] if node.args else None
            if isinstance(name, ast.Constant) and isinstance(default, ast.expr):
                blocks.append(Block(node.lineno, node.end_lineno or 0, ast.unparse(default), str(name.value)))
    return tuple(sorted(blocks, key=lambda block: block.first))


def located(program: Program, notebook: Notebook) -> Iterator[Located]:
    """The defaults that the notebook gives, with the statements that give them."""
    for parameter in program.parameters:
        if not parameter.secret and (place := _assignment(notebook, parameter.cell, parameter.name)) is not None:
            text = ast.unparse(ast.parse(parameter.default, mode="eval").body)
            yield _located(parameter.cell, place[0], text, parameter.option)
    for gate in program.gates:
        if (place := _threshold(notebook, gate.cell, gate.source, gate.threshold)) is not None:
            yield _located(gate.cell, place[0], repr(gate.threshold), gate.option)


def rewritten(notebook: Notebook, at: Located, program: Program, default: str) -> str | None:
    """What the statement of an option says with another default; None where that cannot be told.

    Args:
        notebook: The notebook.
        at: The option, as `located` has it.
        program: What is lifted from the notebook.
        default: Source text of the new default.
    """
    cell, option = at.statement.cell, at.block.key
    parameter = next((one for one in program.parameters if one.option == option), None)
    if parameter is not None:
        place = _assignment(notebook, cell, parameter.name)
    else:
        gate = next(one for one in program.gates if one.option == option)
        place = _threshold(notebook, cell, gate.source, gate.threshold)
    if place is None:
        return None
    statement, value = place
    rows = notebook.cells[cell - 1].source.split("\n")
    span = span_of(value, rows)
    begin, end = rows[span.row - 1][: span.column - 1], rows[span.end_row - 1][span.end_column - 1 :]
    above, below = rows[statement.lineno - 1 : span.row - 1], rows[span.end_row : statement.end_lineno]
    return "\n".join([*above, f"{begin}{default}{end}", *below])


def _located(cell: int, statement: ast.stmt, text: str, option: str) -> Located:
    end = statement.end_lineno or statement.lineno
    return Located(Statement(TRAIN, FUNCTION, cell, statement.lineno, end), Block(0, 0, text, option))


def _assignment(notebook: Notebook, cell: int, name: str) -> tuple[ast.stmt, ast.expr] | None:
    """The last statement of a cell that assigns a name by itself, and the value."""
    assignment: tuple[ast.stmt, ast.expr] | None = None
    for node in _alone(notebook, cell):
        if isinstance(node, ast.Assign) and [getattr(target, "id", "") for target in node.targets] == [name]:
            assignment = node, node.value
        elif isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == name and node.value is not None:
            assignment = node, node.value
    return assignment


def _threshold(notebook: Notebook, cell: int, source: str, threshold: float) -> tuple[ast.stmt, ast.expr] | None:
    """The assert of a gate, and the number in it where there is only one."""
    wanted = ast.dump(ast.parse(source))
    for node in _alone(notebook, cell):
        if isinstance(node, ast.Assert) and ast.dump(ast.Module([node], [])) == wanted:
            numbers = [
                part for part in ast.walk(node.test) if isinstance(part, ast.Constant) and part.value == threshold
            ]
            if len(numbers) == 1:
                return node, numbers[0]
    return None


def _alone(notebook: Notebook, cell: int) -> list[ast.stmt]:
    """The statements of a cell that share no row with another one."""
    known = notebook.cell(cell)
    if known is None or known.code.split("\n") != known.source.split("\n"):
        return []
    body = ast.parse(known.code).body
    return [
        one
        for one in body
        if not any(
            o is not one and o.lineno <= (one.end_lineno or 0) and one.lineno <= (o.end_lineno or 0) for o in body
        )
    ]
