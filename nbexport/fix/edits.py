"""Edits that fixes of several rules make."""

from __future__ import annotations

import ast
from itertools import takewhile

from nbexport.analysis.notebook import Analysis
from nbexport.model import Edit, Span


def moved_up(analysis: Analysis, source: int, target: int) -> tuple[Edit, ...]:
    """A statement moved to stand right before an earlier one; no edits where it would not find there what it reads.

    Args:
        analysis: The notebook's.
        source: The statement.
        target: The statement that it is to stand before.
    """
    rows, place = _alone(analysis, source), _alone(analysis, target)
    if rows is None or place is None or source <= target:
        return ()
    for use in analysis.uses_by_unit.get(source, ()):
        if not use.deferred and not analysis.is_provided(use.name, target):
            if not use.definitions or any(d.marker or d.unit >= target for d in use.definitions):
                return ()
    row, end_row = rows
    cell = analysis.units[source].cell
    lines = analysis.cells[cell].source.split("\n")
    text = "\n".join(lines[row - 1 : end_row])
    end = Span(row, 1, end_row + 1, 1) if end_row < len(lines) else Span(row, 1, end_row, len(lines[-1]) + 1)
    return (
        Edit(cell, end, ""),
        Edit(analysis.units[target].cell, Span(place[0], 1, place[0], 1), f"{text}\n"),
    )


def import_added(analysis: Analysis, cell: int, row: int, statement: str) -> tuple[Edit, ...]:
    """An import below the first imports of a cell, or above its first statement where it has none.

    Args:
        analysis: The notebook's.
        cell: Number of the cell, the first one that needs the import.
        row: The row of it that does.
        statement: The import.
    """
    units = analysis.units_of(cell)
    leading = list(takewhile(lambda unit: isinstance(analysis.units[unit].node, ast.Import | ast.ImportFrom), units))
    # a line of IPython stands alone nowhere, and a cell magic has to stay the first line
    places = (_alone(analysis, unit) for unit in (leading[-1:] or units))
    place = next((place for place in places if place is not None), None)
    if place is None or place[0] > row:
        return ()
    row = place[1] + 1 if leading else place[0]
    lines = analysis.cells[cell].source.split("\n")
    if row > len(lines):
        end = len(lines[-1]) + 1
        return (Edit(cell, Span(len(lines), end, len(lines), end), f"\n{statement}"),)
    return (Edit(cell, Span(row, 1, row, 1), f"{statement}\n"),)


def _alone(analysis: Analysis, unit: int) -> tuple[int, int] | None:
    """First and last row of a statement that shares them with nothing; None where it shares them."""
    node = analysis.units[unit].node
    span = analysis.span(unit)
    decorators = [analysis.span(unit, part).row for part in getattr(node, "decorator_list", ())]
    row = min([span.row, *decorators])
    rows = analysis.cells[analysis.units[unit].cell].source.split("\n")
    before, behind = (
        rows[row - 1][: span.column - 1 if row == span.row else 0],
        rows[span.end_row - 1][span.end_column - 1 :],
    )
    if before.strip() or (behind.strip() and not behind.lstrip().startswith("#")):
        return None
    try:
        alone = ast.parse("\n".join(rows[row - 1 : span.end_row])).body
    except (SyntaxError, ValueError):
        return None
    return (row, span.end_row) if len(alone) == 1 else None


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
