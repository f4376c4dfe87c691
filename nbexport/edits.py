"""Edits that fixes of several rules make."""

from __future__ import annotations

import ast

from nbexport.analysis import Analysis
from nbexport.model import Edit, Span


def argument_added(analysis: Analysis, unit: int, node: ast.Call, text: str) -> Edit:
    """One more argument behind the last one of a call, in the way that its arguments are written.

    Args:
        analysis: The notebook's.
        unit: The statement that the call stands in.
        node: The call.
        text: The argument, such as `random_state=0`.
    """
    cell = analysis.units[unit].cell
    end = analysis.span(unit, node)
    closing = Span(end.end_row, end.end_column - 1, end.end_row, end.end_column - 1)
    arguments = [*node.args, *[keyword.value for keyword in node.keywords]]
    if not arguments:
        return Edit(cell, closing, text)
    spans = [analysis.span(unit, argument) for argument in arguments]
    last = max(spans, key=lambda span: (span.end_row, span.end_column))
    rows = analysis.cells[cell].source.split("\n")[last.end_row - 1 : end.end_row]
    rows[-1] = rows[-1][: end.end_column - 2]
    rows[0] = rows[0][last.end_column - 1 :]
    # past the last argument there are only brackets, commas and comments
    between = "".join(row.partition("#")[0] for row in rows)
    if "," not in between:
        behind = Span(last.end_row, last.end_column, last.end_row, last.end_column)
        return Edit(cell, closing if ")" in between else behind, f", {text}")
    if len(rows) > 1 and not rows[-1].strip():
        first = analysis.cells[cell].source.split("\n")[last.row - 1]
        indent = first[: len(first) - len(first.lstrip())]
        return Edit(cell, Span(end.end_row, 1, end.end_row, 1), f"{indent}{text},\n")
    return Edit(cell, closing, text if between.endswith(" ") else f" {text}")
