"""IPython's history used as a value.

## What it does
Reports reads of `_`, `__`, `_3`, `_i`, `Out[3]`, `In[3]`, `_oh` and their kin where the notebook does not bind them.

## Why is this bad
What they hold depends on which cells were run and in which order; outside IPython they do not exist.

## How to fix
Give the value a name in the cell that computes it.

## Limits
None known.

## Source
IPython documentation, "Input caching system" and "Output caching system".
"""

from __future__ import annotations

from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.analysis.undefined import is_history
from nbexport.model import Problem, Severity

SEVERITY = Severity.ERROR
SCOPE = "notebook"

GOOD = """\
# %%
for _ in range(3):
    print(_)
"""

BAD = """\
# %%
1 + 1
# %%
print(_ + 1)  # <- here
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Reads of history names that no cell binds before."""
    for use in analysis.judged_uses:
        if not is_history(use.name) or any(d.unit >= 0 for d in use.definitions):
            continue
        cell, span = analysis.place(use)
        yield Problem(
            f"`{use.name}` is IPython's history, which depends on what was run when",
            "give the value a name in the cell that computes it",
            cell,
            span,
            use.name,
        )
