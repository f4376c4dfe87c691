"""Edits of cells → the text of a script or a Markdown file, changed in these places alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from nbexport.errors import NbexportError
from nbexport.fix.marks import marks_of
from nbexport.fix.parts import Piece
from nbexport.model import Cell, Edit, Notebook
from nbexport.read.notebook import read_text


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
        for number, cell_edits in edits.items()
        for edit in cell_edits
    ]
    if parameters and target is not None:
        cell = notebook.cells[target - 1]
        line = cell.lines[-1][0] if cell.lines else cell.file_line
        open_end = "" if rows[line - 1].endswith(("\n", "\r")) else "\n"
        changes.append((starts[line], starts[line], open_end + "\n".join(parameters) + ("" if open_end else "\n")))
    elif parameters and place is not None:
        changes.append(new_cell(rows, notebook, parameters, place, ("parameters",)))
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
    marks = marks_of(notebook.format, text)
    for number in sorted(made, reverse=True):
        cell = notebook.cells[number - 1]
        starts = [cell.lines[piece.row - 1][0] for piece in made[number][1:]]
        marks.part(rows, cell, starts, tags[number])
    return "".join(rows)


def checked(text: str, notebook: Notebook, becomes: Mapping[int, Sequence[str]], *, new_at: int | None = None) -> str:
    """The file's text after edits, which must read as the notebook with these edits and no other.

    A blank line that an edit leaves in a paragraph of a light script parts its cell, a fence in code ends it.

    Args:
        text: The file's text after the edits.
        notebook: What was read before.
        becomes: Number of an edited cell → the sources of the cells that it becomes.
        new_at: Number of the cell before which a new one was put.

    Raises:
        NbexportError: The cells are not the ones that the edits make.
    """
    wanted: list[str | None] = []
    for cell in notebook.cells:
        wanted += [None] * (cell.number == new_at)
        wanted += becomes.get(cell.number, [cell.source])
    wanted += [None] * (new_at is not None and new_at > len(notebook.cells))
    sources = [cell.source for cell in read_text(text, notebook.path).cells]
    same = len(sources) == len(wanted) and all(
        want is None or _without_blank_ends(want) == _without_blank_ends(source)
        for want, source in zip(wanted, sources, strict=True)
    )
    if not same:
        raise NbexportError(
            f"the fixes cannot be written into `{notebook.path}` without changing more than they say",
            fix="make the changes by hand, or save the notebook as `.ipynb` first",
        )
    return text


def _without_blank_ends(source: str) -> str:
    rows = source.split("\n")
    while rows and not rows[0].strip():
        del rows[0]
    while rows and not rows[-1].strip():
        del rows[-1]
    return "\n".join(rows)


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


def new_cell(
    rows: Sequence[str], notebook: Notebook, lines: Sequence[str], place: int, tags: Sequence[str]
) -> tuple[int, int, str]:
    """Where a new cell goes in the text, and its text.

    Args:
        rows: The file's, line ends included.
        notebook: What was read from it.
        lines: The new cell's source.
        place: Number of the cell before which it goes.
        tags: Its tags.
    """
    marks = marks_of(notebook.format, "".join(rows))
    if place > len(notebook.cells):
        gap = "" if not rows or rows[-1].endswith(("\n", "\r")) else "\n"
        end = sum(map(len, rows))
        return end, end, gap + marks.made(lines, tags, None)
    line = notebook.cells[place - 1].file_line
    at = sum(map(len, rows[: line - 1]))
    return at, at, marks.made(lines, tags, rows[line - 1])
