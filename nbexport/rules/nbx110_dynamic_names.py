"""Names made at run time: `exec`, `globals()`, `locals()`, `user_ns`, `sys.modules[__name__]`.

## What it does
Reports calls that read or write the notebook's namespace behind the code's back.

## Why is this bad
No reader and no tool can tell which names exist afterwards, and in a function they are not the same names.

## How to fix
Use a dict of your own for names that are made at run time.

## Limits
`"x" in globals()` only asks and `timeit(…, globals=globals())` only lends: both are left alone.
`locals()` and `vars()` inside a function look at that function and are left alone, as is `exec` in a namespace of its
own. `eval` is reported in exported cells alone, where its text is an f-string or a literal that names what the
notebook binds.

## Source
Python documentation, "Built-in Functions".
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity
from nbexport.names.guards import looks_up_namespace

SEVERITY = Severity.ERROR
SCOPE = "notebook"
WORDS = ("exec", "eval", "globals", "locals", "vars", "user_ns", "user_global_ns", "__name__", "__main__")
"""Without one of these in its text a cell needs no look."""

GOOD = """\
# %%
found = {}
found["x"] = 1
# %%
if "x" not in globals():
    x = 1
# %%
from timeit import timeit
print(timeit("x + 1", globals=globals()))
# %% a namespace of its own
own = {}
exec("x = 3", own)
"""

BAD = """\
# %%
globals()["x"] = 1  # <- here
"""

_ANYWHERE = ("exec", "user_ns", "sys.modules", "__main__")
"""What is reported in cells that stay in the notebook too: it binds names that exported code may read."""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Calls that reach into the namespace."""
    suspect = {
        cell.number for cell in analysis.notebook.cells if cell.runs and any(word in cell.code for word in WORDS)
    }
    for index, unit in enumerate(analysis.units):
        if unit.cell not in suspect:
            continue
        lifted = index in analysis.lifted
        asked = _asked(unit.nodes)
        for node in unit.nodes:
            if id(node) in asked:
                continue
            name = _dynamic(node, inside=isinstance(unit.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef))
            if name is None and lifted and not analysis.whole and _evaluates_names(analysis, node):
                name = "eval"
            if (
                name is None
                or (not lifted and name not in _ANYWHERE)
                or (name != "__main__" and name in analysis.definitions)
            ):
                continue
            yield Problem(
                f"`{name}` reads or writes the notebook's namespace at run time",
                "keep such names in a dict of your own",
                unit.cell,
                unit.span(node),
                name,
            )


def _asked(nodes: Sequence[ast.AST]) -> set[int]:
    """Calls that only ask which names there are (`"x" in globals()`) or lend the namespace out (`timeit`)."""
    asked: set[int] = set()
    for node in nodes:
        if looks_up_namespace(node):
            asked.update(map(id, ast.walk(node)))
        elif isinstance(node, ast.keyword) and node.arg == "globals":
            asked.add(id(node.value))
    return asked


def _has_own_namespace(call: ast.Call) -> bool:
    """Whether code is run in a namespace that it is given, and not in the notebook's."""
    spaces = [*call.args[1:2], *[keyword.value for keyword in call.keywords if keyword.arg == "globals"]]
    if not spaces or (isinstance(spaces[0], ast.Constant) and spaces[0].value is None):
        return False
    return not any(
        isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id in ("globals", "locals", "vars")
        for part in ast.walk(spaces[0])
    )


def _evaluates_names(analysis: Analysis, node: ast.AST) -> bool:
    """Whether `eval` looks up names of the notebook, which the code around it has no word for."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id != "eval":
        return False
    if not node.args or _has_own_namespace(node):
        return False
    text = node.args[0]
    if isinstance(text, ast.JoinedStr):
        return True
    if not isinstance(text, ast.Constant) or not isinstance(text.value, str):
        return False
    try:
        parts = ast.walk(ast.parse(text.value.strip(), mode="eval"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    names = [part.id for part in parts if isinstance(part, ast.Name)]
    return any(not d.module for name in names for d in analysis.definitions.get(name, ()))


def _dynamic(node: ast.AST, *, inside: bool) -> str | None:
    if isinstance(node, ast.Attribute) and node.attr in ("user_ns", "user_global_ns"):
        return "user_ns"
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "modules":
        return "sys.modules" if ast.unparse(node.slice) in ("__name__", "'__main__'") else None
    if isinstance(node, ast.Import) and any(alias.name == "__main__" for alias in node.names):
        return "__main__"
    if isinstance(node, ast.ImportFrom) and node.module == "__main__":
        return "__main__"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        name = node.func.id
        if name == "exec" and _has_own_namespace(node):
            return None
        if name in ("exec", "globals") or (name in ("locals", "vars") and not inside and not node.args):
            return name
    return None
