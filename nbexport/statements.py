"""Kinds of statements that can be told by their form alone."""

from __future__ import annotations

import ast


def is_import_like(node: ast.stmt) -> bool:
    """Whether a statement only imports: an import, or a `try`/`if` around imports and plain constants."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.Try):
        blocks = [node.body, node.orelse, node.finalbody, *[handler.body for handler in node.handlers]]
    elif isinstance(node, ast.If):
        blocks = [node.body, node.orelse]
    else:
        return False
    statements = [statement for block in blocks for statement in block]
    return any(is_import_like(s) for s in statements) and all(
        is_import_like(s)
        or isinstance(s, ast.Pass)
        or (isinstance(s, ast.Assign) and isinstance(s.value, ast.Constant))
        or (
            isinstance(s, ast.Expr)
            and isinstance(s.value, ast.Call)
            and isinstance(s.value.func, ast.Name)
            and s.value.func.id == "print"
        )
        for s in statements
    )


def is_definition(node: ast.stmt) -> bool:
    """Whether a statement is a function or class."""
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
