"""A path below the home folder of whoever runs the notebook.

## What it does
Reports `~/…` and `Path.home()`.

## Why is this bad
A service runs as another user, often one without a home folder.

## How to fix
Write the path relative to the notebook, or make it a parameter.

## Limits
`$HOME` in shell lines is not looked for.

## Source
PRODUCT rule: absolute and home paths.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity

SEVERITY = Severity.WARNING
SCOPE = "notebook"
WORDS = ("~", "home", "\\")

GOOD = """\
# %%
rows = open("data/~rows.csv").read()
about = "~ 3 rows"
roughly = "~/"
"""

BAD = """\
# %%
from pathlib import Path
import os
rows = open(os.path.expanduser("~/rows.csv")).read()  # <- here
cache = Path.home() / "cache"  # <- here
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Strings that begin with `~/`, and calls of `Path.home`."""
    for unit, node in analysis.texts:
        text = str(node.value)
        if text.startswith("~/") and text[2:3].strip() and " " not in text[:60] and len(text) < 400:
            yield _problem(analysis, unit, node, text[:60])
    for call in analysis.calls:
        if call.full == "pathlib.Path.home":
            yield _problem(analysis, call.unit, call.node, "Path.home()")


def _problem(analysis: Analysis, unit: int, node: ast.AST, shown: str) -> Problem:
    return Problem(
        f"`{shown}` lies below the home folder of whoever runs this",
        "write it relative to the notebook, or make it a parameter",
        analysis.units[unit].cell,
        analysis.span(unit, node),
    )
