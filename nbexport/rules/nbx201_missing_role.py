"""A role that the level needs and no cell has.

## What it does
Reports that no cell is tagged `train`, or `evaluate`, or what else the level that is asked for needs.

## Why is this bad
Without these cells there is no training run to export and no figure to judge it by.

## How to fix
Tag the cells: `train` where the model learns, `evaluate` where the dict `metrics` is filled.

## Limits
A notebook without any role is judged as a whole unless a level is asked for.

## Source
PRODUCT rule: only `train` and `evaluate` are needed for level 1.
"""

from __future__ import annotations

from collections.abc import Iterator

from nbexport import levels
from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity, Span, Trait

SEVERITY = Severity.ERROR
SCOPE = "lift"
TRAITS = frozenset({Trait.ASKS_LEVEL, Trait.OF_NOTEBOOK, Trait.PROPOSED})

GOOD = """\
# %% tags=["train"]
model = 1
# %% tags=["evaluate"]
metrics = {"model": model}
"""

BAD = """\
# %% tags=["train"]
model = 1  # <- here
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Roles that the level needs."""
    level = analysis.level
    if level is None:
        level = 0 if analysis.whole else 1
    present = {role for cell in analysis.notebook.cells for role in cell.roles if cell.runs}
    code = [cell.number for cell in analysis.notebook.cells if cell.kind == "code"]
    entry = levels.level(level)
    for role in entry.roles if entry is not None else ():
        if role not in present:
            yield Problem(
                f"level {level} needs a cell with the role `{role}`, and this notebook has none",
                f'tag the cell that is to become `{role}` in its metadata (`tags: ["{role}"]`)',
                code[0] if code else 1,
                Span(1, 1, 1, 1),
            )
