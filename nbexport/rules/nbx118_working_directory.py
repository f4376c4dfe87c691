"""A directory or an environment that a cell which stays in the notebook has set.

## What it does
Reports `%cd` and `os.chdir` in a cell without a role when exported code below it reads a relative path, and `%env`,
`%set_env` and `os.environ[…] = …` when exported code below it reads that variable.

## Why is this bad
The export does not change directory and does not set the variable: it looks for the file elsewhere, or takes another
value.

## How to fix
Write the path so that it holds from the notebook's own folder, or give the cell a role.

## Limits
A directory that is changed and changed back is not a finding. Which variables libraries read by themselves is not
known.

## Source
PRODUCT rule: a silently different result is the one unforgivable failure.
"""

from __future__ import annotations

from collections.abc import Iterator

from nbexport.analysis.effects.account import account, place_of, reading_of
from nbexport.analysis.notebook import Analysis
from nbexport.fix.take_along import take_along_fix
from nbexport.model import Problem, Severity, Span

SEVERITY = Severity.ERROR
SCOPE = "lift"

GOOD = """\
# %%
%cd data
%env COLOUR=1
# %% tags=["data"]
rows = open("/srv/rows.txt").read()
# %% tags=["train", "evaluate"]
metrics = {"n": len(rows)}
"""

BAD = """\
# %%
%cd data  # <- here
# %%
%env DEPTH=3  # <- here
# %%
import os
def width():
    return "3"
os.environ["WIDTH"] = width()  # <- here
# %% tags=["data"]
rows = open("rows.txt").read()
# %% tags=["train", "evaluate"]
import os
metrics = {"n": len(rows) + int(os.environ["DEPTH"]) + int(os.getenv("WIDTH"))}
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Settings of the process left behind that exported code below depends on."""
    seen: set[tuple[int, Span]] = set()
    for conflict in account(analysis).of("directory", "environment"):
        cell, span = place_of(analysis, conflict.write)
        if (cell, span) in seen:
            continue
        seen.add((cell, span))
        reading = analysis.units[conflict.unit].cell
        moved = conflict.write.obj.word == "directory"
        depends = f"cell {reading} reads a relative path" if moved else f"cell {reading} reads it"
        yield Problem(
            f"cell {cell} stays in the notebook, but {conflict.write.words}, and {depends}",
            f"give cell {cell} a role, or do without it",
            cell,
            span,
            fix=take_along_fix(analysis, conflict.write.unit, conflict.unit) if conflict.write.magic is None else None,
            related=(reading_of(analysis, conflict, "it is read here"),),
        )
