"""A statement in a `parameters` cell that binds no literal.

## What it does
Reports a statement of a `parameters` cell that is not an assignment of a literal.

## Why is this bad
It cannot become an option of `train.py`. It is exported as code and computed as in the notebook.

## How to fix
Move the statement to a cell of another role, or assign a literal.

## Limits
Arithmetic on numbers (`28 * 28`) counts as a literal.

## Source
papermill documentation, "Parametrize".
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis import values
from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Role, Severity
from nbexport.names.nodes import is_definition, is_import_like

SEVERITY = Severity.WARNING
SCOPE = "lift"

GOOD = """\
# %% tags=["parameters"]
n = 28 * 28
# %% tags=["train", "evaluate"]
metrics = {"n": n}
"""

BAD = """\
# %% tags=["parameters"]
import os
n = len(os.sep)  # <- here
# %% tags=["train", "evaluate"]
metrics = {"n": n}
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Statements of `parameters` cells that are code."""
    for index, unit in enumerate(analysis.units):
        if analysis.roles_of(index) != (Role.PARAMETERS,) or is_import_like(unit.node) or is_definition(unit.node):
            continue
        value = getattr(unit.node, "value", None)
        if isinstance(unit.node, ast.Pass) or (isinstance(unit.node, ast.Expr) and isinstance(value, ast.Constant)):
            continue
        if (
            isinstance(unit.node, ast.Assign | ast.AnnAssign)
            and value is not None
            and (values.literal(value)[0] or analysis.is_path(index, value))
        ):
            continue
        yield Problem(
            "this is not an assignment of a literal, so it becomes code and no option of `train.py`",
            "assign a literal, or move the statement to a cell of another role",
            unit.cell,
            unit.span(),
        )
