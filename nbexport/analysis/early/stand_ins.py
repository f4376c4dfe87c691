"""What stands for a value while statements are run for the functions in them; most values have no stand-in."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import TypeAlias

from nbexport.record import field, record

FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@record(frozen=False, eq=False)
class Scope:
    """The names of a function that runs."""

    locals: frozenset[str]
    values: dict[str, Values] = field(default_factory=dict)
    around: Scope | None = None
    returned: set[StandIn] = field(default_factory=set)


@record(frozen=False, eq=False)
class Func:
    """A function of the notebook, bound to an instance or not."""

    node: FunctionNode
    around: Scope | None = None
    owner: Class | None = None
    """The class whose body it stands in."""
    me: StandIn | None = None
    given: tuple[Values, ...] = ()
    """Arguments that `partial` has put before others."""


@record(frozen=False, eq=False)
class Class:
    """A class of the notebook."""

    node: ast.ClassDef
    bases: tuple[Values, ...]
    attributes: dict[str, Values] = field(default_factory=dict)


@record(frozen=False, eq=False)
class Instance:
    """An object of a class of the notebook."""

    made_by: Class
    attributes: dict[str, set[StandIn]] = field(default_factory=dict)


@record(frozen=False, eq=False)
class Above:
    """`super()`: an instance, seen from above a class."""

    below: Class
    me: StandIn


@record(frozen=False, eq=False)
class Items:
    """A container with functions or instances in it."""

    by_key: Mapping[object, Values] = field(default_factory=dict)
    rest: set[StandIn] = field(default_factory=set)
    mixed: bool = False
    """Whether there are other things in it, without a stand-in."""

    def all(self) -> Values:
        """Every item that something stands for."""
        return frozenset(self.rest).union(*self.by_key.values())

    def any(self) -> Values:
        """What any item is, where all of them are the same."""
        everything = self.all()
        return everything if len(everything) == 1 and not self.mixed else NOTHING


@record(frozen=False, eq=False)
class Lazy:
    """An iterator or coroutine, which runs something when it is read."""

    run: Callable[[], Values]
    results: Values | None = None


@record(frozen=False, eq=False)
class Holder:
    """An object of a library that was given functions and runs them in some of its methods."""

    methods: frozenset[str]
    inside: Values


StandIn: TypeAlias = Func | Class | Instance | Above | Items | Lazy | Holder
Values: TypeAlias = frozenset[StandIn]
NOTHING: Values = frozenset()


def bound_names(node: FunctionNode) -> frozenset[str]:
    """The names that are a function's own."""
    arguments = node.args
    names = {argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    names |= {argument.arg for argument in (arguments.vararg, arguments.kwarg) if argument is not None}
    outer: set[str] = set()
    waiting: list[ast.AST] = list(node.body) if isinstance(node.body, list) else []
    while waiting:
        part = waiting.pop()
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(part.name)
            continue
        if isinstance(part, ast.Lambda):
            continue
        if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load):
            names.add(part.id)
        elif isinstance(part, ast.alias):
            names.add(part.asname or part.name.partition(".")[0])
        elif isinstance(part, ast.ExceptHandler) and part.name:
            names.add(part.name)
        elif isinstance(part, ast.Global | ast.Nonlocal):
            outer.update(part.names)
        waiting.extend(ast.iter_child_nodes(part))
    return frozenset(names - outer)


def generates(node: FunctionNode) -> bool:
    """Whether calling a function only makes a generator or a coroutine."""
    if isinstance(node, ast.AsyncFunctionDef):
        return True
    waiting: list[ast.AST] = list(node.body) if isinstance(node.body, list) else []
    while waiting:
        part = waiting.pop()
        if isinstance(part, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(part))
    return False


def method_of(owner: Class, name: str, depth: int = 8) -> tuple[Func, Class] | None:
    """The method of a name, and the class in whose body it stands."""
    for value in owner.attributes.get(name, NOTHING):
        if isinstance(value, Func):
            return value, owner
    if name in owner.attributes or not depth:
        return None
    for base in owner.bases:
        for above in base:
            method = method_of(above, name, depth - 1) if isinstance(above, Class) else None
            if method is not None:
                return method
    return None


def attribute_of(owner: Class, name: str, depth: int = 8) -> Values:
    """What a class or one above it keeps under a name."""
    if name in owner.attributes or not depth:
        return owner.attributes.get(name, NOTHING)
    inherited = [
        attribute_of(above, name, depth - 1) for base in owner.bases for above in base if isinstance(above, Class)
    ]
    return frozenset().union(*inherited)
