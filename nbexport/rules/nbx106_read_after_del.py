"""A name that is read after `del`.

## What it does
Reports a read that only a `del` of the name reaches.

## Why is this bad
It worked only because the cell with the `del` had not been run, or an earlier one had been run again.

## How to fix
Remove the `del`, or bind the name again before the read.

## Limits
None known.

## Source
Python language reference, "The del statement".
"""

from __future__ import annotations

from collections.abc import Iterator

from nbexport.analysis.bindings import Marker
from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity

SEVERITY = Severity.ERROR
SCOPE = "notebook"

GOOD = """\
# %%
x = 1
del x
# %%
x = 2
print(x)
"""

BAD = """\
# %%
x = 1
del x
# %%
print(x)  # <- here
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Reads that a deletion reaches."""
    seen: set[tuple[str, int]] = set()
    for use in analysis.judged_uses:
        deleted = [d for d in use.definitions if d.marker is Marker.DELETED]
        if not deleted or any(d.unit == use.unit for d in deleted):
            continue
        cell, span = analysis.place(use)
        if (use.name, cell) in seen:
            continue
        seen.add((use.name, cell))
        yield Problem(
            f"`{use.name}` is read after cell {analysis.units[deleted[0].unit].cell} has deleted it",
            f"remove the `del {use.name}`, or bind `{use.name}` again before this line",
            cell,
            span,
            use.name,
            related=(analysis.related(deleted[0].unit, f"`{use.name}` is deleted here"),),
        )
