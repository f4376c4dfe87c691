"""Execution counts as they are stored → the order in which the cells were last run.

    cell 1  [1]     cell 2  [4]     cell 3  [3]     cell 4  [ ]     cell 5  [5]

Cell 3 was last run before cell 2, one run (2) is gone, and cell 4 was not run. A notebook without counts was stripped
and says nothing. Nobody has to run cells that hold only comments, or cells tagged `skip-execution`.

Source: Pimentel et al., "A Large-Scale Study About Quality and Reproducibility of Jupyter Notebooks", MSR 2019.
"""

from __future__ import annotations

from nbexport.model import Cell, Notebook, Span


def counted(notebook: Notebook) -> list[tuple[int, Cell]]:
    """(count, cell) of the cells that were run, in the order of the notebook."""
    return [(cell.execution_count, cell) for cell in notebook.cells if cell.kind == "code" and cell.execution_count]


def code_cells(notebook: Notebook) -> list[Cell]:
    """The code cells that a run of the whole notebook is sure to execute and count."""
    return [
        cell
        for cell in notebook.cells
        if cell.kind == "code" and "skip-execution" not in cell.tags and not _is_blank(cell.source)
    ]


def _is_blank(source: str) -> bool:
    return all(not line.strip() or line.lstrip().startswith("#") for line in source.split("\n"))


def head(cell: Cell) -> Span:
    """The first line of a cell that is not blank."""
    rows = cell.source.split("\n")
    row = next((at for at, text in enumerate(rows) if text.strip()), 0)
    return Span(row + 1, 1, row + 1, len(rows[row]) + 1)


def and_more(count: int, what: str) -> str:
    """What else there is of the same, for the end of a message."""
    return "" if count < 2 else f" ({count} {what} in all)"
