"""A name that only the body of a loop binds which may not run.

## What it does
Reports a read of a name that nothing binds but the body of a `while` whose condition asks the world outside, by a call.

## Why is this bad
Where the condition is false at once, the name does not exist: it worked because the loop had run in an earlier session.

## How to fix
Bind the name before the loop.

## Limits
`for` loops, and conditions that only compare names of the notebook, are taken to run at least once; a loop over an
empty literal never runs, and what it would bind is not bound.

## Source
PEP 526 and the Java Language Specification, chapter 16, "Definite Assignment".
"""

from __future__ import annotations

from collections.abc import Iterator

from nbexport.analysis.bindings import WHILE_MISSING
from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity

SEVERITY = Severity.WARNING
SCOPE = "notebook"
WORDS = ("while",)

GOOD = """\
# %%
import os
size = None
while os.path.exists("lock"):
    size = 1
print(size)
# %% a loop over names of the notebook
left = 3
while left > 0:
    last = left
    left -= 1
for row in [1, 2][:left]:
    seen = row
print(last, seen)
# %%
while True:
    line = input()
    break
print(line)
"""

BAD = """\
# %%
import os
while os.path.exists("lock"):
    size = os.path.getsize("lock")
# %%
print(size)  # <- here
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Reads that a loop which ran zero times leaves without a binding."""
    seen: set[tuple[str, int]] = set()
    for use in analysis.judged_uses:
        if WHILE_MISSING not in use.definitions or analysis.is_provided(use.name, use.unit):
            continue
        bound = sorted((d for d in use.definitions if d.unit >= 0 and not d.marker), key=lambda d: d.place)
        cell, span = analysis.place(use)
        if not bound or (use.name, cell) in seen:
            continue
        seen.add((use.name, cell))
        yield Problem(
            f"`{use.name}` may be unbound here: only a loop in cell {analysis.units[bound[0].unit].cell} binds it, "
            "which may not run",
            f"bind `{use.name}` before the loop",
            cell,
            span,
            use.name,
            related=(analysis.bound_here(bound[0], f"`{use.name}` is bound here"),),
        )
