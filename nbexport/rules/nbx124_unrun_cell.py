"""A cell that was not run, among cells that were.

## What it does
Reports the first cell without execution count and output that stands above a cell that was run, and how many there are.

## Why is this bad
The outputs below it were computed without it. Run top to bottom, the notebook runs it, and may give something else.

## How to fix
Restart the kernel and run all cells; tag the cell `skip-execution` if it is not to be run.

## Limits
Cells below the last one that was run are left alone: the run may have stopped there. So are cells of nothing but shell
lines and installs, which leave nothing in the notebook. A notebook without counts is silent.

## Source
Pimentel et al., "A Large-Scale Study About Quality and Reproducibility of Jupyter Notebooks", MSR 2019.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.analysis.run_order import and_more, code_cells, head
from nbexport.model import Problem, Severity, Trait
from nbexport.read.magic_names import CELL_LANGUAGES

SEVERITY = Severity.WARNING
SCOPE = "notebook"
TRAITS = frozenset({Trait.OF_STORED})

GOOD = """\
# %% execution_count=1
rows = [1, 2]
# %%
!pip install somelib==1.0
# %%
import sys
if "google.colab" in sys.modules:
    !pip install somelib==1.0
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


_INSTALLING = frozenset({"pip", "conda", "mamba", "micromamba", "uv"})


def _shell_cells(analysis: Analysis) -> frozenset[int]:
    """Cells of nothing but shell lines, installs and questions, which leave nothing in the notebook."""
    return frozenset(
        cell.number
        for cell in analysis.notebook.cells
        if cell.magics
        and cell.language in ("python", "bash", "sh")
        and all(_leaves_nothing(analysis.units[unit].node) for unit in analysis.units_of(cell.number))
        and all(
            magic.kind in ("shell", "help") or magic.name in _INSTALLING or magic.name in CELL_LANGUAGES
            for magic in cell.magics
        )
    )


def _leaves_nothing(node: ast.stmt) -> bool:
    """Whether a statement is a line of IPython, or one under a condition, or imports what such a condition asks."""
    if isinstance(node, ast.If):
        return all(map(_leaves_nothing, [*node.body, *node.orelse]))
    imported = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
    return isinstance(node, ast.Pass) or (bool(imported) and set(imported) <= {"sys", "os", "importlib"})


def find(analysis: Analysis) -> Iterator[Problem]:
    """The first cell that was left out of the run."""
    cells = code_cells(analysis.notebook)
    last = max((at for at, cell in enumerate(cells) if cell.execution_count), default=0)
    idle = _shell_cells(analysis)
    unrun = [cell for cell in cells[:last] if not cell.execution_count and not cell.outputs and cell.number not in idle]
    for cell in unrun[:1]:
        yield Problem(
            f"cell {cell.number} was not run, but cells below it were" + and_more(len(unrun), "such cells"),
            "choose Restart and run all, and save",
            cell.number,
            head(cell),
        )
