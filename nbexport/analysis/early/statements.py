"""Statements, run for the functions that they run: both sides of a branch, a loop once, no handlers."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from nbexport.analysis.early.expressions import Expressions
from nbexport.analysis.early.objects import decorators
from nbexport.analysis.early.stand_ins import NOTHING, Class, Func, Instance, Items, Scope, StandIn, Values

_FREE = frozenset({"staticmethod", "classmethod", "property", "cached_property"})
"""Decorators that leave a function as it is, to be looked at where it is got."""


class Statements(Expressions):
    """Runs statements."""

    def top_level(self, node: ast.stmt, *, quiet: bool) -> None:
        """Run a statement of a cell.

        Args:
            node: The statement.
            quiet: Whether what it reads is of no interest.
        """
        self.quiet = int(quiet)
        self.statement(node, None)

    def body(self, statements: Iterable[ast.stmt], scope: Scope | None) -> None:
        """Run statements."""
        for node in statements:
            self.statement(node, scope)

    def statement(self, node: ast.stmt, scope: Scope | None) -> None:
        """Run one statement."""
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            self.bind(node.name, self._defined(node, scope), scope)
        elif isinstance(node, ast.ClassDef):
            self.bind(node.name, self._class(node, scope), scope)
        elif isinstance(node, ast.Assign):
            value = self.evaluate(node.value, scope)
            for target in node.targets:
                self.assign(target, value, scope)
        elif isinstance(node, ast.AnnAssign):
            if node.value is not None:
                self.assign(node.target, self.evaluate(node.value, scope), scope)
        elif isinstance(node, ast.AugAssign):
            value = self.evaluate(node.value, scope)
            if isinstance(node.target, ast.Name):
                held = self.name(node.target.id, scope)
                for one in held:
                    self.ask(one, "__iadd__ __add__" if isinstance(node.op, ast.Add) else "")
                if value:
                    self.bind(node.target.id, held | value, scope)
        elif isinstance(node, ast.Return):
            values = self.evaluate(node.value, scope)
            if scope is not None:
                scope.returned |= values
        elif isinstance(node, ast.If):
            self._branch(node, scope)
        elif isinstance(node, ast.For | ast.AsyncFor):
            self.assign(node.target, self.elements(self.evaluate(node.iter, scope)), scope, element=True)
            self.body([*node.body, *node.orelse], scope)
        elif isinstance(node, ast.With | ast.AsyncWith):
            self._with(node, scope)
        elif isinstance(node, ast.Try):
            passes = any(_catches(handler) for handler in node.handlers)
            self.quiet += passes
            self.body([*node.body, *node.orelse], scope)
            self.quiet -= passes
            self.body(node.finalbody, scope)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield) and scope is not None:
            scope.returned |= self.evaluate(node.value.value, scope)
        else:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.stmt):
                    self.statement(child, scope)
                elif isinstance(child, ast.expr):
                    self.evaluate(child, scope)

    def _branch(self, node: ast.If, scope: Scope | None) -> None:
        self.evaluate(node.test, scope)
        known = node.test.value if isinstance(node.test, ast.Constant) else None
        before = dict(self.globals) if scope is None else dict(scope.values)
        if known is None or known:
            self.body(node.body, scope)
        taken = dict(self.globals) if scope is None else dict(scope.values)
        if known is None or not known:
            values = self.globals if scope is None else scope.values
            values.clear()
            values.update(before)
            self.body(node.orelse, scope)
            for name, value in taken.items():
                values[name] = values.get(name, NOTHING) | value

    def _with(self, node: ast.With | ast.AsyncWith, scope: Scope | None) -> None:
        passes = 0
        for item in node.items:
            value = self.evaluate(item.context_expr, scope)
            entered: set[StandIn] = set()
            for one in value:
                entered |= self.ask(one, "__enter__ __aenter__")
                self.ask(one, "__exit__ __aexit__")
                entered |= self.elements(frozenset({one})) if not isinstance(one, Instance | Items) else NOTHING
            if item.optional_vars is not None:
                self.assign(item.optional_vars, frozenset(entered), scope)
            name = ast.unparse(item.context_expr.func) if isinstance(item.context_expr, ast.Call) else ""
            passes += name.rpartition(".")[2] in ("suppress", "raises", "assertRaises")
        self.quiet += passes
        self.body(node.body, scope)
        self.quiet -= passes

    def _defined(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope | None) -> Values:
        """What a `def` binds: the function, or what its decorators make of it."""
        for default in (*node.args.defaults, *node.args.kw_defaults):
            self.evaluate(default, scope)
        values: Values = frozenset({Func(node, scope)})
        for decorator in reversed(node.decorator_list):
            if decorators(node) & _FREE:
                break
            made: set[StandIn] = set()
            for value in self.evaluate(decorator, scope):
                made |= self.call(value, [values], {})
            # what a library's decorator gives still runs the function where it is called
            values = frozenset(made) or values
        return values

    def _class(self, node: ast.ClassDef, scope: Scope | None) -> Values:
        made = Class(node, tuple(self.evaluate(base, scope) for base in node.bases))
        names = {part.name for part in node.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)}
        names |= {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
        inside = Scope(frozenset(names), around=scope)
        for part in node.body:
            if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
                # a method sees the names around the class, not those in it
                inside.values[part.name] = self._defined(part, scope)
            else:
                self.statement(part, inside)
        made.attributes.update(inside.values)
        return frozenset({made})


def _catches(handler: ast.ExceptHandler) -> bool:
    """Whether a handler passes over a missing name."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or getattr(kind, "id", "") in ("Exception", "BaseException", "NameError") for kind in kinds)
