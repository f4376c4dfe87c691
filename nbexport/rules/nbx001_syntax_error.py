"""A cell that does not parse.

## What it does
Reports a cell whose Python cannot be parsed, once, at the place where Python stops understanding it. What parses and
does not compile counts too: `return` outside a function, `break` outside a loop, `await` in a plain `def`. So does a
cell magic (`%%time`) below the first line, even below a comment. A merge conflict is told as one, and so is the syntax
of a later Python than the one that nbexport runs on.

## Why is this bad
What cannot be compiled cannot run, and its names are unknown to everything that follows.

## How to fix
Correct the cell; make prose a markdown cell; start another language with its cell magic (`%%bash`).

## Limits
A cell without a role that stays in the notebook is only warned about (NBX002).

## Source
Python language reference, "Full Grammar specification".
"""

from __future__ import annotations

from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity, Span
from nbexport.names.cell import MisplacedMagicError

SEVERITY = Severity.ERROR
SCOPE = "notebook"

GOOD = """\
# %%
x = 1
# %%

%%time
# the sum
y = sum([1])
"""

BAD = """\
# %%
x = (1  # <- here
# %%
# the sum
%%time  # <- here
y = sum([1])
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Broken cells that would be exported or that the whole is judged by."""
    for number, error in analysis.broken.items():
        if analysis.whole or analysis.cells[number].roles:
            yield broken_cell(number, error)


def broken_cell(number: int, error: SyntaxError) -> Problem:
    """What to say about a cell that does not parse."""
    from nbexport.names.unparsed import ExplainedError  # most notebooks have no such cell

    row, column = error.lineno or 1, max(error.offset or 1, 1)
    if isinstance(error, MisplacedMagicError):
        return Problem(
            f"`{error.name}` is not the first line of its cell: IPython stops there and says that it does not know it",
            f"move `{error.name}` to the first line, above comments too",
            number,
            Span(row, column, row, column + len(error.name)),
        )
    if isinstance(error, ExplainedError):
        return Problem(error.msg, error.fix, number, Span(row, column, row, column + 1))
    return Problem(
        f"this cell does not parse: {error.msg}",
        "correct the cell, or turn it into markdown if it is prose",
        number,
        Span(row, column, row, column + 1),
    )
