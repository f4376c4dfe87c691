"""A function that writes a notebook name through `global`.

## What it does
Reports a function of the export that binds a name of the notebook by a `global` statement.

## Why is this bad
Which value the name has depends on which calls were made so far; an exported function has no such name to write.

## How to fix
Return the value and assign it where the function is called.

## Limits
Only functions that the export contains.

## Source
Python language reference, "The global statement".
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity
from nbexport.names.kinds import BindKind
from nbexport.names.operations import Bind

SEVERITY = Severity.ERROR
SCOPE = "lift"
WORDS = ("global",)

GOOD = """\
# %% tags=["train"]
def step(n):
    return n + 1
n = step(0)
# %% tags=["evaluate"]
metrics = {"n": n}
"""

BAD = """\
# %% tags=["train"]
n = 0
def step():
    global n  # <- here
    n = n + 1
step()
# %% tags=["evaluate"]
metrics = {"n": n}
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Exported functions with a `global` statement whose name they bind."""
    for index, unit in analysis.statements_near("global"):
        if index not in analysis.lifted:
            continue
        written = {
            op.name
            for function in unit.functions
            for op in function.all_ops()
            if isinstance(op, Bind) and op.how is BindKind.GLOBAL
        }
        for node in unit.nodes:
            if isinstance(node, ast.Global) and written & set(node.names):
                name = min(written & set(node.names))
                yield Problem(
                    f"a function writes the notebook's `{name}` through `global`",
                    f"return `{name}` from the function and assign it where it is called",
                    unit.cell,
                    unit.span(node),
                    name,
                )
