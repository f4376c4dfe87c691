"""Runs that are missing between the execution counts.

## What it does
Reports the first cell before whose execution count another count is missing, and how many are missing in all.

## Why is this bad
Something was run in between that is not in the notebook any more: a deleted cell, or an earlier version of one. What it
bound may still be in use.

## How to fix
Restart the kernel and run all cells.

## Limits
Counts that begin above 1 are not a gap: running all cells twice without a restart begins so. Cells that were run again
leave gaps too. A notebook without counts is silent.

## Source
Pimentel et al., "A Large-Scale Study About Quality and Reproducibility of Jupyter Notebooks", MSR 2019.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from nbexport.analysis.notebook import Analysis
from nbexport.analysis.run_order import and_more, counted, head
from nbexport.model import Problem, Severity, Trait

SEVERITY = Severity.WARNING
SCOPE = "notebook"
TRAITS = frozenset({Trait.OF_STORED})

GOOD = """\
# %% execution_count=4
rows = [1, 2]
# %% execution_count=6
print(rows)
# %% execution_count=5
print(len(rows))
"""

BAD = """\
# %% execution_count=1
rows = [1, 2]
# %% execution_count=4
print(rows)  # <- here
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """The first count that others are missing before."""
    cells = sorted(counted(analysis.notebook), key=lambda pair: (pair[0], pair[1].number))
    steps = [(below[0] - above[0] - 1, above, below) for above, below in pairwise(cells)]
    missing = sum(max(gap, 0) for gap, _, _ in steps)
    first = next(((above, below) for gap, above, below in steps if gap > 0), None)
    if first is not None:
        (before, _), (count, cell) = first
        yield Problem(
            f"between [{before}] and [{count}] a run is missing: its cell was deleted, or changed and run again"
            + and_more(missing, "missing"),
            "choose Restart and run all, and save",
            cell.number,
            head(cell),
        )
