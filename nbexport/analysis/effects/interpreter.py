"""The abstract run: statements and expressions.

    def grow(table):
        table.append(1)
    rows = [0]
    grow(rows)            `grow` runs with `table` standing for `rows`: a write to `rows`
    first, *rest = rows   elements are taken; an iterator in its place would be used up

What calls do stands in `calling` (functions and classes of the notebook), `special` (functions of Python's that hand
objects on) and `library` (everything else).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from nbexport.analysis.effects import (
    attributes,
    calling,
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
    HELD,
    KEYS,
    NOTHING,
    SELF,
    Kind,
    Obj,
    Scope,
    Value,
    literal,
    reach,
)

_ROUNDS, _DEEP_LOOPS = 2, 2
_RECURRING = frozenset({Kind.FUNCTION, Kind.METHOD, Kind.CLASS})
_TEXT = frozenset("__str__ __repr__ __format__".split())
_TRUTH = frozenset("__bool__ __len__".split())
_OPERATORS = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.MatMult: "matmul", ast.Div: "truediv", ast.Mod: "mod",
    ast.Pow: "pow", ast.LShift: "lshift", ast.RShift: "rshift", ast.BitOr: "or", ast.BitXor: "xor",
    ast.BitAnd: "and", ast.FloorDiv: "floordiv",
}  # fmt: skip
_UNARY = {ast.UAdd: "__pos__", ast.USub: "__neg__", ast.Invert: "__invert__", ast.Not: "__bool__"}
_COMPARE = frozenset("__eq__ __ne__ __lt__ __le__ __gt__ __ge__ __hash__ __contains__ __iter__ __getitem__".split())


class Interpreter(Machine):
    """Runs statements of a notebook."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self._loops = 0
        """How many loops are open."""
        self._active: set[tuple[Obj, ast.AST]] = set()
        """Calls of what is no function of the notebook, which are running."""
        self._statements: dict[type[ast.AST], Callable[..., None]] = {
            kind: getattr(self, f"_{kind.__name__.lower()}")
            for kind in (
                ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.For, ast.AsyncFor, ast.While, ast.If, ast.With,
                ast.AsyncWith, ast.Try, ast.TryStar, ast.Match, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef,
                ast.Return, ast.Raise, ast.Assert, ast.Delete, ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal,
            )
        }  # fmt: skip
        self._expressions: dict[type[ast.AST], Callable[..., Value]] = {
            kind: getattr(self, f"_on_{kind.__name__.lower()}")
            for kind in (
                ast.Constant, ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.BinOp, ast.UnaryOp, ast.BoolOp,
                ast.Compare, ast.IfExp, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.ListComp, ast.SetComp,
                ast.DictComp, ast.GeneratorExp, ast.Lambda, ast.JoinedStr, ast.FormattedValue, ast.NamedExpr,
                ast.Starred, ast.Await, ast.Yield, ast.YieldFrom, ast.Slice,
            )
        }  # fmt: skip

    # ------------------------------------------------------------------ statements

    def step(self, unit: int, statement: ast.stmt) -> None:
        """Run one statement of the notebook."""
        self.unit = self.ledger.unit = unit
        self.context = (unit,)
        frame = self.frames[0]
        frame.code = unit
        self.outer = None
        try:
            self.run((statement,))
        except RecursionError:
            self._not_followed(statement)

    def _not_followed(self, statement: ast.stmt) -> None:
        """A statement is nested too deeply: it may have changed whatever there is."""
        del self.frames[1:], self.logs[:], self.ledger.restored[:]
        self.weak = self.doubt = self._loops = 0
        self.calling = self.printing = False
        self.birth = self.outer = None
        self._active.clear()
        reason = "the statement is nested too deeply to be followed"
        everything = NOTHING.union(*self.module.vars.values())
        self.write_deep(everything, statement, "may change it", reason=reason)
        self.read_deep(everything, statement)

    def run(self, statements: Sequence[ast.stmt]) -> None:
        """Run statements one after the other."""
        for statement in statements:
            run = self._statements.get(type(statement))
            if run is not None:
                run(statement)

    def _expr(self, node: ast.Expr) -> None:
        value = self.evaluate(node.value)
        if len(self.frames) == 1 and value:
            # the last expression of a cell is shown
            self.use(value, node.value, _TEXT)

    def _assign(self, node: ast.Assign) -> None:
        value = self.evaluate(node.value)
        for target in node.targets:
            self._store(target, value)

    def _annassign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self._store(node.target, self.evaluate(node.value))

    def _augassign(self, node: ast.AugAssign) -> None:
        target = node.target
        operator = _OPERATORS.get(type(node.op), "add")
        if isinstance(target, ast.Name):
            old = self.lookup(target.id) or NOTHING
            self._store(target, self._in_place(old, self.evaluate(node.value), operator, node))
        elif isinstance(target, ast.Attribute):
            owner = self.evaluate(target.value)
            old = self.attribute(owner, target.attr, target)
            value = self._in_place(old, self.evaluate(node.value), operator, node)
            self.store_attribute(owner, target.attr, value, target)
        else:
            owner = self.evaluate(target.value)
            keys = self.evaluate(target.slice)
            old = items.load(self, owner, keys, target)
            value = self._in_place(old, self.evaluate(node.value), operator, node)
            self.store_item(owner, keys, value, target)

    def _in_place(self, old: Value, value: Value, operator: str, node: ast.AugAssign) -> Value:
        """`old op= value`: a list grows, an array is written to, all others give a new object."""
        self.use(value, node)
        changed: list[Obj] = []
        for obj in old:
            if obj.kind is Kind.CONTAINER and obj.word not in ("tuple", "frozenset"):
                self.write(obj, ELEMENTS, node, "changes it by an augmented assignment")
                obj.add(ELEMENTS, self.iterate(value, node))
                changed.append(obj)
            elif obj.kind is Kind.OBJECT:
                self.write(obj, HELD, node, "changes it by an augmented assignment")
                changed.append(obj)
            elif obj.kind is Kind.INSTANCE:
                result = calling.dunder(self, obj, f"__i{operator}__", (value,), node)
                if result is None:
                    result = calling.dunder(self, obj, f"__{operator}__", (value,), node)
                changed += result or ()
        self.read_deep(old, node)
        return frozenset(changed) | self._computed(old | value, node)

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        source = self.evaluate(node.iter)
        early = _leaves_early(node.body)

        def round_() -> None:
            self._store(node.target, self.iterate(source, node.iter))
            self.weak += early
            self.run(node.body)
            self.weak -= early

        self._loop(round_)
        self.run(node.orelse)

    _asyncfor = _for

    def _while(self, node: ast.While) -> None:
        early = _leaves_early(node.body)

        def round_() -> None:
            self._truth(node.test)
            self.weak += early
            self.run(node.body)
            self.weak -= early

        self._loop(round_)
        self._truth(node.test)
        self.run(node.orelse)

    def _loop(self, body: Callable[[], None]) -> None:
        """Run a body twice, to see what a round hands to the next one; inside other loops these see to that."""
        self._loops += 1
        for _ in range(_ROUNDS if self._loops <= _DEEP_LOOPS else 1):
            self.branches(body)
        self._loops -= 1

    def _if(self, node: ast.If) -> None:
        value = self.evaluate(node.test)
        self.use(value, node.test, _TRUTH)
        known, constant = literal(value)
        if known:
            self.run(node.body if constant else node.orelse)
        else:
            self.branches(lambda: self.run(node.body), lambda: self.run(node.orelse), may_skip=False)

    def _truth(self, test: ast.expr) -> None:
        value = self.evaluate(test)
        if value:
            self.use(value, test, _TRUTH)

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        entered: list[Obj] = []
        restored = len(self.ledger.restored)
        for item in node.items:
            manager = self.evaluate(item.context_expr)
            value = calling.enter(self, manager, item.context_expr)
            self.ledger.restored += settings.restored_by(self, item.context_expr, manager)
            entered += manager
            if item.optional_vars is not None:
                self._store(item.optional_vars, value)
        self.run(node.body)
        del self.ledger.restored[restored:]
        calling.leave(self, frozenset(entered), node)

    _asyncwith = _with

    def _try(self, node: ast.Try) -> None:
        self.weak += 1
        self.doubt += 1
        self.run(node.body)
        self.weak -= 1
        self.doubt -= 1
        handlers = [self._handler(handler) for handler in node.handlers]
        if handlers:
            self.branches(*handlers)
        self.run(node.orelse)
        self.run(node.finalbody)

    _trystar = _try

    def _handler(self, handler: ast.ExceptHandler) -> Callable[[], None]:
        def run() -> None:
            if handler.type is not None:
                self.evaluate(handler.type)
            if handler.name:
                self.bind(handler.name, NOTHING)
            self.run(handler.body)

        return run

    def _match(self, node: ast.Match) -> None:
        subject = self.evaluate(node.subject)
        self.use(subject, node.subject)
        inner = frozenset(reach(subject))

        def case(case: ast.match_case) -> Callable[[], None]:
            def run() -> None:
                for part in ast.walk(case.pattern):
                    name = getattr(part, "name", None) or getattr(part, "rest", None)
                    if isinstance(name, str):
                        self.bind(name, inner)
                if case.guard is not None:
                    self._truth(case.guard)
                self.run(case.body)

            return run

        self.branches(*[case(one) for one in node.cases])

    def _functiondef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        value: Value = frozenset((self._function(node, node.name),))
        for decorator in reversed(node.decorator_list):
            value = self._decorated(decorator, value, node)
        self.bind(node.name, value)

    _asyncfunctiondef = _functiondef

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

    def _decorated(self, decorator: ast.expr, value: Value, node: ast.AST) -> Value:
        callee = self.evaluate(decorator)
        result = self._called(callee, Arguments((value,)), decorator)
        functions = [obj for obj in value if obj.kind in (Kind.FUNCTION, Kind.CLASS)]
        if not any(obj.kind is not Kind.OBJECT for obj in result):
            # a library's decorator gives something that acts like the function
            return frozenset(functions)
        return result

    def _classdef(self, node: ast.ClassDef) -> None:
        owner = self.allocate(Kind.CLASS, node, name=node.name)
        bases: list[Obj] = []
        for base in node.bases:
            bases += sorted(self.evaluate(base), key=lambda obj: (obj.born, obj.name))
        keywords = {keyword.arg: self.evaluate(keyword.value) for keyword in node.keywords if keyword.arg}
        owner.extra = calling.lookup_order(owner, bases)
        frame = self.frames[-1]
        scope = Scope(frame.scope, owner, is_class=True)
        self.frames.append(Frame(scope, frame.code))
        self.run(node.body)
        self.frames.pop()
        for name, attribute in list(owner.fields.items()):
            self.looking |= calling.looks(name)
            for obj in attribute:
                if obj.kind is Kind.WRAPPER:
                    for inner in obj.fields.get(FUNCTION, NOTHING):
                        inner.extra = inner.extra or owner
                elif obj.kind is Kind.FUNCTION and obj.extra is None:
                    obj.extra = owner
                elif obj.kind is Kind.INSTANCE:
                    calling.dunder(self, obj, "__set_name__", (frozenset((owner,)), NOTHING), node)
        calling.subclassed(self, owner, keywords, node)
        if "metaclass" in keywords:
            owner.fields["metaclass"] = keywords["metaclass"]
            self._called(keywords["metaclass"], Arguments((NOTHING, NOTHING, NOTHING)), node)
        value: Value = frozenset((owner,))
        for decorator in reversed(node.decorator_list):
            value = self._decorated(decorator, value, node)
        self.bind(node.name, value)

    def _return(self, node: ast.Return) -> None:
        if node.value is not None:
            self.frames[-1].returns |= self.evaluate(node.value)

    def _raise(self, node: ast.Raise) -> None:
        for part in (node.exc, node.cause):
            if part is not None:
                self.use(self.evaluate(part), part)

    def _assert(self, node: ast.Assert) -> None:
        value = self.evaluate(node.test)
        self.use(value, node.test, _TRUTH)
        if node.msg is not None:
            self.use(self.evaluate(node.msg), node.msg)

    def _delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.unbind(target.id)
            elif isinstance(target, ast.Attribute):
                for obj in self.evaluate(target.value):
                    self.write(obj, target.attr, target, f"deletes `{ast.unparse(target)}`")
                    if obj.kind is Kind.INSTANCE:
                        calling.dunder(self, obj, "__delattr__", (NOTHING,), target)
            elif isinstance(target, ast.Subscript):
                owner, keys = self.evaluate(target.value), self.evaluate(target.slice)
                items.delete(self, owner, keys, target)
            elif isinstance(target, ast.Tuple | ast.List):
                self._delete(ast.Delete(target.elts))

    def _import(self, node: ast.Import) -> None:
        if self.ledger.tainted:
            self.read(self.library("sys.modules"), HELD, node)
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            self.bind(name, frozenset((self.library(alias.name if alias.asname else name),)))
            self.libraries.of(alias.name.partition(".")[0])

    def _importfrom(self, node: ast.ImportFrom) -> None:
        module = "." * node.level + (node.module or "")
        self.libraries.of(module.partition(".")[0])
        for alias in node.names:
            if alias.name == "*":
                special.import_all(self, module)
            else:
                self.bind(alias.asname or alias.name, frozenset((self.library(f"{module}.{alias.name}"),)))

    def _global(self, node: ast.Global) -> None:
        self.frames[-1].declared.update(dict.fromkeys(node.names, self.module))

    def _nonlocal(self, node: ast.Nonlocal) -> None:
        for name in node.names:
            scope = self.frames[-1].scope.parent
            while scope is not None and (scope.is_class or name not in scope.vars):
                scope = scope.parent
            if scope is not None:
                self.frames[-1].declared[name] = scope

    # ------------------------------------------------------------------ targets

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

    # ------------------------------------------------------------------ expressions

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
            return calling.instantiate(self, obj, arguments, node)
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
        operator = _OPERATORS.get(type(node.op), "add")
        results: list[Value] = []
        for obj, other, prefix in [*((obj, right, "") for obj in left), *((obj, left, "r") for obj in right)]:
            if obj.kind is Kind.INSTANCE:
                results.append(calling.dunder(self, obj, f"__{prefix}{operator}__", (other,), node) or NOTHING)
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
            if obj.kind is Kind.OBJECT or (obj.kind is Kind.INSTANCE and calling.library_base(obj)):
                name = obj.name or calling.library_base(obj)
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
        if known and isinstance(node.op, ast.Not):
            return self.literal(not constant)
        if isinstance(node.op, ast.Not):
            self.use(value, node, _TRUTH)
            return NOTHING
        self.use(value, node, frozenset((_UNARY[type(node.op)],)))
        return self._computed(value, node)

    def _on_boolop(self, node: ast.BoolOp) -> Value:
        first, *others = node.values
        value = self.evaluate(first)
        self.use(value, first, _TRUTH)
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
            container.add(KEYS, self.evaluate(key))
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
            self.use(value, node.value, _TEXT)
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

    # ------------------------------------------------------------------ what looks at values

    def iterate(self, value: Value, node: ast.AST) -> Value:
        """The elements of a value; iterators are used up."""
        results = [iteration.iterated(self, obj, node) for obj in value]
        return NOTHING.union(*results) if results else NOTHING

    def use(self, value: Value, node: ast.AST, names: frozenset[str] | None = None) -> None:
        """Read all that a value holds, and run the methods of its instances that looking at it runs."""
        self.read_deep(value, node)
        calling.look(self, value, node, names)


def _leaves_early(body: Sequence[ast.stmt]) -> bool:
    """Whether a loop's body may stop in its middle."""
    return any(
        isinstance(part, ast.Break | ast.Continue | ast.Return) for statement in body for part in ast.walk(statement)
    )
