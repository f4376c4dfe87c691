"""A seed or a feature computed from today's date.

## What it does
Reports `random_state=int(time.time())` and other seeds that are taken from the clock, and columns that are computed
from the current date or time: `df["age"] = datetime.now().year - df["born"]`.

## Why is this bad
The notebook computes something else each day: a model that was trained on ages of March is given ages of June.

## How to fix
Write the date down as a parameter, or take it from the data: `df["date"].max()`.

## Limits
Only what stands in one statement. Times that are printed, measured or put into the name of a file are left alone, and
so is a column that records when a row was made.

## Source
Pineau et al., "Improving reproducibility in machine learning research", JMLR 2021 (checklist).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity
from nbexport.names import effects
from nbexport.names.nodes import root_name

SEVERITY = Severity.WARNING
SCOPE = "notebook"
WORDS = ("now(", "today(", "time.", "time(", "perf_counter(")

GOOD = """\
# %%
import time
from datetime import datetime
import numpy as np
import pandas as pd
df = pd.read_csv("rows.csv")
# %%
start = time.time()
print("took", time.time() - start, datetime.now())
# %%
name = f"model-{datetime.now():%Y-%m-%d}.bin"
log = {"when": datetime.now().isoformat()}
log["seconds"] = time.time() - start
# %%
df["read_at"] = datetime.now()
df["age"] = 2024 - df["born"]
np.random.seed(0)
"""

BAD = """\
# %%
import time
from datetime import date, datetime
import numpy as np
import pandas as pd
df = pd.read_csv("rows.csv")
# %%
df["age"] = datetime.now().year - df["born"]  # <- here
# %%
df["days"] = (pd.Timestamp.today() - df["bought"]).dt.days  # <- here
# %%
np.random.seed(int(time.time()))  # <- here
"""

_DATES = frozenset(
    """datetime.datetime.now datetime.datetime.today datetime.datetime.utcnow datetime.date.today pandas.Timestamp.now
    pandas.Timestamp.today pandas.Timestamp.utcnow""".split()
)
_CLOCKS = frozenset({"time.time", "time.time_ns", "time.perf_counter", "time.monotonic", *_DATES})
_USES = ("seed", "random_state", '"] =', "'] =")


def find(analysis: Analysis) -> Iterator[Problem]:
    """Seeds and columns that are taken from the clock."""
    using = {unit.cell for _, unit in analysis.statements_near(*_USES)}
    for index, unit in analysis.statements_near(*WORDS):
        if unit.cell not in using:
            continue
        rows = unit.lines[unit.node.lineno - 1 : unit.node.end_lineno]
        if not any(word in row for row in rows for word in WORDS):
            continue
        for node in ast.walk(unit.node):
            if isinstance(node, ast.Call):
                clock = _seed_from_clock(analysis, index, node)
                what = "the seed"
            else:
                clock = _column_from_clock(analysis, index, node) if isinstance(node, ast.Assign) else None
                what = f"the column `{_column(node.targets[0])}`" if isinstance(node, ast.Assign) else ""
            if clock is not None:
                yield Problem(
                    f"{what} is computed from `{ast.unparse(clock)}`, which differs in each run",
                    "write the value down as a parameter",
                    unit.cell,
                    analysis.span(index, clock),
                )


def _seed_from_clock(analysis: Analysis, unit: int, call: ast.Call) -> ast.Call | None:
    """The reading of the clock that a seed is made of."""
    seeds = [keyword.value for keyword in call.keywords if keyword.arg in ("random_state", "seed")]
    if analysis.full_name(unit, call.func) in effects.SEEDS:
        seeds += call.args
    return next((clock for seed in seeds for clock in _readings(analysis, unit, seed, _CLOCKS)), None)


def _column_from_clock(analysis: Analysis, unit: int, node: ast.Assign) -> ast.Call | None:
    """The date that is reckoned with another column of the table that is assigned to."""
    target = node.targets[0]
    root = root_name(target)
    if root is None or not _column(target):
        return None
    for part in ast.walk(node.value):
        if not isinstance(part, ast.BinOp):
            continue
        for dated, other in ((part.left, part.right), (part.right, part.left)):
            clock = next(_readings(analysis, unit, dated, _DATES), None)
            if clock is not None and any(
                isinstance(inner, ast.Subscript) and _column(inner) and _is_named(inner, root.id)
                for inner in ast.walk(other)
            ):
                return clock
    return None


def _column(node: ast.AST) -> str:
    """The column that `df["name"]` stands for; empty for anything else."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
        return node.slice.value
    return ""


def _is_named(node: ast.expr, name: str) -> bool:
    root = root_name(node)
    return root is not None and root.id == name


def _readings(analysis: Analysis, unit: int, node: ast.expr, names: frozenset[str]) -> Iterator[ast.Call]:
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and analysis.full_name(unit, part.func) in names:
            yield part
