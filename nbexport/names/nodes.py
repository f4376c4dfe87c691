"""What single nodes of a syntax tree say by their form alone."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from nbexport.model import Span
from nbexport.names import effects

_TESTED = frozenset(
    "sys os platform typing importlib TYPE_CHECKING tuple int str float any hasattr builtins __name__".split()
)
"""Names that a test around imports may read, and the imports be lifted."""


_IMPORTS = (ast.Import, ast.ImportFrom)


def is_import_like(node: ast.stmt) -> bool:
    """Whether a statement only imports: an import, or a `try`/`if` around imports and plain constants."""
    if isinstance(node, _IMPORTS):
        return True
    if isinstance(node, ast.Try):
        blocks = [node.body, node.orelse, node.finalbody, *[handler.body for handler in node.handlers]]
    elif isinstance(node, ast.If):
        if any(isinstance(part, ast.Name) and part.id not in _TESTED for part in ast.walk(node.test)):
            return False  # which one is imported is decided by a value of the notebook
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


def postpones_annotations(node: ast.stmt) -> bool:
    """Whether a statement is `from __future__ import annotations`."""
    return (
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and any(alias.name == "annotations" for alias in node.names)
    )


_LEAVING = frozenset(
    "sys.exit os._exit os.abort exit quit pytest.skip pytest.fail parser.error st.stop streamlit.stop".split()
)
"""Calls that do not come back."""


def leaves(node: ast.stmt) -> bool:
    """Whether a statement always leaves what it stands in by an exception: `raise`, `sys.exit()`, `assert False`."""
    if isinstance(node, ast.Assert):
        return isinstance(node.test, ast.Constant) and not node.test.value
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return dotted_name(node.value.func) in _LEAVING
    return isinstance(node, ast.Raise)


def always_raises(body: Sequence[ast.stmt]) -> bool:
    """Whether the body of a function that is called ends in an exception, whatever happens in it."""
    for statement in body:
        if leaves(statement):
            return True
        returning = ast.Return | ast.Yield | ast.YieldFrom
        if any(isinstance(part, returning) for part in nodes_of(statement)):
            return False
    return False


def is_definition(node: ast.stmt) -> bool:
    """Whether a statement is a function or class."""
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)


_TEXTS = frozenset(
    "id ctx attr arg op ops asname kind type_comment level module conversion simple is_async rest kwd_attrs tag".split()
)
"""Fields that hold no node, or only `Load`, `Store` and operators."""
_NAMED = frozenset({"Import", "ImportFrom", "TypeAlias"})
"""Nodes of which `name` or `names` are nodes too."""


class _Inner(dict[type[ast.AST], tuple[str, ...]]):
    """For each kind of node, the fields below which there are others."""

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        without = _TEXTS if kind.__name__ in _NAMED else _TEXTS | {"name", "names"}
        self[kind] = tuple(name for name in kind._fields if name not in without)
        return self[kind]


_INNER = _Inner({ast.Constant: (), ast.MatchSingleton: ()})


def nodes_of(node: ast.AST) -> list[ast.AST]:
    """The node and all below it, level by level, without `Load`, `Store` and operators."""
    nodes = [node]
    for part in nodes:
        for name in _INNER[type(part)]:
            value = getattr(part, name, None)
            if type(value) is list:
                # a dict has no key where it is `{**more}`
                nodes += value if None not in value else [entry for entry in value if entry is not None]
            elif value is not None:
                nodes.append(value)
    return nodes


def span_of(node: ast.AST, lines: Sequence[str]) -> Span:
    """The node's place; `ast` counts UTF-8 bytes, a span code points."""
    row: int = getattr(node, "lineno", 1)
    end_row: int = getattr(node, "end_lineno", None) or row
    column: int = getattr(node, "col_offset", 0)
    end_column: int = getattr(node, "end_col_offset", None) or 0
    return Span(row, _points(lines, row, column) + 1, end_row, _points(lines, end_row, end_column) + 1)


def _points(lines: Sequence[str], row: int, column: int) -> int:
    if not 0 < row <= len(lines) or lines[row - 1].isascii():
        return column
    return len(lines[row - 1].encode("utf-8", "surrogatepass")[:column].decode("utf-8", "replace"))


def split_lines(source: str) -> tuple[str, ...]:
    """Lines as `ast` counts them: only `\\n`, `\\r\\n` and `\\r` end one."""
    return tuple(source.replace("\r\n", "\n").replace("\r", "\n").split("\n"))


def dotted_name(node: ast.expr) -> str | None:
    """`a.b.c` for such an expression, else None."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    parts.append(node.id)
    return ".".join(reversed(parts))


def root_name(node: ast.expr) -> ast.Name | None:
    """The name at the root of an attribute, subscript or method-call chain: `df` of `df.loc[a].b`."""
    while True:
        if isinstance(node, ast.Name):
            return node
        if isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            node = node.func.value
        else:
            return None


def changed_root(node: ast.expr) -> ast.Name | None:
    """The name whose object is changed when the expression's is: not beyond a method that gives a new object."""
    while True:
        if isinstance(node, ast.Name):
            return node
        if isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
            node = node.value
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in effects.VIEW_METHODS
        ):
            node = node.func.value
        else:
            return None


def is_main_guard(node: ast.stmt) -> bool:
    """Whether a statement is `if __name__ == "__main__":` without an `else`."""
    if not isinstance(node, ast.If) or node.orelse or not isinstance(node.test, ast.Compare):
        return False
    sides = [node.test.left, *node.test.comparators]
    names = [side.id for side in sides if isinstance(side, ast.Name)]
    texts = [side.value for side in sides if isinstance(side, ast.Constant)]
    return names == ["__name__"] and texts == ["__main__"] and isinstance(node.test.ops[0], ast.Eq)


def imported_names(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, str]]:
    """(name, dotted name that it stands for) of each import."""
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield (alias.asname, alias.name) if alias.asname else (alias.name.partition(".")[0],) * 2
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"
