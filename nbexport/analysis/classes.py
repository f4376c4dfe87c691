"""Which functions of the notebook a call runs, as far as that is plain to see: by name, as a method, of a new instance.

    class Meter:
        def __init__(self):
            self.scale = Scale()        whoever holds a `Meter` holds a `Scale` as `.scale`
        def read(self):
            return self.raw() * LIMIT   `raw` runs where `read` does
    Meter().read()                      runs `Meter.__init__`, `Meter.read` and `raw`
    meter.scale.fit(rows)               runs `Scale.fit`

Methods are looked for in the classes that a class is made from too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.bindings import MISSING_SET, State
from nbexport.names.operations import Call, Function

_DEPTH = 8
"""So many classes up, and attributes down, are followed."""


def callees(op: Call, state: State) -> Iterator[tuple[Function, Function | None]]:
    """(function, the class that it is a method of) for each function of the notebook that a call runs."""
    function = op.node.func
    if isinstance(function, ast.Name):
        for definition in state.get(op.name, MISSING_SET):
            made = definition.function
            if made is not None and made.is_class:
                for name in ("__init__", "__post_init__"):
                    yield from methods(made, name, state)
            elif made is not None:
                yield made, None
            elif definition.instance_of is not None:
                for name in ("forward", "__call__"):
                    yield from methods(definition.instance_of, name, state)
    elif isinstance(function, ast.Attribute):
        for owner in _classes_of(function.value, state, _DEPTH):
            yield from methods(owner, function.attr, state)


def methods(owner: Function, name: str, state: State, depth: int = _DEPTH) -> Iterator[tuple[Function, Function]]:
    """(method, `owner`) for the method of a name, of the class itself or else of those that it is made from."""
    own = [(method, owner) for method in owner.methods if method.name == name]
    if own or depth == 0:
        yield from own
        return
    for base in owner.node.bases if isinstance(owner.node, ast.ClassDef) else ():
        for above in _named(base, state):
            yield from ((method, owner) for method, _ in methods(above, name, state, depth - 1))


def _named(node: ast.expr, state: State) -> Iterator[Function]:
    """The classes of the notebook that a name stands for."""
    for definition in state.get(node.id, MISSING_SET) if isinstance(node, ast.Name) else ():
        if definition.function is not None and definition.function.is_class:
            yield definition.function


def _classes_of(node: ast.expr, state: State, depth: int) -> Iterator[Function]:
    """The classes of the notebook of which an expression's value is an instance, or which it is itself."""
    if isinstance(node, ast.Name):
        for definition in state.get(node.id, MISSING_SET):
            made = definition.function
            owner = definition.instance_of or (made if made is not None and made.is_class else None)
            if owner is not None:
                yield owner
    elif isinstance(node, ast.Call):
        yield from _named(node.func, state)
    elif isinstance(node, ast.Attribute) and depth:
        for owner in _classes_of(node.value, state, depth - 1):
            for value in owner.attributes.get(node.attr, ()):
                yield from _named(value.func, state)
