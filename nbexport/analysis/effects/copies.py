"""Copies: shallow ones share what the original holds, deep ones share nothing."""

from __future__ import annotations

import ast

from nbexport.analysis.effects import (
    instances,
)
from nbexport.analysis.effects.containers import first_of
from nbexport.analysis.effects.machine import Arguments, Machine
from nbexport.analysis.effects.objects import (
    SHALLOW,
    SINGLE,
    Kind,
    Obj,
    Value,
    reach,
)


def shallow_copy(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`copy.copy`."""
    m.read_deep(first_of(arguments), node)
    results: list[Obj] = []
    for obj in first_of(arguments):
        made = instances.dunder(m, obj, "__copy__", (), node)
        if made is not None:
            results += made
        elif obj.is_data:
            twin = _twin(m, obj, node, dict(obj.fields))
            if obj.kind is Kind.OBJECT and obj.word not in SINGLE and obj.extra is None:
                twin.extra = SHALLOW
                twin.add("=", frozenset((obj,)))
            results.append(twin)
        else:
            results.append(obj)
    return frozenset(results)


def _twin(m: Machine, obj: Obj, node: ast.AST, fields: dict[str, Value]) -> Obj:
    twin = m.allocate(obj.kind, node, f"copy of {id(obj)}", name=obj.name, word=obj.word)
    twin.node, twin.extra, twin.scope = obj.node, obj.extra, obj.scope
    for name, value in fields.items():
        if name != "=":
            twin.add(name, value)
    return twin


def deep_copy(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`copy.deepcopy`: nothing of the original can be reached from it."""
    value = first_of(arguments)
    m.read_deep(value, node)
    twins: dict[Obj, Obj] = {}
    for obj in reach(value):
        if obj.is_data or obj.kind is Kind.CONTAINER:
            twins[obj] = _twin(m, obj, node, {})
    for obj, twin in twins.items():
        for name, held in obj.fields.items():
            if name != "=":
                twin.fields[name] = frozenset(twins.get(one, one) for one in held)
    return frozenset(twins.get(obj, obj) for obj in value)
