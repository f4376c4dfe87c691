"""A cell without a role that does not parse.

## What it does
Reports a cell that stays in the notebook in an export and whose Python cannot be parsed.

## Why is this bad
The notebook cannot run top to bottom, so nothing that it computed can be verified.

## How to fix
Correct the cell, delete it, or turn it into markdown.

## Limits
The names that such a cell would bind are not known.

## Source
Python language reference, "Full Grammar specification".
"""

from __future__ import annotations

from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity
from nbexport.rules.nbx001_syntax_error import broken_cell

SEVERITY = Severity.WARNING
SCOPE = "notebook"

GOOD = """\
# %%
x = 1
"""

BAD = """\
# %% tags=["train"]
x = 1
# %%
see cell above  # <- here
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Broken cells that stay in the notebook."""
    for number, error in analysis.broken.items():
        if not analysis.whole and not analysis.cells[number].roles:
            yield broken_cell(number, error)
