"""The abstract run: what expressions may be, and what evaluating them does.

grow(rows)          `grow` runs with what `rows` may be
frame.shape         what the library says of the attribute, or what the notebook has put there
a if many else b    either
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from nbexport.analysis.effects import (
    attributes,
    calling,
    instances,
    items,
    iteration,
    library,
    methods,
    settings,
    special,
    torch_modules,
    wrapping,
)
from nbexport.analysis.effects.displays import Displays
from nbexport.analysis.effects.ledger import Ledger
from nbexport.analysis.effects.machine import Arguments
from nbexport.analysis.effects.objects import (
    ELEMENTS,
    FUNCTION,
    NOTHING,
    SELF,
    Kind,
    Obj,
    Value,
    literal,
)
from nbexport.analysis.effects.operators import TRUTH, Operators

TEXT = frozenset("__str__ __repr__ __format__".split())
"""Methods that make text of an object."""
_RECURRING = frozenset({Kind.FUNCTION, Kind.METHOD, Kind.CLASS})


class Expressions(Operators, Displays):
    """Evaluates expressions."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self._active: set[tuple[Obj, ast.AST]] = set()
        """Calls of what is not a function of the notebook, which are running."""
        self._expressions: dict[type[ast.AST], Callable[..., Value]] = {
            kind: getattr(self, f"_on_{kind.__name__.lower()}")
            for kind in (
                ast.Constant, ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.BinOp, ast.UnaryOp, ast.BoolOp,
                ast.Compare, ast.IfExp, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.ListComp, ast.SetComp,
                ast.DictComp, ast.GeneratorExp, ast.Lambda, ast.JoinedStr, ast.FormattedValue, ast.NamedExpr,
                ast.Starred, ast.Await, ast.Yield, ast.YieldFrom, ast.Slice,
            )
        }  # fmt: skip

    def _truth(self, test: ast.expr) -> None:
        value = self.evaluate(test)
        if value:
            self.use(value, test, TRUTH)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, name: str) -> Obj:
        function = self.allocate(Kind.FUNCTION, node, name=name)
        frame = self.frames[-1]
        function.scope = frame.scope
        function.code = frame.code
        if frame.scope.is_class:
            self.methods_named.setdefault(name, []).append(function)
        positional = [*node.args.posonlyargs, *node.args.args]
        for argument, default in zip(reversed(positional), reversed(node.args.defaults), strict=False):
            function.add(f"default {argument.arg}", self.evaluate(default))
        for argument, default_ in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
            if default_ is not None:
                function.add(f"default {argument.arg}", self.evaluate(default_))
        return function

    def _store(self, target: ast.expr, value: Value) -> None:
        if isinstance(target, ast.Name):
            self.bind(target.id, value)
        elif isinstance(target, ast.Attribute):
            self.store_attribute(self.evaluate(target.value), target.attr, value, target)
        elif isinstance(target, ast.Subscript):
            self.store_item(self.evaluate(target.value), self.evaluate(target.slice), value, target)
        elif isinstance(target, ast.Starred):
            rest = self.allocate(Kind.CONTAINER, target, word="list")
            rest.add(ELEMENTS, value)
            self._store(target.value, frozenset((rest,)))
        elif isinstance(target, ast.Tuple | ast.List):
            for element, part in zip(target.elts, iteration.unpack(self, value, target), strict=True):
                self._store(element, part)

    def store_attribute(self, value: Value, name: str, stored: Value, node: ast.AST) -> None:
        """Set an attribute."""
        for obj in value:
            attributes.store_attribute(self, obj, name, stored, node)

    def store_item(self, value: Value, keys: Value, stored: Value, node: ast.AST) -> None:
        """Set an item."""
        for obj in value:
            items.store(self, obj, keys, stored, node)

    def evaluate(self, node: ast.expr) -> Value:
        """What an expression may be."""
        on = self._expressions.get(type(node))
        return on(node) if on is not None else NOTHING

    def _on_constant(self, node: ast.Constant) -> Value:
        return self.literal(node.value)

    def _on_name(self, node: ast.Name) -> Value:
        value = self.lookup(node.id)
        if value is not None:
            return value
        return special.builtin(self, node.id)

    def _on_attribute(self, node: ast.Attribute) -> Value:
        return self.attribute(self.evaluate(node.value), node.attr, node)

    def attribute(self, value: Value, name: str, node: ast.AST) -> Value:
        """An attribute of a value."""
        called, self.calling = self.calling, False
        results = [attributes.load_attribute(self, obj, name, node, called=called) for obj in value]
        return NOTHING.union(*results) if results else NOTHING

    def _on_subscript(self, node: ast.Subscript) -> Value:
        owner = self.evaluate(node.value)
        return items.load(self, owner, self.evaluate(node.slice), node)

    def _on_slice(self, node: ast.Slice) -> Value:
        for part in (node.lower, node.upper, node.step):
            if part is not None:
                self.evaluate(part)
        return frozenset((self.allocate(Kind.PLACE, node, word="slice"),))

    def _on_call(self, node: ast.Call) -> Value:
        if isinstance(node.func, ast.Attribute):
            owner = self.evaluate(node.func.value)
            self.calling = True
            callee = self.attribute(owner, node.func.attr, node.func)
        else:
            callee = self.evaluate(node.func)
        positional: list[Value] = []
        rest: Value = NOTHING
        printing = self.printing
        self.printing = printing or (isinstance(node.func, ast.Name) and node.func.id == "print")
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                inner = self.evaluate(argument.value)
                parts = items.exact(inner)
                if parts is not None:
                    positional += parts
                else:
                    rest |= self.iterate(inner, argument)
            elif rest:
                rest |= self.evaluate(argument)
            else:
                positional.append(self.evaluate(argument))
        keywords: dict[str, Value] = {}
        for keyword in node.keywords:
            value = self.evaluate(keyword.value)
            if keyword.arg is not None:
                keywords[keyword.arg] = value
            else:
                for obj in value:
                    rest |= obj.fields.get(ELEMENTS, NOTHING)
                    if obj.kind is Kind.OBJECT:
                        rest |= frozenset((obj,))
        self.printing = printing
        return self._called(callee, Arguments(positional, keywords, rest), node)

    def call(self, callee: Value, arguments: Arguments, node: ast.AST) -> Value:
        """Call whatever the callee may be."""
        return self._called(callee, arguments, node)

    def _called(self, callee: Value, arguments: Arguments, node: ast.AST) -> Value:
        if not callee:
            return calling.unresolved(self, arguments, node)
        results: list[Value] = []
        for obj in callee:
            # a library that calls back what it was given comes back to itself: the outer call counts
            call = (obj, node)
            if call not in self._active:
                recurs = obj.kind in _RECURRING
                if not recurs:
                    self._active.add(call)
                results.append(self._called_one(obj, arguments, node))
                if not recurs:
                    self._active.discard(call)
        return results[0] if len(results) == 1 else NOTHING.union(*results)

    def _called_one(self, obj: Obj, arguments: Arguments, node: ast.AST) -> Value:
        kind = obj.kind
        if kind is Kind.FUNCTION:
            return calling.function(self, obj, arguments, node)
        if kind is Kind.METHOD:
            inner = arguments.after(obj.fields[SELF])
            return self._called(obj.fields[FUNCTION], inner, node)
        if kind is Kind.CLASS:
            return instances.instantiate(self, obj, arguments, node)
        if kind is Kind.INSTANCE:
            return torch_modules.instance(self, obj, arguments, node)
        if kind is Kind.LIBRARY:
            result = special.function(self, obj, arguments, node)
            return library.function(self, obj, arguments, node) if result is None else result
        if kind is Kind.LIBRARY_METHOD:
            result = methods.method(self, obj, arguments, node)
            return library.method(self, obj, arguments, node) if result is None else result
        if kind is Kind.PARTIAL:
            return wrapping.partial(self, obj, arguments, node)
        if kind is Kind.WRAPPER:
            return calling.wrapper(self, obj, arguments, node)
        if kind is Kind.OBJECT:
            return library.called_object(self, obj, arguments, node)
        return NOTHING

    def _on_ifexp(self, node: ast.IfExp) -> Value:
        self._truth(node.test)
        self.doubt += 1
        value = self.evaluate(node.body) | self.evaluate(node.orelse)
        self.doubt -= 1
        return value

    def _on_lambda(self, node: ast.Lambda) -> Value:
        return frozenset((self._function(node, "<lambda>"),))

    def _on_joinedstr(self, node: ast.JoinedStr) -> Value:
        parts: list[str] | None = []
        for part in node.values:
            value = self.evaluate(part)
            known, constant = literal(value)
            if parts is not None and known and isinstance(constant, str):
                parts.append(constant)
            else:
                parts = None
        return self.literal("".join(parts)) if parts is not None else NOTHING

    def _on_formattedvalue(self, node: ast.FormattedValue) -> Value:
        value = self.evaluate(node.value)
        if node.format_spec is not None:
            self.evaluate(node.format_spec)
        known, constant = literal(value)
        if known and isinstance(constant, str) and node.format_spec is None and node.conversion < 0:
            return value
        if value:
            self.use(value, node.value, TEXT)
            settings.written_out(self, value, node)
        return NOTHING

    def _on_namedexpr(self, node: ast.NamedExpr) -> Value:
        value = self.evaluate(node.value)
        self.bind(node.target.id, value)
        return value

    def _on_starred(self, node: ast.Starred) -> Value:
        return self.iterate(self.evaluate(node.value), node)

    def _on_await(self, node: ast.Await) -> Value:
        return self.evaluate(node.value)

    def _on_yield(self, node: ast.Yield) -> Value:
        if node.value is not None:
            self.frames[-1].yields |= self.evaluate(node.value)
        return NOTHING

    def _on_yieldfrom(self, node: ast.YieldFrom) -> Value:
        self.frames[-1].yields |= self.iterate(self.evaluate(node.value), node)
        return NOTHING

    def iterate(self, value: Value, node: ast.AST) -> Value:
        """The elements of a value; iterators are used up."""
        results = [iteration.iterated(self, obj, node) for obj in value]
        return NOTHING.union(*results) if results else NOTHING

    def use(self, value: Value, node: ast.AST, names: frozenset[str] | None = None) -> None:
        """Read all that a value holds, and run the methods of its instances that looking at it runs."""
        self.read_deep(value, node)
        instances.look(self, value, node, names)
