"""`await` at the top level of an exported cell.

## What it does
Reports a top-level `await`, `async for` or `async with` in a cell with a role.

## Why is this bad
IPython runs it on the kernel's event loop; an exported function has none.

## How to fix
Wrap the coroutine: `asyncio.run(main())` in a function of its own.

## Limits
None known.

## Source
IPython documentation, "Asynchronous in REPL: Autoawait".
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity

SEVERITY = Severity.ERROR
SCOPE = "lift"
WORDS = ("await", "async")

GOOD = """\
# %% tags=["train", "evaluate"]
metrics = {"n": 1}
"""

BAD = """\
# %% tags=["train", "evaluate"]
async def f():
    return 1
n = await f()  # <- here
metrics = {"n": n}
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Exported statements that wait outside an async function."""
    if analysis.whole:
        return
    for index, unit in analysis.statements_near("await", "async"):
        if index not in analysis.lifted:
            continue
        for node in _outside_functions(unit.node):
            if isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith):
                yield Problem(
                    "`await` at the top level needs the kernel's event loop, which exported code does not have",
                    "put it into an `async def` and call that with `asyncio.run`",
                    unit.cell,
                    unit.span(node),
                )


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _outside_functions(child)
