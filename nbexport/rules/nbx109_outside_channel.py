"""Names that come from outside the notebook: `%store -r`, `%run`, `%load`.

## What it does
Reports IPython commands that put names into the notebook which no cell binds.

## Why is this bad
The values lie in another session's store or another file: neither the reader nor an export can see them.

## How to fix
Save the value to a file and read it, or move the code of the other file into an importable module.

## Limits
In a cell that stays in the notebook it is reported only when exported code reads a name that nothing else binds.

## Source
IPython documentation, "Built-in magic commands".
"""

from __future__ import annotations

from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity

SEVERITY = Severity.ERROR
SCOPE = "notebook"

GOOD = """\
# %%
import json
x = json.loads("1")
print(x)
"""

BAD = """\
# %%
%store -r x  # <- here
# %%
print(1)
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Commands that bind names from elsewhere."""
    unbound = any(
        use.name not in analysis.definitions and not analysis.is_provided(use.name) for use in analysis.judged_uses
    )
    for cell in analysis.notebook.cells:
        for magic in cell.magics if cell.runs else ():
            brings = (
                (magic.name == "store" and "-r" in magic.argument.split())
                or magic.name in ("run", "load", "loadpy")
                or (magic.name == "autocall")
            )
            if magic.kind == "line" and brings and (analysis.whole or cell.roles or unbound):
                yield Problem(
                    f"`%{magic.name} {magic.argument}` brings names that no cell of this notebook binds",
                    "read the value from a file, or import the code from a module",
                    cell.number,
                    magic.span,
                )
