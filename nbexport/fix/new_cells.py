"""New cells with their tags → the notebook's text with them in it; not one other character changes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nbexport.errors import NbexportError
from nbexport.fix import ipynb, script
from nbexport.fix.marks import line_end
from nbexport.model import Notebook
from nbexport.read.ipynb import places_of_cells
from nbexport.read.notebook import decoded, read_text
from nbexport.record import record


@record
class NewCell:
    """One cell to add."""

    below: int
    """Number of the cell that it goes below."""
    source: str
    tags: tuple[str, ...]


def with_cells(data: bytes, notebook: Notebook, cells: Sequence[NewCell]) -> bytes:
    """The file with these cells added; those that go below the same cell keep their order.

    Args:
        data: What the file holds now.
        notebook: What was read from it.
        cells: The new cells.

    Raises:
        NbexportError: The file is not text, or is written in a way that cells cannot be put into.
    """
    file = decoded(data, notebook.path)
    text = file.text
    # the last place first, and there the last cell first: the numbers of the others stay right
    for cell in sorted(cells, key=lambda cell: cell.below)[::-1]:
        before = read_text(text, notebook.path)
        lines = cell.source.split("\n")
        if notebook.format != "ipynb":
            rows = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text)
            begin, end, new = script.new_cell(rows, before, lines, cell.below + 1, cell.tags)
            new = new.replace("\n", line_end(rows))
        else:
            begin, end, new = ipynb.new_cell(text, places_of_cells(text), lines, cell.below + 1, cell.tags)
        text = text[:begin] + new + text[end:]
        _check(before, read_text(text, notebook.path), cell)
    return file.encoded(text)


def _check(before: Notebook, after: Notebook, cell: NewCell) -> None:
    """The new text must read as the old notebook with the cell in it."""
    old = [(one.kind, one.source.rstrip("\n"), one.tags, one.id) for one in before.cells]
    new = [(one.kind, one.source.rstrip("\n"), one.tags, one.id) for one in after.cells]
    added = new.pop(cell.below) if cell.below < len(new) else None
    if new != old or added is None or added[:3] != ("code", cell.source.rstrip("\n"), cell.tags):
        raise NbexportError(
            f"a cell cannot be put into `{before.path}` without changing more than that",
            fix="open it in Jupyter, save it, and try again",
        )
