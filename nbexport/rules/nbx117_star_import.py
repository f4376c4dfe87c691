"""Names taken by `from module import *`.

## What it does
Reports star imports, and `%pylab`.

## Why is this bad
Which names they bind depends on the installed version: they hide names of the notebook, and no reader or tool can tell
an undefined name from one that the module supplies.

## How to fix
Import the names that are used.

## Limits
An export lifts star imports as they stand. Every name that one may supply gets the benefit of the doubt, so NBX101 and
its kin are silent in such a notebook.

## Source
PEP 8, "Imports".
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity

SEVERITY = Severity.WARNING
SCOPE = "notebook"

GOOD = """\
# %%
from math import pi, sin
# %%
print(sin(pi))
"""

BAD = """\
# %%
from math import *  # <- here
# %%
print(sin(pi))
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Star imports."""
    for unit in analysis.star_imports:
        for node in ast.walk(analysis.units[unit].node):
            if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
                module = "." * node.level + (node.module or "")
                yield Problem(
                    f"`from {module} import *` binds names that cannot be told from the notebook",
                    f"import the names that are used from `{module}`",
                    analysis.units[unit].cell,
                    analysis.span(unit, node),
                    module,
                )
    for cell in analysis.notebook.cells:
        for magic in cell.magics if cell.runs else ():
            if magic.kind == "line" and magic.name == "pylab":
                yield Problem(
                    "`%pylab` binds all names of numpy and matplotlib",
                    "use `%matplotlib`, and import numpy and matplotlib by name",
                    cell.number,
                    magic.span,
                )
