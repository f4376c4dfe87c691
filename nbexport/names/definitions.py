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
from nbexport.names.operations import Comprehension, Function, Jump, Read, flatten
from nbexport.names.scopes import Frame, argument_names, bound_in
from nbexport.names.writer import Walker
from nbexport.record import replace


def comprehension(walker: Walker, node: Comprehension) -> None:
    """A comprehension: its first iterable is looked up outside of it, all else inside."""
    out = walker.out
    first = node.generators[0]
    walker.visit(first.iter)
    out.iterate(first.iter)
    targets, _ = bound_in([generator.target for generator in node.generators])
    out.frames.append(Frame(ScopeKind.COMPREHENSION, targets, set(), node))
    lazy = isinstance(node, ast.GeneratorExp)
    out.deferred += lazy
    for index, generator in enumerate(node.generators):
        if index:
            walker.visit(generator.iter)
        walker.visit(generator.target)
        for condition in generator.ifs:
            walker.visit(condition)
    if isinstance(node, ast.DictComp):
        walker.visit(node.key)
        walker.visit(node.value)
    else:
        walker.visit(node.elt)
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
        walker.visit(node.returns)
    inside = _body(walker, node.name, node, node.body)
    if generic:
        out.frames.pop()
    if out.in_class:
        out.methods.append(inside)
    elif not out.frames:
        out.functions.append(inside)
    out.bind(node.name, node, BindKind.DEF, None, inside)


def anonymous(walker: Walker, node: ast.Lambda) -> None:
    """`lambda`: counted where it stands (it may be called at once) and marked as running later."""
    out = walker.out
    _signature(walker, node.args)
    inside = _body(walker, "<lambda>", node, [ast.Return(node.body)])
    if not out.in_function:
        out.functions.append(inside)
        for op in inside.ops:
            out.block.append(replace(op, deferred=True) if isinstance(op, Read) else op)


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
    out.frames.append(Frame(ScopeKind.CLASS, set(), set(), node))
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
            walker.visit(arg.annotation)


def _body(
    walker: Walker, name: str, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, body: list[ast.stmt]
) -> Function:
    """Walk a function's body; inside another function its operations also count for that one."""
    out = walker.out
    bound, declared = bound_in(body)
    params = argument_names(node.args)
    local_names = (bound | set(params)) - declared
    kind = ScopeKind.LAMBDA if isinstance(node, ast.Lambda) else ScopeKind.FUNCTION
    frame = Frame(kind, local_names, declared, node, params)
    outer = out.open()
    deferred, out.deferred = out.deferred, 0
    out.frames.append(frame)
    for statement in body:
        walker.visit(statement)
    out.frames.pop()
    out.deferred = deferred
    # where control goes inside a function is its own affair
    ops = tuple(op for op in flatten(out.close(outer)) if not isinstance(op, Jump))
    if out.in_function:
        out.block.extend(ops)
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
    )


def _type_parameters(walker: Walker, node: ast.AST) -> bool:
    """Open the scope of PEP 695 type parameters (Python 3.12) if there are any."""
    parameters = getattr(node, "type_params", None)
    if not parameters:
        return False
    walker.out.frames.append(Frame(ScopeKind.FUNCTION, {parameter.name for parameter in parameters}, set(), node))
    return True
