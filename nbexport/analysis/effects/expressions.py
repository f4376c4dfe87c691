"""The abstract run: what expressions may be, and what evaluating them does.

[grow(row) for row in rows]     `grow` runs with `row` standing for what `rows` holds
first or second                 either
rows + others                   a new list of the elements of both
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
from nbexport.analysis.effects.ledger import Ledger
from nbexport.analysis.effects.machine import Arguments, Frame, Machine
from nbexport.analysis.effects.objects import (
    ELEMENTS,
    FUNCTION,
    GRAPH,
    KEYS,
    NOTHING,
    OFFERED,
    SELF,
    Kind,
    Obj,
    Scope,
    Value,
    literal,
)

TEXT = frozenset("__str__ __repr__ __format__".split())
"""Methods that make text of an object."""
TRUTH = frozenset("__bool__ __len__".split())
"""Methods that a condition runs."""
OPERATORS = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.MatMult: "matmul", ast.Div: "truediv", ast.Mod: "mod",
    ast.Pow: "pow", ast.LShift: "lshift", ast.RShift: "rshift", ast.BitOr: "or", ast.BitXor: "xor",
    ast.BitAnd: "and", ast.FloorDiv: "floordiv",
}  # fmt: skip
"""Operator → the middle of the name of its method."""
_UNARY = {ast.UAdd: "__pos__", ast.USub: "__neg__", ast.Invert: "__invert__", ast.Not: "__bool__"}
_COMPARE = frozenset("__eq__ __ne__ __lt__ __le__ __gt__ __ge__ __hash__ __contains__ __iter__ __getitem__".split())
_RECURRING = frozenset({Kind.FUNCTION, Kind.METHOD, Kind.CLASS})


class Expressions(Machine):
    """Evaluates expressions."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self._active: set[tuple[Obj, ast.AST]] = set()
        """Calls of what is no function of the notebook, which are running."""
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

    def _on_binop(self, node: ast.BinOp) -> Value:
        left, right = self.evaluate(node.left), self.evaluate(node.right)
        if not left and not right:
            return NOTHING
        operator = OPERATORS.get(type(node.op), "add")
        results: list[Value] = []
        for obj, other, prefix in [*((obj, right, "") for obj in left), *((obj, left, "r") for obj in right)]:
            if obj.kind is Kind.INSTANCE:
                results.append(instances.dunder(self, obj, f"__{prefix}{operator}__", (other,), node) or NOTHING)
        self.read_deep(left | right, node)
        known = special.operator_on_literals(self, operator, left, right)
        if known is not None:
            return known
        return NOTHING.union(*results, self._computed(left | right, node))

    def _computed(self, operands: Value, node: ast.AST) -> Value:
        """What an operator gives for objects: another list, or something that the library of an operand makes."""
        elements: Value = NOTHING
        lists = False
        for obj in operands:
            if obj.kind is Kind.CONTAINER:
                lists = True
                elements |= items.elements(obj)
        made: list[Obj] = []
        if lists:
            container = self.allocate(Kind.CONTAINER, node, "computed", word="list")
            container.add(ELEMENTS, elements)
            made.append(container)
        for obj in operands:
            if obj.kind is Kind.LIBRARY and obj.name.startswith("ctypes."):
                # `ctypes.c_double * 3` is a class
                made.append(self.allocate(Kind.OBJECT, node, "computed", name=obj.name))
                break
            if obj.kind is Kind.OBJECT or (obj.kind is Kind.INSTANCE and instances.library_base(obj)):
                name = obj.name or instances.library_base(obj)
                result = self.allocate(Kind.OBJECT, node, "computed", name=name, word=obj.word)
                if name.partition(".")[0] == "torch":
                    result.add(GRAPH, frozenset(one for one in operands if one.is_data))
                settings.operated(self, obj, node)
                made.append(result)
                break
        return frozenset(made)

    def _on_unaryop(self, node: ast.UnaryOp) -> Value:
        value = self.evaluate(node.operand)
        if not value:
            return value
        known, constant = literal(value)
        if known and isinstance(node.op, ast.USub) and isinstance(constant, int | float):
            return self.literal(-constant)
        if known and isinstance(node.op, ast.Not) and all(obj.word != OFFERED for obj in value):
            return self.literal(not constant)
        if isinstance(node.op, ast.Not):
            self.use(value, node, TRUTH)
            return NOTHING
        self.use(value, node, frozenset((_UNARY[type(node.op)],)))
        return self._computed(value, node)

    def _on_boolop(self, node: ast.BoolOp) -> Value:
        first, *others = node.values
        value = self.evaluate(first)
        self.use(value, first, TRUTH)
        self.doubt += 1
        for other in others:
            value |= self.evaluate(other)
        self.doubt -= 1
        return value

    def _on_compare(self, node: ast.Compare) -> Value:
        operands = self.evaluate(node.left)
        only_identity = all(isinstance(operator, ast.Is | ast.IsNot) for operator in node.ops)
        for operator, other in zip(node.ops, node.comparators, strict=True):
            value = self.evaluate(other)
            if isinstance(operator, ast.In | ast.NotIn):
                iteration.searched(self, value, other)
            operands |= value
        if not operands or only_identity:
            return NOTHING
        self.use(operands, node, _COMPARE)
        return self._computed(frozenset(obj for obj in operands if obj.kind is Kind.OBJECT), node)

    def _on_ifexp(self, node: ast.IfExp) -> Value:
        self._truth(node.test)
        self.doubt += 1
        value = self.evaluate(node.body) | self.evaluate(node.orelse)
        self.doubt -= 1
        return value

    def _display(self, node: ast.List | ast.Set | ast.Tuple, word: str) -> Value:
        container = self.allocate(Kind.CONTAINER, node, word=word)
        exact = word == "tuple"
        for index, element in enumerate(node.elts):
            if isinstance(element, ast.Starred):
                value = self.iterate(self.evaluate(element.value), element)
                exact = False
            else:
                value = self.evaluate(element)
            if exact:
                container.add(f"#{index}", value)
            container.add(ELEMENTS, value)
            if word == "set" and self.looking:
                self.use(value, element, items.HASHED)
        return frozenset((container,))

    def _on_list(self, node: ast.List) -> Value:
        return self._display(node, "list")

    def _on_tuple(self, node: ast.Tuple) -> Value:
        return self._display(node, "tuple")

    def _on_set(self, node: ast.Set) -> Value:
        return self._display(node, "set")

    def _on_dict(self, node: ast.Dict) -> Value:
        container = self.allocate(Kind.CONTAINER, node, word="dict")
        for key, element in zip(node.keys, node.values, strict=True):
            value = self.evaluate(element)
            if key is None:
                for obj in value:
                    container.add(ELEMENTS, items.elements(obj))
                    container.add(KEYS, obj.fields.get(KEYS, NOTHING))
                continue
            keys = self.evaluate(key)
            if self.looking:
                self.use(keys, key, items.HASHED)
            container.add(KEYS, keys)
            container.add(ELEMENTS, value)
        return frozenset((container,))

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp, word: str) -> Value:
        container = self.allocate(Kind.CONTAINER, node, word=word)
        first = self.evaluate(node.generators[0].iter)
        self._inside(node, first, container)
        return frozenset((container,))

    def _inside(
        self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp, first: Value, result: Obj
    ) -> None:
        """Run the inside of a comprehension in a scope of its own."""
        frame = self.frames[-1]
        inner = Frame(Scope(frame.scope, Obj(Kind.SCOPE, self.unit)), frame.code, frame.function)
        inner.owner, inner.first, inner.declared = frame.owner, frame.first, frame.declared
        self.frames.append(inner)
        self.doubt += 1
        for index, generator in enumerate(node.generators):
            source = first if index == 0 else self.evaluate(generator.iter)
            self._store(generator.target, self.iterate(source, generator.iter))
            for condition in generator.ifs:
                self._truth(condition)
        if isinstance(node, ast.DictComp):
            result.add(KEYS, self.evaluate(node.key))
            result.add(ELEMENTS, self.evaluate(node.value))
        else:
            result.add(ELEMENTS, self.evaluate(node.elt))
        self.doubt -= 1
        self.frames.pop()
        for name, value in inner.scope.vars.items():
            if any(isinstance(part, ast.NamedExpr) and part.target.id == name for part in ast.walk(node)):
                self.bind(name, value)

    def _on_listcomp(self, node: ast.ListComp) -> Value:
        return self._comprehension(node, "list")

    def _on_setcomp(self, node: ast.SetComp) -> Value:
        return self._comprehension(node, "set")

    def _on_dictcomp(self, node: ast.DictComp) -> Value:
        return self._comprehension(node, "dict")

    def _on_generatorexp(self, node: ast.GeneratorExp) -> Value:
        generator = self.allocate(Kind.GENERATOR, node)
        generator.extra = self.frames[-1]
        generator.add("source", self.evaluate(node.generators[0].iter))
        return frozenset((generator,))

    def run_generator(self, generator: Obj, node: ast.AST) -> Value:
        """The elements of a generator, whose body runs now."""
        if isinstance(generator.node, ast.GeneratorExp):
            if len(self.frames) > calling.DEPTH:
                return NOTHING
            if self.ledger.is_exported:
                self.ran.add(generator.node)
            self.frames.append(generator.extra)
            self._inside(generator.node, generator.fields.get("source", NOTHING), generator)
            self.frames.pop()
            return generator.fields.get(ELEMENTS, NOTHING)
        return calling.resume(self, generator, node)

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
