"""Random numbers drawn in a cell that stays in the notebook, between the seeding and an exported draw.

## What it does
Reports a draw from python's, numpy's or torch's global generator in a cell without a role when exported code draws
from the same generator afterwards without seeding it again. Shuffles, splits and estimators without `random_state`,
`DataLoader` iteration and the construction of layers draw too.

## Why is this bad
The export leaves that draw out, so every later draw gives other numbers: another split, other initial weights, other
metrics. In real notebooks this changes metrics by up to 95 %.

## How to fix
Seed again right before the exported draw, or give the cell a role, or let it use a generator of its own.

## Limits
Draws inside libraries of which nbexport has no table are not seen; `nbexport verify` sees their effect.

## Source
PyTorch documentation, "Reproducibility"; NumPy documentation, "Legacy random generation".
"""

from __future__ import annotations

from collections.abc import Iterator

from nbexport.analysis.effects.account import account, place_of, reading_of
from nbexport.analysis.notebook import Analysis
from nbexport.fix.take_along import take_along_fix
from nbexport.model import Problem, Severity, Trait

SEVERITY = Severity.ERROR
SCOPE = "lift"
TRAITS = frozenset({Trait.ROLE_FIXES_EXPLORATION})

GOOD = """\
# %% tags=["data"]
import numpy as np
rows = list(range(9))
# %%
print(np.random.rand(3))
# %% tags=["train", "evaluate"]
np.random.seed(0)
np.random.shuffle(rows)
metrics = {"first": rows[0]}
"""

BAD = """\
# %% tags=["data"]
import numpy as np
np.random.seed(0)
rows = list(range(9))
# %%
print(np.random.rand(3))  # <- here
# %% tags=["train", "evaluate"]
np.random.shuffle(rows)
metrics = {"first": rows[0]}
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Draws left behind that an exported draw depends on."""
    seen: set[int] = set()
    for conflict in account(analysis).of("random"):
        write = conflict.write
        if write.unit in seen:
            continue
        seen.add(write.unit)
        generator = write.obj.name
        cell, span = place_of(analysis, write)
        reading = analysis.units[conflict.unit].cell
        yield Problem(
            f"cell {cell} stays in the notebook, but {write.words}, on which {conflict.what} in cell {reading} depends",
            f"seed {generator} again in cell {reading} before that line, or give cell {cell} a role",
            cell,
            span,
            fix=take_along_fix(analysis, write.unit, conflict.unit),
            related=(reading_of(analysis, conflict, f"{conflict.what} draws from {generator}'s random state"),),
        )
