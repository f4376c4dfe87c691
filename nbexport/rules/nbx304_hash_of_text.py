"""A value computed from `hash()` of a text, which is another number in every process.

## What it does
Reports calls of the built-in `hash` in code that is exported, or anywhere in a notebook without roles, unless the
argument is a number for certain: `hash(town) % 101`, `hash((name, day))`.

## Why is this bad
Python salts the hash of texts, bytes and dates differently in each process. A feature made of it fits the rows of one
training only: the service, another process, asks the model about other numbers.

## How to fix
Take a digest, which is the same everywhere: `int(hashlib.sha256(town.encode()).hexdigest(), 16) % 101`.

## Limits
What type the argument has is not known in general: the hash of a variable that holds an integer is reported too. A
`__hash__` method is left alone. The order of a set of texts, which differs for the same reason, is not reported;
`nbexport verify` sees both, since its runs hash texts in different ways.

## Source
Python documentation, "object.__hash__" and "PYTHONHASHSEED".
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity

SEVERITY = Severity.WARNING
SCOPE = "notebook"
WORDS = ("hash",)

GOOD = """\
# %%
import hashlib
bucket = int(hashlib.sha256("Kiel".encode()).hexdigest(), 16) % 101
same = hash(12) + hash(len("Kiel"))
class Town:
    def __init__(self, name):
        self.name = name
    def __hash__(self):
        return hash(self.name)
"""

BAD = """\
# %%
towns = ["Ulm", "Kiel"]
buckets = [hash(town) % 101 for town in towns]  # <- here
# %%
def bucket(town):
    return hash((town, 2)) % 101  # <- here
"""

_NUMBERS = frozenset({"int", "float", "len", "round", "ord", "bool"})
"""Built-ins whose result is a number, whatever they are given."""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Calls of the built-in `hash` that a result may depend on."""
    for call in analysis.calls:
        func, args = call.node.func, call.node.args
        if not (isinstance(func, ast.Name) and func.id == "hash") or analysis.provides("hash"):
            continue
        if not analysis.whole and call.unit not in analysis.lifted:
            continue
        if len(args) == 1 and not _is_number(args[0]) and not _is_how_it_is_hashed(analysis, call.unit, call.node):
            yield Problem(
                f"`{ast.unparse(call.node)}` is another number in every process where it hashes a text",
                "take a digest from `hashlib`",
                analysis.units[call.unit].cell,
                analysis.span(call.unit, call.node),
            )


def _is_number(node: ast.expr) -> bool:
    """Whether a value is a number for certain, whose hash is always the same."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, (bool, int, float, complex))
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _NUMBERS


def _is_how_it_is_hashed(analysis: Analysis, unit: int, call: ast.Call) -> bool:
    """Whether the call stands in a `__hash__` method, which sets and dicts ask."""
    return any(
        isinstance(node, ast.FunctionDef) and node.name == "__hash__" and any(part is call for part in ast.walk(node))
        for node in ast.walk(analysis.units[unit].node)
    )
