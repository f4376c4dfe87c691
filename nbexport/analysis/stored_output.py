"""What a code cell stores as its output, and what its code can have printed at all.

Only code that leaves no doubt is judged: a call or an import may print anything.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

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
            arrow = next((found for line in lines[1:] if (found := re.match(_ARROW, line.strip()))), None)
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


def literal_prints(statements: Sequence[ast.stmt]) -> str | None:
    """What the statements print when each is silent or prints literal text; None for anything else."""
    text: list[str] = []
    for statement in statements:
        if _is_silent(statement):
            continue
        call = statement.value if isinstance(statement, ast.Expr) else None
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.func.id != "print":
            return None
        words = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
        if call.keywords or len(words) != len(call.args) or not all(isinstance(word, str) for word in words):
            return None
        text.append(" ".join(map(str, words)) + "\n")
    return "".join(text)


def _joined(value: object) -> str:
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""
