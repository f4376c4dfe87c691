"""The task that edits a parameter: its help and its type, as they stand in its cell.

    epochs = 10                      with help "passes", type "int"   →   epochs: int = 10  # passes
    rate: float = 0.1  # noqa: E501  with help "step", type ""        →   rate = 0.1  # step  # noqa: E501

The value, and every other character of the cell, stay as they are.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

from nbexport.analysis import values
from nbexport.analysis.analyse import analyse
from nbexport.analysis.notebook import Analysis
from nbexport.errors import NbexportError
from nbexport.fix.ipynb import rewritten
from nbexport.fix.text import edited
from nbexport.lab.wire import answers
from nbexport.lab.wire.types import WireFixed
from nbexport.model import Edit, Role, Span
from nbexport.read.notebook import python_notebook, read_text
from nbexport.record import record

MAX_HELP_CHARS = 300
_VALUES: Mapping[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (float, int),
    "bool": (bool,),
    "str": (str,),
    "dict": (dict,),
    "list[int]": (list,),
    "list[float]": (list,),
    "list[str]": (list,),
}
"""Types that an option may have → the values that fit them."""
_FORM = re.compile(r"#[ \t]*@param\b[ \t]*(?:\[[^\]\n]*\])?[ \t]*(?:\{[^}\n]*\})?")
"""What Colab reads at the head of a comment."""
_FOR_TOOLS = re.compile(r"#?[ \t]*\b(?:noqa|pylint|nbexport|type: ignore)\b.*$")
"""What tools read at its end."""


def parameter_edited(text: str, name: str, *, parameter: str, help_text: str, type: str) -> WireFixed:  # noqa: A002
    """The cells with a parameter's help and type as they are asked for.

    Args:
        text: The notebook's text.
        name: The file it will be saved as.
        parameter: The parameter's name.
        help_text: Its help; empty for none.
        type: Its annotation; empty for none.

    Raises:
        NbexportError: There is no such parameter on a line of its own, or the type does not fit.
    """
    if "\n" in help_text or "\r" in help_text or len(help_text) > MAX_HELP_CHARS or not help_text.isprintable():
        raise NbexportError(f"a help text is one line of at most {MAX_HELP_CHARS} characters")
    analysis = analyse(python_notebook(name, text=text))
    assignment = _assignment(analysis, parameter)
    if type and not _fits(assignment, type):
        words = ", ".join(f"`{one}`" for one in _VALUES)
        raise NbexportError(
            f"`{type}` is not a type that an option with the value of `{parameter}` can have",
            fix=f"take one of {words}",
        )
    cell = analysis.cell_of(assignment.unit)
    source = edited(cell.source, [*_annotation(assignment, type), _comment(assignment, help_text.strip())])
    return {"cells": answers.cells(read_text(rewritten(text, {cell.number: source}, [], None), name))}


@record(eq=False)
class _Assignment:
    """The assignment of a parameter, which binds nothing else."""

    analysis: Analysis
    unit: int
    target: ast.Name
    annotation: ast.expr | None
    value: ast.expr

    def span(self, node: ast.AST | None = None) -> Span:
        return self.analysis.span(self.unit, node)

    @property
    def cell(self) -> int:
        return self.analysis.units[self.unit].cell

    def row(self, number: int) -> str:
        """One row of its cell."""
        return self.analysis.cells[self.cell].source.split("\n")[number - 1]

    def imports(self, name: str) -> bool:
        """Whether a name that only an import binds is bound there."""
        return name in self.analysis.before[self.unit]


def _assignment(analysis: Analysis, parameter: str) -> _Assignment:
    for unit, statement in enumerate(analysis.units):
        node = statement.node
        if Role.PARAMETERS not in analysis.roles_of(unit):
            continue
        target: ast.expr
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, annotation, value = node.targets[0], None, node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            target, annotation, value = node.target, node.annotation, node.value
        else:
            continue
        if isinstance(target, ast.Name) and target.id == parameter:
            return _Assignment(analysis, unit, target, annotation, value)
    raise NbexportError(
        f"`{parameter}` has no line of its own in a cell with the role `parameters`",
        fix=f"write `{parameter} = value` there",
    )


def _fits(assignment: _Assignment, type_: str) -> bool:
    """Whether an option of this type may have the value for its default."""
    known, value = values.literal(assignment.value)
    plain = re.sub(r"\s*\|\s*None$|^None\s*\|\s*", "", type_)
    if plain != type_ and known and value is None:
        return plain in _VALUES
    if plain == "Path":
        return assignment.imports("Path") and (not known or isinstance(value, str))
    if plain.startswith("Literal["):
        return assignment.imports("Literal") and known and value in _choices(plain)
    fitting = _VALUES.get(plain, ())
    # to Python, `True` is an `int`
    return known and isinstance(value, fitting) and isinstance(value, bool) <= (bool in fitting)


def _choices(literal: str) -> tuple[Any, ...]:
    """The values of `Literal[…]`; none where they are not literals."""
    try:
        listed = ast.parse(f"({literal.removeprefix('Literal[').removesuffix(']')},)", mode="eval").body
    except (SyntaxError, ValueError):
        return ()
    known, choices = values.literal(listed)
    return choices if known and isinstance(choices, tuple) else ()


def _annotation(assignment: _Assignment, type_: str) -> list[Edit]:
    """What changes between the name and its value."""
    if type_ == (ast.unparse(assignment.annotation) if assignment.annotation is not None else ""):
        return []
    begin, end = assignment.span(assignment.target), assignment.span(assignment.annotation or assignment.target)
    row = assignment.row(end.end_row)
    equals = row.find("=", end.end_column - 1)
    if equals < 0:
        raise NbexportError("name and value of the parameter stand on different lines", fix="write them on one line")
    space = " " if row[equals + 1 :] and not row[equals + 1].isspace() else ""
    span = Span(begin.end_row, begin.end_column, end.end_row, equals + 2)
    return [Edit(assignment.cell, span, (f": {type_} =" if type_ else " =") + space)]


def _comment(assignment: _Assignment, help_text: str) -> Edit:
    """The comment behind the value."""
    end = assignment.span()
    row = assignment.row(end.end_row)
    rest = row[end.end_column - 1 :]
    now = rest.strip()
    if now and not now.startswith("#"):
        raise NbexportError("the parameter shares its line with other code", fix="give it a line of its own")
    form, tools = _FORM.match(now), _FOR_TOOLS.search(now)
    words = f"{form[0].rstrip()} {help_text}" if form else f"# {help_text}" if help_text else ""
    tail = f"# {tools[0].lstrip('# ')}" if tools else ""
    new = "  ".join(part for part in (words.rstrip(), tail) if part)
    space = rest[: len(rest) - len(rest.lstrip())] or "  "
    return Edit(
        assignment.cell, Span(end.end_row, end.end_column, end.end_row, len(row) + 1), f"{space}{new}" if new else ""
    )
