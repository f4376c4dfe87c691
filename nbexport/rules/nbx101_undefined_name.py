"""A name that nothing in the notebook binds.

## What it does
Reports a read of a name that no cell binds and that neither Python nor IPython provides.

## Why is this bad
It worked only because the kernel still held the name: from a cell that was deleted or edited since, or
from another session. On a fresh kernel the cell fails.

## How to mend
Bring back the cell that bound the name, or correct the spelling.

## Limits
Silent where a star import may supply the name. A function's names are judged where the function is called.

## Source
Pimentel et al., "A Large-Scale Study About Quality and Reproducibility of Jupyter Notebooks", MSR 2019.
"""

from __future__ import annotations

from collections.abc import Iterator

from nbexport.analysis import Analysis
from nbexport.model import Problem, Severity
from nbexport.rules.nbx108_history import is_history

SEVERITY = Severity.ERROR
SCOPE = "notebook"

GOOD = """\
# %%
rows = [1, 2]
# %%
print(len(rows))
"""

BAD = """\
# %%
rows = [1, 2]
# %%
print(len(row))  # <- here
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Reads that no binding reaches, of names that no cell binds."""
    seen: set[tuple[str, int]] = set()
    for use in analysis.judged_uses():
        if use.name in analysis.definitions or is_history(use.name) or analysis.is_provided(use.name):
            continue
        cell, span = analysis.place(use)
        if (use.name, cell) in seen:
            continue
        seen.add((use.name, cell))
        from difflib import get_close_matches

        close = get_close_matches(use.name, analysis.definitions, n=1, cutoff=0.8)
        hint = f"did you mean `{close[0]}`?" if close else f"add the cell that binds `{use.name}`, or remove the read"
        yield Problem(
            f"`{use.name}` is bound nowhere in this notebook: "
            "its cell was deleted or renamed, or it came from another session",
            hint,
            cell,
            span,
            use.name,
        )
