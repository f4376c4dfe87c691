"""Expressions → what stands for their values; what they run is run on the way."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from nbexport.analysis.early.libraries import Libraries
from nbexport.analysis.early.stand_ins import (
    NOTHING,
    Above,
    Class,
    Func,
    Instance,
    Items,
    Lazy,
    Scope,
    StandIn,
    Values,
)

_OPERATORS = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.FloorDiv: "floordiv", ast.Mod: "mod",
    ast.Pow: "pow", ast.MatMult: "matmul", ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor",
    ast.Eq: "eq", ast.NotEq: "ne", ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge",
}  # fmt: skip


class Expressions(Libraries):
    """Runs what is in expressions."""

    def evaluate(self, node: ast.expr | None, scope: Scope | None) -> Values:
        """What stands for the value of an expression."""
        if node is None:
            return NOTHING
        run = _EXPRESSIONS.get(type(node))
        if run is not None:
            return run(self, node, scope)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.evaluate(child, scope)
        return NOTHING

    def _name(self, node: ast.Name, scope: Scope | None) -> Values:
        if id(node) in self.wanted and not self.quiet:
            self.found.setdefault(id(node), self.unit)
        return self.name(node.id, scope)

    def _sequence(self, node: ast.List | ast.Tuple | ast.Set, scope: Scope | None) -> Values:
        by_key: dict[object, Values] = {}
        rest: set[StandIn] = set()
        for at, element in enumerate(node.elts):
            if isinstance(element, ast.Starred):
                rest |= self.elements(self.evaluate(element.value, scope))
            elif values := self.evaluate(element, scope):
                by_key[at] = values
        return frozenset({Items(by_key, rest, len(by_key) < len(node.elts))}) if by_key or rest else NOTHING

    def _dict(self, node: ast.Dict, scope: Scope | None) -> Values:
        by_key: dict[object, Values] = {}
        for at, (key, value) in enumerate(zip(node.keys, node.values, strict=True)):
            self.evaluate(key, scope)
            if values := self.evaluate(value, scope):
                by_key[key.value if isinstance(key, ast.Constant) else ("?", at)] = values
        return frozenset({Items(by_key, mixed=len(by_key) < len(node.keys))}) if by_key else NOTHING

    def _subscript(self, node: ast.Subscript, scope: Scope | None) -> Values:
        values = self.evaluate(node.value, scope)
        self.evaluate(node.slice, scope)
        results: set[StandIn] = set()
        for value in values:
            if isinstance(value, Items):
                if isinstance(node.slice, ast.Slice):
                    results.add(value)
                elif isinstance(node.slice, ast.Constant) and not value.rest:
                    results |= value.by_key.get(node.slice.value, NOTHING)
                else:
                    results |= value.any()
            elif isinstance(value, Instance):
                results |= self.ask(value, "__getitem__" if isinstance(node.ctx, ast.Load) else "__setitem__")
        return frozenset(results)

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, scope: Scope | None
    ) -> Values:
        names = {part.id for one in node.generators for part in ast.walk(one.target) if isinstance(part, ast.Name)}
        inner = Scope(frozenset(names), around=scope)

        def run() -> Values:
            for one in node.generators:
                self.assign(one.target, self.elements(self.evaluate(one.iter, inner)), inner, element=True)
                for test in one.ifs:
                    self.evaluate(test, inner)
            if isinstance(node, ast.DictComp):
                self.evaluate(node.key, inner)
                return self.evaluate(node.value, inner)
            return self.evaluate(node.elt, inner)

        if isinstance(node, ast.GeneratorExp):
            return frozenset({Lazy(run)})
        results = run()
        return frozenset({Items(rest=set(results))}) if results else NOTHING

    def _attribute(self, node: ast.Attribute, scope: Scope | None) -> Values:
        results: set[StandIn] = set()
        for value in self.evaluate(node.value, scope):
            results |= self.attribute(value, node.attr)
        return frozenset(results)

    def _operator(self, node: ast.BinOp | ast.Compare, scope: Scope | None) -> Values:
        sides = [node.left, node.right] if isinstance(node, ast.BinOp) else [node.left, *node.comparators]
        values = [self.evaluate(side, scope) for side in sides]
        kinds = [type(node.op)] if isinstance(node, ast.BinOp) else [type(op) for op in node.ops]
        results: set[StandIn] = set()
        for at, kind in enumerate(kinds):
            word = _OPERATORS.get(kind)
            if kind in (ast.In, ast.NotIn):
                for value in values[at + 1]:
                    self.ask(value, "__contains__ __iter__")
            for value in values[at] if word else ():
                results |= self.ask(value, f"__{word}__")
            for value in values[at + 1] if word and not values[at] else ():
                results |= self.ask(value, f"__r{word}__")
        return frozenset(results)

    def _shown(self, node: ast.FormattedValue, scope: Scope | None) -> Values:
        for value in self.evaluate(node.value, scope):
            self.ask(value, "__format__ __str__ __repr__")
        return NOTHING

    def _lambda(self, node: ast.Lambda, scope: Scope | None) -> Values:
        return frozenset({Func(node, scope)})

    def _either(self, node: ast.IfExp | ast.BoolOp, scope: Scope | None) -> Values:
        if isinstance(node, ast.IfExp):
            self.evaluate(node.test, scope)
            return self.evaluate(node.body, scope) | self.evaluate(node.orelse, scope)
        return frozenset().union(*(self.evaluate(value, scope) for value in node.values))

    def _named(self, node: ast.NamedExpr, scope: Scope | None) -> Values:
        value = self.evaluate(node.value, scope)
        self.assign(node.target, value, scope)
        return value

    def _await(self, node: ast.Await | ast.YieldFrom, scope: Scope | None) -> Values:
        return frozenset().union(*map(self.elements, [self.evaluate(node.value, scope)]))

    def _call(self, node: ast.Call, scope: Scope | None) -> Values:
        called = self.evaluate(node.func, scope)
        arguments = [
            self.evaluate(one.value if isinstance(one, ast.Starred) else one, scope)
            if not isinstance(one, ast.Starred)
            else self.elements(self.evaluate(one.value, scope))
            for one in node.args
        ]
        keywords = {one.arg or "**": self.evaluate(one.value, scope) for one in node.keywords}
        if called:
            results: set[StandIn] = set()
            for value in called:
                results |= self.call(value, arguments, keywords)
            return frozenset(results)
        if isinstance(node.func, ast.Name) and node.func.id == "super" and scope is not None:
            return self._super(scope)
        return self._library(node, arguments, keywords, scope)

    def _super(self, scope: Scope) -> Values:
        inside: Scope | None = scope
        while inside is not None and "__class__" not in inside.values:
            inside = inside.around
        if inside is None:
            return NOTHING
        owners = [owner for owner in inside.values["__class__"] if isinstance(owner, Class)]
        return frozenset(Above(owner, me) for owner in owners for me in inside.values.get("__self__", NOTHING))

    def assign(self, target: ast.expr, values: Values, scope: Scope | None, *, element: bool = False) -> None:
        """Bind a target.

        Args:
            target: What stands left of `=` or behind `for`.
            values: What it gets.
            scope: The names of the function that runs.
            element: Whether parts of what it gets may be anywhere in it, as in `for name, function in table.items()`.
        """
        if isinstance(target, ast.Name):
            self.bind(target.id, values, scope)
        elif isinstance(target, ast.Tuple | ast.List):
            for at, part in enumerate(target.elts):
                inner: set[StandIn] = set()
                for value in values:
                    if isinstance(value, Items) and not element:
                        inner |= value.by_key.get(at, NOTHING)
                    else:
                        inner |= value.by_key.get(at, value.all()) if isinstance(value, Items) else {value}
                self.assign(part, frozenset(inner), scope, element=element)
        elif isinstance(target, ast.Starred):
            self.assign(target.value, values, scope, element=element)
        elif isinstance(target, ast.Attribute):
            for value in self.evaluate(target.value, scope):
                if isinstance(value, Instance):
                    value.attributes.setdefault(target.attr, set()).update(values)
                elif isinstance(value, Class):
                    value.attributes[target.attr] = values
        elif isinstance(target, ast.Subscript):
            for value in self.evaluate(target.value, scope):
                if isinstance(value, Items):
                    value.rest |= values
                self.ask(value, "__setitem__")
            self.evaluate(target.slice, scope)


_EXPRESSIONS: Mapping[type[ast.AST], Callable[..., Values]] = {
    ast.Name: Expressions._name,
    ast.Constant: lambda *_: NOTHING,
    ast.List: Expressions._sequence,
    ast.Tuple: Expressions._sequence,
    ast.Set: Expressions._sequence,
    ast.Dict: Expressions._dict,
    ast.Subscript: Expressions._subscript,
    ast.ListComp: Expressions._comprehension,
    ast.SetComp: Expressions._comprehension,
    ast.DictComp: Expressions._comprehension,
    ast.GeneratorExp: Expressions._comprehension,
    ast.Attribute: Expressions._attribute,
    ast.BinOp: Expressions._operator,
    ast.Compare: Expressions._operator,
    ast.FormattedValue: Expressions._shown,
    ast.Lambda: Expressions._lambda,
    ast.IfExp: Expressions._either,
    ast.BoolOp: Expressions._either,
    ast.NamedExpr: Expressions._named,
    ast.Await: Expressions._await,
    ast.YieldFrom: Expressions._await,
    ast.Call: Expressions._call,
}
