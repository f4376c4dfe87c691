"""Instances of the notebook's classes: how they are made, where their attributes are found, their special methods.

class Shelf(Base):              attributes are looked up in `Shelf`, then in `Base`
    def __len__(self): …        runs where somebody looks at an instance
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from nbexport.analysis.effects.machine import Arguments, Machine, anything
from nbexport.analysis.effects.objects import (
    ELEMENTS,
    FUNCTION,
    HELD,
    KEYS,
    NOTHING,
    SELF,
    Kind,
    Obj,
    Value,
    classes_of,
)

_HANDING = frozenset({"contextlib.nullcontext", "contextlib.closing"})
"""Context managers that hand out what they were given."""

_SETTING = frozenset(
    """__init__ __new__ __del__ __setattr__ __setitem__ __delitem__ __delattr__ __enter__ __exit__ __aenter__ __aexit__
    __call__ __init_subclass__ __set_name__ __set__ __delete__ __get__ __class_getitem__ __post_init__ __getattr__
    __getattribute__ __reduce__ __reduce_ex__ __getstate__ __setstate__ __copy__ __deepcopy__ __iadd__ __isub__ __imul__
    __imatmul__ __itruediv__ __ifloordiv__ __imod__ __ipow__ __iand__ __ior__ __ixor__ __ilshift__ __irshift__
    __dict__ __doc__ __module__ __slots__ __annotations__ __match_args__""".split()
)
"""Special names that looking at an object does not run."""


def lookup_order(owner: Obj, bases: Sequence[Obj]) -> tuple[Obj, ...]:
    """The classes in which an attribute is looked up: the class itself, then its bases, depth first, each once."""
    order: list[Obj] = [owner]
    for base in bases:
        parts = base.extra if base.kind is Kind.CLASS else (base,)
        for part in parts:
            if part in order:
                order.remove(part)
            order.append(part)
    return tuple(order)


def subclassed(m: Machine, owner: Obj, keywords: dict[str, Value], node: ast.AST) -> None:
    """A class has been made: its bases may want to know."""
    for other in owner.extra[1:]:
        for hook in other.fields.get("__init_subclass__", ()) if other.kind is Kind.CLASS else ():
            functions = hook.fields.get(FUNCTION, NOTHING) if hook.kind is Kind.WRAPPER else frozenset((hook,))
            for one in functions:
                if one.kind is Kind.FUNCTION:
                    m.call(frozenset((one,)), Arguments((frozenset((owner,)),), keywords), node)


def library_base(obj: Obj) -> str:
    """The full name of the first library class that an instance's class derives from; empty where there is none."""
    for owner in classes_of(obj):
        if owner.kind in (Kind.LIBRARY, Kind.OBJECT) and owner.name not in ("builtins.object", "abc.ABC"):
            return owner.name
    return ""


def find(obj: Obj, name: str, after: Obj | None = None) -> Value | None:
    """What the notebook's classes of an object define under a name.

    Args:
        obj: An instance or a class.
        name: The attribute.
        after: Look only behind this class, as `super()` does.
    """
    order = classes_of(obj)
    if after is not None and after in order:
        order = order[order.index(after) + 1 :]
    for owner in order:
        if owner.kind is Kind.CLASS:
            value = owner.fields.get(name)
            if value is not None:
                return value
    return None


def bound(m: Machine, obj: Obj, value: Value, node: ast.AST) -> Value:
    """What a class attribute is when it is looked up on an instance: functions become methods, properties run."""
    results: list[Obj] = []
    for attribute in value:
        if attribute.kind is Kind.FUNCTION:
            results.append(method_of(m, obj, attribute))
        elif attribute.kind is Kind.WRAPPER:
            results += _bound_wrapper(m, obj, attribute, node)
        elif attribute.kind is Kind.PARTIAL and attribute.word == "partialmethod":
            partial = m.allocate(Kind.PARTIAL, node, f"bound {id(obj)} {id(attribute)}")
            partial.fields = {**attribute.fields, FUNCTION: bound(m, obj, attribute.fields[FUNCTION], node)}
            partial.extra = attribute.extra
            results.append(partial)
        elif attribute.kind is Kind.INSTANCE and find(attribute, "__get__") is not None:
            results += dunder(m, attribute, "__get__", (frozenset((obj,)), NOTHING), node) or ()
        else:
            results.append(attribute)
    return frozenset(results)


def method_of(m: Machine, obj: Obj, called: Obj) -> Obj:
    """A function with its first argument."""
    method = m.allocate(Kind.METHOD, called.node, f"method {id(obj)} {id(called)}", name=called.name)
    method.fields = {FUNCTION: frozenset((called,)), SELF: frozenset((obj,))}
    return method


def _bound_wrapper(m: Machine, obj: Obj, attribute: Obj, node: ast.AST) -> Value:
    inner = attribute.fields.get(FUNCTION, NOTHING)
    first = frozenset((obj,))
    if attribute.word == "property":
        return m.call(inner, Arguments((first,)), node)
    if attribute.word == "cached property":
        touched = m.touched
        value = m.call(inner, Arguments((first,)), node)
        if m.touched != touched or obj.fields:
            m.read(obj, f"cached {attribute.name}", node)
            m.write(obj, f"cached {attribute.name}", node, f"freezes its `{attribute.name}`")
        return value
    if attribute.word == "classmethod":
        owner = obj.extra if obj.kind is Kind.INSTANCE else obj
        return frozenset(method_of(m, owner, one) for one in inner if one.kind is Kind.FUNCTION)
    if attribute.word == "cached":
        method = m.allocate(Kind.METHOD, attribute.node, f"method {id(obj)} {id(attribute)}", name=attribute.name)
        method.fields = {FUNCTION: frozenset((attribute,)), SELF: first}
        return frozenset((method,))
    return inner


def instantiate(m: Machine, owner: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """Make an instance of a class of the notebook."""
    for meta in owner.fields.get("metaclass", NOTHING):
        call = find(meta, "__call__") if meta.kind is Kind.CLASS else None
        if call is not None and all(frame.owner is not meta for frame in m.frames):
            m.call(call, arguments.after(frozenset((owner,))), node)
    base = library_base(owner)
    if base.partition(".")[0] == "enum":
        return NOTHING.union(*owner.fields.values())
    obj = m.allocate(Kind.INSTANCE, node, f"of {id(owner)}", name=base, word=owner.name)
    obj.extra = owner
    m.instances[owner] = m.instances.get(owner, NOTHING) | {obj}
    made: Value = frozenset((obj,))
    if find(owner, "__del__") is not None:
        # nobody knows when it goes
        m.doubt += 1
        dunder(m, obj, "__del__", (), node)
        m.doubt -= 1
    new = find(owner, "__new__")
    if new is not None:
        inner = NOTHING.union(*(one.fields.get(FUNCTION, frozenset((one,))) for one in new))
        made |= m.call(inner, arguments.after(frozenset((owner,))), node)
    initialize = find(owner, "__init__")
    if initialize is not None:
        m.call(bound(m, obj, initialize, node), arguments, node)
        return made
    _fill_fields(m, obj, owner, arguments, node)
    dunder(m, obj, "__post_init__", (), node)
    return made


def make_members(m: Machine, owner: Obj, node: ast.AST) -> None:
    """The members of an enumeration are instances of it, made once, when the class is."""
    if library_base(owner).partition(".")[0] != "enum":
        return
    for name, value in list(owner.fields.items()):
        if name.startswith("_") or any(held.is_callable or held.kind in (Kind.WRAPPER, Kind.CLASS) for held in value):
            continue
        member = m.allocate(Kind.INSTANCE, node, f"member {name}", word=owner.name)
        member.extra = owner
        member.fields = {"value": value, "_value_": value}
        owner.fields[name] = frozenset((member,))
        initialize = find(owner, "__init__")
        if initialize is not None:
            passed = NOTHING.union(value, *(held.fields.get(ELEMENTS, NOTHING) for held in value))
            m.call(bound(m, member, initialize, node), anything(passed), node)


def _fill_fields(m: Machine, obj: Obj, owner: Obj, arguments: Arguments, node: ast.AST) -> None:
    """What a dataclass, named tuple or model does with its arguments, by the annotations of the class."""
    names: list[str] = []
    for part in reversed(classes_of(owner)):
        if isinstance(part.node, ast.ClassDef):
            for statement in part.node.body:
                if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                    if statement.target.id not in names:
                        names.append(statement.target.id)
    for index, name in enumerate(names):
        value = arguments.at(index, name)
        if value is None:
            value = arguments.rest
            for default in find(owner, name) or ():
                # `field(default_factory=list)` keeps the factory
                factories = default.fields.get("factory", NOTHING)
                value |= m.call(factories, Arguments(), node) if factories else frozenset((default,))
        obj.fields[name] = value | obj.fields.get(name, NOTHING)
    for name, value in (arguments.keywords or {}).items():
        obj.add(name, value)
    if len(arguments.positional) > len(names) or library_base(owner):
        obj.add(HELD, arguments.all())


def dunder(m: Machine, obj: Obj, name: str, arguments: Sequence[Value], node: ast.AST) -> Value | None:
    """Run a special method of an instance; None where its class has none."""
    if obj.kind is not Kind.INSTANCE:
        return None
    method = find(obj, name)
    if method is None:
        return None
    return m.call(bound(m, obj, method, node), Arguments(tuple(arguments)), node)


def looks(name: str) -> bool:
    """Whether operators and functions that look at an object may run its method of this name."""
    return (name.startswith("__") and name.endswith("__") and name not in _SETTING) or name.startswith("_repr_")


def look(m: Machine, value: Value, node: ast.AST, names: frozenset[str] | None) -> None:
    """Run the special methods of instances that looking at these objects runs."""
    if not m.looking:
        return
    for obj in _looked_at(value):
        for owner in classes_of(obj):
            if owner.kind is not Kind.CLASS:
                continue
            for name in list(owner.fields):
                if looks(name) if names is None else name in names:
                    result = m.call(bound(m, obj, owner.fields[name], node), Arguments((value,)), node)
                    if name == "__iter__":
                        m.iterate(result - {obj}, node)


def _looked_at(value: Value) -> list[Obj]:
    """The instances among objects, and those in lists and the like."""
    objects: list[Obj] = []
    pending = list(value)
    seen = set(pending)
    while pending:
        obj = pending.pop()
        if obj.kind is Kind.INSTANCE:
            objects.append(obj)
        elif obj.kind is Kind.CONTAINER:
            for inner in (*obj.fields.get(ELEMENTS, ()), *obj.fields.get(KEYS, ())):
                if inner not in seen:
                    seen.add(inner)
                    pending.append(inner)
    return objects


def enter(m: Machine, manager: Value, node: ast.AST) -> Value:
    """What `with … as` binds."""
    results: list[Value] = []
    for obj in manager:
        if obj.kind is Kind.INSTANCE:
            entered = dunder(m, obj, "__enter__", (), node)
            results.append(frozenset((obj,)) if entered is None else entered)
        elif obj.kind is Kind.GENERATOR:
            results.append(m.iterate(frozenset((obj,)), node))
        elif obj.name in _HANDING:
            results.append(obj.fields.get(HELD, NOTHING))
        else:
            results.append(frozenset((obj,)))
    return NOTHING.union(*results) if results else NOTHING


def leave(m: Machine, manager: Value, node: ast.AST) -> None:
    """The end of a `with`."""
    for obj in manager:
        dunder(m, obj, "__exit__", (NOTHING, NOTHING, NOTHING), node)
