"""A name that is bound only in a later cell.

## What it does
Reports a read of a name whose every binding stands further down.

## Why is this bad
It worked only because the later cell had been run first. Top to bottom, the read fails.

## How to mend
Move the binding above the read.

## Limits
A function's names are judged where the function is called, not where it is defined.

## Source
Pimentel et al., MSR 2019 ("out-of-order execution").
"""

from __future__ import annotations

from collections.abc import Iterator

from nbexport.analysis import MISSING, Analysis
from nbexport.model import Problem, Severity

SEVERITY = Severity.ERROR
SCOPE = "notebook"

GOOD = """\
# %%
def area(r):
    return pi * r * r
# %%
pi = 3.14
# %%
print(area(2))
"""

BAD = """\
# %%
print(2 * pi)  # <- here
# %%
pi = 3.14
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Reads before the first binding of a name."""
    seen: set[tuple[str, int]] = set()
    for use in analysis.judged_uses():
        found = analysis.definitions.get(use.name, ())
        if not found or use.definitions != frozenset({MISSING}) or analysis.is_provided(use.name):
            continue
        cell, span = analysis.place(use)
        if (use.name, cell) in seen:
            continue
        seen.add((use.name, cell))
        where = analysis.units[found[0].unit].cell
        called = (
            f", and `{use.function.name}` is called in cell {analysis.units[use.unit].cell}" if use.function else ""
        )
        yield Problem(
            f"`{use.name}` is bound only later, in cell {where}{called}",
            f"move the line that binds `{use.name}` above this one",
            cell,
            span,
            use.name,
            related=(
                analysis.bound_here(found[0], f"`{use.name}` is bound here"),
                *([analysis.related(use.unit, f"`{use.function.name}` is called here")] if use.function else []),
            ),
        )
