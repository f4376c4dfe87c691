"""A call in a cell that stays in the notebook, which an export takes to be harmless.

## What it does
Reports a line of a cell without a role that gives an object which exported code reads later to something of which
nothing is known: a function or method of a library that no table of nbexport lists.

## Why is this bad
If the call changes the object, the export lacks the change and computes something else than the notebook did.

## How to fix
Run `nbexport verify` after the export: it runs both and compares them. Or give the cell a role, or the call a copy.

## Limits
A check judges the file alone, so it reports an assumption also after `nbexport verify` has settled it; the plan of the
export says *verified* then. A comment silences a check, not the list in `nbexport.lock`.

## Source
PRODUCT rule: what cannot be resolved is never taken for harmless without a word.
"""

from __future__ import annotations

from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity, Trait

SEVERITY = Severity.WARNING
SCOPE = "lift"
TRAITS = frozenset({Trait.ASSUMES})

GOOD = """\
# %% tags=["data"]
rows = [1, 2]
# %%
import somelib
somelib.inspect(list(rows))
print(rows)
# %% tags=["train", "evaluate"]
model = sum(rows)
metrics = {"sum": model}
"""

BAD = """\
# %% tags=["data"]
rows = [1, 2]
# %%
import somelib
somelib.inspect(rows)  # <- here
# %% tags=["train", "evaluate"]
model = sum(rows)
metrics = {"sum": model}
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Calls that an export takes to be harmless."""
    if analysis.whole:
        return
    from nbexport.analysis.effects.account import account  # most notebooks that are checked have no roles
    from nbexport.analysis.joined import assumed

    for assumption in assumed(analysis):
        yield Problem(
            f"cell {assumption.cell} calls `{assumption.call}` on `{assumption.object}`, which another notebook, that "
            f"has a kernel of its own, reads later; it is assumed to be harmless: {assumption.reason}",
            "verify the export to settle it",
            assumption.cell,
            analysis.cells[assumption.cell].row_span(assumption.line),
            assumption.object,
        )
    for assumption in account(analysis).assumptions:
        yield Problem(
            f"cell {assumption.cell} stays in the notebook and calls `{assumption.call}` on `{assumption.object}`, "
            f"which exported code reads later; it is assumed to be harmless: {assumption.reason}",
            f"give cell {assumption.cell} a role, or verify the export to settle it",
            assumption.cell,
            analysis.cells[assumption.cell].row_span(assumption.line),
            assumption.object,
        )
