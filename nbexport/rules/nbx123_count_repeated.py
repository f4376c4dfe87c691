"""Two cells with the same execution count.

## What it does
Reports the first cell whose execution count another cell above it has too, and how many there are.

## Why is this bad
One kernel gives each count once: the stored outputs come from different sessions, and no single run gives them all.

## How to fix
Restart the kernel and run all cells.

## Limits
A cell that was split or copied in the editor keeps its count until it is run. A notebook without counts is silent.

## Source
Pimentel et al., "A Large-Scale Study About Quality and Reproducibility of Jupyter Notebooks", MSR 2019.
"""

from __future__ import annotations

from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.analysis.run_order import and_more, counted, head
from nbexport.model import Problem, Severity, Trait

SEVERITY = Severity.WARNING
SCOPE = "notebook"
TRAITS = frozenset({Trait.OF_STORED})

GOOD = """\
# %% execution_count=1
rows = [1, 2]
# %% execution_count=2
print(rows)
"""

BAD = """\
# %% execution_count=1
rows = [1, 2]
# %% execution_count=1
print(rows)  # <- here
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """The first cell that has the count of one above it."""
    first: dict[int, int] = {}
    again = [pair for pair in counted(analysis.notebook) if first.setdefault(pair[0], pair[1].number) != pair[1].number]
    for count, cell in again[:1]:
        yield Problem(
            f"cells {first[count]} and {cell.number} share the count [{count}]: copied, or run in two sessions"
            + and_more(len(again), "such cells"),
            "choose Restart and run all, and save",
            cell.number,
            head(cell),
        )
