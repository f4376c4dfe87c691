"""Calls of what the notebook itself defines: functions, classes, instances, generators, context managers.

A function runs each time it is called, with what its arguments stand for there; one that calls itself is followed
twice.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import cache

from nbexport.analysis.effects.machine import Arguments, Frame, Machine
from nbexport.analysis.effects.objects import (
    CACHE,
    CODE,
    ELEMENTS,
    FUNCTION,
    HELD,
    KEYS,
    NOTHING,
    SELF,
    Kind,
    Obj,
    Scope,
    Value,
    classes_of,
)

DEPTH = 24
"""How many calls may be open."""
_CHAIN = 3
"""How many of the open calls tell apart what one place of the code makes."""
_RECURSION = 2
_HANDING = frozenset({"contextlib.nullcontext", "contextlib.closing"})
"""Context managers that hand out what they were given."""
_RETURNED = "returned"

_SETTING = frozenset(
    """__init__ __new__ __del__ __setattr__ __setitem__ __delitem__ __delattr__ __enter__ __exit__ __aenter__ __aexit__
    __call__ __init_subclass__ __set_name__ __set__ __delete__ __get__ __class_getitem__ __post_init__ __getattr__
    __getattribute__ __reduce__ __reduce_ex__ __getstate__ __setstate__ __copy__ __deepcopy__ __iadd__ __isub__ __imul__
    __imatmul__ __itruediv__ __ifloordiv__ __imod__ __ipow__ __iand__ __ior__ __ixor__ __ilshift__ __irshift__
    __dict__ __doc__ __module__ __slots__ __annotations__ __match_args__""".split()
)
"""Special names that looking at an object does not run."""
_TEXT_METHODS = frozenset(name for name in dir(str) if not name.startswith("_"))


def looks(name: str) -> bool:
    """Whether operators and functions that look at an object may run its method of this name."""
    return name.startswith("__") and name.endswith("__") and name not in _SETTING


# --------------------------------------------------------------------------- functions


@cache
def _facts(code: ast.AST) -> tuple[bool, bool]:
    """Whether a function is a generator function, and whether it has inner functions that keep its variables."""
    yields = inner = False
    pending: list[ast.AST] = list(code.body) if isinstance(code.body, list) else [code.body]  # type: ignore[attr-defined]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            yields = True
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef | ast.GeneratorExp):
            inner = True
            continue
        pending += ast.iter_child_nodes(node)
    return yields, inner


def function(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """Run a function of the notebook; what it gives back."""
    code = _code_of(called)
    if called.taints:
        m.read(called, CODE, node)
    if sum(frame.function is not None and frame.function.node is code for frame in m.frames) >= _RECURSION:
        return called.fields.get(_RETURNED, NOTHING)
    if len(m.frames) > DEPTH or m.budget <= 0:
        return _not_followed(m, called, arguments, node)
    if _facts(code)[0]:
        generator = m.allocate(Kind.GENERATOR, node, called.name, name=called.name)
        generator.extra = (called, arguments)
        generator.add(HELD, arguments.all())
        return frozenset((generator,))
    frame = _run(m, called, arguments, node)
    called.add(_RETURNED, frame.returns)
    return frame.returns


def _code_of(called: Obj) -> ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda:
    if not isinstance(called.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        raise TypeError(called)
    return called.node


def _not_followed(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    value = arguments.all()
    m.read_deep(value, node)
    reason = f"the calls that `{called.name}` makes are nested too deeply to be followed"
    m.write_deep(value, node, f"calls `{called.name}()`", reason=reason)
    return value | called.fields.get(_RETURNED, NOTHING)


def _run(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Frame:
    """Run the body of a function; the frame with what it returned and yielded."""
    code = _code_of(called)
    outer, context = m.outer, m.context
    if len(m.frames) == 1:
        m.outer = node
    m.context = (context[0], *(*context[1:], id(node))[-_CHAIN:]) if context else (id(node),)
    cell = m.allocate(Kind.SCOPE, code, "scope", name=called.name)
    if not _facts(code)[1]:
        cell.fields.clear()
    frame = Frame(Scope(called.scope, cell), called.code, called)
    frame.owner = called.extra
    m.frames.append(frame)
    _bind(m, frame.scope, called, code.args, arguments)
    first = [*code.args.posonlyargs, *code.args.args]
    frame.first = frame.scope.vars.get(first[0].arg, NOTHING) if first else NOTHING
    weak, m.weak = m.weak, 0
    if isinstance(code, ast.Lambda):
        frame.returns = m.evaluate(code.body)
    else:
        m.budget -= len(code.body)
        m.run(code.body)
    m.weak = weak
    m.frames.pop()
    m.outer, m.context = outer, context
    return frame


def _bind(m: Machine, scope: Scope, called: Obj, parameters: ast.arguments, arguments: Arguments) -> None:
    """Give parameters their arguments or defaults."""
    positional = [*parameters.posonlyargs, *parameters.args]
    used: set[str] = set()

    def give(name: str, value: Value | None) -> None:
        if value is None:
            value = called.fields.get(f"default {name}", NOTHING) | arguments.rest
        elif arguments.rest:
            value |= arguments.rest
        used.add(name)
        scope.vars[name] = value | scope.vars.get(name, NOTHING)

    for index, parameter in enumerate(positional):
        give(parameter.arg, arguments.at(index, parameter.arg))
    for parameter in parameters.kwonlyargs:
        give(parameter.arg, arguments.keyword(parameter.arg))
    if parameters.vararg is not None:
        extra = m.allocate(Kind.CONTAINER, parameters.vararg, word="tuple")
        more = arguments.positional[len(positional) :]
        extra.add(ELEMENTS, NOTHING.union(*more, arguments.rest))
        if not arguments.rest:
            for index, value in enumerate(more):
                extra.add(f"#{index}", value)
        scope.vars[parameters.vararg.arg] = frozenset((extra,))
    if parameters.kwarg is not None:
        named = m.allocate(Kind.CONTAINER, parameters.kwarg, word="dict")
        values = [value for name, value in (arguments.keywords or {}).items() if name not in used]
        named.add(ELEMENTS, NOTHING.union(*values, arguments.rest))
        for name, value in (arguments.keywords or {}).items():
            if name not in used:
                named.add(f"={name}", value)
        scope.vars[parameters.kwarg.arg] = frozenset((named,))


def resume(m: Machine, generator: Obj, node: ast.AST) -> Value:
    """Run a generator function that has been called; what it yields."""
    if generator.extra is None:
        return generator.fields.get(HELD, NOTHING)
    called, arguments = generator.extra
    nested = sum(frame.function is not None and frame.function.node is called.node for frame in m.frames)
    if nested >= _RECURSION or len(m.frames) > DEPTH or m.budget <= 0:
        return generator.fields.get(ELEMENTS, NOTHING)
    frame = _run(m, called, arguments, node)
    generator.add(ELEMENTS, frame.yields)
    return generator.fields[ELEMENTS]


def wrapper(m: Machine, obj: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """Call what a decorator of Python's has made of a function."""
    inner = obj.fields.get(FUNCTION, NOTHING)
    if obj.taints:
        m.read(obj, CODE, node)
    if obj.word != "cached":
        return m.call(inner, arguments, node)
    # a cached function runs once for each argument: whoever comes later gets what it made then
    context, birth, touched = m.context, m.birth, m.touched
    m.context, m.birth = (-2, id(obj)), obj.born
    result = m.call(inner, arguments, node)
    m.context, m.birth = context, birth
    impure = m.touched != touched
    m.write(obj, "hits", node, f"calls `{obj.name}()`, which is counted")
    if impure:
        m.read(obj, CACHE, node)
        m.write(obj, CACHE, node, f"fills the cache of `{obj.name}`")
    return result


def unresolved(m: Machine, arguments: Arguments, node: ast.AST) -> Value:
    """Call something that may be anything: a method of the notebook by that name, or what nobody knows."""
    name = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
    results: list[Value] = []
    if name not in _TEXT_METHODS:
        for method in m.methods_named.get(name, ()):
            made = m.instances.get(method.extra, NOTHING) if method.extra is not None else NOTHING
            results.append(m.call(frozenset((method,)), arguments.after(made), node))
    value = arguments.all()
    m.use(value, node)
    for obj in value:
        if obj.is_callable:
            results.append(m.call(frozenset((obj,)), Arguments((value - {obj},)), node))
        elif obj.kind in (Kind.ITERATOR, Kind.GENERATOR):
            results.append(m.iterate(frozenset((obj,)), node))
    data = frozenset(obj for obj in value if obj.is_data)
    if not data or name in _TEXT_METHODS:
        return NOTHING.union(*results) if results else NOTHING
    if not results:
        m.write_deep(data, node, "passes it to a call", reason="the notebook does not show what is called here")
    result = m.allocate(Kind.OBJECT, node, "unresolved")
    result.add(HELD, data)
    return NOTHING.union(*results, (result,))


# --------------------------------------------------------------------------- classes


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
    found: list[Obj] = []
    pending = list(value)
    seen = set(pending)
    while pending:
        obj = pending.pop()
        if obj.kind is Kind.INSTANCE:
            found.append(obj)
        elif obj.kind is Kind.CONTAINER:
            for inner in (*obj.fields.get(ELEMENTS, ()), *obj.fields.get(KEYS, ())):
                if inner not in seen:
                    seen.add(inner)
                    pending.append(inner)
    return found


# --------------------------------------------------------------------------- context managers


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
