"""Lists, dicts, sets and their kin: how they are made, and what their methods do to what they hold."""

from __future__ import annotations

import ast

from nbexport.analysis.effects import (
    handing_over,
    instances,
    items,
)
from nbexport.analysis.effects.machine import Arguments, Machine, Special
from nbexport.analysis.effects.objects import (
    ELEMENTS,
    HELD,
    KEYS,
    NOTHING,
    Kind,
    Obj,
    Value,
    texts,
)

_GROWING = frozenset("append appendleft add insert".split())


_EXTENDING = frozenset(
    """extend extendleft update __iadd__ __ior__ intersection_update difference_update
    symmetric_difference_update""".split()
)


_SHRINKING = frozenset(
    """pop popleft popitem remove discard clear sort reverse rotate move_to_end subtract __delitem__ __imul__ __isub__
    __iand__ __ixor__""".split()
)


_TAKING = frozenset("pop popleft popitem".split())


def first_of(arguments: Arguments) -> Value:
    """The first argument."""
    return arguments.positional[0] if arguments.positional else arguments.rest


def container_maker(word: str) -> Special:
    """What makes a container of its first argument: `list`, `sorted`, `dict`."""

    def make(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
        container = m.allocate(Kind.CONTAINER, node, word, name=called.name, word=word)
        first = arguments.at(0)
        if first is not None:
            m.use(first, node)
            if word == "dict":
                fill_dict(m, container, first, node)
            else:
                container.add(ELEMENTS, m.iterate(first, node))
        for name, value in (arguments.keywords or {}).items():
            if word == "dict":
                container.add(f"={name}", value)
                container.add(ELEMENTS, value)
            else:
                run_callbacks(m, value, (elements_of(container),), node)
        container.add(ELEMENTS, arguments.rest)
        return frozenset((container,))

    return make


def from_keys(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`dict.fromkeys`: every key stands for the same object."""
    made = m.allocate(Kind.CONTAINER, node, "from keys", name=called.name, word="dict")
    made.add(KEYS, m.iterate(arguments.at(0, "iterable") or NOTHING, node))
    made.add(ELEMENTS, arguments.at(1, "value") or NOTHING)
    return frozenset((made,))


def elements_of(container: Obj) -> Value:
    """What a container holds."""
    return container.fields.get(ELEMENTS, NOTHING)


def fill_dict(m: Machine, container: Obj, source: Value, node: ast.AST) -> None:
    """A dict takes over another one, or pairs of keys and values."""
    for obj in source:
        if obj.kind is Kind.CONTAINER and obj.word in ("dict", "defaultdict"):
            m.read(obj, ELEMENTS, node)
            container.add(ELEMENTS, elements_of(obj))
            container.add(KEYS, obj.fields.get(KEYS, NOTHING))
        else:
            for pair in m.iterate(frozenset((obj,)), node):
                key, held = items.pair_of(m, pair)
                container.add(KEYS, key)
                container.add(ELEMENTS, held)


def run_callbacks(m: Machine, value: Value, positional: tuple[Value, ...], node: ast.AST) -> Value:
    """Call the functions among some objects."""
    callables = frozenset(obj for obj in value if handing_over.runs(obj) or obj.kind in (Kind.CLASS, Kind.INSTANCE))
    return m.call(callables, Arguments(positional), node) if callables else NOTHING


def default_dict(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`defaultdict`: keeps what makes its missing items."""
    container = m.allocate(Kind.CONTAINER, node, "defaultdict", name=called.name, word="defaultdict")
    container.add("factory", first_of(arguments))
    second = arguments.at(1)
    if second is not None:
        fill_dict(m, container, second, node)
    return frozenset((container,))


def named_tuple(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`namedtuple`: a class whose fields are what its instances are given."""
    owner = m.allocate(Kind.CLASS, node, "named tuple", name="namedtuple")
    owner.extra = instances.lookup_order(owner, [m.library("builtins.tuple")])
    names: list[str] = []
    for text in texts(arguments.at(1) or NOTHING):
        names += text.replace(",", " ").split()
    for obj in arguments.at(1) or NOTHING:
        names += list(texts(elements_of(obj)))
    owner.node = ast.ClassDef(
        "namedtuple",
        [],
        [],
        [ast.AnnAssign(ast.Name(name, ast.Store()), ast.Constant(None), None, 1) for name in names],
        [],
    )
    return frozenset((owner,))


def namespace_of(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`SimpleNamespace`: an object whose attributes are what it is given."""
    owner = m.allocate(Kind.CLASS, node, "namespace", name=called.name)
    owner.extra = (owner,)
    made = m.allocate(Kind.INSTANCE, node, "namespace", word=called.name)
    made.extra = owner
    for name, value in (arguments.keywords or {}).items():
        made.add(name, value)
    made.add(HELD, arguments.rest)
    return frozenset((made,))


def container_method(m: Machine, obj: Obj, name: str, arguments: Arguments, node: ast.AST) -> Value:
    """What a method of a list, dict or set does."""
    value = NOTHING.union(*arguments.positional, arguments.rest)
    words = f"calls `.{name}()`"
    key = arguments.keyword("key")
    held = elements_of(obj)
    if key is not None:
        run_callbacks(m, key, (held,), node)
    if name in _GROWING:
        m.write(obj, ELEMENTS, node, words)
        added = arguments.positional[-1] if arguments.positional else value
        obj.add(ELEMENTS, added)
        for one in added:
            if obj.label and not one.label:
                one.label = f"{obj.label}[…]"
        return NOTHING
    if name in _EXTENDING:
        m.use(value, node)
        m.write(obj, ELEMENTS, node, words)
        for positional in arguments.positional:
            if obj.word in ("dict", "defaultdict"):
                fill_dict(m, obj, positional, node)
            else:
                obj.add(ELEMENTS, m.iterate(positional, node))
        for keyword, given in (arguments.keywords or {}).items():
            obj.add(f"={keyword}", given)
            obj.add(ELEMENTS, given)
        return NOTHING
    if name in _SHRINKING:
        m.write(obj, ELEMENTS, node, words)
        m.read(obj, ELEMENTS, node)
        instances.look(m, held, node, None)
        return held if name in _TAKING else NOTHING
    if name == "setdefault":
        m.read(obj, ELEMENTS, node)
        m.write(obj, ELEMENTS, node, words)
        obj.add(ELEMENTS, value)
        return elements_of(obj)
    m.read(obj, ELEMENTS, node)
    if name in ("values", "__iter__"):
        return frozenset((_part(m, obj, name, held, node),))
    if name == "keys":
        return frozenset((_part(m, obj, name, obj.fields.get(KEYS, NOTHING), node),))
    if name in ("items", "most_common"):
        part = _part(m, obj, name, NOTHING, node)
        pair = m.allocate(Kind.CONTAINER, node, f"pair of {id(obj)}", word="tuple")
        pair.add("#0", obj.fields.get(KEYS, NOTHING))
        pair.add("#1", held)
        pair.add(ELEMENTS, held)
        part.add(ELEMENTS, frozenset((pair,)))
        return frozenset((part,))
    if name in ("copy", "union", "intersection", "difference", "symmetric_difference", "__copy__", "_replace"):
        twin = m.allocate(Kind.CONTAINER, node, f"copy of {id(obj)}", word=obj.word)
        twin.add(ELEMENTS, held | NOTHING.union(*(m.iterate(one, node) for one in arguments.positional)))
        twin.add(KEYS, obj.fields.get(KEYS, NOTHING))
        if "factory" in obj.fields:
            twin.add("factory", obj.fields["factory"])
        return frozenset((twin,))
    if name in ("get", "__getitem__"):
        return held | NOTHING.union(*arguments.positional[1:])
    if name == "__setitem__":
        m.store_item(frozenset((obj,)), arguments.at(0) or NOTHING, arguments.at(1) or NOTHING, node)
        return NOTHING
    instances.look(m, held | value, node, None)
    m.read_deep(value, node)
    return NOTHING


def dict_method(m: Machine, obj: Obj, name: str, arguments: Arguments, node: ast.AST) -> Value:
    """Methods of an instance's `__dict__`."""
    if name in _EXTENDING or name in _SHRINKING or name == "setdefault":
        for key, value in (arguments.keywords or {}).items():
            m.write(obj, key, node, f"sets its `{key}`")
            obj.add(key, value)
        if arguments.positional or not arguments.keywords:
            m.write(obj, HELD, node, f"calls `.{name}()`")
            for value in arguments.positional:
                for one in value:
                    obj.add(HELD, one.fields.get(ELEMENTS, NOTHING))
    m.use(arguments.all(), node)
    m.read(obj, HELD, node)
    return NOTHING.union(*obj.fields.values())


def _part(m: Machine, obj: Obj, name: str, held: Value, node: ast.AST) -> Obj:
    """A view of a dict: nothing of its own can be changed."""
    part = m.allocate(Kind.CONTAINER, node, f"{name} of {id(obj)}", word="frozenset")
    part.add(ELEMENTS, held)
    return part
