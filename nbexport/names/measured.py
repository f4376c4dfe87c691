"""What a cell does that a magic measures: `%%timeit` runs it again and again, in a function of its own.

    %%timeit rows = load()          runs before each measurement, in that function too
    total = sum(rows) + start       reads `start`; `rows` and `total` are the function's

The notebook gets none of the names. What the body reads must be there all the same, and what it changes is changed.
"""

from __future__ import annotations

import ast
import re
import warnings

from nbexport.model import Cell, Magic
from nbexport.read.magic_names import REPEATED
from nbexport.read.magics import recognise


def measuring_magic(cell: Cell) -> Magic | None:
    """The cell magic that measures the whole cell."""
    return next((magic for magic in cell.magics if magic.kind == "cell" and magic.name in REPEATED), None)


def measured_body(cell: Cell, magic: Magic) -> list[ast.stmt]:
    """The statements that a magic measures, on the rows where they stand; none where they are not Python."""
    rows = cell.source.split("\n")
    below = "\n".join(["", *rows[magic.span.end_row :]])
    options = re.compile(REPEATED[magic.name]).match(magic.argument + " ")
    setup = magic.argument[options.end() :] if options is not None else magic.argument
    column = rows[magic.span.row - 1].find(setup) if setup else 0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            before = ast.parse(setup).body
            body = ast.parse(recognise(below).code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    for statement in before:
        for part in ast.walk(statement):
            if isinstance(part, ast.stmt | ast.expr):
                part.col_offset += column
                part.end_col_offset = (part.end_col_offset or 0) + column
    for statement in before + body:
        ast.increment_lineno(statement, magic.span.end_row - 1)
    return before + body
