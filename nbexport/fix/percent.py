"""Edits of cells → the text of a py:percent file, changed in these places alone."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from nbexport.fix.parts import Piece
from nbexport.fix.tags import line_end, tag_marker
from nbexport.model import Cell, Edit, Notebook
from nbexport.read.percent import is_marker

MARKER = '# %% tags=["parameters"]'


def rewritten(
    text: str,
    notebook: Notebook,
    edits: Mapping[int, Sequence[Edit]],
    parameters: Sequence[str],
    *,
    target: int | None,
    place: int | None,
) -> str:
    """The file's text after the edits, with lines added to the `parameters` cell or in a new one.

    Args:
        text: The file's text.
        notebook: What was read from it.
        edits: Number of a cell → its edits.
        parameters: Lines to add.
        target: Number of the cell that they are added to; None for a new one.
        place: Number of the cell before which the new one goes.
    """
    rows = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text)
    starts = [0]
    for row in rows:
        starts.append(starts[-1] + len(row))
    ending = "\r\n" if rows and rows[0].endswith("\r\n") else "\n"
    changes = [
        (*_stretch(notebook.cells[number - 1], edit, starts, text), edit.text)
        for number, found in edits.items()
        for edit in found
    ]
    if parameters and target is not None:
        cell = notebook.cells[target - 1]
        line = cell.lines[-1][0] if cell.lines else cell.file_line
        open_end = "" if rows[line - 1].endswith(("\n", "\r")) else "\n"
        changes.append((starts[line], starts[line], open_end + "\n".join(parameters) + ("" if open_end else "\n")))
    elif parameters and place is not None:
        changes.append(_new_cell(rows, starts, notebook, parameters, place))
    for begin, end, new in sorted(changes, reverse=True):
        text = text[:begin] + new.replace("\n", ending) + text[end:]
    return text


def parted(
    text: str, notebook: Notebook, made: Mapping[int, Sequence[Piece]], tags: Mapping[int, Sequence[Sequence[str]]]
) -> str:
    """The file's text with cells parted: a marker before each of those that a cell becomes.

    Args:
        text: The file's text.
        notebook: What was read from it.
        made: Number of a cell → what it becomes.
        tags: Number of a cell → the tags of each of them.
    """
    rows = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text)
    ending = line_end(rows)
    for number in sorted(made, reverse=True):
        cell = notebook.cells[number - 1]
        for piece, words in reversed(list(zip(made[number], tags[number], strict=True))[1:]):
            marker = f"# %% tags={json.dumps(list(words))}" if words else "# %%"
            rows.insert(cell.lines[piece.row - 1][0] - 1, f"{marker}{ending}")
        if tags[number][0]:
            tag_marker(rows, cell.file_line - 1, list(tags[number][0]))
    return "".join(rows)


def _stretch(cell: Cell, edit: Edit, starts: Sequence[int], text: str) -> tuple[int, int]:
    """Where an edit begins and ends in the file; a row that is removed takes its line break with it."""
    span = edit.span
    begin, end = _offset(cell, span.row, span.column, starts), _offset(cell, span.end_row, span.end_column, starts)
    if not edit.text and span.column == 1 and span.end_column > 1 and text[end : end + 1] in ("\r", "\n"):
        end += 2 if text.startswith("\r\n", end) else 1
    return begin, end


def _offset(cell: Cell, row: int, column: int, starts: Sequence[int]) -> int:
    line, first = cell.lines[row - 1]
    return starts[line - 1] + first + column - 2


def _new_cell(
    rows: Sequence[str], starts: Sequence[int], notebook: Notebook, parameters: Sequence[str], place: int
) -> tuple[int, int, str]:
    """Where a new `parameters` cell goes, and its text; code that has no marker above it gets one."""
    new = "\n".join([MARKER, *parameters, "", ""])
    if place > len(notebook.cells):
        gap = "" if not rows or rows[-1].endswith(("\n", "\r")) else "\n"
        return starts[-1], starts[-1], gap + new
    line = notebook.cells[place - 1].file_line
    if not is_marker(rows[line - 1]):
        new += "# %%\n"
    return starts[line - 1], starts[line - 1], new
