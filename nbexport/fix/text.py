"""Fixes → the notebook's text with them applied; every other character of the file stays as it is.

Hoisting a literal edits its cell and adds a line to the `parameters` cell. Where the notebook has none, one is made
above the first code cell that holds more than imports. Cells are parted when no text is left to edit: rows keep their
numbers until then.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from nbexport.fix.parts import apart, by_cell
from nbexport.model import Edit, Fix, Notebook, Part, Role
from nbexport.names.nodes import split_lines


def fixed_text(text: str, notebook: Notebook, fixes: Iterable[Fix]) -> tuple[str, list[Fix]]:
    """The text of the file after the fixes, and those applied; what overlaps an earlier one is left for the next run.

    Args:
        text: What the file holds now, line ends included, without a byte order mark.
        notebook: What was read from it.
        fixes: What to apply.
    """
    offered = list(fixes)
    editing = [fix for fix in offered if not fix.parts]
    if not editing:
        return _parted(text, notebook, offered)
    edits: dict[int, list[Edit]] = {}
    lines: list[str] = []
    done: list[Fix] = []
    for fix in editing:
        if fix in done:  # several findings may have one fix in common
            done.append(fix)
            continue
        if any(_overlaps(edit, edits.get(edit.cell, ())) for edit in fix.edits):
            continue
        for edit in fix.edits:
            edits.setdefault(edit.cell, []).append(edit)
        lines += fix.parameters
        done.append(fix)
    target = next((cell.number for cell in notebook.cells if Role.PARAMETERS in cell.roles), None)
    place = _place_for_parameters(notebook) if lines and target is None else None
    sources = {number: edited(notebook.cells[number - 1].source, cell_edits) for number, cell_edits in edits.items()}
    if lines and target is not None:
        before = sources.get(target, notebook.cells[target - 1].source)
        sources[target] = "\n".join([before.rstrip("\n"), *lines] if before.strip() else lines)
    if notebook.format != "ipynb":
        from nbexport.fix import script

        now = script.rewritten(text, notebook, edits, lines, target=target, place=place)
        becomes = {number: [source] for number, source in sources.items()}
        return script.checked(now, notebook, becomes, new_at=place), done
    from nbexport.fix.ipynb import rewritten

    return rewritten(text, sources, [] if place is None else lines, place), done


def _parted(text: str, notebook: Notebook, fixes: Sequence[Fix]) -> tuple[str, list[Fix]]:
    parts: list[Part] = []
    done: list[Fix] = []
    taken: dict[tuple[int, int], Part] = {}
    for fix in fixes:
        if apart(fix.parts, taken):
            parts += fix.parts
            done.append(fix)
    made = by_cell(parts, notebook.cells)
    tags = {number: [[role.value for role in piece.roles] for piece in pieces] for number, pieces in made.items()}
    if notebook.format != "ipynb":
        from nbexport.fix import script

        now = script.parted(text, notebook, made, tags)
        becomes = {number: [piece.source for piece in cell_pieces] for number, cell_pieces in made.items()}
        return script.checked(now, notebook, becomes), done
    from nbexport.fix.ipynb import parted

    return parted(text, made, tags), done


def edited(source: str, edits: Iterable[Edit]) -> str:
    """A cell's source after edits that do not overlap; it ends in no more line breaks than before."""
    starts = [0]
    for line in split_lines(source):
        starts.append(starts[-1] + len(line) + 1)
    text = source + "\n"
    for edit in sorted(edits, key=lambda edit: (edit.span.row, edit.span.column), reverse=True):
        begin = starts[edit.span.row - 1] + edit.span.column - 1
        end = starts[edit.span.end_row - 1] + edit.span.end_column - 1
        text = text[:begin] + edit.text + text[end:]
    return text.rstrip("\n") + "\n" * (len(source) - len(source.rstrip("\n")))


def _overlaps(edit: Edit, others: Sequence[Edit]) -> bool:
    start, end = (edit.span.row, edit.span.column), (edit.span.end_row, edit.span.end_column)
    return any(
        start < (other.span.end_row, other.span.end_column) and (other.span.row, other.span.column) < end
        for other in others
    )


def _place_for_parameters(notebook: Notebook) -> int:
    """Number of the cell before which a new `parameters` cell goes: the first with code other than imports."""
    for cell in notebook.cells:
        if cell.kind != "code" or not cell.runs:
            continue
        try:
            nodes = ast.parse(cell.code).body
        except (SyntaxError, ValueError):
            return cell.number
        if not all(isinstance(node, ast.Import | ast.ImportFrom | ast.Pass) for node in nodes):
            return cell.number
    return len(notebook.cells) + 1
