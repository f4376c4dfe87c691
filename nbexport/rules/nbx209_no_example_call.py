"""A `predict` that is never called.

## What it does
Reports a `predict` for which no example call stands in its cells. It is silent where level 1 is asked for.

## Why is this bad
The example calls are the proof of a service: their answers are saved with the model, `/ready` and the generated tests
ask for them again, `/docs` shows them, and the time that they take decides where the model runs. Without one, nobody
knows whether the service answers as the notebook does.

## How to fix
Call `predict` below its definition with an input that is typical: `predict("where is my parcel")`.

## Limits
Calls in cells that are not tagged `predict` are not examples; nor are calls with `*args` or `**kwargs`.

## Source
PRODUCT rule: example calls in the `predict` cell become golden tests and the examples of `/docs`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Role, Severity, Trait

SEVERITY = Severity.WARNING
SCOPE = "lift"
TRAITS = frozenset({Trait.ASKS_LEVEL})
WORDS = ("predict",)

GOOD = """\
# %% tags=["train", "evaluate"]
weight = 2.0
metrics = {"weight": weight}
# %% tags=["predict"]
def predict(row: float) -> float:
    return row * weight
# %% tags=["predict"]
for row in [1.0, 2.0]:
    print(predict(row))
"""

BAD = """\
# %% tags=["train", "evaluate"]
weight = 2.0
metrics = {"weight": weight}
# %% tags=["predict"]
def predict(row: float) -> float:  # <- here
    return row * weight if row > 0 else predict(-row)
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """The last `predict`, where its cells never call it."""
    if analysis.level == 1:
        return
    units = [unit for unit in range(len(analysis.units)) if Role.PREDICT in analysis.roles_of(unit)]
    defined = []
    for unit in units:
        node = analysis.units[unit].node
        if isinstance(node, ast.FunctionDef) and node.name == "predict":
            defined.append(unit)
    if not defined or any(_calls_it(analysis.units[unit].node) for unit in units if unit not in defined):
        return
    last = defined[-1]
    yield Problem(
        "`predict` is called nowhere in its cells: no example shows what it is asked and what it answers",
        "call it once below its definition with a typical input",
        analysis.units[last].cell,
        analysis.span(last),
        "predict",
    )


def _calls_it(node: ast.stmt) -> bool:
    """Whether a statement calls `predict` with arguments that can be told apart."""
    return any(
        isinstance(part, ast.Call)
        and isinstance(part.func, ast.Name)
        and part.func.id == "predict"
        and not any(isinstance(argument, ast.Starred) for argument in part.args)
        and not any(keyword.arg is None for keyword in part.keywords)
        for part in ast.walk(node)
    )
