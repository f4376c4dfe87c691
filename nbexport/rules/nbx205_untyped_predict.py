"""A `predict` cell without one annotated function `predict`.

## What it does
Reports a `predict` cell that defines no function `predict`, or one whose arguments or result have no annotation.

## Why is this bad
The annotations become the types of the service's requests and answers; without them nothing can be checked.

## How to fix
Write `def predict(text: str, threshold: float = 0.5) -> dict:`.

## Limits
`*args` and `**kwargs` cannot be part of a request and are refused.

## Source
PEP 484; FastAPI documentation, "Request Body".
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Role, Severity, Span

SEVERITY = Severity.ERROR
SCOPE = "lift"

GOOD = """\
# %% tags=["train", "evaluate"]
metrics = {"n": 1}
# %% tags=["predict"]
def predict(text: str) -> int:
    return len(text)
"""

BAD = """\
# %% tags=["train", "evaluate"]
metrics = {"n": 1}
# %% tags=["predict"]
def predict(text) -> int:  # <- here
    return len(text)
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """`predict` cells that give a service nothing to go by."""
    cells = [cell.number for cell in analysis.notebook.cells if Role.PREDICT in cell.roles and cell.runs]
    if not cells or any(number in analysis.broken for number in cells):
        return
    functions = [
        (index, unit.node)
        for index, unit in enumerate(analysis.units)
        if isinstance(unit.node, ast.FunctionDef | ast.AsyncFunctionDef)
        and unit.node.name == "predict"
        and index in analysis.lifted
    ]
    if not functions:
        yield Problem(
            "this cell has the role `predict` but defines no function `predict`",
            "define `def predict(…) -> …:` with annotated arguments",
            cells[0],
            Span(1, 1, 1, 1),
            "predict",
        )
        return
    # a helper of the same name in another cell is not the one that is served
    tagged = [(index, node) for index, node in functions if Role.PREDICT in analysis.roles_of(index)]
    index, node = (tagged or functions)[-1]
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    bare = [argument.arg for argument in arguments if argument.annotation is None]
    bare += [argument.arg for argument in (node.args.vararg, node.args.kwarg) if argument is not None]
    if bare or node.returns is None:
        what = ", ".join(f"`{name}`" for name in bare) or "its result"
        yield Problem(
            f"`predict` has no usable annotation for {what}",
            "annotate every argument and the result: `def predict(text: str) -> dict:`",
            analysis.units[index].cell,
            analysis.span(index),
            "predict",
        )
