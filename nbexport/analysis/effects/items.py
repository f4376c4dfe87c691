"""Attributes, items and elements: what they are, and what looking them up or setting them does.

rows = table["rows"]      what `table` holds
part = array[2:]          shares the memory of `array`; `array[array > 0]` is a copy
first = next(lines)       takes from `lines`
frame.columns = names     a write to `frame`
"""

from __future__ import annotations

import ast

from nbexport.analysis.effects import calling, library, pictures, random_state, settings, torch_modules
from nbexport.analysis.effects.machine import Arguments, Machine
from nbexport.analysis.effects.objects import (
    CODE,
    ELEMENTS,
    FUNCTION,
    HELD,
    KEYS,
    MODE,
    NOTHING,
    PART,
    POSITION,
    SELF,
    SHALLOW,
    SHARED,
    SINGLE,
    SOURCE,
    Kind,
    Obj,
    Value,
    classes_of,
    literal,
    reach,
    root_of,
    texts,
)

_COPYING_INDEX = (ast.Compare, ast.BoolOp, ast.UnaryOp, ast.BinOp, ast.List, ast.ListComp, ast.Call)
_ARRAYS = frozenset({"values", "to_numpy", "numpy", "__array__", "array"})
_DICT_METHODS = frozenset(name for name in dir(dict) if not name.startswith("_"))
_CODE_PARTS = frozenset({"__code__", "__defaults__", "__kwdefaults__"})
_INDEXERS = frozenset({"loc", "iloc", "at", "iat"})
SERIES = "series"
INDEXER = "indexer"
_STILL = frozenset({"__name__", "__doc__", "__module__", "__qualname__", "__annotations__"})
_SPLITTING = frozenset({"", "tuple", "axes", "figure"})
"""Kinds of library objects that are unpacked into objects of their own."""


# --------------------------------------------------------------------------- attributes


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
    inherited = calling.find(obj, name)
    if own is not None:
        results.append(own)
    if inherited is not None:
        for owner in classes_of(obj):
            if owner.taints:
                m.read(owner, name, node)
        results.append(calling.bound(m, obj, inherited, node))
    for hook in ("__getattribute__", "__getattr__"):
        if own is None and inherited is None:
            value = calling.dunder(m, obj, hook, (m.literal(name),), node)
            if value is not None:
                results.append(value)
    if not results:
        if calling.library_base(obj) or (called and name in _DICT_METHODS):
            results.append(frozenset((library_method(m, obj, name),)))
        results.append(obj.fields.get(HELD, NOTHING))
    return NOTHING.union(*results)


def _of_class(m: Machine, obj: Obj, name: str, node: ast.AST) -> Value:
    if name == "__dict__":
        return frozenset((obj,))
    for owner in classes_of(obj):
        if owner.taints:
            m.read(owner, name, node)
    value = calling.find(obj, name)
    if value is None:
        return frozenset((library_method(m, obj, name),)) if calling.library_base(obj) else NOTHING
    results: list[Obj] = []
    for attribute in value:
        if attribute.is_data:
            m.touched += 1
        if attribute.kind is Kind.WRAPPER and attribute.word == "classmethod":
            results += [calling.method_of(m, obj, one) for one in attribute.fields.get(FUNCTION, NOTHING)]
        elif attribute.kind is Kind.WRAPPER and attribute.word == "staticmethod":
            results += attribute.fields.get(FUNCTION, NOTHING)
        else:
            results.append(attribute)
    return frozenset(results)


def _of_super(m: Machine, obj: Obj, name: str, node: ast.AST) -> Value:
    results: list[Value] = []
    for own in obj.fields[SELF]:
        value = calling.find(own, name, obj.extra)
        if value is not None:
            results.append(calling.bound(m, own, value, node))
        elif name not in ("__init__", "__new__", "__init_subclass__", "__set_name__", "__post_init__"):
            results.append(frozenset((library_method(m, own, name),)))
        elif calling.library_base(own):
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
    return (
        frozenset((view, method)) if any(one.changes or one.mode or one.draws for one in known) else frozenset((view,))
    )


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
        inherited = calling.find(obj, name)
        for attribute in inherited or ():
            if attribute.kind is Kind.WRAPPER and attribute.word == "property":
                setters = attribute.fields.get("setter", NOTHING)
                m.call(setters, Arguments((frozenset((obj,)), stored)), node) if setters else None
            elif attribute.kind is Kind.INSTANCE:
                calling.dunder(m, attribute, "__set__", (frozenset((obj,)), stored), node)
        calling.dunder(m, obj, "__setattr__", (m.literal(name), stored), node)
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
    _label(obj, stored, f".{name}")
    obj.add(name, stored)


def _label(obj: Obj, stored: Value, how: str) -> None:
    if obj.label:
        for one in stored:
            if not one.label:
                one.label = f"{obj.label}{how}"


# --------------------------------------------------------------------------- items


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
    for obj in value:
        kind = obj.kind
        if kind is Kind.CONTAINER:
            results.append(_of_container(m, obj, index if known else None, keys, node))
        elif kind is Kind.INSTANCE:
            value_ = calling.dunder(m, obj, "__getitem__", (keys,), node)
            if value_ is None:
                m.read(obj, HELD, node)
                calling.dunder(m, obj, "__missing__", (keys,), node)
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
                results.append(frozenset((obj,)))
        elif kind is Kind.CLASS:
            made = calling.find(obj, "__class_getitem__")
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
    if _splits(obj) and isinstance(index, int):
        kept = (one for one in obj.fields.get(HELD, NOTHING) if one.kind in (Kind.CONTAINER, Kind.INSTANCE))
        return frozenset((_child(m, obj, index), *kept))
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
    return held.is_data and (obj.word in SINGLE or obj.extra == PART)


def pair_of(m: Machine, obj: Obj) -> tuple[Value, Value]:
    """The key and the value of what a dict is made from."""
    if obj.kind is Kind.OBJECT:
        if _splits(obj):
            return frozenset((_child(m, obj, 0),)), frozenset((_child(m, obj, 1),))
        return NOTHING, frozenset((obj,))
    return obj.fields.get("#0", NOTHING), obj.fields.get("#1", elements(obj))


def _splits(obj: Obj) -> bool:
    """Whether an object may be several that a call has given back at once."""
    made = obj.name.rpartition(".")[2]
    return obj.word in _SPLITTING and not obj.fields.get(SHARED) and not made[:1].isupper()


def _child(m: Machine, obj: Obj, index: int) -> Obj:
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
    if kind is Kind.CONTAINER:
        m.write(obj, ELEMENTS, node, words)
        _label(obj, stored, "[…]")
        obj.add(ELEMENTS, stored)
        obj.add(KEYS, keys)
        for text in texts(keys):
            if f"={text}" in obj.fields:
                obj.add(f"={text}", stored)
    elif kind is Kind.OBJECT:
        # a column that is set on a part of a frame is the part's own
        own = obj.word == "frame" and obj.extra is None and all(key.kind is Kind.LITERAL for key in keys) and bool(keys)
        m.write(obj, HELD, node, words, alone=own)
        kept = elements_inside(stored) if obj.word in SINGLE else stored | elements_inside(stored)
        obj.add(HELD, frozenset(one for one in kept if one.is_data))
    elif kind is Kind.INSTANCE:
        result = calling.dunder(m, obj, "__setitem__", (keys, stored), node)
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
            m.write(obj, text, node, f"binds `{text}` anew")
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
            if calling.dunder(m, obj, "__delitem__", (keys,), node) is None:
                m.write(obj, HELD, node, f"deletes `{ast.unparse(node)}`")
        elif obj.kind is Kind.LIBRARY and obj.name == "os.environ":
            set_environment(m, keys, node)
        elif obj.is_data or obj.kind is Kind.SCOPE:
            m.write(obj, HELD, node, f"deletes `{ast.unparse(node)}`")


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


def searched(m: Machine, value: Value, node: ast.AST) -> None:
    """`x in value`: an iterator is used up until it is found."""
    for obj in value:
        if obj.kind in (Kind.ITERATOR, Kind.GENERATOR) or obj.word in ("file", "iterator", "generator"):
            m.iterate(frozenset((obj,)), node)
        elif obj.kind is Kind.INSTANCE and calling.find(obj, "__contains__") is None:
            m.iterate(frozenset((obj,)), node)
        elif obj.kind is Kind.LIBRARY and obj.name == "os.environ":
            read_environment(m, NOTHING, node)


# --------------------------------------------------------------------------- elements


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
                calling.dunder(m, held, name, (NOTHING,), node)
            if held.is_callable:
                m.call(frozenset((held,)), Arguments((NOTHING,)), node)
        fresh = m.allocate(Kind.OBJECT, node, "batch", name="torch.batch", word="")
        return frozenset((fresh,))
    if obj.word == "frame":
        # labels of columns, numbers, or groups, which are copies
        element = m.allocate(Kind.OBJECT, node, f"element {id(obj)}", name="pandas.element")
        return frozenset((element,)) | frozenset(one for one in obj.fields.get(HELD, NOTHING) if one.is_data)
    part = m.allocate(
        Kind.OBJECT, node, f"element {id(obj)}", name=obj.name, word=obj.word if obj.word in SINGLE else ""
    )
    part.add(SHARED, frozenset((obj,)))
    return frozenset((part,)) | frozenset(one for one in obj.fields.get(HELD, NOTHING) if one.is_data)


def _of_iterable_instance(m: Machine, obj: Obj, node: ast.AST) -> Value:
    m.read(obj, ELEMENTS, node)
    made = calling.dunder(m, obj, "__iter__", (), node)
    if made is not None:
        taken = NOTHING.union(*(iterated(m, one, node) for one in made if one is not obj))
        if obj in made:
            taken |= calling.dunder(m, obj, "__next__", (), node) or NOTHING
        return taken
    taken_ = calling.dunder(m, obj, "__getitem__", (NOTHING,), node)
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
        elif obj.kind is Kind.OBJECT and _splits(obj):
            pieces = [frozenset((_child(m, obj, index),)) for index in range(count)]
        else:
            pieces = [m.iterate(frozenset((obj,)), target)] * count
        parts = [part | piece for part, piece in zip(parts, pieces, strict=True)]
    return parts
