"""An import of a module that has the name of one of the project's own.

## What it does
Reports imports in exported code of modules called `model`, `train`, `bundle` and the like: names that the files of an
exported project have.

## Why is this bad
The project needs both, and a folder has room for one. Where the module comes from a package, the project's own would
hide it.

## How to fix
Rename the module, and what imports it.

## Limits
Which names are taken depends on the level; without one, those of level 1 are.

## Source
The Python Language Reference, "The import system": a module is found by its name alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport import levels
from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity, Trait

SEVERITY = Severity.ERROR
SCOPE = "lift"
TRAITS = frozenset({Trait.ASKS_LEVEL})

GOOD = """\
# %%
import serving_model
# %% tags=["train", "evaluate"]
metrics = {"n": serving_model.size}
"""

BAD = """\
# %%
from model import size  # <- here
# %% tags=["train", "evaluate"]
metrics = {"n": size}
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Imports of what the project has of its own."""
    taken = {name for level in levels.LEVELS if level.number <= max(analysis.level or 1, 1) for name in level.modules}
    for index, unit in enumerate(analysis.units):
        if index not in analysis.lifted:
            continue
        for node in ast.walk(unit.node) if isinstance(unit.node, ast.Import | ast.ImportFrom | ast.Try) else ():
            modules: list[str] = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                modules = [node.module or ""]
            for module in modules:
                root = module.partition(".")[0]
                if root in taken:
                    yield Problem(
                        f"`{root}` is imported here, and an exported project has a module of this name",
                        f"rename the module `{root}` and what imports it",
                        unit.cell,
                        unit.span(node),
                        root,
                    )
