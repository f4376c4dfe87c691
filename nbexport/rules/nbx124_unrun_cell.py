"""A cell that was not run, among cells that were.

## What it does
Reports the first cell without execution count and output that stands above a cell that was run, and how many there are.

## Why is this bad
The outputs below it were computed without it. Run top to bottom, the notebook runs it, and may give something else.

## How to fix
Restart the kernel and run all cells; tag the cell `skip-execution` if it is not to be run.

## Limits
Cells below the last one that was run are left alone: the run may have stopped there. A notebook without counts is
silent.

## Source
Pimentel et al., "A Large-Scale Study About Quality and Reproducibility of Jupyter Notebooks", MSR 2019.
"""

from __future__ import annotations

from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.analysis.run_order import and_more, code_cells, head
from nbexport.model import Problem, Severity

SEVERITY = Severity.WARNING
SCOPE = "notebook"

GOOD = """\
# %% execution_count=1
rows = [1, 2]
# %%
# notes
# %% tags=["skip-execution"]
rows = []
# %% execution_count=2
print(rows)
# %%
print("not yet")
"""

BAD = """\
# %% execution_count=1
rows = [1, 2]
# %%
rows = [1]  # <- here
# %% execution_count=2
print(rows)
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """The first cell that was left out of the run."""
    cells = code_cells(analysis.notebook)
    last = max((at for at, cell in enumerate(cells) if cell.execution_count), default=0)
    unrun = [cell for cell in cells[:last] if not cell.execution_count and not cell.outputs]
    for cell in unrun[:1]:
        yield Problem(
            f"cell {cell.number} was not run, but cells below it were" + and_more(len(unrun), "such cells"),
            "choose Restart and run all, and save",
            cell.number,
            head(cell),
        )
