"""A name that only cells which stay in the notebook bind.

## What it does
Reports a read in exported code of a name that is bound only in a cell without a role, or tagged `skip`.

## Why is this bad
The export would not contain the binding, and would fail or compute something else.

## How to fix
Tag the cell that binds the name, or move that line into a tagged cell.

## Limits
Imports, and functions and classes in cells that hold nothing else, are taken along without a tag.

## Source
PRODUCT rule: untagged cells are exploration and stay in the notebook.
"""

from __future__ import annotations

from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity

SEVERITY = Severity.ERROR
SCOPE = "lift"

GOOD = """\
# %% tags=["data"]
rows = [1, 2]
# %% tags=["train"]
model = sum(rows)
# %% tags=["evaluate"]
metrics = {"sum": model}
"""

BAD = """\
# %%
rows = [1, 2]
# %% tags=["train"]
model = sum(rows)  # <- here
# %% tags=["evaluate"]
metrics = {"sum": model}
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Exported reads that a binding of a cell left behind reaches, where no exported cell bound the name before."""
    seen: set[tuple[str, int]] = set()
    for use in analysis.judged_uses:
        behind = sorted(
            (d for d in use.definitions if d.unit >= 0 and not d.marker and d.unit not in analysis.lifted),
            key=lambda d: d.place,
        )
        if not behind:
            continue
        if any(d.unit in analysis.lifted and d.unit < use.unit for d in analysis.definitions[use.name]):
            continue
        cell, span = analysis.place(use)
        source = analysis.units[behind[-1].unit].cell
        if (use.name, source) in seen:
            continue
        seen.add((use.name, source))
        called = (
            f"`{use.function.name}`, called in cell {analysis.units[use.unit].cell}, reads " if use.function else ""
        )
        bound = "which is bound" if called else "is bound"
        yield Problem(
            f"{called}`{use.name}`{',' if called else ''} {bound} only in cell {source}, which stays in the notebook",
            f"give cell {source} a role, or move the line that binds `{use.name}` into a tagged cell",
            cell,
            span,
            use.name,
            related=(analysis.bound_here(behind[-1], f"`{use.name}` is bound here"),),
        )
