"""A `predict` that reads a file which a service does not have.

## What it does
Reports a call in `predict`, or in a function of the notebook that it calls, that reads a file by a relative path. It is
silent where level 1 is asked for.

## Why is this bad
A service has the bundle and the code, and works in a folder of its own. A file that lies beside the notebook, or that a
stage has written there, is not with it: each request would fail, or be answered from another file.

## How to fix
Read the file in a stage, and use the value in `predict`: it becomes part of the bundle.

## Limits
A path that is not a literal, such as an argument of `predict`, is taken for one that the service has.

## Source
PRODUCT rule: the bundle holds what `predict` needs.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Role, Severity, Trait
from nbexport.names import effects
from nbexport.names.operations import Function

SEVERITY = Severity.ERROR
SCOPE = "lift"
TRAITS = frozenset({Trait.ASKS_LEVEL})
WORDS = ("predict",)

GOOD = """\
# %% tags=["data"]
with open("words.txt") as file:
    words = file.read().split()
# %% tags=["train", "evaluate"]
metrics = {"n": len(words)}
# %% tags=["predict"]
def predict(text: str, path: str = "/etc/hostname") -> bool:
    with open(path) as file:
        return text in words or text in file.read()
predict("a")
"""

BAD = """\
# %% tags=["train", "evaluate"]
metrics = {"n": 1}
# %% tags=["define"]
def words() -> list:
    with open("words.txt") as file:  # <- here
        return file.read().split()
# %% tags=["predict"]
def predict(text: str) -> bool:
    return text in words()
predict("a")
"""

_READERS = (*effects.DATA_READERS, "torch.load", "joblib.load", "gzip.open", "io.open", "codecs.open", "PIL.Image.open")
_METHODS = frozenset({"read_text", "read_bytes", "open"})


def find(analysis: Analysis) -> Iterator[Problem]:
    """What `predict` reads by a relative path, itself or through what it calls."""
    if analysis.level == 1:
        return
    served = [
        function
        for index in sorted(analysis.lifted)
        if Role.PREDICT in analysis.roles_of(index)
        for function in analysis.units[index].functions
        if function.name == "predict"
    ]
    for function in _reached(analysis, served[-1:]):
        unit = analysis.owners.get(id(function))
        if unit is None:
            continue
        for node in ast.walk(function.node):
            path = _read(analysis, unit, node) if isinstance(node, ast.Call) else None
            if path is not None:
                yield Problem(
                    f"`predict` reads `{path}`, a file that a service does not have",
                    "read it in a stage, and use the value in `predict`",
                    analysis.units[unit].cell,
                    analysis.span(unit, node),
                    path,
                )


def _reached(analysis: Analysis, functions: list[Function]) -> list[Function]:
    """The functions, and those of the notebook that they may call."""
    reached: dict[int, Function] = {}
    waiting = list(functions)
    while waiting:
        function = waiting.pop()
        if id(function) in reached:
            continue
        reached[id(function)] = function
        for read in function.reads():
            for definition in analysis.final.get(read.name, ()):
                if definition.function is not None:
                    waiting.append(definition.function)
    return list(reached.values())


def _read(analysis: Analysis, unit: int, node: ast.Call) -> str | None:
    """The relative path that a call reads."""
    full = analysis.full_name(unit, node.func)
    by_name = isinstance(node.func, ast.Name) and node.func.id == "open" and full is None
    argument = node.args[0] if node.args else None
    if isinstance(node.func, ast.Attribute) and full is None and node.func.attr in _METHODS:
        made = node.func.value
        if not isinstance(made, ast.Call) or analysis.full_name(unit, made.func) != "pathlib.Path" or not made.args:
            return None
        argument = made.args[0]
    elif not by_name and not (full or "").startswith(_READERS):
        return None
    mode = node.args[1] if len(node.args) > 1 else next((k.value for k in node.keywords if k.arg == "mode"), None)
    if isinstance(mode, ast.Constant) and isinstance(mode.value, str) and set(mode.value) & set("wax"):
        return None
    path = argument.value if isinstance(argument, ast.Constant) else None
    if not isinstance(path, str) or not path or path[0] in "/~\\" or ":" in path:
        return None
    return path
