"""Statements that decide what runs: their blocks stay nested, so that the analysis can run one, both or none.

    if big:                     Read(big), Branch((
        rows = rows[:9]             (Read(rows), Bind(rows)),
    else:
        rows.sort()                 (Read(rows), Call(rows.sort), Mutate(rows))))
    for row in rows:            Read(rows), Iterate(rows), Loop((
        last = row                  Bind(row), Read(row), Bind(last)))

What a test says about names holds in its block: `if "rows" in globals():` leaves no doubt about `rows` inside.
"""

from __future__ import annotations

import ast

from nbexport.names import effects, guards
from nbexport.names.kinds import BindKind
from nbexport.names.nodes import is_main_guard
from nbexport.names.operations import Assume, Block, Branch, Delete, Loop, Read, Try
from nbexport.names.writer import Walker


def branch(walker: Walker, node: ast.If) -> None:
    """`if`, with what its test says about names."""
    out = walker.out
    walker.visit(node.test)
    constant = node.test.value if isinstance(node.test, ast.Constant) else None
    if constant is True or constant == 1 or is_main_guard(node):
        out.block.append(Branch((walker.nested(node.body),)))
        return
    blocks: list[Block] = []
    tests: list[guards.Tests] = []
    for side, statements in zip(out.sides(node.test), (node.body, node.orelse), strict=True):
        outer = out.enter(side)
        block = walker.nested(statements)
        # `if "x" not in globals(): x = 1` leaves `x` bound on the path that does nothing
        blocks.append((*block, *(Assume(name) for name in sorted(side[0] - guards.PYTHON_2_NAMES))))
        tests.append(out.conditions)
        out.leave(outer)
    out.block.append(Branch(tuple(blocks), tuple(tests), node.test))


def conditional(walker: Walker, node: ast.IfExp) -> None:
    """`a if test else b`."""
    out = walker.out
    walker.visit(node.test)
    for side, value in zip(out.sides(node.test), (node.body, node.orelse), strict=True):
        outer = out.enter(side)
        walker.visit(value)
        out.leave(outer)


def and_or(walker: Walker, node: ast.BoolOp) -> None:
    """`a and b`: where `b` is looked at, `a` was true."""
    out = walker.out
    outer = (out.guarded, out.conditions)
    for value in node.values:
        walker.visit(value)
        out.enter(out.sides(value)[isinstance(node.op, ast.Or)])
    out.leave(outer)


def for_loop(walker: Walker, node: ast.For | ast.AsyncFor) -> None:
    """`for`, whose target is bound in its body."""
    out = walker.out
    out.reads_through(node.iter)
    walker.visit(node.iter)
    out.iterate(node.iter)
    outer = out.open()
    walker.store(node.target, BindKind.FOR, node.iter)
    for statement in node.body:
        walker.visit(statement)
    body = out.close(outer)
    sure, never = effects.surely_iterates(node.iter), effects.never_iterates(node.iter)
    out.block.append(Loop(body, walker.nested(node.orelse), sure, never))


def while_loop(walker: Walker, node: ast.While) -> None:
    """`while`, whose test is asked again after each round."""
    out = walker.out
    walker.visit(node.test)
    constant = isinstance(node.test, ast.Constant)
    endless = isinstance(node.test, ast.Constant) and bool(node.test.value)
    outer = out.open()
    for statement in node.body:
        walker.visit(statement)
    if not endless:
        walker.visit(node.test)
    body = out.close(outer)
    doubtful = any(isinstance(part, ast.Call) and not _is_size(part) for part in ast.walk(node.test))
    never = constant and not endless
    out.block.append(Loop(body, walker.nested(node.orelse), endless, never, doubtful, endless))


def _is_size(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id in ("len", "abs", "max", "min", "any", "all")


def attempt(walker: Walker, node: ast.Try | ast.TryStar) -> None:
    """`try`, which may be a way to ask whether a name exists."""
    out = walker.out
    probing, out.probing = out.probing, out.probing or guards.catches_missing_names(node.handlers, node.body)
    swallowing, out.swallowing = out.swallowing, out.swallowing or guards.swallows_failures(node.handlers)
    body = walker.nested(node.body)
    out.swallowing = swallowing
    if out.probing and not probing:
        read = {op.name for op in body if isinstance(op, Read)}
        body = (*body, *map(Assume, sorted(read)))
    out.probing = probing
    handlers: list[Block] = []
    by_hand: set[int] = set()
    for at, handler in enumerate(node.handlers):
        if isinstance(handler.type, ast.Name) and handler.type.id == "KeyboardInterrupt":
            by_hand.add(at)
        outer = out.open()
        if handler.type is not None:
            walker.visit(handler.type)
        if handler.name:
            out.bind(handler.name, handler, BindKind.EXCEPT)
        for statement in handler.body:
            walker.visit(statement)
        if handler.name and out.is_notebook(handler.name):
            out.block.append(Delete(handler.name, handler))
        handlers.append(out.close(outer))
    orelse, final = walker.nested(node.orelse), walker.nested(node.finalbody)
    out.block.append(Try(body, tuple(handlers), orelse, final, frozenset(by_hand)))


def context(walker: Walker, node: ast.With | ast.AsyncWith) -> None:
    """`with`; `suppress(NameError)` is a way to ask whether a name exists."""
    out = walker.out
    probing = out.probing
    for item in node.items:
        walker.visit(item.context_expr)
        if item.optional_vars is not None:
            walker.store(item.optional_vars, BindKind.WITH, item.context_expr)
        out.probing = out.probing or guards.suppresses_missing_names(item.context_expr)
    for statement in node.body:
        walker.visit(statement)
    out.probing = probing


def match(walker: Walker, node: ast.Match) -> None:
    """`match`: one of its cases runs, or none."""
    out = walker.out
    walker.visit(node.subject)
    blocks: list[Block] = []
    exhaustive = False
    truths: set[object] = set()
    for case in node.cases:
        outer = out.open()
        walker.visit(case.pattern)
        if case.guard is not None:
            walker.visit(case.guard)
        for statement in case.body:
            walker.visit(statement)
        blocks.append(out.close(outer))
        if case.guard is None:
            exhaustive |= isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None
            truths |= {case.pattern.value} if isinstance(case.pattern, ast.MatchSingleton) else set()
    exhaustive |= truths >= {True, False}
    out.block.append(Branch(tuple(blocks if exhaustive else [*blocks, ()])))
