"""A directory or an environment that a cell which stays behind has set.

## What it does
Reports `%cd` and `os.chdir` in a cell without a role when exported code below it reads a relative path, and `%env`,
`%set_env` and `os.environ[…] = …` when exported code below it reads that variable.

## Why is this bad
The export does not change directory and does not set the variable: it looks for the file elsewhere, or takes another
value.

## How to fix
Write the path so that it holds from the notebook's own folder, or give the cell a role.

## Limits
Only literal paths and names of variables are compared.

## Source
PRODUCT rule: a silently different result is the one unforgivable failure.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.fix.take_along import take_along_fix
from nbexport.model import Fix, Magic, Problem, Severity, Span

SEVERITY = Severity.ERROR
SCOPE = "lift"

GOOD = """\
# %%
%cd data
%env COLOUR=1
# %% tags=["data"]
rows = open("/srv/rows.txt").read()
# %% tags=["train", "evaluate"]
metrics = {"n": len(rows)}
"""

BAD = """\
# %%
%cd data  # <- here
# %%
%env DEPTH=3  # <- here
# %%
import os
def width():
    return "3"
os.environ["WIDTH"] = width()  # <- here
# %% tags=["data"]
rows = open("rows.txt").read()
# %% tags=["train", "evaluate"]
import os
metrics = {"n": len(rows) + int(os.environ["DEPTH"]) + int(os.getenv("WIDTH"))}
"""

_READERS = frozenset("open Path load loadtxt genfromtxt fromfile listdir glob iglob walk ImageFolder".split())


def find(analysis: Analysis) -> Iterator[Problem]:
    """Settings of the process left behind that exported code below depends on."""
    if analysis.whole:
        return
    paths: dict[str, int] = {}
    variables: dict[str, int] = {}
    for index in sorted(analysis.lifted, reverse=True):
        reading = analysis.units[index].cell
        for node in analysis.units[index].nodes:
            if isinstance(node, ast.Call | ast.Subscript):
                paths.update(dict.fromkeys(_relative_paths(node), reading))
                variables.update(dict.fromkeys(_variables(node), reading))
    if not paths and not variables:
        return
    behind: list[tuple[int, Span, str, str | None]] = []
    for index, unit in enumerate(analysis.units):
        if index not in analysis.lifted:
            for node in unit.nodes:
                behind += [(unit.cell, unit.span(node), *found) for found in _set_by(analysis, index, node)]
    for cell in analysis.notebook.cells:
        if cell.runs and not cell.roles:
            for magic in cell.magics:
                behind += [(cell.number, magic.span, *found) for found in _set_by_magic(magic)]
    for number, span, what, variable in behind:
        read = {text: at for text, at in (paths if variable is None else variables).items() if at > number}
        if variable is None and read:
            text = min(read, key=lambda text: (read[text], text))
            fix = _fix(analysis, number, span, read[text])
            yield _problem(number, span, what, f"cell {read[text]} reads `{text}` from there", fix)
        elif variable in read:
            fix = _fix(analysis, number, span, read[variable])
            yield _problem(number, span, what, f"cell {read[variable]} reads it", fix)


def _fix(analysis: Analysis, cell: int, span: Span, reading: int) -> Fix | None:
    """The fix that takes what stands on a line along."""
    units = analysis.units_of(cell)
    unit = next((unit for unit in units if analysis.span(unit).row <= span.row <= analysis.span(unit).end_row), None)
    use = next((unit for unit in analysis.units_of(reading) if unit in analysis.lifted), None)
    return None if unit is None or use is None else take_along_fix(analysis, unit, use)


def _problem(cell: int, span: Span, what: str, reading: str, fix: Fix | None) -> Problem:
    return Problem(
        f"cell {cell} stays behind, but {what}, and {reading}",
        f"give cell {cell} a role, or do without it",
        cell,
        span,
        fix=fix,
    )


def _set_by(analysis: Analysis, index: int, node: ast.AST) -> Iterator[tuple[str, str | None]]:
    """(in words, the environment variable; None for the directory) of what a node sets."""
    if isinstance(node, ast.Call) and analysis.full_name(index, node.func) == "os.chdir":
        yield "changes the directory", None
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
        if analysis.full_name(index, node.value) == "os.environ":
            name = _literal(node.slice)
            yield f"sets the environment variable `{name}`", name


def _set_by_magic(magic: Magic) -> Iterator[tuple[str, str | None]]:
    if magic.kind == "line" and magic.name in ("cd", "pushd") and magic.argument not in ("", ".", "-q ."):
        yield "changes the directory", None
    if magic.kind == "line" and magic.name in ("env", "set_env"):
        name = magic.argument.replace("=", " ").partition(" ")[0]
        if name and name != magic.argument:
            yield f"sets the environment variable `{name}`", name


def _relative_paths(node: ast.Call | ast.Subscript) -> Iterator[str]:
    """Literal relative paths among the arguments of a call that reads."""
    if not isinstance(node, ast.Call):
        return
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in _READERS or name.startswith(("read_", "load_", "imread")):
        texts = [_literal(argument) for argument in node.args[:1]]
        yield from (text for text in texts if text and text[0] not in "/~\\" and ":" not in text)


def _variables(node: ast.Call | ast.Subscript) -> Iterator[str]:
    """Names of environment variables that a node reads."""
    owner = node.value if isinstance(node, ast.Subscript) else node.func
    if isinstance(node, ast.Subscript):
        named = isinstance(node.ctx, ast.Load) and _last(owner) == "environ"
        yield from [_literal(node.slice)] if named else []
    elif _last(owner) == "getenv" or (
        isinstance(owner, ast.Attribute) and owner.attr == "get" and _last(owner.value) == "environ"
    ):
        yield from (_literal(argument) for argument in node.args[:1])


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _literal(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
