"""Random numbers drawn in a cell that stays behind, between the seeding and an exported draw.

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
Draws inside libraries that are not in nbexport's table are not seen; `nbexport verify` sees their effect.

## Source
PyTorch documentation, "Reproducibility"; NumPy documentation, "Legacy random generation".
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.bindings import RandomKind, Randomness
from nbexport.analysis.notebook import Analysis
from nbexport.fix.take_along import take_along_fix
from nbexport.model import Problem, Severity, Trait
from nbexport.names.kinds import Generator

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
    pending: dict[Generator, Randomness] = {}
    seeded: set[Generator] = set()
    reported: set[int] = set()
    for event in sorted(analysis.randomness, key=lambda event: event.unit):
        lifted = event.unit in analysis.lifted
        generator = event.generator
        if event.kind is RandomKind.SEED:
            seeded.add(generator)
            if lifted:
                pending.pop(generator, None)
            else:
                pending[generator] = event
        elif not lifted:
            if generator in seeded:
                pending.setdefault(generator, event)
        elif event.kind is RandomKind.DRAW and generator in pending:
            behind = pending.pop(generator)
            if behind.unit in reported:
                continue
            reported.add(behind.unit)
            cell = analysis.units[behind.unit].cell
            reading = analysis.units[event.unit].cell
            verb = "seeds" if behind.kind is RandomKind.SEED else "draws from"
            yield Problem(
                f"cell {cell} stays behind, but {behind.what} {verb} {generator}'s random state, "
                f"on which {event.what} in cell {reading} depends",
                f"seed {generator} again in cell {reading} before that line, or give cell {cell} a role",
                cell,
                analysis.span(behind.unit, _node(analysis, behind)),
                fix=take_along_fix(analysis, behind.unit, event.unit),
                related=(
                    analysis.related(
                        event.unit, f"{event.what} draws from {generator}'s random state", _node(analysis, event)
                    ),
                ),
            )


def _node(analysis: Analysis, event: Randomness) -> ast.AST | None:
    """The draw itself, or None for the statement when it stands in a function that the statement calls."""
    return next((part for part in ast.walk(analysis.units[event.unit].node) if part is event.node), None)
