"""A name that is bound only in a later cell.

## What it does
Reports a read of a name whose every binding stands further down, also in a function that is called too early.

## Why is this bad
It worked only because the later cell had been run first. Top to bottom, the read fails.

## How to fix
Move the binding above the read, or the call below the binding.

## Limits
A function's names are judged where the function is called, not where it is defined.

## Source
Pimentel et al., MSR 2019 ("out-of-order execution").
"""

from __future__ import annotations

from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.analysis.undefined import CauseKind, caused_by
from nbexport.fix.edits import moved_up
from nbexport.model import Fix, Problem, Severity

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
# %%
def length(r):
    return tau * r  # <- here
# %%
print(length(2))
# %%
tau = 6.28
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Reads before the first binding of a name."""
    for use, cause in caused_by(analysis, CauseKind.LATER):
        cell, span = analysis.place(use)
        calling = analysis.units[use.unit].cell
        where = f"in cell {cause.cell}" if cause.cell != calling else f"further down in cell {cause.cell}"
        name = use.name
        if use.function is not None:
            message = f"`{use.function.name}`, called in cell {calling}, reads `{name}`, which is bound only {where}"
            hint = f"bind `{name}` before cell {calling} calls `{use.function.name}`, or make it a parameter"
        else:
            message = f"`{name}` is bound only later, {where}"
            hint = f"move the line that binds `{name}` above this one"
        definition = next(d for d in analysis.definitions[name] if analysis.units[d.unit].cell == cause.cell)
        related = [analysis.bound_here(definition, f"`{name}` is bound here")]
        if use.function is not None:
            related.append(analysis.related(use.unit, f"`{use.function.name}` is called here"))
        moved = moved_up(analysis, definition.unit, use.unit)
        fix = Fix(f"move the line that binds `{name}` above its first use", moved, safe=False) if moved else None
        yield Problem(message, hint, cell, span, name, fix, tuple(related), missing=True)
