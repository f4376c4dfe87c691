"""Code that waits for somebody to type.

## What it does
Reports calls of `input()` and `getpass.getpass()`.

## Why is this bad
A scheduled run has nobody to answer, and what was typed is written down nowhere.

## How to fix
Make the value a parameter; read a password from the environment.

## Limits
Widgets are the business of NBX407.

## Source
Python documentation, `input`, `getpass`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity

SEVERITY = Severity.WARNING
SCOPE = "notebook"
WORDS = ("input", "getpass")

GOOD = """\
# %%
def loss(input, target):
    return input(target)
import os
key = os.environ["KEY"]
"""

BAD = """\
# %%
from getpass import getpass
name = input("who? ")  # <- here
word = getpass()  # <- here
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Calls that wait for the keyboard."""
    for call in analysis.calls:
        asks = call.full in ("getpass.getpass", "builtins.input")
        if isinstance(call.node.func, ast.Name) and call.node.func.id == "input":
            asks = not analysis.provides("input")
        if asks:
            name = ast.unparse(call.node.func)
            yield Problem(
                f"`{name}()` waits for somebody to type",
                "make the value a parameter, or read it from the environment",
                analysis.units[call.unit].cell,
                analysis.span(call.unit, call.node),
            )
