"""A name that is bound only on some paths.

## What it does
Reports a read of a name that an earlier `if`, `try` or `match` binds in some of its branches and not in others.

## Why is this bad
Whether the read works depends on data, or on which branch an earlier session took.

## How to fix
Bind the name in every branch, or before the statement.

## Limits
Loops get the benefit of the doubt: a loop is taken to run at least once. A read behind the same condition is silent,
as long as nothing that the condition reads is bound again in between; so is one behind a flag that each path set.

## Source
PEP 526 and the Java Language Specification, chapter 16, "Definite Assignment".
"""

from __future__ import annotations

from collections.abc import Iterator

from nbexport.analysis.bindings import MISSING
from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity

SEVERITY = Severity.ERROR
SCOPE = "notebook"

GOOD = """\
# %%
import sys
if len(sys.argv) > 5:
    x = 1
else:
    x = 2
print(x)
# %% a loop that only its `break` ends
while True:
    try:
        answer = input()
        break
    except OSError:
        continue
print(answer)
# %% behind the same condition
big = len(sys.argv) > 5
if big:
    import decimal
# %%
if big and x:
    print(decimal.Decimal(1))
y = decimal.Decimal(2) if big else 2
# %% behind a flag
try:
    import torch
    has_torch = True
except ImportError:
    has_torch = False
def zeros():
    return torch.zeros(3) if has_torch else [0, 0, 0]
# %%
if has_torch:
    print(torch.__version__)
print(zeros())
# %% the code asks
try:
    range_ = xrange
except NameError:
    range_ = range
if "cache" not in globals():
    cache = {}
print(cache, range_(3))
"""

BAD = """\
# %%
import sys
if len(sys.argv) > 5:
    x = 1
print(x)  # <- here
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Reads that some paths reach without a binding."""
    seen: set[tuple[str, int]] = set()
    for use in analysis.judged_uses:
        if (
            MISSING not in use.definitions
            or use.definitions == frozenset({MISSING})
            or analysis.is_provided(use.name, use.unit)
        ):
            continue
        bound = sorted((d for d in use.definitions if d.unit >= 0 and not d.marker), key=lambda d: d.place)
        cell, span = analysis.place(use)
        if not bound or (use.name, cell) in seen:
            continue
        seen.add((use.name, cell))
        where = analysis.units[bound[0].unit].cell
        yield Problem(
            f"`{use.name}` may be unbound here: cell {where} binds it on some paths only",
            f"bind `{use.name}` in every branch, or before the statement",
            cell,
            span,
            use.name,
            related=(analysis.bound_here(bound[0], f"`{use.name}` is bound here"),),
        )
