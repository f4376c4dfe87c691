"""Names that come from outside the notebook: `%store -r`, `%load`, `%run` of a script.

## What it does
Reports IPython commands that put names into the notebook which no cell binds, and imports of notebooks that cannot
become modules. `%run other.ipynb` is followed: its cells are read in place of the command, and exported with it. So is
`import helpers` after `import import_ipynb`, and `from ipynb.fs.full.helpers import …`: the project gets `helpers.py`.

## Why is this bad
The values lie in another session's store or another file: neither the reader nor an export can see them.

## How to fix
Save the value to a file and read it, or move the code of the other file into an importable module. Run a notebook by
its path, at the top level of a cell: it must lie in the folder of this one or below. Import a notebook from the folder
of this one, and keep commands of IPython out of it.

## Limits
In a cell that stays in the notebook it is reported only when exported code reads a name that nothing else binds.

## Source
IPython documentation, "Built-in magic commands".
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity
from nbexport.read.bringing import path_of
from nbexport.read.importing import IMPORTERS

SEVERITY = Severity.ERROR
SCOPE = "notebook"
WORDS = ("store", "run", "load", "autocall", *IMPORTERS)

GOOD = """\
# %%
import json
x = json.loads("1")
print(x)
"""

BAD = """\
# %%
%store -r x  # <- here
# %%
print(1)
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Commands that bind names from elsewhere, and imports of notebooks."""
    yield from _commands(analysis)
    yield from _imports(analysis)


def _imports(analysis: Analysis) -> Iterator[Problem]:
    for number, unit in enumerate(analysis.units):
        if not (analysis.whole or number in analysis.lifted or analysis.roles_of(number)):
            continue
        for node in unit.nodes:
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules = [node.module]
            for module in modules:
                if module.partition(".")[0] in IMPORTERS:
                    yield Problem(
                        f"`{module}` imports a notebook that cannot become a module of the project",
                        "import all of a notebook in this folder that uses no commands of IPython, or import a module",
                        unit.cell,
                        analysis.span(number, node),
                        module,
                    )


def _commands(analysis: Analysis) -> Iterator[Problem]:
    unbound = any(
        use.name not in analysis.definitions and not analysis.is_provided(use.name, use.unit)
        for use in analysis.judged_uses
    )
    for cell in analysis.notebook.cells:
        for magic in cell.magics if cell.runs else ():
            brings = (
                (magic.name == "store" and "-r" in magic.argument.split())
                or magic.name in ("run", "load", "loadpy")
                or (magic.name == "autocall")
            )
            if magic.kind == "line" and brings and (analysis.whole or cell.roles or unbound):
                hint = "read the value from a file, or import the code from a module"
                if path_of(magic):
                    hint = "name a notebook in this folder or below it, at the top level of a cell, before any `cd`"
                yield Problem(
                    f"`%{magic.name} {magic.argument}` brings names that no cell of this notebook binds",
                    hint,
                    cell.number,
                    magic.span,
                )
