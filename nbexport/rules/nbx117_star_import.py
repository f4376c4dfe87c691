"""Names taken by `from module import *`.

## What it does
Reports star imports, and `%pylab`.

## Why is this bad
Which names they bind depends on the installed version: they hide names of the notebook, and no reader or tool can tell
an undefined name from one that the module supplies.

## How to fix
Import the names that are used.

## Limits
An export lifts star imports as they stand. What a module of the standard library or numpy supplies is known; below the
star import of another one every name gets the benefit of the doubt, so that NBX101 and its kin are silent there.

## Source
PEP 8, "Imports".
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.model import Edit, Fix, Problem, Severity
from nbexport.names.kinds import BindKind

SEVERITY = Severity.WARNING
SCOPE = "notebook"
WORDS = ("*", "pylab")

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
                yield _problem(analysis, unit, node)
    for cell in analysis.notebook.cells:
        for magic in cell.magics if cell.runs else ():
            if magic.kind == "line" and magic.name == "pylab":
                yield Problem(
                    "`%pylab` binds all names of numpy and matplotlib",
                    "use `%matplotlib`, and import numpy and matplotlib by name",
                    cell.number,
                    magic.span,
                )


def _problem(analysis: Analysis, unit: int, node: ast.ImportFrom) -> Problem:
    """A star import, with the names that the notebook takes from it where the module's are known."""
    from nbexport.names.star_names import star_names  # few notebooks have such an import

    module = "." * node.level + (node.module or "")
    message = f"`from {module} import *` binds names that the notebook does not show"
    hint, fix = f"import the names that are used from `{module}`", None
    cell, span = analysis.units[unit].cell, analysis.span(unit, node)
    known = star_names(module)
    if known is not None:
        message = f"`from {module} import *` binds {len(known)} names, which hide others of the same name"
        used = sorted(
            name
            for name, definitions in analysis.definitions.items()
            if any(made.how is BindKind.STAR and made.unit == unit for made in definitions)
        )
        if used and set(used) <= known:
            statement = f"from {module} import {', '.join(used)}"
            hint = f"write `{statement}`"
            fix = Fix(hint, (Edit(cell, span, statement),), safe=False)
    return Problem(message, hint, cell, span, module, fix)
