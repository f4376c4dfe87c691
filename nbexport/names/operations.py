"""What statements do with names, as a tree of operations: made by `names`, walked through by `analysis`."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import TypeAlias

from nbexport.model import Span
from nbexport.names import guards
from nbexport.names.kinds import BindKind, ChangeKind, JumpKind, ScopeKind
from nbexport.names.nodes import nodes_of, span_of
from nbexport.record import record

FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
Comprehension: TypeAlias = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@record(eq=False)
class Read:
    """A name is looked up. `deferred`: inside a lambda or generator, so perhaps later than it stands."""

    name: str
    node: ast.AST
    deferred: bool = False
    waits: bool = False
    """Whether it is surely not looked up in the statement where it stands: no call runs it there."""
    guarded: bool = False
    """Whether the code asks first if the name exists: `'x' in globals()`, `try: x / except NameError`."""
    conditions: guards.Tests = ()
    """The tests around the place where the read stands."""
    swallowed: bool = False
    """Whether a handler around it passes over any failure: `try: old.close() / except: pass`."""


@record(eq=False)
class Bind:
    """A name is bound. `value` is the bound expression where there is one, `function` a definition's inside."""

    name: str
    node: ast.AST
    how: BindKind
    value: ast.expr | None = None
    function: Function | None = None


@record(eq=False)
class Delete:
    """`del name`."""

    name: str
    node: ast.AST
    guarded: bool = False
    """Whether the code expects that the name may not exist: `try: del x / except NameError`."""


@record(eq=False)
class Mutate:
    """The object behind a name is changed in place."""

    name: str
    node: ast.AST
    kind: ChangeKind
    words: str
    """What is done to it, for a message: `calls `.append()``."""
    method: str = ""
    """The method that is called, for a `METHOD` and a `MODE`."""


@record(eq=False)
class Call:
    """A call whose callee is `name` or an attribute path below it (`dotted`); after its arguments."""

    name: str
    dotted: str
    node: ast.Call
    conditions: guards.Tests = ()
    swallowed: bool = False
    """Whether a handler around it passes over any failure."""
    waits: bool = False
    """Whether it is surely not made in the statement where it stands."""
    fresh: bool = False
    """Whether it is a method of what calling `name` has just made: `Meter().read()`."""
    alone: bool = False
    """Whether it is a whole statement."""


@record(eq=False)
class Iterate:
    """The object behind a name is iterated."""

    name: str
    node: ast.AST


@record(eq=False)
class Branch:
    """One of the blocks runs."""

    blocks: tuple[Block, ...]
    conditions: tuple[guards.Tests, ...] = ()
    """For the blocks of an `if`: the tests around each, those further out included."""
    test: ast.expr | None = None
    """The test of an `if`, whose first block runs where it is true."""


@record(eq=False)
class Assume:
    """From here on the name is taken to be bound: the code has asked."""

    name: str


@record(eq=False)
class Loop:
    """The body runs any number of times; at least once where `sure`."""

    body: Block
    orelse: Block
    sure: bool
    never: bool = False
    """Whether the body provably does not run: `for row in []`."""
    doubtful: bool = False
    """Whether it asks the world outside if it runs at all: `while os.path.exists("flag")`."""
    endless: bool = False
    """Whether it is left by `break` or by an exception alone: `while True`."""


@record(eq=False)
class Try:
    """The body may stop anywhere; then one handler runs."""

    body: Block
    handlers: tuple[Block, ...]
    orelse: Block
    final: Block
    by_hand: frozenset[int] = frozenset()
    """The handlers, by place, that run where somebody stops the cell: `except KeyboardInterrupt`."""


@record(eq=False)
class Jump:
    """Control does not go on."""

    kind: JumpKind


Op: TypeAlias = Read | Bind | Delete | Mutate | Call | Iterate | Branch | Loop | Try | Jump | Assume


Block: TypeAlias = tuple[Op, ...]


@record(eq=False)
class Scope:
    """A scope between a reference and the notebook's namespace."""

    kind: ScopeKind
    locals: frozenset[str]


@record(eq=False)
class Reference:
    """One occurrence of a notebook name, for rewriting; `scopes` from the outermost in."""

    name: str
    node: ast.Name
    scopes: tuple[Scope, ...]
    call: ast.Call | None = None
    """The call of which this name is the callee."""


@record(eq=False)
class Function:
    """What is inside a `def`, `class` or lambda, as far as the notebook's namespace sees it."""

    name: str
    node: FunctionNode
    params: tuple[str, ...]
    ops: Block
    """Operations on notebook names when the body runs, flattened, nested functions included."""
    locals: frozenset[str] = frozenset()
    mutated_params: frozenset[str] = frozenset()
    mode_params: frozenset[str] = frozenset()
    """Parameters on which the body calls `.train()` or `.eval()`."""
    iterated_params: frozenset[str] = frozenset()
    called_params: frozenset[str] = frozenset()
    """Parameters that the body calls while they are not known to be in inference mode."""
    own_calls: frozenset[str] = frozenset()
    """Methods that the body calls on its first parameter."""
    leaves: bool = False
    """Whether the body always ends in an exception: control does not go on behind a call."""
    methods: tuple[Function, ...] = ()

    @property
    def is_class(self) -> bool:
        """Whether this is a class."""
        return isinstance(self.node, ast.ClassDef)

    @cached_property
    def attributes(self) -> Mapping[str, tuple[ast.Call, ...]]:
        """For a class, the attributes that its methods set to what a call gives: `self.scale = Scale()`."""
        calls: dict[str, tuple[ast.Call, ...]] = {}
        for part in ast.walk(self.node):
            if not isinstance(part, ast.Assign) or not isinstance(part.value, ast.Call):
                continue
            for target in part.targets:
                if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                    calls[target.attr] = (*calls.get(target.attr, ()), part.value)
        return MappingProxyType(calls)

    def reads(self) -> Iterator[Read]:
        """Every read of a notebook name in the body, methods included."""
        for op in self.all_ops():
            if isinstance(op, Read):
                yield op

    def with_methods(self) -> Iterator[Function]:
        """The function and, for a class, its methods."""
        yield self
        for method in self.methods:
            yield from method.with_methods()

    def all_ops(self) -> Iterator[Op]:
        """The body's operations and, for a class, its methods' too."""
        yield from self.ops
        for method in self.methods:
            yield from method.all_ops()


@record(eq=False)
class Unit:
    """One top-level statement of a cell."""

    cell: int
    node: ast.stmt
    ops: Block
    references: tuple[Reference, ...]
    functions: tuple[Function, ...] = ()
    """Every top-level `def`, `class` and lambda in the statement."""
    lines: tuple[str, ...] = ()
    """Rows of the cell's `code`."""
    shifts: Mapping[int, tuple[int, int]] = MappingProxyType({})
    """Row → (column behind which its text stands elsewhere in the source, how many columns further right)."""

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the statement, from the outside in; those that only mark a context are left out."""
        return tuple(nodes_of(self.node))

    @cached_property
    def simple_ops(self) -> tuple[Op, ...]:
        """Its simple operations in the order of the source, whatever their nesting."""
        return tuple(flatten(self.ops))

    @cached_property
    def bound(self) -> frozenset[str]:
        """The names that the statement binds, those of star imports left out."""
        return frozenset(op.name for op in self.simple_ops if isinstance(op, Bind) and op.how is not BindKind.STAR)

    def span(self, node: ast.AST | None = None) -> Span:
        """Where a node of this statement stands in the cell's source, in code points."""
        span = self.code_span(node)
        if not self.shifts:
            return span
        return Span(
            span.row,
            self._in_source(span.row, span.column),
            span.end_row,
            self._in_source(span.end_row, span.end_column),
        )

    def code_span(self, node: ast.AST | None = None) -> Span:
        """Where a node of this statement stands in `lines`, in code points."""
        return span_of(node or self.node, self.lines)

    def _in_source(self, row: int, column: int) -> int:
        behind, shift = self.shifts.get(row, (0, 0))
        return column + shift if column > behind else column


_BLOCKS = (Branch, Loop, Try)


def flatten(block: Sequence[Op]) -> Iterator[Op]:
    """The simple operations of a block in the order of the source, whatever their nesting."""
    for op in block:
        if not isinstance(op, _BLOCKS):
            yield op
        elif isinstance(op, Branch):
            for inner in op.blocks:
                yield from flatten(inner)
        elif isinstance(op, Loop):
            yield from flatten(op.body)
            yield from flatten(op.orelse)
        else:
            yield from flatten(op.body)
            for inner in op.handlers:
                yield from flatten(inner)
            yield from flatten(op.orelse)
            yield from flatten(op.final)
