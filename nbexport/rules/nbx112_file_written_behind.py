"""A file that a cell which stays in the notebook writes and exported code reads.

## What it does
Reports a literal path that a cell without a role writes (`df.to_csv("clean.csv")`, `open("x", "w")`, `%%writefile x`)
and that an exported cell below it names.

## Why is this bad
The export lacks the writing: it reads an older file of that name, or finds none.

## How to fix
Give the cell that writes the file a role, or hand the value over under a name.

## Limits
Paths that are put together of literals are compared; a file whose path is computed otherwise is an assumption.

## Source
Pimentel et al., MSR 2019 ("hidden state" kept outside the kernel).
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
rows = open("rows.txt").read()
# %%
open("copy.txt", "w").write(rows)
# %% tags=["train", "evaluate"]
metrics = {"n": len(rows)}
"""

BAD = """\
# %%
open("rows.txt", "w").write("1 2 3")  # <- here
# %% tags=["data"]
rows = open("rows.txt").read()
# %% tags=["train", "evaluate"]
metrics = {"n": len(rows)}
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Writes that exported reads below depend on."""
    seen: set[tuple[int, str]] = set()
    for conflict in account(analysis).of("file"):
        path = conflict.write.obj.name
        cell, span = place_of(analysis, conflict.write)
        if (cell, path) in seen:
            continue
        seen.add((cell, path))
        reading = reading_of(analysis, conflict, f"`{path}` is read here")
        reader = analysis.units[conflict.unit].cell
        yield Problem(
            f"cell {cell} stays in the notebook, but writes `{path}`, which cell {reader} reads",
            f"give cell {cell} a role, or hand the value over under a name",
            cell,
            span,
            path,
            fix=take_along_fix(analysis, conflict.write.unit, conflict.unit) if conflict.write.magic is None else None,
            related=(reading,),
        )
