"""One cell → what each of its statements binds, reads, deletes, changes and calls, in order, with positions.

The result is a small tree of operations per top-level statement, which `analysis` interprets. For

    total = 0
    for row in rows:
        total += row

it is `Bind(total)` for the first statement and, for the second, `Read(rows)`, `Iterate(rows)`,
`Loop(Bind(row), Read(row), Read(total), Bind(total))`: a loop's operations stay inside it, so that the
interpreter can run them once, or twice, or not at all. Only names of the notebook's own namespace appear; what a
function, class body, lambda or comprehension keeps to itself is resolved here and left out.

>>> import ast
>>> [unit] = units_of_source("total = sum(x * scale for x in rows)")
>>> [type(op).__name__ + ":" + getattr(op, "name", "") for op in unit.ops]
['Read:sum', 'Read:rows', 'Iterate:rows', 'Read:scale', 'Call:sum', 'Bind:total']

Names come from `ast`: it knows `x += 1` as a read and `match` captures as bindings.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

from nbexport.model import Cell
from nbexport.names import effects, guards
from nbexport.names.kinds import BindKind, ChangeKind, JumpKind, ScopeKind
from nbexport.names.nodes import changed_root, dotted_name, is_main_guard, root_name, split_lines
from nbexport.names.operations import (
    Assume,
    Bind,
    Block,
    Branch,
    Call,
    Comprehension,
    Delete,
    Function,
    FunctionNode,
    Iterate,
    Jump,
    Loop,
    Mutate,
    Op,
    Read,
    Reference,
    Scope,
    Try,
    Unit,
    flatten,
)
from nbexport.names.scopes import Frame, Visitor, argument_names, bound_in
from nbexport.record import replace

_CALLED_LATER = (ScopeKind.FUNCTION, ScopeKind.LAMBDA)
PYTHON_2_NAMES = guards.PYTHON_2_NAMES
_Side: TypeAlias = tuple[frozenset[str], guards.Tests]
"""Names that exist, and the tests that say so."""


Parse: TypeAlias = Callable[[str, int], tuple[Unit, ...]]
"""Source and cell number → statements."""


def units_of(cell: Cell, parse: Parse | None = None) -> tuple[Unit, ...]:
    """The cell's top-level statements.

    Args:
        cell: The cell.
        parse: What reads its code: `units_of_source`, or `remembered` where the same cells come again and again.

    Raises:
        SyntaxError: The cell does not parse; `lineno` and `offset` are those of `ast`.
    """
    units = (parse or units_of_source)(cell.code, cell.number)
    if not cell.column_shifts:
        return units
    shifts = _shifts(cell)
    return tuple(replace(unit, shifts=shifts) for unit in units)


def units_of_source(code: str, cell: int = 1) -> tuple[Unit, ...]:
    """The statements of one piece of source, as `units_of` gives them for a cell."""
    tree = ast.parse(code, type_comments=False)
    lines = split_lines(code)
    return tuple(_Walker().unit(statement, cell, lines) for statement in tree.body)


@lru_cache(maxsize=4096)
def remembered(code: str, cell: int = 1) -> tuple[Unit, ...]:
    """`units_of_source`, kept: between two looks at a notebook that somebody types into, one cell has changed."""
    return units_of_source(code, cell)


def _shifts(cell: Cell) -> dict[int, tuple[int, int]]:
    """For each shifted row, what it and its source have in common at their beginning, and by how much the rest moved.

    `x = %time f(y)` is run as `x = f(y)`: its first four columns stand where they stood, the rest six further left.
    """
    source, code = split_lines(cell.source), split_lines(cell.code)
    found = {}
    for row, shift in cell.column_shifts.items():
        pairs = zip(source[row - 1], code[row - 1], strict=False)
        common = next((at for at, (one, other) in enumerate(pairs) if one != other), len(code[row - 1]))
        found[row] = (common, shift)
    return found


def _is_size(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id in ("len", "abs", "max", "min", "any", "all")


class _Walker(Visitor):
    """Walks one statement, writing operations into the block that is open."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.block: list[Op] = []
        self.references: list[Reference] = []
        self.functions: list[Function] = []
        self.methods: list[Function] = []
        self.deferred = 0
        self.guarded: frozenset[str] = frozenset()
        """Names that are known to exist here."""
        self.probing = False
        """Whether a missing name is caught."""
        self.conditions: guards.Tests = ()

    def unit(self, statement: ast.stmt, cell: int, lines: tuple[str, ...]) -> Unit:
        self.visit(statement)
        return Unit(cell, statement, tuple(self.block), tuple(self.references), tuple(self.functions), lines)

    # ------------------------------------------------------------------ scopes

    def _is_notebook(self, name: str, *, storing: bool = False) -> bool:
        """Whether `name`, seen from here, is one of the notebook's namespace."""
        for depth, frame in enumerate(reversed(self.frames)):
            if frame.kind is ScopeKind.CLASS:
                if depth == 0 and name in frame.locals and name not in frame.outer:
                    return False
                if depth == 0 and storing and name not in frame.outer:
                    frame.locals.add(name)
                    return False
                continue
            if name in frame.outer:
                # `global x` reaches the notebook, `nonlocal x` stops at the enclosing function
                continue
            if name in frame.locals:
                return False
        return True

    def _scopes(self) -> tuple[Scope, ...]:
        return tuple(frame.scope for frame in self.frames)

    def _read(self, node: ast.Name, call: ast.Call | None = None) -> None:
        if self._is_notebook(node.id):
            guarded = self.probing or node.id in self.guarded
            self.block.append(Read(node.id, node, bool(self.deferred), guarded, self.conditions))
            self.references.append(Reference(node.id, node, self._scopes(), call))

    def _bind(
        self, name: str, node: ast.AST, how: BindKind, value: ast.expr | None = None, function: Function | None = None
    ) -> None:
        in_comprehension = bool(self.frames) and self.frames[-1].kind is ScopeKind.COMPREHENSION
        if in_comprehension and how is not BindKind.WALRUS:
            return
        if self._is_notebook(name, storing=True):
            inside = any(frame.kind in _CALLED_LATER for frame in self.frames)
            self.block.append(Bind(name, node, BindKind.GLOBAL if inside else how, value, function))
            if isinstance(node, ast.Name):
                self.references.append(Reference(name, node, self._scopes()))

    def _mutate(self, target: ast.expr, node: ast.AST, kind: ChangeKind, words: str, method: str = "") -> None:
        root = changed_root(target)
        if root is None:
            return
        if self._is_notebook(root.id):
            self.block.append(Mutate(root.id, node, kind, words, method))
            return
        for frame in reversed(self.frames):
            if root.id in frame.params:
                (frame.moded if kind is ChangeKind.MODE else frame.mutated).add(root.id)
                return
            if root.id in frame.locals and frame.kind is not ScopeKind.CLASS:
                return

    def _inner(self, visit: list[ast.stmt]) -> Block:
        """The operations of a nested block."""
        outer, self.block = self.block, []
        for statement in visit:
            self.visit(statement)
        inner, self.block = tuple(self.block), outer
        return inner

    # ------------------------------------------------------------------ names and targets

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._read(node)
        elif isinstance(node.ctx, ast.Store):
            self._bind(node.id, node, BindKind.ASSIGN)
        elif self._is_notebook(node.id):
            self.block.append(Delete(node.id, node))
            self.references.append(Reference(node.id, node, self._scopes()))

    def _store(self, target: ast.expr, how: BindKind, value: ast.expr | None = None) -> None:
        if isinstance(target, ast.Name):
            self._bind(target.id, target, how, value)
        elif isinstance(target, ast.Tuple | ast.List):
            parts: list[ast.expr | None] = [None] * len(target.elts)
            if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts):
                parts = list(value.elts)
            for element, part in zip(target.elts, parts, strict=True):
                self._store(element, how if part is not None else BindKind.UNPACK, part if part is not None else value)
        elif isinstance(target, ast.Starred):
            self._store(target.value, BindKind.UNPACK, value)
        elif isinstance(target, ast.Attribute):
            self.visit(target.value)
            self._mutate(target.value, target, ChangeKind.ATTRIBUTE, f"sets `.{target.attr}`")
        elif isinstance(target, ast.Subscript):
            self.visit(target.value)
            self.visit(target.slice)
            self._mutate(target.value, target, ChangeKind.ITEM, f"sets `{ast.unparse(target)}`")

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        named = self.functions[-1] if isinstance(node.value, ast.Lambda) and not self.frames else None
        for target in node.targets:
            if named is not None and isinstance(target, ast.Name):
                self._bind(target.id, target, BindKind.ASSIGN, node.value, named)
            else:
                self._store(target, BindKind.ASSIGN, node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.annotation)
        if node.value is not None:
            self.visit(node.value)
            self._store(node.target, BindKind.ANNOTATED, node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self._read(node.target)
            self.visit(node.value)
            self._mutate(node.target, node, ChangeKind.AUGMENTED, "changes it by an augmented assignment")
            self._bind(node.target.id, node.target, BindKind.AUGMENTED, node.value)
        else:
            self.visit(node.value)
            self._store(node.target, BindKind.AUGMENTED, node.value)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self._bind(node.target.id, node.target, BindKind.WALRUS, node.value)

    def visit_Delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.visit(target)
            elif isinstance(target, ast.Attribute | ast.Subscript):
                self.visit(target.value)
                if isinstance(target, ast.Subscript):
                    self.visit(target.slice)
                self._mutate(target.value, target, ChangeKind.DELETION, f"deletes `{ast.unparse(target)}`")
            else:
                self.visit(target)

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name == "*":
                self.block.append(Bind("*", node, BindKind.STAR))
            else:
                self._bind(alias.asname or alias.name.partition(".")[0], node, BindKind.IMPORT)

    visit_ImportFrom = visit_Import

    def visit_Global(self, node: ast.Global | ast.Nonlocal) -> None:
        """Accounted for when the function's names were collected."""

    visit_Nonlocal = visit_Global

    # ------------------------------------------------------------------ calls

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name):
            self._read(node.func, node)
        else:
            self.visit(node.func)
        for argument in node.args:
            self.visit(argument)
        for keyword in node.keywords:
            self.visit(keyword.value)
        self._read_in_text(node)
        root = root_name(node.func)
        dotted = dotted_name(node.func)
        if root is not None and self._is_notebook(root.id):
            self.block.append(Call(root.id, dotted or f"{root.id}.*", node, self.conditions))
        if isinstance(node.func, ast.Name):
            self._note_param(node.func.id, "called")
        for target, kind, words, method in effects.mutations(node, dotted):
            self._mutate(target, node, kind, words, method)
            if kind is ChangeKind.MODE and method == "eval" and isinstance(target, ast.Name):
                self._note_param(target.id, "inferring")
        for iterated in effects.iterated_arguments(node, dotted):
            self._iterate(iterated)

    def _read_in_text(self, node: ast.Call) -> None:
        """Names that pandas looks up in the caller: `df.query("age > @limit")`, `pd.eval("a + b")`."""
        for name in effects.names_in_text(node):
            if self._is_notebook(name):
                self.block.append(Read(name, node))

    def _note_param(self, name: str, what: str) -> None:
        """Remember that the function around uses its own parameter in some way."""
        for frame in reversed(self.frames):
            if name in frame.params:
                {"called": frame.called, "inferring": frame.inferring}[what].add(name)
                return
            if name in frame.locals and frame.kind is not ScopeKind.CLASS:
                return

    def _iterate(self, node: ast.expr) -> None:
        if not isinstance(node, ast.Name):
            return
        if self._is_notebook(node.id):
            self.block.append(Iterate(node.id, node))
            return
        for frame in reversed(self.frames):
            if node.id in frame.params:
                frame.iterated.add(node.id)
                return

    # ------------------------------------------------------------------ control flow

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        constant = node.test.value if isinstance(node.test, ast.Constant) else None
        if constant is True or constant == 1 or is_main_guard(node):
            self.block.append(Branch((self._inner(node.body),)))
            return
        blocks: list[Block] = []
        found: list[guards.Tests] = []
        for side, statements in zip(self._sides(node.test), (node.body, node.orelse), strict=True):
            outer = self._enter(side)
            block = self._inner(statements)
            # `if "x" not in globals(): x = 1` leaves `x` bound on the path that does nothing
            blocks.append((*block, *(Assume(name) for name in sorted(side[0] - PYTHON_2_NAMES))))
            found.append(self.conditions)
            self._leave(outer)
        self.block.append(Branch(tuple(blocks), tuple(found)))

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self.visit(node.test)
        for side, value in zip(self._sides(node.test), (node.body, node.orelse), strict=True):
            outer = self._enter(side)
            self.visit(value)
            self._leave(outer)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        outer = (self.guarded, self.conditions)
        for value in node.values:
            self.visit(value)
            self._enter(self._sides(value)[isinstance(node.op, ast.Or)])
        self._leave(outer)

    def _sides(self, test: ast.expr) -> tuple[_Side, _Side]:
        """What is known where a test is true and where it is false."""
        true, false = guards.present(test)
        words = guards.names_in(((test, True),))
        if guards.asks_version(test):
            true, false = true | PYTHON_2_NAMES, false | PYTHON_2_NAMES
        if not words or not all(map(self._is_notebook, words)):
            return (true, ()), (false, ())
        return (true, ((test, True),)), (false, ((test, False),))

    def _enter(self, side: _Side) -> _Side:
        """Take in what is known from here on; what was known before."""
        outer = (self.guarded, self.conditions)
        self.guarded, self.conditions = self.guarded | side[0], self.conditions + side[1]
        return outer

    def _leave(self, outer: _Side) -> None:
        self.guarded, self.conditions = outer

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        self._iterate(node.iter)
        outer, self.block = self.block, []
        self._store(node.target, BindKind.FOR, node.iter)
        for statement in node.body:
            self.visit(statement)
        body, self.block = tuple(self.block), outer
        sure, never = effects.surely_iterates(node.iter), effects.never_iterates(node.iter)
        self.block.append(Loop(body, self._inner(node.orelse), sure, never))

    visit_AsyncFor = visit_For

    def visit_While(self, node: ast.While) -> None:
        self.visit(node.test)
        endless = isinstance(node.test, ast.Constant) and bool(node.test.value)
        outer, self.block = self.block, []
        for statement in node.body:
            self.visit(statement)
        if not endless:
            self.visit(node.test)
        body, self.block = tuple(self.block), outer
        never = isinstance(node.test, ast.Constant) and not node.test.value
        doubtful = any(isinstance(part, ast.Call) and not _is_size(part) for part in ast.walk(node.test))
        self.block.append(Loop(body, self._inner(node.orelse), endless, never, doubtful))

    def visit_Try(self, node: ast.Try) -> None:
        probing, self.probing = self.probing, self.probing or guards.catches_missing_names(node.handlers, node.body)
        body = self._inner(node.body)
        if self.probing and not probing:
            read = {op.name for op in body if isinstance(op, Read)}
            body = (*body, *map(Assume, sorted(read)))
        self.probing = probing
        handlers: list[Block] = []
        for handler in node.handlers:
            outer, self.block = self.block, []
            if handler.type is not None:
                self.visit(handler.type)
            if handler.name:
                self._bind(handler.name, handler, BindKind.EXCEPT)
            for statement in handler.body:
                self.visit(statement)
            if handler.name and self._is_notebook(handler.name):
                self.block.append(Delete(handler.name, handler))
            handlers.append(tuple(self.block))
            self.block = outer
        self.block.append(Try(body, tuple(handlers), self._inner(node.orelse), self._inner(node.finalbody)))

    visit_TryStar = visit_Try

    def visit_With(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            self.visit(item.context_expr)
            if item.optional_vars is not None:
                self._store(item.optional_vars, BindKind.WITH, item.context_expr)
        for statement in node.body:
            self.visit(statement)

    visit_AsyncWith = visit_With

    def visit_Match(self, node: ast.Match) -> None:
        self.visit(node.subject)
        blocks: list[Block] = []
        exhaustive = False
        for case in node.cases:
            outer, self.block = self.block, []
            self.visit(case.pattern)
            if case.guard is not None:
                self.visit(case.guard)
            for statement in case.body:
                self.visit(statement)
            blocks.append(tuple(self.block))
            self.block = outer
            exhaustive |= isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None and case.guard is None
        self.block.append(Branch(tuple(blocks if exhaustive else [*blocks, ()])))

    def visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar) -> None:
        self.generic_visit(node)
        if node.name:
            self._bind(node.name, node, BindKind.MATCH)

    visit_MatchStar = visit_MatchAs

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self.generic_visit(node)
        if node.rest:
            self._bind(node.rest, node, BindKind.MATCH)

    def visit_Assert(self, node: ast.Assert) -> None:
        self.visit(node.test)
        if node.msg is not None:
            self.block.append(Branch((self._inner([ast.Expr(node.msg)]), ())))

    def visit_Return(self, node: ast.Return) -> None:
        self.generic_visit(node)
        self.block.append(Jump(JumpKind.RETURN))

    def visit_Raise(self, node: ast.Raise) -> None:
        self.generic_visit(node)
        self.block.append(Jump(JumpKind.RAISE))

    def visit_Break(self, node: ast.Break) -> None:
        self.block.append(Jump(JumpKind.BREAK))

    def visit_Continue(self, node: ast.Continue) -> None:
        self.block.append(Jump(JumpKind.CONTINUE))

    # ------------------------------------------------------------------ inner scopes

    def _comprehension(self, node: Comprehension) -> None:
        first = node.generators[0]
        self.visit(first.iter)
        self._iterate(first.iter)
        targets, _ = bound_in([generator.target for generator in node.generators])
        self.frames.append(Frame(ScopeKind.COMPREHENSION, targets, set(), node))
        lazy = isinstance(node, ast.GeneratorExp)
        self.deferred += lazy
        for index, generator in enumerate(node.generators):
            if index:
                self.visit(generator.iter)
            self.visit(generator.target)
            for condition in generator.ifs:
                self.visit(condition)
        if isinstance(node, ast.DictComp):
            self.visit(node.key)
            self.visit(node.value)
        else:
            self.visit(node.elt)
        self.deferred -= lazy
        self.frames.pop()

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def _signature(self, args: ast.arguments) -> None:
        """Defaults run where the function is defined; annotations too (unless postponed)."""
        for default in [*args.defaults, *[d for d in args.kw_defaults if d is not None]]:
            self.visit(default)
        every = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
        for arg in every:
            if arg is not None and arg.annotation is not None:
                self.visit(arg.annotation)

    def _body(self, name: str, node: FunctionNode, body: list[ast.stmt], args: ast.arguments) -> Function:
        """Walk a function's body; inside another function its operations also count for that one."""
        bound, declared = bound_in(body)
        params = argument_names(args)
        local_names = (bound | set(params)) - declared
        kind = ScopeKind.LAMBDA if isinstance(node, ast.Lambda) else ScopeKind.FUNCTION
        frame = Frame(kind, local_names, declared, node, params)
        outer, self.block = self.block, []
        deferred, self.deferred = self.deferred, 0
        self.frames.append(frame)
        for statement in body:
            self.visit(statement)
        self.frames.pop()
        self.deferred = deferred
        # where control goes inside a function is its own affair
        ops, self.block = tuple(op for op in flatten(self.block) if not isinstance(op, Jump)), outer
        function = Function(
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
        if any(outer_frame.kind in _CALLED_LATER for outer_frame in self.frames):
            self.block.extend(ops)
        return function

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for decorator in node.decorator_list:
            self.visit(decorator)
        generic = self._type_parameters(node)
        self._signature(node.args)
        if node.returns is not None:
            self.visit(node.returns)
        function = self._body(node.name, node, node.body, node.args)
        if generic:
            self.frames.pop()
        if self.frames and self.frames[-1].kind is ScopeKind.CLASS:
            self.methods.append(function)
        elif not self.frames:
            self.functions.append(function)
        self._bind(node.name, node, BindKind.DEF, None, function)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._signature(node.args)
        function = self._body("<lambda>", node, [ast.Return(node.body)], node.args)
        if not any(frame.kind in _CALLED_LATER for frame in self.frames):
            self.functions.append(function)
            # counted where it stands (it may be called at once) and marked as running later
            for op in function.ops:
                self.block.append(replace(op, deferred=True) if isinstance(op, Read) else op)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for decorator in node.decorator_list:
            self.visit(decorator)
        generic = self._type_parameters(node)
        for base in node.bases:
            self.visit(base)
        for keyword in node.keywords:
            self.visit(keyword.value)
        outer_methods, self.methods = self.methods, []
        self.frames.append(Frame(ScopeKind.CLASS, set(), set(), node))
        for statement in node.body:
            self.visit(statement)
        frame = self.frames.pop()
        if generic:
            self.frames.pop()
        methods, self.methods = tuple(self.methods), outer_methods
        function = Function(node.name, node, (), (), frozenset(frame.locals), methods=methods)
        inside = any(outer.kind in _CALLED_LATER for outer in self.frames)
        if inside:
            for method in methods:
                self.block.extend(method.ops)
        elif self.frames and self.frames[-1].kind is ScopeKind.CLASS:
            self.methods.extend(methods)
        else:
            self.functions.append(function)
        self._bind(node.name, node, BindKind.CLASS, None, function)

    def _type_parameters(self, node: ast.AST) -> bool:
        """Open the scope of PEP 695 type parameters (Python 3.12) if there are any."""
        parameters = getattr(node, "type_params", None)
        if not parameters:
            return False
        self.frames.append(Frame(ScopeKind.FUNCTION, {parameter.name for parameter in parameters}, set(), node))
        return True

    def visit_TypeAlias(self, node: ast.AST) -> None:
        """`type X = …` (Python 3.12): evaluated lazily, binds `X`."""
        target = node.name  # type: ignore[attr-defined]
        self._bind(target.id, target, BindKind.ASSIGN, None)
