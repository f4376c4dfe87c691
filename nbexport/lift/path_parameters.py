"""Which parameters of the notebook's own functions are paths that they read, directly or through one another.

def read(path, sep): return pd.read_csv(path, sep=sep)          path
def load(name): return read(name, ";")                          name
def load(name): return pd.read_csv(f"in/{name}.csv")            none: `name` is part of a path
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.analysis.written_files import OPENERS, mode_of

_MAKING = re.compile(
    r"to_|write|save|dump|download|fetch|urlretrieve|retrieve|wget|touch|exists$|isfile$|is_file$|get_file$"
)
"""Beginnings of the names of what makes a file, or asks whether it is there."""
_DEPTH = 8
"""Helpers that call helpers are followed so far."""


def path_arguments(
    analysis: Analysis, unit: int, call: ast.Call, path_of: Callable[[int, ast.Call], ast.expr | None]
) -> Iterator[ast.expr]:
    """The arguments of a call of the notebook's own function that it reads from.

    Args:
        analysis: The notebook.
        unit: The statement with the call.
        call: The call.
        path_of: The path that a reader of a library is given by a call in a statement; None for other calls.
    """
    function = _function(analysis, call.func)
    if function is None:
        return
    for name in _path_parameters(analysis, unit, function, path_of, _DEPTH):
        argument = _argument(function, call, name)
        if argument is not None:
            yield argument


def _path_parameters(
    analysis: Analysis,
    unit: int,
    function: ast.FunctionDef,
    path_of: Callable[[int, ast.Call], ast.expr | None],
    depth: int,
) -> list[str]:
    """The parameters of a function that it reads from as they are, seen from a statement that calls it."""
    arguments = function.args
    parameters = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    nodes = list(ast.walk(function))
    rebound = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    path_names: set[str] = set()
    for node in nodes:
        if not isinstance(node, ast.Call):
            continue
        given = [path_of(unit, node)]
        inner = _function(analysis, node.func) if depth else None
        if inner is not None and inner is not function:
            names = _path_parameters(analysis, unit, inner, path_of, depth - 1)
            given += [_argument(inner, node, name) for name in names]
        path_names |= {part.id for part in given if isinstance(part, ast.Name)}
    made = {name for node in nodes if isinstance(node, ast.Call) for name in _made(node)}
    return [name for name in parameters if name in path_names - rebound - made]


def _made(call: ast.Call) -> set[str]:
    """The names whose file a call writes, fetches or asks about: such a function can do without it."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    opened = name in OPENERS and mode_of(call) & set("wax")
    if not opened and not _MAKING.match(name):
        return set()
    asked = [call.func.value] if isinstance(call.func, ast.Attribute) else []
    given = [*asked, *call.args, *(keyword.value for keyword in call.keywords)]
    return {part.id for value in given for part in ast.walk(value) if isinstance(part, ast.Name)}


def _function(analysis: Analysis, called: ast.expr) -> ast.FunctionDef | None:
    """The one function of the notebook that a name stands for; None where there are several, or none."""
    if not isinstance(called, ast.Name):
        return None
    definitions = [one for one in analysis.definitions.get(called.id, ()) if one.unit >= 0]
    node = definitions[0].op.node if len(definitions) == 1 and definitions[0].op is not None else None
    return node if isinstance(node, ast.FunctionDef) else None


def _argument(function: ast.FunctionDef, call: ast.Call, name: str) -> ast.expr | None:
    """What a call gives to a parameter; None where that is its default, or is not written out."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    places = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    if any(isinstance(argument, ast.Starred) for argument in call.args) or name not in places:
        return None
    place = places.index(name)
    return call.args[place] if place < len(call.args) else None
