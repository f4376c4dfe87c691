"""Functions, lambdas, classes and comprehensions: what their bodies do to the notebook's names when they run.

    scale = 2
    def scaled(rows):           Function(scaled, params=(rows,), iterated_params={rows},
        return [scale * r for r in rows]              ops=(Read(scale),))
    double = lambda x: scale * x    Read(scale, deferred), Bind(double)

A function's operations are not those of the statement that defines it: they are kept in a `Function` and counted where
it is called. Those of a lambda are counted where it stands too, since most are called at once. Inside a function, what
an inner one does is the outer one's as well.
"""

from __future__ import annotations

import ast

from nbexport.names.kinds import BindKind, ScopeKind
from nbexport.names.nodes import always_raises
from nbexport.names.operations import Block, Call, Comprehension, Function, Jump, Op, Read, flatten
from nbexport.names.scopes import Frame, argument_names, bound_in
from nbexport.names.writer import Walker
from nbexport.record import replace


def comprehension(walker: Walker, node: Comprehension) -> None:
    """A comprehension: its first iterable is looked up outside of it, all else inside."""
    out = walker.out
    first = node.generators[0]
    lazy = isinstance(node, ast.GeneratorExp)
    if not lazy:
        out.reads_through(first.iter)
    walker.visit(first.iter)
    out.iterate(first.iter)
    targets, _ = bound_in([generator.target for generator in node.generators])
    out.frames.append(Frame(ScopeKind.COMPREHENSION, targets, set()))
    waits = lazy and id(node) not in out.at_once
    out.deferred += lazy
    out.waiting += waits
    for index, generator in enumerate(node.generators):
        if index:
            out.reads_through(generator.iter)
            walker.visit(generator.iter)
        walker.visit(generator.target)
        for condition in generator.ifs:
            walker.visit(condition)
    if isinstance(node, ast.DictComp):
        walker.visit(node.key)
        walker.visit(node.value)
    else:
        walker.visit(node.elt)
    out.waiting -= waits
    out.deferred -= lazy
    out.frames.pop()


def function(walker: Walker, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    """`def`: decorators, defaults and annotations now, the body when it is called."""
    out = walker.out
    for decorator in node.decorator_list:
        walker.visit(decorator)
    generic = _type_parameters(walker, node)
    _signature(walker, node.args)
    if node.returns is not None:
        walker.annotation(node.returns)
    inside = body_of(walker, node.name, node, node.body)
    if generic:
        out.frames.pop()
    if out.in_function:
        out.block.extend(_marked(inside.ops, deferred=False, waits=_is_only_returned(out.frames, node.name)))
    if out.in_class:
        out.methods.append(inside)
    elif not out.frames:
        out.functions.append(inside)
    out.bind(node.name, node, BindKind.DEF, None, inside)


def anonymous(walker: Walker, node: ast.Lambda) -> None:
    """`lambda`: counted where it stands (it may be called at once) and marked as running later."""
    out = walker.out
    _signature(walker, node.args)
    inside = body_of(walker, "<lambda>", node, [ast.Return(node.body)])
    waits = id(node) not in out.at_once
    out.block.extend(_marked(inside.ops, deferred=not out.in_function, waits=waits))
    if not out.in_function:
        out.functions.append(inside)


def _marked(ops: Block, *, deferred: bool, waits: bool) -> Block:
    """The operations of an inner function, as those of the scope in which it stands."""
    if not deferred and not waits:
        return ops
    marked: list[Op] = []
    for op in ops:
        if isinstance(op, Read):
            marked.append(replace(op, deferred=op.deferred or deferred, waits=op.waits or waits))
        else:
            marked.append(replace(op, waits=True) if waits and isinstance(op, Call) else op)
    return tuple(marked)


def _is_only_returned(frames: list[Frame], name: str) -> bool:
    """Whether the function around does nothing with an inner one but return it: whoever is given it runs it."""
    body = next((frame.body for frame in reversed(frames) if frame.is_function), [])
    returned, read = 0, 0
    for statement in body:
        for part in ast.walk(statement):
            if isinstance(part, ast.Return) and part.value is not None:
                returned += sum(
                    isinstance(inner, ast.Name) and inner.id == name for inner in _returned_parts(part.value)
                )
            elif isinstance(part, ast.Name) and part.id == name and isinstance(part.ctx, ast.Load):
                read += 1
    return 0 < returned == read


def _returned_parts(value: ast.expr) -> list[ast.expr]:
    """What a `return` hands on as it is: a name, the parts of a tuple, list or dict."""
    if isinstance(value, ast.Tuple | ast.List):
        return [part for element in value.elts for part in _returned_parts(element)]
    if isinstance(value, ast.Dict):
        return [part for element in value.values for part in _returned_parts(element)]
    return [value]


def class_body(walker: Walker, node: ast.ClassDef) -> None:
    """`class`: its body runs now, its methods when they are called."""
    out = walker.out
    for decorator in node.decorator_list:
        walker.visit(decorator)
    generic = _type_parameters(walker, node)
    for base in node.bases:
        walker.visit(base)
    for keyword in node.keywords:
        walker.visit(keyword.value)
    outer_methods, out.methods = out.methods, []
    out.frames.append(Frame(ScopeKind.CLASS, set(), set()))
    for statement in node.body:
        walker.visit(statement)
    frame = out.frames.pop()
    if generic:
        out.frames.pop()
    methods, out.methods = tuple(out.methods), outer_methods
    inside = Function(node.name, node, (), (), frozenset(frame.locals), methods=methods)
    if out.in_function:
        for method in methods:
            out.block.extend(method.ops)
    elif out.in_class:
        out.methods.extend(methods)
    else:
        out.functions.append(inside)
    out.bind(node.name, node, BindKind.CLASS, None, inside)


def _signature(walker: Walker, args: ast.arguments) -> None:
    """Defaults run where the function is defined; annotations too (unless postponed)."""
    for default in [*args.defaults, *[d for d in args.kw_defaults if d is not None]]:
        walker.visit(default)
    every = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
    for arg in every:
        if arg is not None and arg.annotation is not None:
            walker.annotation(arg.annotation)


def body_of(
    walker: Walker, name: str, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, body: list[ast.stmt]
) -> Function:
    """Walk a function's body; inside another function its operations also count for that one."""
    out = walker.out
    bound, declared = bound_in(body)
    params = argument_names(node.args)
    local_names = (bound | set(params)) - declared
    kind = ScopeKind.LAMBDA if isinstance(node, ast.Lambda) else ScopeKind.FUNCTION
    frame = Frame(kind, local_names, declared, params)
    frame.body = body
    outer = out.open()
    state = out.deferred, out.waiting, out.swallowing
    out.deferred, out.waiting, out.swallowing = 0, 0, False
    out.frames.append(frame)
    for statement in body:
        walker.visit(statement)
    out.frames.pop()
    out.deferred, out.waiting, out.swallowing = state
    # where control goes inside a function is its own affair
    ops = tuple(op for op in flatten(out.close(outer)) if not isinstance(op, Jump))
    return Function(
        name,
        node,
        params,
        ops,
        frozenset(local_names),
        frozenset(frame.mutated),
        frozenset(frame.moded),
        frozenset(frame.iterated),
        frozenset(frame.called - frame.inferring),
        frozenset(frame.own_calls),
        isinstance(node, ast.FunctionDef) and always_raises(body),
    )


def _type_parameters(walker: Walker, node: ast.AST) -> bool:
    """Open the scope of PEP 695 type parameters (Python 3.12) if there are any."""
    parameters = getattr(node, "type_params", None)
    if not parameters:
        return False
    walker.out.frames.append(Frame(ScopeKind.FUNCTION, {parameter.name for parameter in parameters}, set()))
    return True
