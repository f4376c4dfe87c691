"""A stored output that the code beside it cannot have printed.

## What it does
Reports a cell with stored text or a stored value whose code can neither print nor show anything, a cell that prints
literals, or names bound to one, and stores other text, and a stored traceback that points at a line which the cell does
not hold.

## Why is this bad
The code was changed after it was run: what the reader sees comes from code that is gone.

## How to fix
Run the cell again: Restart and run all.

## Limits
Only where the code leaves no doubt: any call or import may print. Warnings and other text on `stderr` are never judged,
and white space, quotes and commas are not compared, which a formatter sets as it likes.

## Source
Pimentel et al., "A Large-Scale Study About Quality and Reproducibility of Jupyter Notebooks", MSR 2019.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.analysis.run_order import head
from nbexport.analysis.stored_output import failing_line, formatted, is_silent, printed, printed_by, shows_value
from nbexport.model import Cell, Problem, Severity, Trait

SEVERITY = Severity.WARNING
SCOPE = "notebook"
TRAITS = frozenset({Trait.OF_STORED})

GOOD = """\
# %% execution_count=1
print("two")
#> two
# %% execution_count=2
import this
#> The Zen of Python
# %% execution_count=3
rows = make = [1]
# %% execution_count=4
print(rows)
#> [1]
# %% execution_count=5
rows = list(map(print, rows))
#> 1
"""

BAD = """\
# %% execution_count=1
rows = [1, 2]  # <- here
#> [1, 2]
# %% execution_count=2
print("two")  # <- here
#> three
# %% execution_count=3
size = 3
# %% execution_count=4
print("size", size, f"{size}")  # <- here
#> size 4 4
# %% execution_count=5
print("twice %d, %s" % (size * 2, "{:.1f}".format(size / 2)))  # <- here
#> twice 8, 1.5
"""

_PRINTING = ("ast_node_interactivity", "autotime", "events.register", "Thread", "set_trace", "settrace")
"""What makes any cell of the notebook print: settings of IPython, hooks, threads."""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Cells whose output comes from other code."""
    cells = [cell for cell in analysis.notebook.cells if cell.outputs and cell.execution_count]
    if not cells or any(word in cell.source for word in _PRINTING for cell in analysis.notebook.cells):
        return
    # Python 2 printed the arguments of `print("a", "b")` as a tuple
    language = analysis.notebook.metadata.get("language_info")
    old = isinstance(language, dict) and str(language.get("version")).startswith("2.")
    for cell in cells:
        if not cell.runs or cell.magics:
            continue
        units = analysis.units_of(cell.number)
        statements = [analysis.units[unit].node for unit in units]
        literal = None if old or "print" in analysis.definitions else printed_by(analysis, units)
        message = _judged(cell, statements, literal)
        if message:
            yield Problem(message, "choose Restart and run all, and save", cell.number, head(cell))


def _judged(cell: Cell, statements: list[ast.stmt], literal: str | None) -> str:
    """What is wrong with the output of a cell; empty when nothing is known to be.

    Args:
        cell: The cell.
        statements: What is in it.
        literal: What it prints, where that is known.
    """
    line = failing_line(cell)
    if line and "get_ipython()" not in line and formatted(line) not in formatted(cell.source):
        return f"cell {cell.number} stores an error in the line `{line}`, which it does not hold"
    text = printed(cell)
    if not statements or not (text.strip() or shows_value(cell)):
        return ""
    if is_silent(statements):
        return f"cell {cell.number} stores output, but its code can print and show nothing"
    if literal is not None and text.strip() and text.split() != literal.split():
        return f"cell {cell.number} stores other text than its code prints"
    return ""
