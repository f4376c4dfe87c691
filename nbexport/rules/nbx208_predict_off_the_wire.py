"""A `predict` that no request can call.

## What it does
Reports a `predict` that takes or returns a type which JSON has no form of, or that is `async` or a generator. It is
silent where level 1 is asked for.

## Why is this bad
A service gets text and sends text. A plain class of the notebook, an image object or a fitted estimator cannot be made
from a request, and as an answer would be sent as its `repr`.

## How to fix
Take and return numbers, text, lists, dicts, dataclasses, `TypedDict`s, Pydantic models, `np.ndarray`, `torch.Tensor` or
`pd.DataFrame`, and build the rest inside `predict`.

## Limits
Types of libraries that are not known here are left to Pydantic, which objects when the service starts.

## Source
PRODUCT rule: `predict`'s annotations are the request and response types; Pydantic documentation, "Types".
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.analysis.wire_types import UNKNOWN_ROOTS, WIRE
from nbexport.model import Problem, Role, Severity, Trait

SEVERITY = Severity.ERROR
SCOPE = "lift"
TRAITS = frozenset({Trait.ASKS_LEVEL})
WORDS = ("predict",)

GOOD = """\
# %%
from dataclasses import dataclass
from typing import Literal, TypedDict
import numpy as np
# %% tags=["define"]
@dataclass
class Customer:
    age: int
class Answer(TypedDict):
    label: str
# %% tags=["train", "evaluate"]
metrics = {"n": 1}
# %% tags=["predict"]
def predict(rows: np.ndarray, who: "Customer | None", kind: Literal["PIL", "b"] = "b") -> Answer:
    return {"label": kind}
"""

BAD = """\
# %%
from PIL import Image
# %% tags=["define"]
class Customer:
    pass
# %% tags=["train", "evaluate"]
metrics = {"n": 1}
# %% tags=["predict"]
async def predict(  # <- here
    image: Image.Image,  # <- here
    who: list[Customer],  # <- here
) -> dict:
    return {}
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """What keeps the last `predict` from being called by a request."""
    if analysis.level == 1 or not any(Role.PREDICT in cell.roles for cell in analysis.notebook.cells):
        return
    problems = [
        (index, unit.node)
        for index, unit in enumerate(analysis.units)
        if isinstance(unit.node, ast.FunctionDef | ast.AsyncFunctionDef)
        and unit.node.name == "predict"
        and index in analysis.lifted
    ]
    if not problems:
        return
    index, node = problems[-1]
    unit = analysis.units[index]
    kind = "async" if isinstance(node, ast.AsyncFunctionDef) else "a generator" if _yields(node) else ""
    if kind:
        yield Problem(
            f"`predict` is {kind}, but a service calls it and sends what it returns",
            "write `def predict(…)` that returns its answer",
            unit.cell,
            analysis.span(index),
            "predict",
        )
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    for name, annotation in [*((a.arg, a.annotation) for a in arguments), ("", node.returns)]:
        shown = _not_carried(analysis, index, annotation) if annotation is not None else ""
        if shown and annotation is not None:
            what = f"takes `{name}` as" if name else "returns"
            yield Problem(
                f"`predict` {what} `{shown}`, which JSON has no form of",
                "use numbers, text, lists, dicts, a dataclass or an array, and build the rest inside `predict`",
                unit.cell,
                unit.span(annotation),
                name or "predict",
            )


def _yields(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        part = waiting.pop()
        if isinstance(part, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            waiting += ast.iter_child_nodes(part)
    return False


def _not_carried(analysis: Analysis, unit: int, annotation: ast.expr) -> str:
    """The part of an annotation that JSON has no form of, as it is written; empty when there is none."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            return _not_carried(analysis, unit, ast.parse(annotation.value, mode="eval").body)
        except SyntaxError:
            return ""
    if isinstance(annotation, ast.Subscript):
        base = analysis.full_name(unit, annotation.value) or ast.unparse(annotation.value)
        if base.rpartition(".")[2] == "Literal" or base in WIRE:
            return ""
    if isinstance(annotation, ast.Name | ast.Attribute):
        return ast.unparse(annotation) if _unknown(analysis, unit, annotation) else ""
    for part in ast.iter_child_nodes(annotation):
        if isinstance(part, ast.expr) and (shown := _not_carried(analysis, unit, part)):
            return shown
    return ""


def _unknown(analysis: Analysis, unit: int, node: ast.expr) -> bool:
    full = analysis.full_name(unit, node)
    if full is not None:
        return full.partition(".")[0] in UNKNOWN_ROOTS and full not in WIRE
    if not isinstance(node, ast.Name):
        return False
    classes = {
        statement.node.name: statement.node for statement in analysis.units if isinstance(statement.node, ast.ClassDef)
    }
    return node.id in classes and not _carried(classes, node.id, set())


def _carried(classes: dict[str, ast.ClassDef], name: str, seen: set[str]) -> bool:
    """Whether Pydantic reads a class of the notebook: a dataclass, or one with a base that it knows."""
    node = classes[name]
    if node.decorator_list:
        return True  # a dataclass, or something that may make one of it
    for base in node.bases:
        last = base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")
        if last in classes and last not in seen:
            if _carried(classes, last, {*seen, last}):
                return True
        elif last not in classes and last not in ("object", "Module", "BaseEstimator", "TransformerMixin"):
            return True  # a base from elsewhere may be a Pydantic model
    return False
