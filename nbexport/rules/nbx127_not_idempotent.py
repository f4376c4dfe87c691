"""A cell that gives another result when it is run twice.

## What it does
Reports a cell that changes what an earlier cell made so that a second run goes on from the first: `x += 1`,
`x = x * 2`, `df = df.drop(columns=…)`, `rows.append(…)`, `del x`.

## Why is this bad
In a notebook a cell is easily run twice, and nothing shows that it was.

## How to fix
Give the result a new name, or make the change in the cell that makes the value.

## Limits
Only top-level statements of one of the known forms. Cells that an export lifts are left alone: it runs each once.

## Source
marimo documentation, "Idempotence"; Pimentel et al., MSR 2019.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity

SEVERITY = Severity.ADVICE
SCOPE = "notebook"

GOOD = """\
# %%
import sys
sys.path.append("..")
total = 0
rows = []
rows.append(1)
# %% counted from its own beginning
count = 0
count += 1
# %% the same however often
rows = sorted(rows)
total = max(total, 3)
# %% a loop's own variable
for row in rows:
    row = row + 1
# %% freed, and made again
del rows
rows = [2]
# %% bound again in between
total = 5
total += 1
print(rows, total, count)
"""

BAD = """\
# %%
total = 0
rows = []
# %%
total += 1  # <- here
# %%
total = total * 2  # <- here
# %%
rows.append(1)  # <- here
# %%
df = read("x.csv")
# %%
df = df.drop(columns=["a"])  # <- here
# %%
df.drop(columns=["b"], inplace=True)  # <- here
# %%
del df  # <- here
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """The first statement of a cell that goes on from its own last run, for each name."""
    seen: set[tuple[int, str]] = set()
    for index, unit in enumerate(analysis.units):
        if index in analysis.lifted and not analysis.whole:
            continue
        update = _goes_on(unit.node)
        if update is None:
            continue
        name, words = update
        before = analysis.before[index].get(name, frozenset())
        earlier = [d for d in before if d.unit >= 0 and not d.marker and not d.module and not d.function]
        if not earlier or len(earlier) != len(before) or (unit.cell, name) in seen:
            continue
        if any(analysis.units[d.unit].cell == unit.cell for d in earlier):
            continue
        if _starts_over(analysis, index, name):
            continue
        seen.add((unit.cell, name))
        deletes = isinstance(unit.node, ast.Delete)
        made = f"`{name}`, which cell {analysis.units[earlier[0].unit].cell} made"
        yield Problem(
            f"cell {unit.cell} cannot be run twice: it deletes {made}"
            if deletes
            else f"cell {unit.cell} gives another result when it is run twice: it {words} {made}",
            f"move the line to where `{name}` is made" + ("" if deletes else ", or give the result a new name"),
            unit.cell,
            unit.span(),
            name,
        )


def _starts_over(analysis: Analysis, index: int, name: str) -> bool:
    """Whether the cell binds the name afresh further down."""
    cell = analysis.units[index].cell
    return any(
        d.unit > index
        and analysis.units[d.unit].cell == cell
        and all(use.name != name for use in analysis.uses_by_unit.get(d.unit, ()))
        for d in analysis.definitions.get(name, ())
    )


def _goes_on(node: ast.stmt) -> tuple[str, str] | None:
    """The name, and what a second run does again to it; None for a statement that a second run leaves as it is."""
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        idempotent = isinstance(node.op, ast.BitOr | ast.BitAnd)
        return None if idempotent else (node.target.id, "changes")
    if isinstance(node, ast.Delete) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id, "deletes"
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return _called(node.value)
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        name = node.targets[0].id
        return (name, "changes") if _grows(node.value, name) else None
    return None


def _called(call: ast.Call) -> tuple[str, str] | None:
    if not isinstance(call.func, ast.Attribute) or not isinstance(call.func.value, ast.Name):
        return None
    method, name = call.func.attr, call.func.value.id
    if method in ("append", "extend", "insert", "appendleft"):
        return name, "adds to"
    if method in ("drop", "set_index") and _flag(call, "inplace") and not _is_lenient(call):
        return name, "drops from" if method == "drop" else "sets the index of"
    return None


def _grows(value: ast.expr, name: str) -> bool:
    """Whether an expression gives something else when it is given its own result."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add | ast.Sub | ast.Mult | ast.Div | ast.Pow):
        return any(isinstance(side, ast.Name) and side.id == name for side in (value.left, value.right))
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and _is_name(value.func.value, name):
        method = value.func.attr
        return (method in ("drop", "set_index") and not _is_lenient(value)) or method == "append"
    return False


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _is_lenient(call: ast.Call) -> bool:
    return any(keyword.arg == "errors" for keyword in call.keywords)


def _flag(call: ast.Call, name: str) -> bool:
    return any(
        keyword.arg == name and isinstance(keyword.value, ast.Constant) and keyword.value.value is True
        for keyword in call.keywords
    )
