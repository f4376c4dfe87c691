"""Assignments and loops that take a value apart → the way from the value to what each name is given.

a, (b, c) = value        c: the second of two, and of that the second of two
for k, v in pairs        v: an element, and of that the second of two
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

Way = tuple[tuple[int, int], ...]
"""(place, number of places) from the outside in; a place of -1 is any element."""


def targets(
    nodes: tuple[ast.AST, ...],
) -> Iterator[tuple[int, tuple[ast.expr, Way]]]:
    """(identity of a name that is bound, (value, way to its part)) for what assignments and loops take apart."""

    def names(target: ast.expr, path: Way) -> Iterator[tuple[int, Way]]:
        if isinstance(target, ast.Name):
            yield id(target), path
        elif isinstance(target, ast.Tuple | ast.List) and not any(isinstance(e, ast.Starred) for e in target.elts):
            for at, inner in enumerate(target.elts):
                yield from names(inner, (*path, (at, len(target.elts))))

    for node in nodes:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield from ((name, (node.value, path)) for name, path in names(target, ()))
        elif isinstance(node, ast.For):
            yield from ((name, (node.iter, path)) for name, path in names(node.target, ((-1, 0),)))
