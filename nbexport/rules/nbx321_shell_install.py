"""Packages installed through the shell: `!pip install`.

## What it does
Reports `!pip install`, `!conda install` and the same in `%%bash` and `%%sh` cells.

## Why is this bad
The shell's `pip` may belong to another Python than the kernel's: the package is installed, and the import still fails,
or an older version is imported. `%pip` always installs into the environment of the running kernel.

## How to fix
Write `%pip install …` or `%conda install …`.

## Limits
`!{sys.executable} -m pip install` names the kernel's own Python and is left alone.

## Source
IPython documentation, `%pip` and `%conda`; J. VanderPlas, "Installing Python packages from a Jupyter notebook".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.model import Cell, Edit, Fix, Magic, Problem, Severity, Span

SEVERITY = Severity.WARNING
SCOPE = "notebook"
WORDS = ("install",)

GOOD = """\
# %%
# %pip install numpy==2.1
# %%
import sys
# !{sys.executable} -m pip install numpy==2.1
# %%
# !pip list
# %%
print("!pip install numpy")
"""

BAD = """\
# %%
# !pip install numpy==2.1  # <- here
# %%
if True:
    !python -m pip install -q numpy==2.1  # <- here
# %%
# !conda install -y numpy=2.1  # <- here
# %%
%%bash
python --version
pip install numpy==2.1  # <- here
"""

# compiled where they are first needed: most notebooks install nothing
_INSTALL = (
    r"(?:sudo[ \t]+)?(?P<call>pip3?|(?:python3?[\d.]*[ \t]+-m[ \t]+)pip|conda|mamba)(?=[ \t])"
    r"(?:[ \t]+-\S+)*[ \t]+install\b"
)
_QUOTED = r"\"[^\"]*\"|'[^']*'"
_CHAINED = r"[|;<>&]|\\"


def find(analysis: Analysis) -> Iterator[Problem]:
    """Installs that the shell runs."""
    for cell in analysis.notebook.cells:
        for magic in cell.magics:
            if magic.kind == "shell":
                match = re.match(_INSTALL, magic.argument)
                if match:
                    yield _problem(cell, magic.span, match["call"], _fix(cell, magic, match["call"]))
            elif magic.kind == "cell" and magic.name in ("bash", "sh"):
                for row, text in enumerate(cell.source.split("\n"), start=1):
                    match = re.match(_INSTALL, text.strip())
                    if match:
                        first = len(text) - len(text.lstrip()) + 1
                        yield _problem(cell, Span(row, first, row, len(text.rstrip()) + 1), match["call"], None)


def _problem(cell: Cell, span: Span, call: str, fix: Fix | None) -> Problem:
    tool = "conda" if call in ("conda", "mamba") else "pip"
    return Problem(
        f"`{call} install` in the shell may install for another Python than the kernel's",
        f"write `%{tool} install`",
        cell.number,
        span,
        fix=fix,
    )


def _fix(cell: Cell, magic: Magic, call: str) -> Fix | None:
    """`!pip` → `%pip`, where the line is nothing but that."""
    if call not in ("pip", "pip3", "conda") or magic.target is not None or magic.name != "!":
        return None
    if (
        re.search(_CHAINED, re.sub(_QUOTED, "", magic.argument).partition("#")[0])
        or magic.span.row != magic.span.end_row
    ):
        return None
    text = cell.source.split("\n")[magic.span.row - 1][magic.span.column - 1 : magic.span.end_column - 1]
    if not text.startswith("!" + call):
        return None
    span = Span(magic.span.row, magic.span.column, magic.span.row, magic.span.column + 1 + len(call))
    tool = "%conda" if call == "conda" else "%pip"
    return Fix(f"write `{tool}`", (Edit(cell.number, span, tool),))
