"""A name that only an inner scope binds.

## What it does
Reports a read of a name that nothing binds but the inside of a function, class body, comprehension or lambda, or an
`except … as` that has ended.

## Why is this bad
Such names end with their scope. The read worked only because an earlier version of the cell had bound the name outside.

## How to fix
Bind the name at the top level: return it, read it as an attribute of the class, or assign it in the handler.

## Limits
Parameters of functions do not count, but for `self` and those of a lambda: many functions have one called `x`. Only
scopes above the read are looked at.

## Source
Python language reference, "Naming and binding".
"""

from __future__ import annotations

from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.analysis.undefined import CauseKind, caused_by
from nbexport.model import Problem, Severity

SEVERITY = Severity.ERROR
SCOPE = "notebook"

GOOD = """\
# %%
def load():
    rows = [1, 2]
    return rows
rows = load()
squares = [row * row for row in rows]
try:
    1 / 0
except ZeroDivisionError as error:
    problem = error
# %%
print(rows, squares, problem)
"""

BAD = """\
# %%
def load():
    rows = [1, 2]
    return rows
load()
print(rows)  # <- here
# %%
print([n for n in range(3)], n)  # <- here
# %%
class Settings:
    rate = 0.1
print(rate)  # <- here
# %%
try:
    1 / 0
except ZeroDivisionError as error:
    print("no")
print(error)  # <- here
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Reads whose binding an inner scope keeps."""
    for use, cause in caused_by(analysis, CauseKind.SCOPE, CauseKind.HANDLER):
        cell, span = analysis.place(use)
        yield Problem(
            f"`{use.name}` is bound only inside {cause.what} in cell {cause.cell}"
            if cause.kind is CauseKind.SCOPE
            else f"`{use.name}` is bound in cell {cause.cell} by {cause.what}",
            f"bind `{use.name}` at the top level of a cell",
            cell,
            span,
            use.name,
            missing=True,
        )
