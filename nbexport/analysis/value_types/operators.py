"""The types that operators and items give.

frame["age"] > 40        a column compared with a number is a column
3 * rows + 1             an array that has a dimension stays one
frame.loc[mask, "age"]   many rows of one column are a column
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from nbexport.analysis import values
from nbexport.analysis.value_types.types import (
    ANY,
    ARRAY,
    BOOL,
    FLOAT,
    FRAME,
    INT,
    NEVER,
    PARTS,
    SERIES,
    STR,
    TENSOR,
    Type,
    element,
    join,
)
from nbexport.record import replace

_NUMBERS = frozenset({"bool", "int", "float"})
_TABLES = frozenset({FRAME.name, SERIES.name, ARRAY.name, TENSOR.name})
Typed = Callable[[ast.expr], Type]


def arithmetic(operator: ast.operator, left: Type, right: Type) -> Type:
    """What a binary operator gives."""
    if NEVER in (left, right):
        return NEVER
    if left.name in _TABLES or right.name in _TABLES:
        plain = isinstance(operator, ast.MatMult) and TENSOR.name not in (left.name, right.name)
        return ANY if plain else elementwise(left, right)
    if left.name in _NUMBERS and right.name in _NUMBERS:
        if isinstance(operator, ast.Div):
            return FLOAT
        if isinstance(operator, ast.Pow | ast.MatMult):
            return ANY
        return FLOAT if FLOAT in (left, right) else INT
    if left == STR and (right in (STR, INT) or isinstance(operator, ast.Mod)):
        return STR
    if left.name == right.name == "list" and isinstance(operator, ast.Add):
        return join(left, right)
    return left if left.name == "list" and right == INT else ANY


def comparison(operators: list[ast.cmpop], types: list[Type]) -> Type:
    """What a comparison gives."""
    if NEVER in types:
        return NEVER
    if all(isinstance(operator, ast.Is | ast.IsNot | ast.In | ast.NotIn) for operator in operators):
        return BOOL
    if len(operators) == 1 and any(part.name in _TABLES for part in types):
        return elementwise(*types)
    return BOOL if all(part.name in _NUMBERS or part == STR for part in types) else ANY


def elementwise(left: Type, right: Type) -> Type:
    """What an operator gives that works element by element, one of whose operands holds many."""
    names = {left.name, right.name}
    others = names - _TABLES
    tables = names & _TABLES
    if not others <= _NUMBERS | {STR.name}:
        return ANY
    if tables == {TENSOR.name}:
        return TENSOR
    if tables == {ARRAY.name}:
        return ARRAY if left.regular or right.regular else ANY
    if tables <= {SERIES.name, ARRAY.name}:
        return SERIES
    if tables == {FRAME.name}:
        return replace(FRAME, regular=all(part.regular for part in (left, right) if part.name == FRAME.name))
    return ANY


def item(of: Type, key: ast.expr, typed: Typed) -> Type:
    """What brackets behind a value give."""
    if of in (NEVER, TENSOR, STR):
        return of
    if of.name == FRAME.name:
        if _is_many(key, typed):
            return of
        return SERIES if of.regular and typed(key) == STR else ANY
    if of.name == SERIES.name:
        return SERIES if _is_many(key, typed) else ANY
    if of.name == ARRAY.name:
        parts = key.elts if isinstance(key, ast.Tuple) else [key]
        several = any(isinstance(part, ast.Slice) for part in parts) or _is_many(key, typed)
        return ARRAY if several else ANY
    known, at = values.literal(key)
    if of.name == "list":
        return of if isinstance(key, ast.Slice) else element(of) if typed(key) == INT else ANY
    if of.name in ("tuple", PARTS) and known and isinstance(at, int) and "..." not in {part.name for part in of.of}:
        return of.of[at] if -len(of.of) <= at < len(of.of) else ANY
    return of.of[1] if of.name == "dict" and len(of.of) == 2 else ANY


def located(of: Type, by: str, key: ast.expr, typed: Typed) -> Type:
    """What `frame.loc[…]` and `frame.iloc[…]` give.

    Args:
        of: The frame or column.
        by: `loc` or `iloc`.
        key: What stands in the brackets.
        typed: Gives the type of an expression.
    """
    if of.name == SERIES.name:
        return SERIES if _is_many(key, typed) else ANY
    if not isinstance(key, ast.Tuple):
        if _is_many(key, typed):
            return of
        return SERIES if by == "iloc" and typed(key) == INT else ANY
    if len(key.elts) != 2:
        return ANY
    rows, columns = key.elts
    if not _is_many(rows, typed):
        return ANY
    if _is_many(columns, typed):
        return of
    one = typed(columns) == INT if by == "iloc" else typed(columns) == STR and of.regular
    return SERIES if one else ANY


def _is_many(key: ast.expr, typed: Typed) -> bool:
    """Whether a key names many rows or columns, even if it happens to be one."""
    if isinstance(key, ast.Slice):
        return True
    of = typed(key)
    return of.name in ("list", SERIES.name) or (of.name == ARRAY.name and of.regular)
