"""Where a notebook finds modules of its own: the folders that it adds to `sys.path`, the modules that it writes.

sys.path.insert(0, os.path.abspath("src"))      src
sys.path.append(str(Path("..") / "lib"))        ../lib
%%writefile scaling.py                          scaling.py, with the text below
"""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Callable
from functools import partial

from nbexport.analysis.notebook import Analysis

_ADDING = frozenset({"sys.path.insert", "sys.path.append", "sys.path.extend", "site.addsitedir"})
_SAME = frozenset(
    """os.path.abspath os.path.realpath os.path.normpath os.path.expanduser os.fspath pathlib.Path pathlib.PurePath
    pathlib.PosixPath""".split()
)
"""Calls that give the folder they are given."""
_HERE = frozenset({"os.getcwd", "pathlib.Path.cwd", "os.curdir"})


def search_path(analysis: Analysis) -> tuple[str, ...]:
    """The folders, as written or worked out from what is written, those that come first first."""
    first: list[str] = []
    last: list[str] = []
    for call in analysis.calls:
        if call.full not in _ADDING:
            continue
        arguments: list[ast.expr] = list(call.node.args[1:] if call.full == "sys.path.insert" else call.node.args[:1])
        if call.full == "sys.path.extend" and arguments and isinstance(arguments[0], ast.List | ast.Tuple):
            arguments = arguments[0].elts
        for argument in arguments:
            folder = written_path(argument, partial(analysis.full_name, call.unit))
            if folder is not None:
                (first if call.full == "sys.path.insert" else last).append(folder)
    return tuple(dict.fromkeys([*reversed(first), *last]))


def written_modules(analysis: Analysis) -> dict[str, str]:
    """File name → text of each module that a cell writes with `%%writefile`."""
    texts: dict[str, str] = {}
    for cell in analysis.notebook.cells:
        if cell.kind != "code":
            continue
        for magic in cell.magics:
            words = magic.argument.split()
            if magic.kind != "cell" or magic.name not in ("writefile", "file") or not words:
                continue
            name = posixpath.normpath(words[-1].strip("\"'"))
            if name.endswith(".py") and "/" not in name:
                body = "\n".join(cell.source.split("\n")[magic.span.end_row :])
                before = texts.get(name, "") if words[0] in ("-a", "--append") else ""
                texts[name] = f"{before}{body}\n"
    return texts


def written_path(node: ast.expr, full_name: Callable[[ast.expr], str | None]) -> str | None:
    """The folder that an expression of literals names; None where it takes a run to know.

    Args:
        node: The expression.
        full_name: Resolves a dotted expression through the imports.
    """
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if full_name(node) in _HERE:
        return "."
    if full_name(node) == "os.pardir":
        return ".."
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return _joined([node.left, node.right], full_name)
    if isinstance(node, ast.Attribute) and node.attr == "parent":
        inner = written_path(node.value, full_name)
        return None if inner is None else posixpath.normpath(posixpath.join(inner, ".."))
    if isinstance(node, ast.Call):
        return _called(node, full_name)
    return None


def _called(node: ast.Call, full_name: Callable[[ast.expr], str | None]) -> str | None:
    full = full_name(node.func)
    if full in _HERE:
        return "."
    if full == "os.path.join":
        return _joined(node.args, full_name)
    if full == "os.path.dirname" and len(node.args) == 1:
        inner = written_path(node.args[0], full_name)
        return None if inner is None else posixpath.normpath(posixpath.join(inner, ".."))
    if full in _SAME or (isinstance(node.func, ast.Name) and node.func.id == "str"):
        return _joined(node.args or [ast.Constant(".")], full_name)
    if isinstance(node.func, ast.Attribute) and node.func.attr in ("resolve", "absolute", "as_posix", "expanduser"):
        return written_path(node.func.value, full_name)
    if isinstance(node.func, ast.Attribute) and node.func.attr == "joinpath":
        return _joined([node.func.value, *node.args], full_name)
    return None


def _joined(nodes: list[ast.expr], full_name: Callable[[ast.expr], str | None]) -> str | None:
    parts = [written_path(node, full_name) for node in nodes]
    known = [part for part in parts if part is not None]
    return posixpath.normpath(posixpath.join(*known)) if known and len(known) == len(parts) else None
