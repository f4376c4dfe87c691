"""An `evaluate` cell without a dict `metrics`.

## What it does
Reports that no exported statement binds the name `metrics`.

## Why is this bad
Without figures nothing can be compared, gated or promoted.

## How to fix
Collect the figures: `metrics = {"accuracy": accuracy}`.

## Limits
Whether the value really is a dict is seen only when it runs.

## Source
PRODUCT rule: `evaluate` fills a dict `metrics`.
"""

from __future__ import annotations

from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Role, Severity, Span, Trait

SEVERITY = Severity.ERROR
SCOPE = "lift"
TRAITS = frozenset({Trait.PROPOSED})

GOOD = """\
# %% tags=["train"]
model = 1
# %% tags=["evaluate"]
metrics = {"model": model}
"""

BAD = """\
# %% tags=["train"]
model = 1
# %% tags=["evaluate"]
print(model)  # <- here
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """The last `evaluate` cell, when nothing exported binds `metrics`."""
    cells = [cell for cell in analysis.notebook.cells if Role.EVALUATE in cell.roles and cell.runs]
    if not cells:
        return
    bound = [d for d in analysis.definitions.get("metrics", ()) if d.unit in analysis.lifted and not d.module]
    if not bound:
        yield Problem(
            "no exported cell binds the dict `metrics`",
            'collect the figures in this cell: `metrics = {"accuracy": accuracy}`',
            cells[-1].number,
            Span(1, 1, 1, 1),
            "metrics",
        )
