"""Attributes: what looking one up gives and does, and what setting one does.

frame.columns = names     a write to `frame`
tank.level                a property of the notebook's own runs
model.coef_               shares what `model` holds
"""

from __future__ import annotations

import ast

from nbexport.analysis.effects import (
    instances,
    pictures,
    settings,
    torch_modules,
)
from nbexport.analysis.effects.machine import Arguments, Machine
from nbexport.analysis.effects.objects import (
    CODE,
    FUNCTION,
    HELD,
    MODE,
    NOTHING,
    PART,
    SELF,
    SHALLOW,
    SHARED,
    SINGLE,
    Kind,
    Obj,
    Value,
    classes_of,
    literal,
    root_of,
)

_ARRAYS = frozenset({"values", "to_numpy", "numpy", "__array__", "array"})


_DICT_METHODS = frozenset(name for name in dir(dict) if not name.startswith("_"))


_CODE_PARTS = frozenset({"__code__", "__defaults__", "__kwdefaults__"})


_INDEXERS = frozenset({"loc", "iloc", "at", "iat"})


SERIES = "series"


INDEXER = "indexer"


_STILL = frozenset({"__name__", "__doc__", "__module__", "__qualname__", "__annotations__"})


def load_attribute(m: Machine, obj: Obj, name: str, node: ast.AST, *, called: bool = False) -> Value:
    """What an attribute of an object may be.

    Args:
        m: The run.
        obj: Whose attribute.
        name: Which one.
        node: Where.
        called: Whether it is looked up in order to be called.
    """
    kind = obj.kind
    if kind is Kind.LIBRARY:
        return _of_library(m, obj, name, node)
    if kind is Kind.INSTANCE:
        return _of_instance(m, obj, name, node, called=called)
    if kind is Kind.CLASS:
        return _of_class(m, obj, name, node)
    if kind is Kind.SUPER:
        return _of_super(m, obj, name, node)
    if kind is Kind.OBJECT:
        return _of_object(m, obj, name, node, called=called)
    if kind is Kind.PLACE:
        m.read(obj, HELD, node)
        return NOTHING
    if kind is Kind.CONTAINER:
        named = obj.fields.get(f".{name}")
        if named is not None:
            return named
    if kind is Kind.FUNCTION or kind is Kind.WRAPPER:
        m.read(obj, name, node)
        own = obj.fields.get(f".{name}")
        if own is not None:
            return own
        if name == "__wrapped__":
            return obj.fields.get(FUNCTION, frozenset((obj,)))
        if name == "__dict__":
            return frozenset((obj,))
        if kind is Kind.WRAPPER and name in ("setter", "getter", "deleter"):
            setter = m.allocate(Kind.WRAPPER, node, f"{name} {id(obj)}", name=obj.name, word=f"{name} of property")
            setter.fields[SELF] = frozenset((obj,))
            return frozenset((setter,))
    if kind is Kind.METHOD and name in ("__func__", "__self__"):
        return obj.fields[FUNCTION if name == "__func__" else SELF]
    if (
        kind is Kind.LIBRARY_METHOD
        and not name.startswith("__")
        and all(one.kind is Kind.OBJECT for one in obj.fields[SELF])
    ):
        # `df.age.plot`: what may be a method is a part of the object besides, and parts have attributes
        return NOTHING
    return frozenset((library_method(m, obj, name),))


def library_method(m: Machine, obj: Obj, name: str) -> Obj:
    """A method that an object has from Python or from a library."""
    made = m.allocate(Kind.LIBRARY_METHOD, None, f"{id(obj)}.{name}", name=name)
    made.fields[SELF] = frozenset((obj,))
    return made


def _of_library(m: Machine, obj: Obj, name: str, node: ast.AST) -> Value:
    part = m.library(f"{obj.name}.{name}")
    if m.ledger.tainted:
        m.read(m.place("module", root_of(obj.name)), HELD, node)
    if obj.taints:
        m.read(obj, name, node)
    replaced = obj.fields.get(name)
    return frozenset((part,)) if replaced is None else replaced | {part}


def _of_instance(m: Machine, obj: Obj, name: str, node: ast.AST, *, called: bool) -> Value:
    m.touched += 1
    if name == "__dict__":
        m.read(obj, HELD, node)
        return frozenset((obj,))
    if name == "__class__":
        return frozenset((obj.extra,))
    if obj.taints:
        m.read(obj, MODE if name == "training" else name, node)
        m.read(obj, f"cached {name}", node)
    results: list[Value] = []
    own = obj.fields.get(name)
    inherited = instances.find(obj, name)
    if own is not None:
        results.append(own)
    if inherited is not None:
        for owner in classes_of(obj):
            if owner.taints:
                m.read(owner, name, node)
        results.append(instances.bound(m, obj, inherited, node))
    for hook in ("__getattribute__", "__getattr__"):
        if own is None and inherited is None:
            value = instances.dunder(m, obj, hook, (m.literal(name),), node)
            if value is not None:
                results.append(value)
    if not results:
        if instances.library_base(obj) or (called and name in _DICT_METHODS):
            results.append(frozenset((library_method(m, obj, name),)))
        results.append(obj.fields.get(HELD, NOTHING))
    return NOTHING.union(*results)


def _of_class(m: Machine, obj: Obj, name: str, node: ast.AST) -> Value:
    if name == "__dict__":
        return frozenset((obj,))
    for owner in classes_of(obj):
        if owner.taints:
            m.read(owner, name, node)
    value = instances.find(obj, name)
    if value is None:
        return frozenset((library_method(m, obj, name),)) if instances.library_base(obj) else NOTHING
    results: list[Obj] = []
    for attribute in value:
        if attribute.is_data:
            m.touched += 1
        if attribute.kind is Kind.WRAPPER and attribute.word == "classmethod":
            results += [instances.method_of(m, obj, one) for one in attribute.fields.get(FUNCTION, NOTHING)]
        elif attribute.kind is Kind.WRAPPER and attribute.word == "staticmethod":
            results += attribute.fields.get(FUNCTION, NOTHING)
        else:
            results.append(attribute)
    return frozenset(results)


def _of_super(m: Machine, obj: Obj, name: str, node: ast.AST) -> Value:
    results: list[Value] = []
    for own in obj.fields[SELF]:
        value = instances.find(own, name, obj.extra)
        if value is not None:
            results.append(instances.bound(m, own, value, node))
        elif name not in ("__init__", "__new__", "__init_subclass__", "__set_name__", "__post_init__"):
            results.append(frozenset((library_method(m, own, name),)))
        elif instances.library_base(own):
            results.append(frozenset((m.library("builtins.object"),)))
    return NOTHING.union(*results) if results else NOTHING


def _of_object(m: Machine, obj: Obj, name: str, node: ast.AST, *, called: bool) -> Value:
    if name in _STILL:
        return NOTHING
    method = library_method(m, obj, name)
    if called:
        return frozenset((method,)) | frozenset(one for one in obj.fields.get(f".{name}", NOTHING) if one.is_callable)
    if obj.taints:
        m.read(obj, HELD, node)
    settings.looked_up(m, f"{root_of(obj.name)}.{name}", node)
    table = m.table_for(obj)
    if table is not None and table.scalars.match(name):
        return NOTHING
    if pictures.is_plotting(obj):
        pictures.looks_at_picture(m, obj, name, node)
    if table is not None and table.moving.match(name):
        m.write(obj, HELD, node, f"looks at `.{name}`, which changes it")
    view = m.allocate(Kind.OBJECT, None, f"{id(obj)}.{name}", name=obj.name, word=_word_of_part(obj, name))
    view.born = obj.born
    view.extra = PART
    if obj.word == "frame":
        view.extra = INDEXER if name in _INDEXERS else SERIES
    view.add(SHARED, frozenset((obj,)))
    view.add(HELD, obj.fields.get(HELD, NOTHING) | obj.fields.get(f".{name}", NOTHING))
    known = m.libraries.methods_named(name)
    held = frozenset(one for one in obj.fields.get(HELD, NOTHING) if one.is_data) if obj.word == "row" else NOTHING
    may_be_method = any(one.changes or one.mode or one.draws for one in known)
    return held | frozenset((view, method) if may_be_method else (view,))


def _word_of_part(obj: Obj, name: str) -> str:
    if name in _ARRAYS:
        return "array"
    return obj.word if obj.word in ("frame", "tensor", "array", "file", "generator") else ""


def store_attribute(m: Machine, obj: Obj, name: str, stored: Value, node: ast.AST) -> None:
    """Set an attribute of an object."""
    kind = obj.kind
    words = f"sets its `{name}`"
    if kind is Kind.LIBRARY:
        obj.add(name, stored)
        settings.set_attribute(m, obj, name, node)
        return
    if kind is Kind.INSTANCE:
        inherited = instances.find(obj, name)
        for attribute in inherited or ():
            if attribute.kind is Kind.WRAPPER and attribute.word == "property":
                setters = attribute.fields.get("setter", NOTHING)
                m.call(setters, Arguments((frozenset((obj,)), stored)), node) if setters else None
            elif attribute.kind is Kind.INSTANCE:
                instances.dunder(m, attribute, "__set__", (frozenset((obj,)), stored), node)
        instances.dunder(m, obj, "__setattr__", (m.literal(name), stored), node)
        if name == "training":
            known, constant = literal(stored)
            torch_modules.set_mode(m, frozenset((obj,)), ("train" if constant else "eval") if known else "both", node)
    elif kind is Kind.OBJECT:
        if name == "training":
            known, constant = literal(stored)
            torch_modules.set_mode(m, frozenset((obj,)), ("train" if constant else "eval") if known else "both", node)
            return
        m.write(obj, HELD, node, words, alone=obj.extra == SHALLOW)
        for held in obj.fields.get(HELD, NOTHING) if obj.extra == PART else ():
            m.write(held, HELD, node, words)
        obj.add(f".{name}", stored)
        obj.add(HELD, frozenset(one for one in stored if one.is_data and obj.word not in SINGLE))
        return
    elif kind in (Kind.FUNCTION, Kind.WRAPPER):
        m.write(obj, CODE if name in _CODE_PARTS else name, node, words)
        obj.add(f".{name}", stored)
        return
    elif kind is Kind.PLACE:
        m.write(obj, HELD, node, words)
        return
    elif kind not in (Kind.CLASS, Kind.CONTAINER, Kind.ITERATOR, Kind.GENERATOR):
        return
    m.write(obj, HELD if name == "__class__" else name, node, words)
    name_after(obj, stored, f".{name}")
    obj.add(name, stored)


def name_after(obj: Obj, stored: Value, how: str) -> None:
    """What an object holds goes by the object's name in messages."""
    if obj.label:
        for one in stored:
            if not one.label:
                one.label = f"{obj.label}{how}"
