"""Which names a function, class or lambda keeps to itself."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import ClassVar

from nbexport.names.kinds import ScopeKind
from nbexport.names.operations import Comprehension, Scope


class Visitor:
    """`ast.NodeVisitor` in half the time: it looks a class's method up once, and does not look into empty nodes."""

    _methods: ClassVar[dict[type[ast.AST], Callable[..., None]]]

    def __init_subclass__(cls) -> None:
        cls._methods = {}

    def visit(self, node: ast.AST) -> None:
        """Call `visit_CLASS`, or go on with what is inside."""
        kind = type(node)
        method = self._methods.get(kind)
        if method is None:
            method = self._methods[kind] = getattr(type(self), f"visit_{kind.__name__}", Visitor.generic_visit)
        method(self, node)

    def generic_visit(self, node: ast.AST) -> None:
        """Visit what is inside."""
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                for entry in value:
                    if isinstance(entry, ast.AST):
                        self.visit(entry)
            elif isinstance(value, ast.AST) and value._fields:
                self.visit(value)


class _Locals(Visitor):
    """Names that a function body binds for itself."""

    def __init__(self) -> None:
        self.bound: set[str] = set()
        self.outer: set[str] = set()

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            self.bound.add(node.id)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.bound.add(node.name)
        for part in [*node.decorator_list, *node.args.defaults, *[d for d in node.args.kw_defaults if d]]:
            self.visit(part)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.bound.add(node.name)
        for part in [*node.decorator_list, *node.bases, *node.keywords]:
            self.visit(part)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        for part in [*node.args.defaults, *[d for d in node.args.kw_defaults if d]]:
            self.visit(part)

    def _comprehension(self, node: Comprehension) -> None:
        for part in ast.walk(node):
            if isinstance(part, ast.NamedExpr) and isinstance(part.target, ast.Name):
                self.bound.add(part.target.id)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            self.bound.add(alias.asname or alias.name.partition(".")[0])

    visit_ImportFrom = visit_Import

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self.bound.add(node.name)
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar) -> None:
        if node.name:
            self.bound.add(node.name)
        self.generic_visit(node)

    visit_MatchStar = visit_MatchAs

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        if node.rest:
            self.bound.add(node.rest)
        self.generic_visit(node)

    def visit_Global(self, node: ast.Global | ast.Nonlocal) -> None:
        self.outer.update(node.names)

    visit_Nonlocal = visit_Global


def bound_in(nodes: Iterable[ast.AST]) -> tuple[set[str], set[str]]:
    """(names that the body of a function binds for itself, names that it declares `global` or `nonlocal`)."""
    collector = _Locals()
    for node in nodes:
        collector.visit(node)
    return collector.bound, collector.outer


def argument_names(args: ast.arguments) -> tuple[str, ...]:
    """The names of all parameters, in the order in which Python reads them."""
    every = [*args.posonlyargs, *args.args, *args.kwonlyargs]
    every += [extra for extra in (args.vararg, args.kwarg) if extra is not None]
    return tuple(arg.arg for arg in every)


class Frame:
    """A scope being walked, and what its code does to its own parameters."""

    def __init__(self, kind: ScopeKind, locals_: set[str], outer: set[str], params: tuple[str, ...] = ()) -> None:
        self.kind = kind
        self.is_class = kind is ScopeKind.CLASS
        self.is_function = kind is ScopeKind.FUNCTION or kind is ScopeKind.LAMBDA
        self.locals = locals_
        self.body: list[ast.stmt] = []
        """For a function, its statements."""
        self.outer = outer
        self.params = params
        self.mutated: set[str] = set()
        self.moded: set[str] = set()
        self.iterated: set[str] = set()
        self.called: set[str] = set()
        self.inferring: set[str] = set()
        self.own_calls: set[str] = set()
        self.scope = Scope(kind, frozenset(locals_))
