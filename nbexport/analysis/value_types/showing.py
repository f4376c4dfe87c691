"""Whether an expression only shows something: a look at values whose types are known, and so their methods.

frame.head()            `frame` is a frame of pandas: looks
words[:8]               a list of Python's: looks
store["key"]            who knows; `defaultdict` makes an entry
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from nbexport.analysis.notebook import Analysis
from nbexport.analysis.value_types import tables
from nbexport.analysis.value_types.replaced import Replaced
from nbexport.analysis.value_types.types import ARRAY, FRAME, SERIES, TENSOR, Type

_PLAIN = frozenset({"bool", "int", "float", "str", FRAME.name, SERIES.name, ARRAY.name, TENSOR.name})
"""What operators do nothing else to; a list compares whatever it holds."""
_INDEXED = _PLAIN | {"list", "tuple", "dict"}
_CHANGING = frozenset({"inplace", "out", "key", None})
"""Arguments with which a look is no longer one."""


def only_shows(analysis: Analysis, unit: int, node: ast.expr) -> bool:
    """Whether evaluating an expression of a statement provably changes, draws and prints nothing."""
    if isinstance(node, ast.Call) and not isinstance(node.func, ast.Attribute):
        return False
    # most statements that are an expression call something that the next line knows nothing of
    from nbexport.analysis.value_types.inference import value_types

    types = value_types(analysis)
    return _shows(node, lambda inner: types.of(inner, unit), types.replaced)


def _shows(node: ast.expr | None, typed: Callable[[ast.expr], Type], replaced: Replaced) -> bool:
    def all_show(nodes: list[ast.expr | None]) -> bool:
        return all(_shows(inner, typed, replaced) for inner in nodes)

    match node:
        case None | ast.Constant() | ast.Name():
            return True
        case ast.Tuple() | ast.List():
            return all_show([*node.elts])
        case ast.Slice():
            return all_show([node.lower, node.upper, node.step])
        case ast.Subscript():
            inner = node.value
            if isinstance(inner, ast.Attribute) and inner.attr in ("loc", "iloc"):
                of = typed(inner.value).name
                return of in (FRAME.name, SERIES.name) and all_show([inner.value, node.slice])
            return typed(inner).name in _INDEXED and all_show([inner, node.slice])
        case ast.Attribute():
            return _is_look(typed(node.value), node.attr, replaced) and all_show([node.value])
        case ast.Call(func=ast.Attribute() as called):
            if any(keyword.arg in _CHANGING for keyword in node.keywords):
                return False
            arguments = [called.value, *node.args, *(keyword.value for keyword in node.keywords)]
            return _is_look(typed(called.value), called.attr, replaced) and all_show([*arguments])
        case ast.Compare() | ast.BinOp() | ast.UnaryOp():
            operands = [inner for inner in ast.iter_child_nodes(node) if isinstance(inner, ast.expr)]
            return all(typed(inner).name in _PLAIN for inner in operands) and all_show([*operands])
        case _:
            return False


def _is_look(of: Type, name: str, replaced: Replaced) -> bool:
    return tables.only_shows(of, name) and f"{of.name}.{name}" not in replaced
