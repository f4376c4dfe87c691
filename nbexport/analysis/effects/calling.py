"""Calls of what the notebook itself defines: functions, generators, what decorators have made of them.

A function runs each time it is called, with what its arguments stand for there; one that calls itself is followed
twice.
"""

from __future__ import annotations

import ast
from functools import cache

from nbexport.analysis.effects.machine import Arguments, Frame, Machine
from nbexport.analysis.effects.objects import (
    CACHE,
    CODE,
    ELEMENTS,
    FUNCTION,
    HELD,
    NOTHING,
    Kind,
    Obj,
    Scope,
    Value,
)

DEPTH = 24
"""How many calls may be open."""
_CHAIN = 3
"""How many of the open calls tell apart what one place of the code makes."""
_RECURSION = 2
_RETURNED = "returned"

_TEXT_METHODS = frozenset(name for name in dir(str) if not name.startswith("_"))


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
    if m.ledger.is_exported:
        m.ran.add(code)
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
