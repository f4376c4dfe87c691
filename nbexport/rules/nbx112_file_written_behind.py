"""A file that a cell which stays behind writes and exported code reads.

## What it does
Reports a literal path that a cell without a role writes (`df.to_csv("clean.csv")`, `open("x", "w")`, `%%writefile x`)
and that an exported cell below it names.

## Why is this bad
The export lacks the writing: it reads an older file of that name, or finds none.

## How to fix
Give the cell that writes the file a role, or hand the value over under a name.

## Limits
Only literal paths are compared, not paths that are put together.

## Source
Pimentel et al., MSR 2019 ("hidden state" kept outside the kernel).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.analysis.written_files import written_paths
from nbexport.fix.take_along import take_along_fix
from nbexport.model import Fix, Problem, Related, Severity, Span, Trait

SEVERITY = Severity.ERROR
SCOPE = "lift"
TRAITS = frozenset({Trait.ROLE_FIXES_EXPLORATION})

GOOD = """\
# %% tags=["data"]
rows = open("rows.txt").read()
# %%
open("copy.txt", "w").write(rows)
# %% tags=["train", "evaluate"]
metrics = {"n": len(rows)}
"""

BAD = """\
# %%
open("rows.txt", "w").write("1 2 3")  # <- here
# %% tags=["data"]
rows = open("rows.txt").read()
# %% tags=["train", "evaluate"]
metrics = {"n": len(rows)}
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Writes that exported reads below depend on."""
    read_in: dict[str, tuple[int, ast.Constant]] = {}
    for index in sorted(analysis.lifted, reverse=True):
        for node in analysis.units[index].nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                read_in[node.value] = index, node
    for index, unit in enumerate(analysis.units):
        if index in analysis.lifted:
            continue
        for node in unit.nodes:
            for path in written_paths(node):
                if path in read_in and read_in[path][0] > index:
                    fix = take_along_fix(analysis, index, read_in[path][0])
                    yield _problem(path, unit.cell, unit.span(node), analysis.related(*_reading(path, read_in)), fix)
    for cell in analysis.notebook.cells:
        if cell.roles or cell.kind != "code":
            continue
        for magic in cell.magics:
            path = magic.argument.split()[-1] if magic.argument.split() else ""
            if magic.name in ("writefile", "file") and path in read_in:
                reading = analysis.related(*_reading(path, read_in))
                if reading.cell > cell.number:
                    yield _problem(path, cell.number, magic.span, reading)


def _reading(path: str, read_in: dict[str, tuple[int, ast.Constant]]) -> tuple[int, str, ast.Constant]:
    unit, node = read_in[path]
    return unit, f"`{path}` is read here", node


def _problem(path: str, cell: int, span: Span, reading: Related, fix: Fix | None = None) -> Problem:
    return Problem(
        f"cell {cell} stays behind, but writes `{path}`, which cell {reading.cell} reads",
        f"give cell {cell} a role, or hand the value over under a name",
        cell,
        span,
        path,
        fix=fix,
        related=(reading,),
    )
