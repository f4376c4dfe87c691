"""A name that is bound only inside a `while` that may not run.

## What it does
Reports a read after a `while` loop of a name that only the loop's body binds, where the loop asks something before its
first round.

## Why is this bad
If the condition is false at once the name does not exist, or is the one that an earlier session left behind.

## How to mend
Bind the name before the loop.

## Limits
`while True:` runs. A `for` loop is taken to run at least once, as nearly every training loop does; one over an empty
literal or `range(0)` never runs, and what it would bind is not bound.

## Source
Python language reference, "The while statement".
"""

from __future__ import annotations

from collections.abc import Iterator

from nbexport.analysis import WHILE_MISSING, Analysis
from nbexport.model import Problem, Severity

SEVERITY = Severity.ADVICE
SCOPE = "notebook"

GOOD = """\
# %%
import random
while True:
    drawn = random.random()
    if drawn > 0.5:
        break
print(drawn)
# %%
best = 0
while best < 3:
    best = best + 1
print(best)
# %%
for row in open("rows.csv"):
    last = row
print(last, row)
"""

BAD = """\
# %%
import os
while os.path.exists("lock"):
    waited = 1
# %%
print(waited)  # <- here
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """The first read of each such name in each cell."""
    seen: set[tuple[str, int]] = set()
    for use in analysis.judged_uses():
        if WHILE_MISSING not in use.definitions:
            continue
        cell, span = analysis.place(use)
        bound = sorted((d for d in use.definitions if d.unit >= 0), key=lambda d: d.unit)
        if not bound or (use.name, cell) in seen:
            continue
        seen.add((use.name, cell))
        yield Problem(
            f"`{use.name}` may be unbound here: only a `while` in cell {analysis.units[bound[0].unit].cell} binds it",
            f"bind `{use.name}` before the loop",
            cell,
            span,
            use.name,
            related=(analysis.bound_here(bound[0], f"`{use.name}` is bound here"),),
        )
