"""The text of Python files → what it asks of libraries: modules, names reached through them, addresses, file endings.

import pandas as pd
frame = pd.read_parquet("s3://shop/rows.parquet", engine="pyarrow")
                modules  pandas
                uses     pandas, pandas.read_parquet, s3://, .parquet, engine=pyarrow
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from nbexport.names.nodes import imported_names
from nbexport.record import record

_ADDRESS = re.compile(r"([a-z][a-z0-9+_]*://)")
_WORD = re.compile(r"[\w.-]{1,40}")
_IMPORTERS = frozenset({"importlib.import_module", "__import__"})


@record
class Needs:
    """What some code asks of libraries."""

    modules: frozenset[str]
    """Dotted names that are imported, with what is imported from them where that may be a module."""
    loaded: frozenset[str]
    """Modules that a call imports by a literal name."""
    uses: frozenset[str]
    """Modules, full names, bare names of attributes, `keyword=value`, `scheme://`, `.suffix` and short texts."""


def needs(texts: Iterable[str]) -> Needs:
    """What some files ask of libraries together; a text that does not parse asks nothing."""
    modules: set[str] = set()
    loaded: set[str] = set()
    uses: set[str] = set()
    for text in texts:
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        nodes = list(ast.walk(tree))
        names = dict(imported_names(nodes))
        modules |= set(_modules(nodes))
        loaded |= set(_loaded(nodes, names))
        uses |= {use for node in nodes for use in _uses(node, names)}
    return Needs(frozenset(modules), frozenset(loaded), frozenset(uses | modules | loaded))


def _modules(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names if alias.name != "*")


def _loaded(nodes: Iterable[ast.AST], names: dict[str, str]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Call) and _full_name(node.func, names) in _IMPORTERS:
            for argument in node.args[:1]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value


def _full_name(node: ast.AST, names: dict[str, str]) -> str | None:
    """The dotted name of an expression through the imports; for a name that no import binds, the name."""
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        inner = _full_name(node.value, names)
        return None if inner is None else f"{inner}.{node.attr}"
    return None


def _uses(node: ast.AST, names: dict[str, str]) -> Iterator[str]:
    if isinstance(node, ast.Attribute | ast.Name):
        full = _full_name(node, names)
        root: ast.expr = node
        while isinstance(root, ast.Attribute):
            root = root.value
        if isinstance(root, ast.Name) and root.id in names and full is not None:
            yield full
        elif isinstance(node, ast.Attribute):
            yield node.attr
    elif isinstance(node, ast.keyword) and node.arg is not None and isinstance(node.value, ast.Constant):
        yield f"{node.arg}={node.value.value!s}"
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from _of_text(node.value)
    elif isinstance(node, ast.Assign | ast.Call):
        yield from _settings(node, names)


def _of_text(text: str) -> Iterator[str]:
    address = _ADDRESS.match(text)
    if address is not None:
        yield address[1]
    if len(text) < 500 and "\n" not in text:
        suffix = PurePosixPath(text).suffix.lower()
        if suffix:
            yield suffix
    if _WORD.fullmatch(text):
        yield text


def _settings(node: ast.Assign | ast.Call, names: dict[str, str]) -> Iterator[str]:
    """`KERAS_BACKEND=torch`, in the ways in which a notebook says so."""
    key: ast.expr | None = None
    value: ast.expr | None = None
    if isinstance(node, ast.Assign):
        target = node.targets[0]
        if isinstance(target, ast.Subscript) and _full_name(target.value, names) == "os.environ":
            key, value = target.slice, node.value
    elif _full_name(node.func, names) in ("os.environ.setdefault", "os.putenv") and len(node.args) == 2:
        key, value = node.args
    elif _full_name(node.func, names) == "keras.config.set_backend" and len(node.args) == 1:
        key, value = ast.Constant("KERAS_BACKEND"), node.args[0]
    if isinstance(key, ast.Constant) and isinstance(value, ast.Constant):
        yield f"{key.value!s}={value.value!s}"
