"""Methods of Python's own objects: containers, iterators, texts, paths, functions with a cache."""

from __future__ import annotations

import ast

from nbexport.analysis.effects import (
    attributes,
    callbacks,
    handing_over,
    instances,
    library,
    paths,
)
from nbexport.analysis.effects.containers import container_method, dict_method, first_of
from nbexport.analysis.effects.machine import Arguments, Machine
from nbexport.analysis.effects.objects import (
    CACHE,
    CODE,
    FUNCTION,
    HELD,
    KEYS,
    NOTHING,
    SELF,
    Kind,
    Obj,
    Value,
    classes_of,
    literal,
    texts,
)
from nbexport.analysis.effects.outside import open_file

_CONTAINERS = frozenset(("builtins.list", "builtins.dict", "builtins.set", "collections.", "typing.", "builtins.tuple"))
_WRITING = frozenset("write_text write_bytes touch mkdir unlink rmdir symlink_to hardlink_to chmod lchmod".split())
"""Methods of a path that change what lies there."""
_KEEPING = frozenset({"copy", "copy_into"})
_MOVING = _KEEPING | {"rename", "replace", "move", "move_into"}
"""Methods of a path that write to another."""


def method(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value | None:
    """What methods of lists, iterators, functions and the like do; None where a library has to be asked."""
    results: list[Value] = []
    others: list[Obj] = []
    for obj in called.fields[SELF]:
        value = _method_of(m, obj, called.name, arguments, node)
        if value is None:
            others.append(obj)
        else:
            results.append(value)
    if others and not results:
        return None
    for obj in others:
        results.append(library.method(m, attributes.library_method(m, obj, called.name), arguments, node))
    return NOTHING.union(*results) if results else NOTHING


def _method_of(m: Machine, obj: Obj, name: str, arguments: Arguments, node: ast.AST) -> Value | None:
    kind = obj.kind
    if kind is Kind.CONTAINER:
        return container_method(m, obj, name, arguments, node)
    if kind is Kind.INSTANCE and _derives_from_container(obj):
        callbacks.by_method(m, name, obj, arguments, node)
        return container_method(m, obj, name, arguments, node)
    if kind is Kind.INSTANCE and not instances.library_base(obj):
        return dict_method(m, obj, name, arguments, node)
    if kind in (Kind.ITERATOR, Kind.GENERATOR):
        return m.iterate(frozenset((obj,)), node)
    if kind is Kind.WRAPPER:
        return _of_wrapper(m, obj, name, arguments, node)
    if kind in (Kind.FUNCTION, Kind.METHOD, Kind.PARTIAL):
        return m.call(frozenset((obj,)), arguments, node) if name == "__call__" else NOTHING
    if kind is Kind.SCOPE:
        for key in arguments.keywords or ():
            m.write(obj, key, node, f"binds `{key}` again")
        for value in arguments.positional:
            for one in value:
                for key in texts(one.fields.get(KEYS, NOTHING)):
                    m.write(obj, key, node, f"binds `{key}` again")
        return (
            NOTHING.union(*obj.fields.values()) if name in ("get", "values", "items", "setdefault", "pop") else NOTHING
        )
    if kind is Kind.LITERAL:
        return _of_text(m, obj, name, arguments, node)
    if kind is Kind.LIBRARY or kind is Kind.PLACE:
        return NOTHING
    if obj.word == "path":
        return _of_path(m, obj, name, arguments, node)
    if obj.kind is Kind.OBJECT and obj.word == "saved":
        return NOTHING
    return None


def _derives_from_container(obj: Obj) -> bool:
    return any(owner.kind is Kind.LIBRARY and owner.name.startswith(tuple(_CONTAINERS)) for owner in classes_of(obj))


def _of_wrapper(m: Machine, obj: Obj, name: str, arguments: Arguments, node: ast.AST) -> Value:
    if obj.word.endswith("of property"):
        return NOTHING
    if name == "register" and obj.word == "dispatch":
        functions = frozenset(one for one in arguments.all() if one.is_callable)
        if not functions:
            # `@show.register(int)` gives the decorator
            return frozenset((attributes.library_method(m, obj, name),))
        m.write(obj, CODE, node, f"registers a function for `{obj.name}`")
        obj.add(FUNCTION, functions)
        return functions
    if name == "cache_clear":
        m.write(obj, CACHE, node, "clears its cache")
    elif name == "cache_info":
        m.read(obj, HELD, node)
    elif name in ("register", "setter", "getter", "deleter"):
        return first_of(arguments)
    return NOTHING


def _of_text(m: Machine, obj: Obj, name: str, arguments: Arguments, node: ast.AST) -> Value:
    value = arguments.all()
    m.use(value, node, None)
    for one in value:
        if one.kind in (Kind.ITERATOR, Kind.GENERATOR) or one.word in ("iterator", "file"):
            m.iterate(frozenset((one,)), node)
        elif handing_over.runs(one):
            m.call(frozenset((one,)), Arguments((NOTHING,)), node)
    if name == "format" and isinstance(obj.extra, str):
        known = [literal(one) for one in arguments.positional]
        if known and all(one for one, _ in known) and not arguments.keywords:
            try:
                return m.literal(obj.extra.format(*(constant for _, constant in known)))
            except (IndexError, KeyError, ValueError, TypeError, AttributeError):
                return NOTHING
    return NOTHING


def _of_path(m: Machine, obj: Obj, name: str, arguments: Arguments, node: ast.AST) -> Value:
    own = frozenset((obj,))
    if name in _MOVING:
        paths.written(m, arguments.at(0, "target") or NOTHING, node)
        if name in _KEEPING:
            paths.read(m, own, node)
        else:
            paths.written(m, own, node)
        return arguments.at(0, "target") or NOTHING
    if name in _WRITING:
        paths.written(m, own, node)
        return NOTHING
    if name in ("read_text", "read_bytes", "exists", "stat", "is_file", "is_dir", "iterdir", "glob", "rglob"):
        paths.read(m, own, node)
        return NOTHING
    if name == "open":
        return open_file(m, obj, Arguments((own, *arguments.positional), arguments.keywords), node)
    if name == "joinpath":
        return paths.joined(m, [own, *arguments.positional], node, path=True) or own
    if name in ("resolve", "absolute", "expanduser"):
        return own
    return frozenset((m.allocate(Kind.OBJECT, node, "path", name="pathlib.Path", word="path"),))
