"""What makes one callable of another: `partial`, `itemgetter`, `property`, caches, decorators; and dataclasses."""

from __future__ import annotations

import ast

from nbexport.analysis.effects import (
    items,
)
from nbexport.analysis.effects.containers import first_of
from nbexport.analysis.effects.machine import NOWHERE, Arguments, Machine, Special
from nbexport.analysis.effects.objects import (
    FUNCTION,
    HELD,
    NOTHING,
    Kind,
    Obj,
    Value,
    texts,
)


def partial_of(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`functools.partial`, and `partialmethod`, which gets the instance when it is looked up."""
    word = called.name.rpartition(".")[2]
    made = m.allocate(Kind.PARTIAL, node, word, word=word)
    made.fields[FUNCTION] = first_of(arguments)
    made.fields[HELD] = arguments.all()
    made.extra = Arguments(arguments.positional[1:], arguments.keywords, arguments.rest)
    return frozenset((made,))


def partial(m: Machine, obj: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """Call a function some of whose arguments were given before, an `itemgetter`, or a `methodcaller`."""
    if obj.word == "methodcaller":
        known = list(texts(first_of(obj.extra)))
        results = [
            m.call(
                m.attribute(first_of(arguments), name, node),
                Arguments(obj.extra.positional[1:], obj.extra.keywords, obj.extra.rest),
                node,
            )
            for name in known
        ]
        return NOTHING.union(*results) if results else NOTHING
    if obj.word == "attrgetter":
        value = first_of(arguments)
        for name in texts(first_of(obj.extra)):
            for part in name.split("."):
                value = m.attribute(value, part, node)
        return value
    if obj.word == "itemgetter":
        value = first_of(arguments)
        return items.load(m, value, first_of(obj.extra), ast.Subscript(NOWHERE, NOWHERE, ast.Load()))
    given: Arguments = obj.extra
    keywords = {**(given.keywords or {}), **(arguments.keywords or {})}
    joined = Arguments((*given.positional, *arguments.positional), keywords, given.rest | arguments.rest)
    return m.call(obj.fields[FUNCTION], joined, node)


def getter_maker(word: str) -> Special:
    """What makes an `itemgetter`, `attrgetter` or `methodcaller`."""

    def make(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
        made = m.allocate(Kind.PARTIAL, node, word, word=word)
        made.fields[FUNCTION] = NOTHING
        made.extra = arguments
        return frozenset((made,))

    return make


def wrapper_maker(word: str) -> Special:
    """What makes a `property`, `classmethod`, `staticmethod` or cache of a function."""

    def make(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
        functions = frozenset(obj for obj in arguments.all() if obj.kind in (Kind.FUNCTION, Kind.METHOD, Kind.WRAPPER))
        if word == "cached" and not functions:
            # `@lru_cache(maxsize=None)` gives the decorator
            return frozenset((m.library("functools.lru_cache"),))
        made = m.allocate(Kind.WRAPPER, node, f"{word} {sorted(id(one) for one in functions)}", word=word)
        made.name = next((one.name for one in functions), "")
        made.node = next((one.node for one in functions), None)
        getter = arguments.at(0, "fget")
        made.fields[FUNCTION] = functions if word != "property" or getter is None else getter
        setter = arguments.at(1, "fset")
        if word == "property" and setter is not None:
            made.fields["setter"] = setter
        return frozenset((made,))

    return make


def same(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """What gives back its first argument."""
    return first_of(arguments)


def plain_decorator(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """What gives a decorator that leaves the function what it is: `wraps(f)`."""
    return frozenset((m.library("typing.final"),))


def dataclass_field(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`dataclasses.field`: keeps what makes the default."""
    made = m.allocate(Kind.OBJECT, node, "field", name="dataclasses.field", word="field")
    factory = arguments.keyword("default_factory")
    if factory is not None:
        made.fields["factory"] = factory
    default = arguments.keyword("default")
    return frozenset((made,)) if factory is not None else default or NOTHING


def dataclass_of(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`@dataclass`, with arguments or without."""
    first = first_of(arguments)
    return first if any(obj.kind is Kind.CLASS for obj in first) else frozenset((called,))
