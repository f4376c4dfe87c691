"""What a test says about names: which exist where it holds, and which conditions hold there.

A name that an `if` binds in one branch is bound again wherever the same condition holds, as long as nothing that the
condition reads has been bound again:

    if gpu: import cupy              cupy is bound where `gpu` is true
    if gpu and big: cupy.zeros(9)    here it is

>>> import ast
>>> when = lambda text: conditions(ast.parse(text, mode="eval").body)
>>> sorted(when("gpu and not small")[0]), when("gpu and not small")[1]
([('gpu', True), ('small', False)], frozenset())
>>> present(ast.parse("'rows' not in globals()", mode="eval").body)
(frozenset(), frozenset({'rows'}))
"""

from __future__ import annotations

import ast
from collections.abc import Hashable, Mapping, Sequence
from typing import Generic, TypeVar

Condition = tuple[str, bool]
"""The text of an expression, and whether it is true."""
Tests = tuple[tuple[ast.expr, bool], ...]
"""Tests around a place, and how each came out; what they say is asked only where a name is in doubt."""
D = TypeVar("D", bound=Hashable)

_NONE: frozenset[str] = frozenset()
_NOTHING: frozenset[Condition] = frozenset()

PYTHON_2_NAMES = frozenset("unicode xrange raw_input basestring long unichr reduce reload cmp execfile file".split())
"""Builtins of Python 2 that Python 3 lacks."""
_VERSION_WORDS = frozenset({"version_info", "PY2", "PY3", "hexversion", "python_version", "version"})
_NAMESPACES = frozenset({"globals", "locals", "vars", "dir"})


def conditions(test: ast.expr) -> tuple[frozenset[Condition], frozenset[Condition]]:
    """What is known where the test is true, and where it is false."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        true, false = conditions(test.operand)
        return false, true
    if isinstance(test, ast.BoolOp):
        parts = [conditions(value) for value in test.values]
        if isinstance(test.op, ast.And):
            return frozenset().union(*(true for true, _ in parts)), _NOTHING
        return _NOTHING, frozenset().union(*(false for _, false in parts))
    text = ast.unparse(test)
    return frozenset({(text, True)}), frozenset({(text, False)})


def holding(tests: Tests) -> frozenset[Condition]:
    """Everything that holds where the tests came out so."""
    return _NOTHING.union(*(conditions(test)[0 if outcome else 1] for test, outcome in tests))


def names_in(tests: Tests) -> frozenset[str]:
    """The names that the tests read."""
    return frozenset(part.id for test, _ in tests for part in ast.walk(test) if isinstance(part, ast.Name))


def present(test: ast.expr) -> tuple[frozenset[str], frozenset[str]]:
    """Names of the notebook that exist where the test is true, and where it is false."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        true, false = present(test.operand)
        return false, true
    if isinstance(test, ast.BoolOp):
        parts = [present(value) for value in test.values]
        if isinstance(test.op, ast.And):
            return _NONE.union(*(true for true, _ in parts)), _NONE
        return _NONE, _NONE.union(*(false for _, false in parts))
    if isinstance(test, ast.Compare):
        return _looked_up(test)
    if isinstance(test, ast.Call) and isinstance(test.func, ast.Name) and test.func.id == "hasattr":
        owner, *rest = test.args or [test]
        if isinstance(owner, ast.Name) and owner.id in ("builtins", "__builtins__", "__builtin__") and len(rest) == 1:
            return _text(rest[0]), _NONE
    return _NONE, _NONE


def looks_up_namespace(node: ast.AST) -> bool:
    """Whether a node is `"name" in globals()` or its negation."""
    return isinstance(node, ast.Compare) and any(_looked_up(node))


def _looked_up(test: ast.Compare) -> tuple[frozenset[str], frozenset[str]]:
    if len(test.ops) != 1 or not isinstance(test.ops[0], ast.In | ast.NotIn):
        return _NONE, _NONE
    place = test.comparators[0]
    if isinstance(place, ast.Call) and isinstance(place.func, ast.Attribute) and place.func.attr == "keys":
        place = place.func.value
    if not (isinstance(place, ast.Call) and isinstance(place.func, ast.Name) and place.func.id in _NAMESPACES):
        return _NONE, _NONE
    names = _text(test.left) if not place.args else _NONE
    return (names, _NONE) if isinstance(test.ops[0], ast.In) else (_NONE, names)


def _text(node: ast.expr) -> frozenset[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return frozenset({node.value})
    return _NONE


def asks_version(test: ast.expr) -> bool:
    """Whether a test asks which Python runs the notebook."""
    return any(
        (isinstance(part, ast.Attribute) and part.attr in _VERSION_WORDS)
        or (isinstance(part, ast.Name) and part.id in _VERSION_WORDS)
        for part in ast.walk(test)
    )


def catches_missing_names(handlers: Sequence[ast.ExceptHandler], body: Sequence[ast.stmt]) -> bool:
    """Whether a `try` asks if a name exists: `except NameError`, or any handler around a lone look-up or `if name:`."""
    for handler in handlers:
        if handler.type is not None:
            parts = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
            if any(isinstance(part, ast.Name) and part.id in ("NameError", "UnboundLocalError") for part in parts):
                return True
    if len(body) != 1:
        return False
    wide = any(_is_wide(handler) for handler in handlers)
    if isinstance(body[0], ast.Delete):
        return wide and all(isinstance(target, ast.Name) for target in body[0].targets)
    asked = body[0].test if isinstance(body[0], ast.If) else getattr(body[0], "value", None)
    if isinstance(asked, ast.Call) and isinstance(asked.func, ast.Name) and asked.func.id == "print":
        [asked] = asked.args if len(asked.args) == 1 else [asked]
    if not isinstance(asked, ast.Name) or not isinstance(body[0], ast.Expr | ast.Assign | ast.If):
        return False
    return wide


def _is_wide(handler: ast.ExceptHandler) -> bool:
    """Whether a handler catches every failure."""
    return handler.type is None or (
        isinstance(handler.type, ast.Name) and handler.type.id in ("Exception", "BaseException")
    )


def swallows_failures(handlers: Sequence[ast.ExceptHandler]) -> bool:
    """Whether a `try` goes on silently whatever fails in it: `except: pass`.

    >>> [handled] = ast.parse(chr(10).join(["try: old.close()", "except Exception: pass"])).body
    >>> swallows_failures(handled.handlers)
    True
    """
    quiet = ast.Pass | ast.Continue
    return any(
        _is_wide(handler)
        and all(
            isinstance(statement, quiet)
            or (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
            for statement in handler.body
        )
        for handler in handlers
    )


def suppresses_missing_names(manager: ast.expr) -> bool:
    """Whether a context manager is `contextlib.suppress(NameError)`, or suppresses any exception.

    >>> suppresses_missing_names(ast.parse("suppress(KeyError, NameError)", mode="eval").body)
    True
    >>> suppresses_missing_names(ast.parse("suppress(KeyError)", mode="eval").body)
    False
    """
    if not isinstance(manager, ast.Call):
        return False
    function = manager.func
    named = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    caught = {argument.id for argument in manager.args if isinstance(argument, ast.Name)}
    return named == "suppress" and bool(caught & {"NameError", "UnboundLocalError", "Exception", "BaseException"})


class Facts(Generic[D]):
    """Under which conditions a name is bound that is not bound on every path."""

    def __init__(self, missing: D) -> None:
        self.missing = missing
        self._known: dict[str, list[tuple[frozenset[Condition], dict[str, frozenset[D]], frozenset[D]]]] = {}

    def note(
        self, name: str, when: frozenset[Condition], tested: Mapping[str, frozenset[D]], definitions: frozenset[D]
    ) -> None:
        """The name is bound where `when` holds while the tested names and itself keep these definitions."""
        self._known.setdefault(name, []).append((when, dict(tested), definitions))

    def settle(self, name: str, tests: Tests, state: Mapping[str, frozenset[D]]) -> bool:
        """Whether the name is bound in this state where the tests came out so."""
        if name not in self._known:
            return False
        when = holding(tests)
        return any(
            needed <= when
            and definitions == state.get(name)
            and all(state.get(tested) == value for tested, value in before.items())
            for needed, before, definitions in self._known.get(name, ())
        )
