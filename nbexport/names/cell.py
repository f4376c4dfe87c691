"""One cell → what each of its statements binds, reads, deletes, changes and calls, in order, with positions.

The result is a small tree of operations per top-level statement, which `analysis` interprets. For

    total = 0
    for row in rows:
        total += row

it is `Bind(total)` for the first statement and, for the second, `Read(rows)`, `Iterate(rows)`,
`Loop(Bind(row), Read(row), Read(total), Bind(total))`: a loop's operations stay inside it, so that the
analysis can run them once, or twice, or not at all. Only names of the notebook's own namespace appear; what a
function, class body, lambda or comprehension keeps to itself is resolved here and left out.

>>> import ast
>>> [unit] = units_of_source("total = sum(x * scale for x in rows)")
>>> [type(op).__name__ + ":" + getattr(op, "name", "") for op in unit.ops]
['Read:sum', 'Read:rows', 'Iterate:rows', 'Read:scale', 'Call:sum', 'Bind:total']

Names come from `ast`: it knows `x += 1` as a read and `match` captures as bindings.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable
from functools import lru_cache
from types import MappingProxyType
from typing import TypeAlias

from nbexport.model import Cell, CellNumber, Span
from nbexport.names import control, definitions, effects
from nbexport.names.kinds import BindKind, ChangeKind, JumpKind
from nbexport.names.nodes import dotted_name, leaves, postpones_annotations, root_name, split_lines
from nbexport.names.operations import Bind, Block, Branch, Comprehension, Jump, Unit
from nbexport.names.scopes import Visitor
from nbexport.names.writer import Writer
from nbexport.record import replace
from nbexport.recursion import within_limit

Parse: TypeAlias = Callable[[str, int, bool], tuple[Unit, ...]]
"""Source, cell number and whether annotations are postponed → statements."""


class MisplacedMagicError(SyntaxError):
    """A cell magic below the first line of its cell, which IPython takes for a line magic that does not exist."""

    def __init__(self, name: str, span: Span) -> None:
        super().__init__(f"`{name}` is not its first line")
        self.name = name
        self.lineno, self.offset = span.row, span.column


def units_of(cell: Cell, parse: Parse | None = None, *, postponed: bool = False) -> tuple[Unit, ...]:
    """The cell's top-level statements.

    Args:
        cell: The cell.
        parse: What reads its code: `units_of_source`, or `remembered` where the same cells come again and again.
        postponed: Whether an earlier cell holds `from __future__ import annotations`, which IPython goes by from then
            on.

    Raises:
        SyntaxError: The cell does not parse; `lineno` and `offset` are those of `ast`.
        MisplacedMagicError: A cell magic stands below its first line.
    """
    for magic in cell.magics:
        if magic.kind == "line" and magic.name.startswith("%"):
            raise MisplacedMagicError(f"%{magic.name}", magic.span)
    try:
        units = (parse or units_of_source)(cell.code, cell.number, postponed)
    except SyntaxError as error:
        from nbexport.names import unparsed  # few cells are broken

        raise unparsed.explained(cell.code, error) from None
    if cell.magics and any(magic.kind == "cell" for magic in cell.magics):
        units = _with_measured(cell, units)
    if not cell.column_shifts:
        return units
    shifts = MappingProxyType(_shifts(cell))
    return tuple(replace(unit, shifts=shifts) for unit in units)


def units_of_source(code: str, cell: int = 1, postponed: bool = False) -> tuple[Unit, ...]:
    """The statements of one piece of source, as `units_of` gives them for a cell.

    It is compiled too, as IPython does before it runs a cell: a `return` outside a function, a `break` outside a loop
    or two arguments of one name parse, and run nowhere.

    Raises:
        SyntaxError: It does not parse or compile.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such as `x is 1`: that is between the notebook and its linter
        try:
            tree = within_limit(lambda: _compiled(code))
        except (RecursionError, MemoryError):  # the parser calls its own stack that is full a lack of memory
            raise SyntaxError("it is nested too deeply for Python") from None
    lines = split_lines(code)
    postponed = postponed or any(map(postpones_annotations, tree.body))
    return tuple(_Walker(postponed=postponed).unit(statement, cell, lines) for statement in tree.body)


def _compiled(code: str) -> ast.Module:
    tree = ast.parse(code, type_comments=False)
    parts = [tree]
    if any(isinstance(statement, ast.ImportFrom) and statement.module == "__future__" for statement in tree.body[1:]):
        # IPython compiles each statement by itself, so such an import may stand below others
        parts = [ast.Module([statement], []) for statement in tree.body]
    for part in parts:
        compile(part, "<cell>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    return tree


def _with_measured(cell: Cell, units: tuple[Unit, ...]) -> tuple[Unit, ...]:
    """The statements of a cell, with what a magic that measures it runs in its place."""
    from nbexport.names import measured  # few notebooks measure a cell

    magic = measured.measuring_magic(cell)
    body = measured.measured_body(cell, magic) if magic is not None else []
    if not body or len(units) != 1:
        return units
    return (replace(units[0], ops=_Walker(postponed=False).called(body)),)


def remembered(code: str, cell: int = 1, postponed: bool = False) -> tuple[Unit, ...]:
    """`units_of_source`, kept: between two looks at a notebook that somebody types into, one cell has changed."""
    # equal numbers of two documents may name cells of different notebooks
    return kept(code, cell, str(vars(cell)) if isinstance(cell, CellNumber) else "", postponed)


@lru_cache(maxsize=4096)
def kept(code: str, cell: int, notebook: str, postponed: bool) -> tuple[Unit, ...]:
    """The statements of one piece of source in a cell of a notebook, for `remembered`."""
    return units_of_source(code, cell, postponed)


def _shifts(cell: Cell) -> dict[int, tuple[int, int]]:
    """For each shifted row, what it and its source have in common at their beginning, and by how much the rest moved.

    `x = %time f(y)` is run as `x = f(y)`: its first four columns stand where they stood, the rest six further left.
    """
    source, code = split_lines(cell.source), split_lines(cell.code)
    shifts = {}
    for row, shift in cell.column_shifts.items():
        pairs = zip(source[row - 1], code[row - 1], strict=False)
        common = next((at for at, (one, other) in enumerate(pairs) if one != other), len(code[row - 1]))
        shifts[row] = (common, shift)
    return shifts


def _fresh(function: ast.expr) -> ast.Name | None:
    """What has just been called to make the object that a method is called on: `Meter` of `Meter().read`."""
    while isinstance(function, ast.Attribute):
        function = function.value
    return function.func if isinstance(function, ast.Call) and isinstance(function.func, ast.Name) else None


class _Walker(Visitor):
    """Walks one statement in the order in which Python evaluates it, and has the operations written."""

    def __init__(self, *, postponed: bool) -> None:
        self.out = Writer()
        self.postponed = postponed
        """Whether annotations are not evaluated."""

    def unit(self, statement: ast.stmt, cell: int, lines: tuple[str, ...]) -> Unit:
        """The statement and its operations."""
        self.visit(statement)
        out = self.out
        return Unit(cell, statement, tuple(out.block), tuple(out.references), tuple(out.functions), lines)

    def called(self, body: list[ast.stmt]) -> Block:
        """What a function with this body does to the notebook when it is called."""
        nothing = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
        return definitions.body_of(self, "", ast.FunctionDef("", nothing, body, [], lineno=1, col_offset=0), body).ops

    def nested(self, statements: list[ast.stmt]) -> Block:
        """The operations of a nested block."""
        outer = self.out.open()
        for statement in statements:
            self.visit(statement)
        return self.out.close(outer)

    # ------------------------------------------------------------------ names and targets

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.out.read(node)
        elif isinstance(node.ctx, ast.Store):
            self.out.bind(node.id, node, BindKind.ASSIGN)
        else:
            self.out.delete(node)

    def store(self, target: ast.expr, how: BindKind, value: ast.expr | None = None) -> None:
        """A target is given its value: names are bound, objects changed."""
        if isinstance(target, ast.Name):
            self.out.bind(target.id, target, how, value)
        elif isinstance(target, ast.Tuple | ast.List):
            parts: list[ast.expr | None] = [None] * len(target.elts)
            if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts):
                parts = list(value.elts)
            for element, part in zip(target.elts, parts, strict=True):
                if part is not None:
                    self.store(element, how, part)
                else:
                    self.store(element, BindKind.UNPACK, value)
        elif isinstance(target, ast.Starred):
            self.store(target.value, BindKind.UNPACK, value)
        elif isinstance(target, ast.Attribute):
            self.visit(target.value)
            self.out.mutate(target.value, target, ChangeKind.ATTRIBUTE, f"sets `.{target.attr}`")
        elif isinstance(target, ast.Subscript):
            self.visit(target.value)
            self.visit(target.slice)
            self.out.mutate(target.value, target, ChangeKind.ITEM, f"sets `{ast.unparse(target)}`")

    def visit_Starred(self, node: ast.Starred) -> None:
        self.out.reads_through(node.value)
        self.visit(node.value)

    def visit_Assign(self, node: ast.Assign) -> None:
        if any(isinstance(target, ast.Tuple | ast.List) for target in node.targets):
            self.out.reads_through(node.value)
        self.visit(node.value)
        named = self.out.functions[-1] if isinstance(node.value, ast.Lambda) and not self.out.frames else None
        for target in node.targets:
            if named is not None and isinstance(target, ast.Name):
                self.out.bind(target.id, target, BindKind.ASSIGN, node.value, named)
            else:
                self.store(target, BindKind.ASSIGN, node.value)

    def annotation(self, node: ast.expr) -> None:
        """An annotation: nothing evaluates one that is postponed, unless somebody asks for it."""
        if not self.postponed:
            self.visit(node)
            return
        out = self.out
        probing, out.probing = out.probing, True
        out.deferred += 1
        out.waiting += 1
        self.visit(node)
        out.waiting -= 1
        out.deferred -= 1
        out.probing = probing

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.annotation(node.annotation)
        if node.value is not None:
            self.visit(node.value)
            self.store(node.target, BindKind.ANNOTATED, node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.out.read(node.target)
            self.visit(node.value)
            self.out.mutate(node.target, node, ChangeKind.AUGMENTED, "changes it by an augmented assignment")
            self.out.bind(node.target.id, node.target, BindKind.AUGMENTED, node.value)
        else:
            self.visit(node.value)
            self.store(node.target, BindKind.AUGMENTED, node.value)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self.out.bind(node.target.id, node.target, BindKind.WALRUS, node.value)

    def visit_Delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.visit(target)
            elif isinstance(target, ast.Attribute | ast.Subscript):
                self.visit(target.value)
                if isinstance(target, ast.Subscript):
                    self.visit(target.slice)
                self.out.mutate(target.value, target, ChangeKind.DELETION, f"deletes `{ast.unparse(target)}`")
            else:
                self.visit(target)

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name == "*":
                self.out.block.append(Bind("*", node, BindKind.STAR))
            else:
                self.out.bind(alias.asname or alias.name.partition(".")[0], node, BindKind.IMPORT)

    visit_ImportFrom = visit_Import

    def visit_Global(self, node: ast.Global | ast.Nonlocal) -> None:
        """Accounted for when the function's names were collected."""

    visit_Nonlocal = visit_Global

    # ------------------------------------------------------------------ calls

    def visit_Call(self, node: ast.Call) -> None:
        out = self.out
        out.runs_call(node)
        if isinstance(node.func, ast.Name):
            out.read(node.func, node)
        else:
            self.visit(node.func)
        for argument in node.args:
            self.visit(argument)
        for keyword in node.keywords:
            self.visit(keyword.value)
        for name in effects.names_in_text(node):
            out.read_in_text(name, node)
        root = root_name(node.func)
        dotted = dotted_name(node.func)
        if root is not None:
            out.call(root, dotted, node)
        elif (made := _fresh(node.func)) is not None:
            out.call(made, None, node, fresh=True)
        if isinstance(node.func, ast.Name) and (frame := out.owner(node.func.id)) is not None:
            frame.called.add(node.func.id)
        elif isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            holder = node.func.value.id
            if (frame := out.owner(holder)) is not None and frame.params[0] == holder:
                frame.own_calls.add(node.func.attr)
        for effect in effects.mutations(node, dotted):
            out.mutate(effect.target, node, effect.kind, effect.words, effect.method)
            if effect.kind is ChangeKind.MODE and effect.method == "eval" and isinstance(effect.target, ast.Name):
                if (frame := out.owner(effect.target.id)) is not None:
                    frame.inferring.add(effect.target.id)
        for iterated in effects.iterated_arguments(node, dotted):
            out.iterate(iterated)

    # ------------------------------------------------------------------ control flow

    def visit_If(self, node: ast.If) -> None:
        control.branch(self, node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        control.conditional(self, node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        control.and_or(self, node)

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        control.for_loop(self, node)

    visit_AsyncFor = visit_For

    def visit_While(self, node: ast.While) -> None:
        control.while_loop(self, node)

    def visit_Try(self, node: ast.Try | ast.TryStar) -> None:
        control.attempt(self, node)

    visit_TryStar = visit_Try

    def visit_With(self, node: ast.With | ast.AsyncWith) -> None:
        control.context(self, node)

    visit_AsyncWith = visit_With

    def visit_Match(self, node: ast.Match) -> None:
        control.match(self, node)

    def visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar) -> None:
        self.generic_visit(node)
        if node.name:
            self.out.bind(node.name, node, BindKind.MATCH)

    visit_MatchStar = visit_MatchAs

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self.generic_visit(node)
        if node.rest:
            self.out.bind(node.rest, node, BindKind.MATCH)

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Call):
            self.out.alone = node.value
            self.visit(node.value)
            if leaves(node):
                self.out.block.append(Jump(JumpKind.RAISE))
        else:
            self.visit(node.value)

    def visit_Assert(self, node: ast.Assert) -> None:
        self.visit(node.test)
        if node.msg is not None:
            self.out.block.append(Branch((self.nested([ast.Expr(node.msg)]), ())))
        if leaves(node):
            self.out.block.append(Jump(JumpKind.RAISE))

    def visit_Return(self, node: ast.Return) -> None:
        self.generic_visit(node)
        self.out.block.append(Jump(JumpKind.RETURN))

    def visit_Raise(self, node: ast.Raise) -> None:
        # whether the failure is the one that is raised or a name that is missing, the run ends here
        swallowing, self.out.swallowing = self.out.swallowing, True
        self.generic_visit(node)
        self.out.swallowing = swallowing
        self.out.block.append(Jump(JumpKind.RAISE))

    def visit_Break(self, node: ast.Break) -> None:
        self.out.block.append(Jump(JumpKind.BREAK))

    def visit_Continue(self, node: ast.Continue) -> None:
        self.out.block.append(Jump(JumpKind.CONTINUE))

    # ------------------------------------------------------------------ inner scopes

    def visit_ListComp(self, node: Comprehension) -> None:
        definitions.comprehension(self, node)

    visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_ListComp

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        definitions.function(self, node)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        definitions.anonymous(self, node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        definitions.class_body(self, node)

    def visit_TypeAlias(self, node: ast.AST) -> None:
        """`type X = …` (Python 3.12): evaluated lazily, binds `X`."""
        target = node.name  # type: ignore[attr-defined]
        self.out.bind(target.id, target, BindKind.ASSIGN, None)
