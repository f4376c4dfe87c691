"""A setting of a library or of Python that a cell which stays in the notebook has changed.

## What it does
Reports settings that hold for the whole process (`np.seterr(all="raise")`, `decimal.getcontext().prec = 4`,
`warnings.simplefilter("error")`, `sklearn.set_config(…)`, `torch.set_default_dtype(…)`) and replaced parts of
libraries (`pd.Series.doubled = …`), made in a cell without a role, when exported code below depends on them.

## Why is this bad
The export lacks the setting. It runs, and computes something else than the notebook did.

## How to fix
Give the cell a role, or move the line into a tagged cell.

## Limits
Which functions a setting governs is known from tables. Settings of what is shown (plots, widths, colors) are no
finding unless exported code turns values into text. A setting that a `with` block puts back is not a finding.

## Source
PRODUCT rule: a silently different result is the one unforgivable failure.
"""

from __future__ import annotations

from collections.abc import Iterator

from nbexport.analysis.effects.account import account, place_of, reading_of
from nbexport.analysis.notebook import Analysis
from nbexport.fix.take_along import take_along_fix
from nbexport.model import Problem, Severity, Trait

SEVERITY = Severity.ERROR
SCOPE = "lift"
TRAITS = frozenset({Trait.ROLE_FIXES})

GOOD = """\
# %%
import numpy as np
np.set_printoptions(precision=2)
rows = [1.0, 0.0]
# %% tags=["data"]
import numpy as np
rows = np.array([1.0, 2.0])
# %% tags=["train", "evaluate"]
metrics = {"mean": float(rows.mean())}
"""

BAD = """\
# %% tags=["data"]
import decimal
rows = [decimal.Decimal(1), decimal.Decimal(3)]
# %%
for digits in (9, 3):
    decimal.getcontext().prec = digits  # <- here
    print(rows[0] / rows[1])
# %% tags=["train", "evaluate"]
metrics = {"share": float(rows[0] / rows[1])}
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Settings made in cells that stay in the notebook and read by exported code."""
    seen: set[tuple[int, str]] = set()
    for conflict in account(analysis).of("setting"):
        write = conflict.write
        if (write.unit, write.obj.name) in seen:
            continue
        seen.add((write.unit, write.obj.name))
        cell, span = place_of(analysis, write)
        reading = analysis.units[conflict.unit].cell
        yield Problem(
            f"cell {cell} stays in the notebook, but {write.words}, on which cell {reading} depends",
            f"give cell {cell} a role, or move this line into cell {reading}",
            cell,
            span,
            fix=take_along_fix(analysis, write.unit, conflict.unit),
            related=(reading_of(analysis, conflict, "this depends on it"),),
        )
