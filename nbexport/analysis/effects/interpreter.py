"""The abstract run: statements.

    def grow(table):
        table.append(1)
    rows = [0]
    grow(rows)            `grow` runs with `table` standing for `rows`: a write to `rows`
    for row in rows:      the body runs twice, to see what a round hands to the next one

What calls do stands in `calling` (functions and classes of the notebook), `special` and `methods` (Python's own) and
`library` (everything else).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from nbexport.analysis.effects import (
    instances,
    items,
    settings,
    special,
)
from nbexport.analysis.effects.expressions import TEXT, Expressions
from nbexport.analysis.effects.ledger import Ledger
from nbexport.analysis.effects.machine import Arguments, Frame
from nbexport.analysis.effects.objects import (
    ELEMENTS,
    FUNCTION,
    HELD,
    NOTHING,
    OFFERED,
    Kind,
    Obj,
    Scope,
    Value,
    literal,
    reach,
)
from nbexport.analysis.effects.operators import OPERATORS, TRUTH

_ROUNDS, _DEEP_LOOPS = 2, 2


class Interpreter(Expressions):
    """Runs statements of a notebook."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self._loops = 0
        """How many loops are open."""
        self._statements: dict[type[ast.AST], Callable[..., None]] = {
            kind: getattr(self, f"_{kind.__name__.lower()}")
            for kind in (
                ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.For, ast.AsyncFor, ast.While, ast.If, ast.With,
                ast.AsyncWith, ast.Try, ast.TryStar, ast.Match, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef,
                ast.Return, ast.Raise, ast.Assert, ast.Delete, ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal,
            )
        }  # fmt: skip

    def step(self, unit: int, statement: ast.stmt) -> None:
        """Run one statement of the notebook."""
        self.unit = self.ledger.unit = unit
        self.context = (unit,)
        self.bound_now.clear()
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
            self.use(value, node.value, TEXT)

    def _assign(self, node: ast.Assign) -> None:
        value = self.evaluate(node.value)
        for target in node.targets:
            self._store(target, value)

    def _annassign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self._store(node.target, self.evaluate(node.value))

    def _augassign(self, node: ast.AugAssign) -> None:
        target = node.target
        operator = OPERATORS.get(type(node.op), "add")
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
                result = instances.dunder(self, obj, f"__i{operator}__", (value,), node)
                if result is None:
                    result = instances.dunder(self, obj, f"__{operator}__", (value,), node)
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
        self.use(value, node.test, TRUTH)
        known, constant = literal(value)
        if known and all(obj.word != OFFERED for obj in value):
            self.run(node.body if constant else node.orelse)
        else:
            self.branches(lambda: self.run(node.body), lambda: self.run(node.orelse), may_skip=False)

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        entered: list[Obj] = []
        restored = len(self.ledger.restored)
        for item in node.items:
            manager = self.evaluate(item.context_expr)
            value = instances.enter(self, manager, item.context_expr)
            self.ledger.restored += settings.restored_by(self, item.context_expr, manager)
            entered += manager
            if item.optional_vars is not None:
                self._store(item.optional_vars, value)
        self.run(node.body)
        del self.ledger.restored[restored:]
        instances.leave(self, frozenset(entered), node)

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
        owner.extra = instances.lookup_order(owner, bases)
        frame = self.frames[-1]
        scope = Scope(frame.scope, owner, is_class=True)
        self.frames.append(Frame(scope, frame.code))
        self.run(node.body)
        self.frames.pop()
        instances.make_members(self, owner, node)
        for name, attribute in list(owner.fields.items()):
            self.looking |= instances.looks(name)
            for obj in attribute:
                if obj.kind is Kind.WRAPPER:
                    for inner in obj.fields.get(FUNCTION, NOTHING):
                        inner.extra = inner.extra or owner
                elif obj.kind is Kind.FUNCTION and obj.extra is None:
                    obj.extra = owner
                elif obj.kind is Kind.INSTANCE:
                    instances.dunder(self, obj, "__set_name__", (frozenset((owner,)), NOTHING), node)
        instances.subclassed(self, owner, keywords, node)
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
        self.use(value, node.test, TRUTH)
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
                        instances.dunder(self, obj, "__delattr__", (NOTHING,), target)
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


def _leaves_early(body: Sequence[ast.stmt]) -> bool:
    """Whether a loop's body may stop in its middle."""
    return any(
        isinstance(part, ast.Break | ast.Continue | ast.Return) for statement in body for part in ast.walk(statement)
    )
