"""Cells that were last run in another order than they stand.

## What it does
Reports the first cell whose execution count is lower than that of a cell above it, and how many there are.

## Why is this bad
The stored outputs come from another order of running than a reader, or an export, will follow.

## How to fix
Restart the kernel and run all cells.

## Limits
About half of all sound notebooks have such counts: the code may well be right. A notebook without counts is silent.

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
# %% execution_count=3
rows = [1, 2]
# %%
# only a comment
# %% execution_count=5
print(rows)
"""

BAD = """\
# %% execution_count=5
rows = [1, 2]
# %% execution_count=3
print(rows)  # <- here
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """The first cell that was run before one above it."""
    cells = counted(analysis.notebook)
    late = [(above, below) for above, below in pairwise(cells) if below[0] < above[0]]
    for (above_count, above), (count, cell) in late[:1]:
        yield Problem(
            f"cell {cell.number} was last run before cell {above.number} above it: [{count}] after [{above_count}]"
            + and_more(len(late), "such places"),
            "choose Restart and run all, and save",
            cell.number,
            head(cell),
        )
