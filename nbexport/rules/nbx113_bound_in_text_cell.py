"""A name that only a cell which is not run would bind.

## What it does
Reports a read of a name that nothing binds, but that a markdown or raw cell would bind if it were code, or a code cell
tagged `skip-execution` if it were run; and says which cell.

## Why is this bad
The cell was run once and turned into text afterwards. On a fresh kernel the name does not exist.

## How to fix
Turn the cell back into code, or take away the `skip-execution` tag.

## Limits
Text counts when the whole cell, or a fenced block in it, is Python.

## Source
Pimentel et al., "A Large-Scale Study About Quality and Reproducibility of Jupyter Notebooks", MSR 2019.
"""

from __future__ import annotations

from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.analysis.run_order import head
from nbexport.analysis.undefined import CauseKind, caused_by
from nbexport.model import Problem, Related, Severity

SEVERITY = Severity.ERROR
SCOPE = "notebook"

GOOD = """\
# %% [markdown]
# rows = [1, 2]
# %%
rows = [1]
# %%
print(rows)
"""

BAD = """\
# %% [raw]
# rows = [1, 2]
# %%
print(rows)  # <- here
# %% [markdown]
# The data:
#
# ```python
# names = ["a"]
# ```
# %%
print(names)  # <- here
# %% tags=["skip-execution"]
big = rows * 2
# %%
print(big)  # <- here
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Reads whose binding stands in a cell that is not run."""
    for use, cause in caused_by(analysis, CauseKind.TEXT, CauseKind.SKIPPED):
        cell, span = analysis.place(use)
        yield Problem(
            f"`{use.name}` is bound only in cell {cause.cell}, which is {cause.what} and not run",
            f"take the tag `skip-execution` off cell {cause.cell}"
            if cause.kind is CauseKind.SKIPPED
            else f"turn cell {cause.cell} into a code cell, or bind `{use.name}` in one",
            cell,
            span,
            use.name,
            missing=True,
            related=(Related(cause.cell, head(analysis.cells[cause.cell]), f"`{use.name}` would be bound here"),),
        )
