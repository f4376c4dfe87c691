"""Calls of libraries → what they give, by the first group of a table whose conditions are met."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.analysis.value_types.tables import Group
from nbexport.analysis.value_types.types import ANY, ARRAY, FRAME, NEVER, PARTS, SERIES, Type, element, parsed
from nbexport.record import replace

_OTHER_OUTPUT = ("set_output", "set_config", "config_context")
"""What makes scikit-learn's transformers give frames."""
_HOLDING = (FRAME.name, SERIES.name, ARRAY.name, "list")
Typed = Callable[[ast.expr], Type]


class Calls:
    """Answers for the calls of one notebook."""

    def __init__(self, analysis: Analysis) -> None:
        code = [cell.code for cell in analysis.cells.values()]
        self._other_output = any(word in text for text in code for word in _OTHER_OUTPUT)

    def given(
        self, groups: Iterator[Group], node: ast.Call, typed: Typed, *, receiver: Type | None = None, full: str = ""
    ) -> Type:
        """What the first group gives whose conditions are met.

        Args:
            groups: Those that speak of the call, in order.
            node: The call.
            typed: Gives the type of an expression.
            receiver: What a method is called on.
            full: The dotted name of a function or class.
        """
        for group in groups:
            holds = group.holds(node)
            if holds is None:
                return ANY
            if not holds:
                continue
            argument = _first(node, typed)
            type_ = self._of_group(group, node, typed, argument, receiver, full)
            if type_ is not None:
                return type_
            if NEVER in (argument, receiver):
                return NEVER
        return ANY

    def _of_group(
        self, group: Group, node: ast.Call, typed: Typed, argument: Type, receiver: Type | None, full: str
    ) -> Type | None:
        """What a group gives; None where it is about other values."""
        subject = argument if receiver is None else receiver
        if group.gives == "element":
            subject = element(subject) if subject.name == "list" else ANY
        if group.where and not any(_fits(subject, known) for known in group.where):
            return None
        match group.gives:
            case "argument" | "element" | "self":
                return replace(
                    subject, regular=subject.regular and (receiver is None or group.like_self or group.regular)
                )
            case "class":
                is_class = full in group.names or full.rpartition(".")[2][:1].isupper()
                return Type(full, regular=group.regular) if is_class else ANY
            case "split":
                return _split(node, typed)
            case "array":
                return ARRAY if argument.name in _HOLDING and not self._other_output else ANY
            case text:
                regular = group.regular or (group.like_argument and (argument.regular or argument.name == "list"))
                return parsed(text, regular=regular)


def _first(node: ast.Call, typed: Typed) -> Type:
    """The type of the first argument."""
    return typed(node.args[0]) if node.args and not isinstance(node.args[0], ast.Starred) else ANY


def _split(node: ast.Call, typed: Typed) -> Type:
    """What splitting gives: for each table, two of its kind."""
    if not node.args or any(isinstance(argument, ast.Starred) for argument in node.args):
        return ANY
    types = [typed(argument) for argument in node.args]
    kept = [one if one.name in _HOLDING or one == NEVER else ANY for one in types]
    return Type(PARTS, tuple(one for one in kept for _ in range(2)))


def _fits(of: Type, known: str) -> bool:
    """Whether a type is one that a table names; `!` behind it asks for a regular one, `.*` for one of its package."""
    if known.endswith("!"):
        return of.name == known[:-1] and of.regular
    return of.name.startswith(known[:-1]) if known.endswith("*") else of.name == known
