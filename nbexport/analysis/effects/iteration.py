"""Elements: who takes them, and what is used up by that.

first = next(lines)       takes from `lines`
for row, y in zip(a, b):  takes from both, pair by pair
a, *rest = rows           looks at `rows`; takes from an iterator
"""

from __future__ import annotations

import ast

from nbexport.analysis.effects import (
    instances,
    library,
    random_state,
)
from nbexport.analysis.effects.items import child, elements, read_environment, splits
from nbexport.analysis.effects.machine import Arguments, Machine
from nbexport.analysis.effects.objects import (
    ELEMENTS,
    FUNCTION,
    HELD,
    KEYS,
    NOTHING,
    POSITION,
    SHARED,
    SINGLE,
    SOURCE,
    Kind,
    Obj,
    Value,
    reach,
)


def searched(m: Machine, value: Value, node: ast.AST) -> None:
    """`x in value`: an iterator is used up until it is found."""
    for obj in value:
        if obj.kind in (Kind.ITERATOR, Kind.GENERATOR) or obj.word in ("file", "iterator", "generator"):
            m.iterate(frozenset((obj,)), node)
        elif obj.kind is Kind.INSTANCE and instances.find(obj, "__contains__") is None:
            m.iterate(frozenset((obj,)), node)
        elif obj.kind is Kind.LIBRARY and obj.name == "os.environ":
            read_environment(m, NOTHING, node)


def iterated(m: Machine, obj: Obj, node: ast.AST) -> Value:
    """The elements of an object; an iterator is used up."""
    kind = obj.kind
    if kind is Kind.CONTAINER:
        m.read(obj, ELEMENTS, node)
        return obj.fields.get(KEYS, NOTHING) if obj.word in ("dict", "defaultdict") else elements(obj)
    if kind is Kind.ITERATOR:
        m.read(obj, POSITION, node)
        m.write(obj, POSITION, node, "takes from it")
        return _taken(m, obj, node)
    if kind is Kind.GENERATOR:
        m.read(obj, POSITION, node)
        m.write(obj, POSITION, node, "takes from it")
        return m.run_generator(obj, node)
    if kind is Kind.OBJECT:
        return _of_iterable(m, obj, node)
    if kind is Kind.INSTANCE:
        return _of_iterable_instance(m, obj, node)
    if kind is Kind.CLASS:
        return NOTHING.union(*obj.fields.values())
    return NOTHING


def _of_iterable(m: Machine, obj: Obj, node: ast.AST) -> Value:
    m.read_deep((obj,), node)
    if obj.word in ("iterator", "file", "generator"):
        m.write(obj, HELD, node, "takes from it")
    library.iterated(m, obj, node)
    if obj.word == "loader":
        own = [one for one in reach((obj,)) if one.word == "generator"]
        random_state.advance(m, own, node, "iterates the loader, which draws from it")
        if not own:
            random_state.draw(m, "torch", node, "iterating the loader")
        for held in reach((obj,)):
            for name in ("__iter__", "__getitem__", "__len__"):
                instances.dunder(m, held, name, (NOTHING,), node)
            if held.is_callable:
                m.call(frozenset((held,)), Arguments((NOTHING,)), node)
        fresh = m.allocate(Kind.OBJECT, node, "batch", name="torch.batch", word="")
        return frozenset((fresh,))
    if obj.word == "frame":
        # labels of columns, numbers, or groups, which are copies
        element = m.allocate(Kind.OBJECT, node, f"element {id(obj)}", name="pandas.element", word="row")
        kept = frozenset(one for one in obj.fields.get(HELD, NOTHING) if one.is_data)
        element.add(HELD, kept)
        return kept | {element}
    part = m.allocate(
        Kind.OBJECT, node, f"element {id(obj)}", name=obj.name, word=obj.word if obj.word in SINGLE else ""
    )
    part.add(SHARED, frozenset((obj,)))
    part.add(HELD, obj.fields.get(HELD, NOTHING))
    return frozenset((part,)) | frozenset(one for one in obj.fields.get(HELD, NOTHING) if one.is_data)


def _of_iterable_instance(m: Machine, obj: Obj, node: ast.AST) -> Value:
    m.read(obj, ELEMENTS, node)
    made = instances.dunder(m, obj, "__iter__", (), node)
    if made is not None:
        taken = NOTHING.union(*(iterated(m, one, node) for one in made if one is not obj))
        if obj in made:
            taken |= instances.dunder(m, obj, "__next__", (), node) or NOTHING
        return taken
    taken_ = instances.dunder(m, obj, "__getitem__", (NOTHING,), node)
    if taken_ is not None:
        return taken_
    return obj.fields.get(ELEMENTS, NOTHING) | obj.fields.get(HELD, NOTHING)


def _taken(m: Machine, obj: Obj, node: ast.AST) -> Value:
    """What an iterator takes from its sources."""
    sources = [value for name, value in sorted(obj.fields.items()) if name.startswith(SOURCE)]
    if obj.word in ("zip", "enumerate"):
        parts = [m.iterate(source, node) for source in sources]
        pair = m.allocate(Kind.CONTAINER, node, f"pair {id(obj)}", word="tuple")
        if obj.word == "enumerate":
            parts.insert(0, NOTHING)
        for index, part in enumerate(parts):
            pair.add(f"#{index}", part)
            pair.add(ELEMENTS, part)
        return frozenset((pair,))
    if obj.word == "items":
        pair = m.allocate(Kind.CONTAINER, node, f"pair {id(obj)}", word="tuple")
        pair.add("#0", obj.fields.get("keys of", NOTHING))
        pair.add("#1", obj.fields.get("values of", NOTHING))
        pair.add(ELEMENTS, pair.fields["#0"] | pair.fields["#1"])
        return frozenset((pair,))
    taken = [m.iterate(source, node) for source in sources]
    if obj.word == "groupby":
        rows = NOTHING.union(*taken)
        keys = m.call(obj.fields[FUNCTION], Arguments((rows,)), node) if obj.fields.get(FUNCTION) else rows
        group = m.allocate(Kind.CONTAINER, node, f"group {id(obj)}", word="list")
        group.add(ELEMENTS, rows)
        pair = m.allocate(Kind.CONTAINER, node, f"pair {id(obj)}", word="tuple")
        pair.add("#0", keys)
        pair.add("#1", frozenset((group,)))
        pair.add(ELEMENTS, keys | {group})
        return frozenset((pair,))
    callee = obj.fields.get(FUNCTION, NOTHING)
    if obj.word == "map":
        return m.call(callee, Arguments(taken), node) if callee else NOTHING.union(*taken)
    if callee:
        m.call(callee, Arguments(taken), node)
    everything = NOTHING.union(*taken) if taken else NOTHING
    if obj.word == "chain":
        return m.iterate(everything, node)
    return everything


def unpack(m: Machine, value: Value, target: ast.Tuple | ast.List) -> list[Value]:
    """What each target of `a, b = value` gets."""
    count = len(target.elts)
    parts: list[Value] = [NOTHING] * count
    plain = not any(isinstance(element, ast.Starred) for element in target.elts)
    for obj in value:
        if obj.kind is Kind.CONTAINER and plain and f"#{count - 1}" in obj.fields and f"#{count}" not in obj.fields:
            m.read(obj, ELEMENTS, target)
            pieces = [obj.fields[f"#{index}"] for index in range(count)]
        elif obj.kind is Kind.OBJECT and splits(obj):
            pieces = [frozenset((child(m, obj, index),)) for index in range(count)]
        else:
            pieces = [m.iterate(frozenset((obj,)), target)] * count
        parts = [part | piece for part, piece in zip(parts, pieces, strict=True)]
    return parts
