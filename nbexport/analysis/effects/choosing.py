"""Which group of a table holds for a call: by the keywords that are given, and by what the receiver is."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.effects.machine import Arguments, Machine
from nbexport.analysis.effects.objects import (
    Kind,
    Obj,
    literal,
)
from nbexport.analysis.effects.tables import UNKNOWN, Behavior, Table

ANY_KIND = "*"


def groups(behaviors: tuple[Behavior, ...], kind: str, arguments: Arguments, node: ast.AST) -> Iterator[Behavior]:
    """The groups that hold for a call."""
    for behavior in behaviors:
        if behavior.of and kind not in behavior.of and kind != ANY_KIND:
            continue
        if all(_holds(condition, word, arguments) for condition, word in behavior.conditions.items()):
            yield behavior
            if not behavior.also:
                return


def _holds(condition: str, keyword: str, arguments: Arguments) -> bool:
    if condition == "if_value":
        return _has_value(keyword, arguments)
    name, _, position = keyword.partition("@")
    value = arguments.at(int(position) if position else None, name)
    if value is None and arguments.rest and arguments.keywords is not None:
        return condition in ("if_true", "if_false", "if_given", "unless_given")
    known, constant = literal(value) if value is not None else (True, None)
    off = value is None or (known and (constant is None or constant is False))
    if condition == "if_true":
        return not off
    if condition == "unless_true":
        return off
    if condition == "if_false":
        return value is not None and not (known and constant is True)
    absent = value is None or (known and constant is None)
    return absent if condition == "unless_given" else not absent


def _has_value(words: str, arguments: Arguments) -> bool:
    """Whether a keyword is given with one of some values, or with something that is not a literal."""
    for word in words.split():
        name, _, wanted = word.partition("=")
        value = arguments.keyword(name)
        if value is not None:
            known, constant = literal(value)
            if not known or str(constant) == wanted:
                return True
    return False


def for_method(
    m: Machine, obj: Obj, name: str, arguments: Arguments, node: ast.AST
) -> tuple[list[Behavior], Table | None]:
    """What a method of an object does: by the table of its library, else by any table that knows such a method."""
    table = m.table_for(obj)
    kind = obj.word
    if table is not None and obj.name:
        if obj.kind is Kind.INSTANCE:
            kind = table.kind_of(obj.name)
        named = table.methods(name)
        matching = list(groups(named, kind, arguments, node))
        if not matching and not kind:
            matching = list(groups(named, ANY_KIND, arguments, node))
        if matching:
            return matching, table
    # an object of which nobody knows what it is: the worst that a method of that name does
    known: list[Behavior] = []
    for other in m.libraries.loaded():
        if other is not table:
            known += groups(other.methods(name), kind, arguments, node)
    changing = [one for one in known if one.changes or one.mode or one.draws]
    if changing:
        return changing[:1], table
    if known:
        return known[:1], table
    if table is not None and table.leaves:
        return [table.unlisted], table
    return [UNKNOWN], table
