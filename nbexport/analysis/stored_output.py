"""What a code cell stores as its output, and what its code can have printed at all.

Only code that leaves no doubt is judged: a call or an import may print anything.

    cell 1   size = 3                   stores nothing
    cell 2   print(f"size {size}")      prints `size 3`: that is all it can have stored
"""

from __future__ import annotations

import ast
import operator as operators
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nbexport.analysis import values
from nbexport.analysis.notebook import Analysis
from nbexport.model import Cell

# compiled where they are first needed, which in most notebooks is nowhere
_ANSI = r"\x1b\[[0-9;]*m"
_HEADER = r"(?:Cell In|<ipython-input-|Input In)\s*\[?(\d+)"
_ARROW = r"-+> (\d+) (.*)"


def printed(cell: Cell) -> str:
    """The text that the cell stores as printed."""
    return "".join(
        _joined(output.get("text"))
        for output in cell.outputs
        if output.get("output_type") == "stream" and output.get("name") in (None, "stdout")
    )


def shows_value(cell: Cell) -> bool:
    """Whether the cell stores a displayed value."""
    return any(output.get("output_type") in ("execute_result", "pyout") for output in cell.outputs)


def failing_line(cell: Cell) -> str:
    """The line of this cell that a stored traceback points at; empty where it names none."""
    for output in cell.outputs:
        frames = output.get("traceback")
        if output.get("output_type") not in ("error", "pyerr") or not isinstance(frames, list):
            continue
        for frame in frames:
            lines = re.sub(_ANSI, "", frame).split("\n") if isinstance(frame, str) else []
            header = re.search(_HEADER, lines[0]) if lines else None
            if header is None or int(header[1]) != cell.execution_count:
                continue
            arrow = next((match for line in lines[1:] if (match := re.match(_ARROW, line.strip()))), None)
            return arrow[2].strip() if arrow is not None else ""
    return ""


def is_silent(statements: Sequence[ast.stmt]) -> bool:
    """Whether the statements cannot print or show anything: definitions, and names bound to literals or names."""
    return all(_is_silent(statement) for statement in statements)


def _is_silent(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        defaults = [*statement.args.defaults, *(d for d in statement.args.kw_defaults if d is not None)]
        return not statement.decorator_list and all(map(_is_plain, defaults))
    if isinstance(statement, ast.Assign):
        return all(isinstance(target, ast.Name) for target in statement.targets) and _is_plain(statement.value)
    if isinstance(statement, ast.AnnAssign):
        return isinstance(statement.target, ast.Name) and statement.value is not None and _is_plain(statement.value)
    return isinstance(statement, ast.Pass)


def _is_plain(value: ast.expr) -> bool:
    """Whether an expression is made of literals and names, and so calls nothing."""
    allowed = ast.Constant | ast.Name | ast.Tuple | ast.List | ast.Dict | ast.Set | ast.expr_context
    return all(isinstance(part, allowed) for part in ast.walk(value))


def printed_by(analysis: Analysis, units: Sequence[int]) -> str | None:
    """What statements print when each is silent or prints values that the notebook shows; None for anything else."""
    text: list[str] = []
    for unit in units:
        statement = analysis.units[unit].node
        if _is_silent(statement):
            continue
        call = statement.value if isinstance(statement, ast.Expr) else None
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.func.id != "print":
            return None
        try:
            words = [str(_value(analysis, unit, argument)) for argument in call.args]
            around = {keyword.arg: _value(analysis, unit, keyword.value) for keyword in call.keywords}
        except (LookupError, ValueError, TypeError, OverflowError):
            return None
        if not around.keys() <= {"sep", "end"} or not all(isinstance(value, str) for value in around.values()):
            return None
        text.append(around.get("sep", " ").join(words) + around.get("end", "\n"))
    return "".join(text)


def _value(analysis: Analysis, unit: int, node: ast.expr) -> Any:
    """The value of an expression in a statement.

    Raises:
        LookupError: The notebook does not show it.
        ValueError, TypeError, OverflowError: Python would not compute it.
    """
    if isinstance(node, ast.Name):
        return _bound_once(analysis, unit, node.id)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(_value(analysis, unit, part)) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        value = _value(analysis, unit, node.value)
        changed: Callable[[object], str] | None = _CONVERSIONS.get(node.conversion)
        form = _value(analysis, unit, node.format_spec) if node.format_spec is not None else ""
        _check_width(form)
        return format(changed(value) if changed is not None else value, form)
    if isinstance(node, ast.BinOp):
        return _computed(node.op, _value(analysis, unit, node.left), _value(analysis, unit, node.right))
    if isinstance(node, ast.Tuple):
        return tuple(_value(analysis, unit, element) for element in node.elts)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        text = _value(analysis, unit, node.func.value)
        if not isinstance(text, str) or any(keyword.arg is None for keyword in node.keywords):
            raise LookupError
        _check_width(text)
        given = {keyword.arg or "": _value(analysis, unit, keyword.value) for keyword in node.keywords}
        return text.format(*(_value(analysis, unit, argument) for argument in node.args), **given)
    known, value = values.literal(node)
    if not known:
        raise LookupError
    return value


def _computed(op: ast.operator, left: Any, right: Any) -> Any:
    """What an operator gives for two values.

    Raises:
        LookupError: It is none of the usual ones, or its result may be large.
        ValueError, TypeError, OverflowError: Python would not compute it.
    """
    if isinstance(left, str) and isinstance(op, ast.Mod):
        _check_width(left)
        return left % right
    if isinstance(left, str) and isinstance(right, str) and isinstance(op, ast.Add):
        return left + right
    compute = _OPERATORS.get(type(op))
    numbers = all(isinstance(value, int | float) and abs(value) < _LARGE for value in (left, right))
    if compute is None or not numbers or (isinstance(op, ast.Div | ast.FloorDiv | ast.Mod) and not right):
        raise LookupError
    return compute(left, right)


def _check_width(form: str) -> None:
    """Refuse a format that may fill the memory.

    Raises:
        LookupError: It names a width of five digits or more.
    """
    if re.search(r"\d{5}|\*", form):
        raise LookupError


_LARGE = 1e12
_OPERATORS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operators.add,
    ast.Sub: operators.sub,
    ast.Mult: operators.mul,
    ast.Div: operators.truediv,
    ast.FloorDiv: operators.floordiv,
    ast.Mod: operators.mod,
}


_CONVERSIONS: Mapping[int, Callable[[object], str]] = {ord("r"): repr, ord("s"): str, ord("a"): ascii}


def _bound_once(analysis: Analysis, unit: int, name: str) -> Any:
    """The value that a name stands for which one statement of the notebook binds, above this one.

    Raises:
        LookupError: There is none.
    """
    definitions = analysis.definitions.get(name, ())
    if len(definitions) != 1 or analysis.star_imports or definitions[0].unit >= unit:
        raise LookupError
    [definition] = definitions
    node = analysis.units[definition.unit].node
    value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
    if value is None or definition.op is None or definition.op.value is not value:
        raise LookupError
    found_value = _value(analysis, definition.unit, value)
    if not isinstance(found_value, str | bytes | int | float | complex | None):
        raise LookupError
    return found_value


def formatted(code: str) -> str:
    """Code without what a formatter sets as it likes: white space, the kind of quotes, commas before a bracket."""
    return re.sub(r",(?=[)\]}])", "", "".join(code.split()).replace("'", '"'))


def _joined(value: object) -> str:
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""
