"""Items: what looking one up gives and does, and what setting one does.

rows = table["rows"]      what `table` holds
part = array[2:]          shares the memory of `array`; `array[array > 0]` is a copy
os.environ["SCALE"]       the environment
"""

from __future__ import annotations

import ast

from nbexport.analysis.effects import (
    instances,
    settings,
)
from nbexport.analysis.effects.attributes import SERIES, name_after, store_attribute
from nbexport.analysis.effects.machine import Arguments, Machine
from nbexport.analysis.effects.objects import (
    ELEMENTS,
    HELD,
    KEYS,
    NOTHING,
    PART,
    SHARED,
    SINGLE,
    Kind,
    Obj,
    Value,
    literal,
    texts,
)

HASHED = frozenset("__hash__ __eq__".split())
"""What runs when an object becomes a key or a member of a set."""
_COPYING_INDEX = (ast.Compare, ast.BoolOp, ast.UnaryOp, ast.BinOp, ast.List, ast.ListComp, ast.Call)


_SPLITTING = frozenset({"", "tuple", "row", "axes", "figure"})
"""Kinds of library objects that are unpacked into objects of their own."""


def elements(obj: Obj) -> Value:
    """What a list or the like may hold."""
    return obj.fields.get(ELEMENTS, NOTHING)


def exact(value: Value) -> list[Value] | None:
    """The elements of a tuple in order, where they are known."""
    if len(value) != 1:
        return None
    (only,) = value
    if only.kind is not Kind.CONTAINER or only.word != "tuple":
        return None
    parts = [only.fields[f"#{index}"] for index in range(len(only.fields)) if f"#{index}" in only.fields]
    return parts or None


def load(m: Machine, value: Value, keys: Value, node: ast.Subscript) -> Value:
    """What an item of a value may be."""
    known, index = literal(keys)
    results: list[Value] = []
    if m.looking and keys:
        m.use(keys, node, HASHED)
    for obj in value:
        kind = obj.kind
        if kind is Kind.CONTAINER:
            results.append(_of_container(m, obj, index if known else None, keys, node))
        elif kind is Kind.INSTANCE:
            value_ = instances.dunder(m, obj, "__getitem__", (keys,), node)
            if value_ is None:
                m.read(obj, HELD, node)
                instances.dunder(m, obj, "__missing__", (keys,), node)
                value_ = obj.fields.get(ELEMENTS, NOTHING) | obj.fields.get(HELD, NOTHING)
                if known and isinstance(index, str):
                    value_ |= obj.fields.get(index, NOTHING)
                else:
                    value_ |= NOTHING.union(*obj.fields.values())
            results.append(value_)
        elif kind is Kind.OBJECT:
            results.append(_of_indexed(m, obj, index if known else None, keys, node))
        elif kind is Kind.LIBRARY:
            if obj.name == "os.environ":
                read_environment(m, keys, node)
            else:
                m.read(obj, ELEMENTS, node)
                settings.item_read(m, obj, node)
                results.append(frozenset((obj,)))
        elif kind is Kind.CLASS:
            made = instances.find(obj, "__class_getitem__")
            if made is None:
                results.append(frozenset((obj,)))
            else:
                first = frozenset((obj,))
                results += [m.call(frozenset((one,)), Arguments((first, keys)), node) for one in made]
        elif kind is Kind.SCOPE:
            m.read(obj, str(index) if known else HELD, node)
            results.append(obj.fields.get(str(index), NOTHING) if known else NOTHING.union(*obj.fields.values()))
    return NOTHING.union(*results) if results else NOTHING


def _of_container(m: Machine, obj: Obj, index: object, keys: Value, node: ast.Subscript) -> Value:
    m.read(obj, ELEMENTS, node)
    if any(key.kind is Kind.PLACE and key.word == "slice" for key in keys):
        part = m.allocate(Kind.CONTAINER, node, "slice", word=obj.word)
        part.add(ELEMENTS, elements(obj))
        return frozenset((part,))
    if obj.word == "defaultdict":
        m.write(obj, ELEMENTS, node, "looks an item up, which may add it")
        made = m.call(obj.fields["factory"], Arguments(), node) if obj.fields.get("factory") else NOTHING
        obj.add(ELEMENTS, made)
    if isinstance(index, int) and f"#{index}" in obj.fields:
        return obj.fields[f"#{index}"]
    if isinstance(index, str) and f"={index}" in obj.fields:
        return obj.fields[f"={index}"]
    return elements(obj)


def _of_indexed(m: Machine, obj: Obj, index: object, keys: Value, node: ast.Subscript) -> Value:
    """An item of an array, a frame or another object of a library."""
    m.read_deep((obj, *keys), node)
    settings.looked_up(m, f"{obj.name.partition('.')[0]}.operator", node)
    if splits(obj) and isinstance(index, int):
        kept = (one for one in obj.fields.get(HELD, NOTHING) if one.kind in (Kind.CONTAINER, Kind.INSTANCE))
        return frozenset((child(m, obj, index), *kept))
    copies = isinstance(node.slice, _COPYING_INDEX) or any(
        key.kind is Kind.CONTAINER or (key.kind is Kind.OBJECT and key.word != "") for key in keys
    )
    if isinstance(node.slice, ast.Tuple):
        copies = any(isinstance(part, (ast.Compare, ast.BoolOp, ast.List)) for part in node.slice.elts)
    part = m.allocate(Kind.OBJECT, node, f"item {id(obj)}", name=obj.name, word=obj.word)
    if not copies:
        part.add(SHARED, frozenset((obj,)))
    part.add(HELD, obj.fields.get(HELD, NOTHING))
    if isinstance(index, str):
        part.extra = SERIES
    return frozenset((part,)) | frozenset(one for one in obj.fields.get(HELD, NOTHING) if _may_be_item(obj, one))


def _may_be_item(obj: Obj, held: Obj) -> bool:
    """Whether an item of an object may be something that it holds."""
    if not held.is_data:
        return False
    # a part of a pipeline is what the pipeline was given
    holds = obj.word not in SINGLE and held.kind in (Kind.INSTANCE, Kind.OBJECT)
    return holds or held.kind is Kind.INSTANCE or obj.word in (*SINGLE, "row") or obj.extra == PART


def pair_of(m: Machine, obj: Obj) -> tuple[Value, Value]:
    """The key and the value of what a dict is made from."""
    if obj.kind is Kind.OBJECT:
        if splits(obj):
            return frozenset((child(m, obj, 0),)), frozenset((child(m, obj, 1),))
        return NOTHING, frozenset((obj,))
    return obj.fields.get("#0", NOTHING), obj.fields.get("#1", elements(obj))


def splits(obj: Obj) -> bool:
    """Whether an object may be several that a call has given back at once."""
    made = obj.name.rpartition(".")[2]
    return obj.word in _SPLITTING and not obj.fields.get(SHARED) and not made[:1].isupper()


def child(m: Machine, obj: Obj, index: int) -> Obj:
    """One of several objects that a call has given back at once."""
    known = obj.fields.get(f"#{index}")
    if known is not None:
        return next(iter(known))
    child = Obj(Kind.OBJECT, obj.born, name=obj.name, word=obj.word if obj.word != "tuple" else "")
    child.fields[HELD] = obj.fields.get(HELD, NOTHING)
    if obj.fields.get(SHARED):
        child.fields[SHARED] = obj.fields[SHARED]
    child.taints = None
    obj.fields[f"#{index}"] = frozenset((child,))
    return child


def store(m: Machine, obj: Obj, keys: Value, stored: Value, node: ast.AST) -> None:
    """Set an item of an object."""
    kind = obj.kind
    target = ast.unparse(node) if kind in (Kind.CONTAINER, Kind.OBJECT) and not m.ledger.is_exported else ""
    words = f"sets `{target}`"
    if m.looking and keys:
        m.use(keys, node, HASHED)
    if kind is Kind.CONTAINER:
        m.write(obj, ELEMENTS, node, words)
        name_after(obj, stored, "[…]")
        obj.add(ELEMENTS, stored)
        obj.add(KEYS, keys)
        for text in texts(keys):
            if f"={text}" in obj.fields:
                obj.add(f"={text}", stored)
    elif kind is Kind.OBJECT:
        # a column that is set on a part of a frame is the part's own
        own = obj.word == "frame" and obj.extra is None and all(key.kind is Kind.LITERAL for key in keys) and bool(keys)
        m.write(obj, HELD, node, words, alone=own)
        _write_through(m, obj, node)
        kept = elements_inside(stored) if obj.word in SINGLE else stored | elements_inside(stored)
        obj.add(HELD, frozenset(one for one in kept if one.is_data))
    elif kind is Kind.INSTANCE:
        result = instances.dunder(m, obj, "__setitem__", (keys, stored), node)
        known, name = literal(keys)
        if result is None:
            # the instance's own `__dict__`, or a list or dict that it derives from
            field = name if known and isinstance(name, str) and name in obj.fields else ELEMENTS
            m.write(obj, field, node, f"sets `{ast.unparse(node)}`")
            obj.add(field, stored)
    elif kind is Kind.LIBRARY:
        if obj.name == "os.environ":
            set_environment(m, keys, node)
        else:
            settings.set_attribute(m, obj, "[]", node)
    elif kind is Kind.SCOPE:
        for text in texts(keys) or [HELD]:
            m.write(obj, text, node, f"binds `{text}` again")
            if text != HELD:
                obj.add(text, stored)
    elif kind in (Kind.FUNCTION, Kind.CLASS):
        for text in texts(keys):
            store_attribute(m, obj, text, stored, node)


def elements_inside(value: Value) -> Value:
    """The lists and objects in lists: an array keeps them, and copies numbers."""
    inner = NOTHING.union(*(elements(obj) for obj in value))
    return frozenset(obj for obj in inner if obj.kind in (Kind.CONTAINER, Kind.INSTANCE))


def delete(m: Machine, value: Value, keys: Value, node: ast.Subscript) -> None:
    """Delete an item."""
    for obj in value:
        if obj.kind is Kind.INSTANCE:
            if instances.dunder(m, obj, "__delitem__", (keys,), node) is None:
                m.write(obj, HELD, node, f"deletes `{ast.unparse(node)}`")
        elif obj.kind is Kind.LIBRARY and obj.name == "os.environ":
            set_environment(m, keys, node)
        elif obj.is_data or obj.kind is Kind.SCOPE:
            m.write(obj, HELD, node, f"deletes `{ast.unparse(node)}`")
            _write_through(m, obj, node)


def _write_through(m: Machine, obj: Obj, node: ast.AST) -> None:
    """What is set in a table that lies in a file is written there."""
    for place in obj.fields.get(HELD, ()) if obj.word == "connection" else ():
        if place.kind is Kind.PLACE:
            m.write(place, HELD, node, f"writes `{place.name}`")


def set_environment(m: Machine, keys: Value, node: ast.AST | None) -> None:
    """A variable of the environment is set."""
    for name in texts(keys) or [HELD]:
        m.write(
            m.place("environment", name),
            HELD,
            node,
            f"sets `{name}` in the environment" if name != HELD else "sets a variable of the environment",
        )


def read_environment(m: Machine, keys: Value, node: ast.AST) -> None:
    """A variable of the environment is read."""
    for name in (*texts(keys), HELD):
        m.read(m.place("environment", name), HELD, node)
