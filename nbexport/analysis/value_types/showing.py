"""Whether an expression only shows something: a look at values whose types are known, and so their methods.

frame.head()            `frame` is a frame of pandas: looks
words[:8]               a list of Python's: looks
store["key"]            who knows; `defaultdict` makes an entry
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from nbexport.analysis.notebook import Analysis
from nbexport.analysis.value_types import tables
from nbexport.analysis.value_types.types import ARRAY, FRAME, SERIES, TENSOR

if TYPE_CHECKING:
    from nbexport.analysis.value_types.inference import ValueTypes

_COMPARED = frozenset({"bool", "int", "float", "str", FRAME.name, SERIES.name})
"""What comparing does nothing else to; a list compares whatever it holds."""
_INDEXED = _COMPARED | {"list", "tuple", "dict", ARRAY.name, TENSOR.name}
_CHANGING = frozenset({"inplace", "out", "key", None})
"""Arguments with which a look is no longer one."""
_HEARD = re.compile(r"seterr|showwarning|formatwarning|catch_warnings|errstate|set_warn_always")
"""Where a notebook says so, a warning may change something: `np.seterrcall(count)`."""


def only_shows(analysis: Analysis, unit: int, node: ast.expr) -> bool:
    """Whether evaluating an expression of a statement provably changes, draws and prints nothing."""
    if isinstance(node, ast.Call) and not isinstance(node.func, ast.Attribute):
        return False
    # most statements that are an expression call something that the next line knows nothing of
    from nbexport.analysis.value_types.inference import value_types

    types = value_types(analysis)
    return _Looks(types, unit, heard=any(_HEARD.search(cell.code) for cell in analysis.cells.values())).shows(node)


class _Looks:
    """Answers for the expressions of one statement."""

    def __init__(self, types: ValueTypes, unit: int, *, heard: bool) -> None:
        self._types = types
        self._unit = unit
        self._heard = heard

    def shows(self, node: ast.expr | None) -> bool:
        """Whether an expression only shows."""
        match node:
            case None | ast.Constant() | ast.Name():
                return True
            case ast.Tuple() | ast.List():
                return self._all([*node.elts])
            case ast.Slice():
                return self._all([node.lower, node.upper, node.step])
            case ast.Subscript():
                inner = node.value
                if isinstance(inner, ast.Attribute) and inner.attr in ("loc", "iloc"):
                    located = self._name(inner.value) in (FRAME.name, SERIES.name)
                    return located and self._all([inner.value, node.slice])
                return self._name(inner) in _INDEXED and self._all([inner, node.slice])
            case ast.Attribute():
                return self._is_look(node) and self.shows(node.value)
            case ast.Call(func=ast.Attribute() as called):
                if any(keyword.arg in _CHANGING for keyword in node.keywords):
                    return False
                arguments = [called.value, *node.args, *(keyword.value for keyword in node.keywords)]
                return self._is_look(called) and self._all([*arguments])
            case ast.Compare():
                operands = [node.left, *node.comparators]
                return all(self._name(inner) in _COMPARED for inner in operands) and self._all([*operands])
            case _:
                return False

    def _all(self, nodes: list[ast.expr | None]) -> bool:
        return all(map(self.shows, nodes))

    def _name(self, node: ast.expr) -> str:
        return self._types.of(node, self._unit).name

    def _is_look(self, node: ast.Attribute) -> bool:
        of = self._types.of(node.value, self._unit)
        looks = tables.only_shows(of, node.attr, heard=self._heard)
        return looks and f"{of.name}.{node.attr}" not in self._types.replaced
