"""Functions of Python's that take elements, now or when their result is iterated."""

from __future__ import annotations

import ast

from nbexport.analysis.effects import (
    instances,
)
from nbexport.analysis.effects.containers import first_of, run_callbacks
from nbexport.analysis.effects.machine import Arguments, Machine, Special
from nbexport.analysis.effects.objects import (
    ELEMENTS,
    FUNCTION,
    NOTHING,
    SOURCE,
    Kind,
    Obj,
    Value,
    literal,
)

_MOST_BRANCHES = 20
"""More branches of one iterator than this behave as so many."""


def iterator_maker(word: str, *, callee: bool = False) -> Special:
    """What gives an iterator that takes from its arguments: `zip`, `map`, `islice`."""

    def make(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
        positional = list(arguments.positional)
        iterator = m.allocate(Kind.ITERATOR, node, word, name=called.name, word=word)
        if callee and positional:
            iterator.add(FUNCTION, frozenset(obj for obj in positional.pop(0) if obj.kind is not Kind.LITERAL))
        for index, value in enumerate(positional):
            iterator.add(f"{SOURCE}{index}", value)
        if arguments.rest:
            iterator.add(f"{SOURCE}{len(positional)}", arguments.rest)
        for name, value in (arguments.keywords or {}).items():
            if name in ("key", "func"):
                iterator.add(FUNCTION, value)
            elif name in ("iterable", "iterables"):
                iterator.add(f"{SOURCE}{len(positional)}", value)
        return frozenset((iterator,))

    return make


def tee_of(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`itertools.tee`: iterators that advance each by itself, and together use up what they take from."""
    known, count = literal(arguments.positional[1]) if len(arguments.positional) > 1 else (True, 2)
    made = m.allocate(Kind.CONTAINER, node, "tee", word="tuple")
    for index in range(min(count, _MOST_BRANCHES) if known and isinstance(count, int) else 2):
        branch = m.allocate(Kind.ITERATOR, node, f"tee {index}", name=called.name, word="iter")
        branch.add(f"{SOURCE}0", first_of(arguments))
        made.add(f"#{index}", frozenset((branch,)))
        made.add(ELEMENTS, frozenset((branch,)))
    return frozenset((made,))


def iter_of(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`iter`: an iterator is its own."""
    results: list[Value] = []
    plain: list[Obj] = []
    if len(arguments.positional) > 1:
        return iterator_maker("call", callee=True)(m, called, Arguments((arguments.positional[0],)), node)
    for obj in first_of(arguments):
        if obj.kind in (Kind.ITERATOR, Kind.GENERATOR) or obj.word in ("iterator", "file"):
            results.append(frozenset((obj,)))
        elif obj.kind is Kind.INSTANCE and (made := instances.dunder(m, obj, "__iter__", (), node)) is not None:
            results.append(made)
        else:
            plain.append(obj)
    if plain or not results:
        results.append(iterator_maker("iter")(m, called, Arguments((frozenset(plain),)), node))
    return NOTHING.union(*results)


def next_of(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`next`."""
    results: list[Value] = list(arguments.positional[1:])
    for obj in first_of(arguments):
        stepped = instances.dunder(m, obj, "__next__", (), node)
        results.append(m.iterate(frozenset((obj,)), node) if stepped is None else stepped)
    return NOTHING.union(*results)


def best_of(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`max` and `min`: one of the arguments, or one of the elements of the only one."""
    value = NOTHING.union(*arguments.positional, arguments.rest)
    m.use(value, node)
    if len(arguments.positional) == 1:
        value = m.iterate(value, node)
        m.use(value, node)
    for name, keyed in (arguments.keywords or {}).items():
        if name == "key":
            run_callbacks(m, keyed, (value,), node)
        else:
            value |= keyed
    return frozenset(obj for obj in value if obj.kind is not Kind.LITERAL)


def reduced(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`functools.reduce`."""
    values = m.iterate(arguments.at(1) or NOTHING, node) | (arguments.at(2) or NOTHING)
    result = m.call(first_of(arguments), Arguments((values, values)), node)
    return result | m.call(first_of(arguments), Arguments((result, values)), node) | values
