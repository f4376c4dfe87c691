"""Operations, written one after the other into the block that is open; says whose name a name is.

    def grow(rows):
        rows.append(1)          `rows` is the function's own: noted as a parameter that it changes
        seen = [x for x in rows]    `x` and `seen` are nobody else's business, `rows` is iterated
        total.append(1)         `total` is the notebook's: `Mutate(total)`

The walk says what happens in which order; what a function, class body, lambda or comprehension keeps to itself is left
out here, and what it does to its parameters is noted at its frame.
"""

from __future__ import annotations

import ast
from typing import Protocol

from nbexport.names import guards, timing
from nbexport.names.kinds import BindKind, ChangeKind, ScopeKind
from nbexport.names.nodes import changed_root
from nbexport.names.operations import Bind, Block, Call, Delete, Function, Iterate, Mutate, Op, Read, Reference, Scope
from nbexport.names.scopes import Frame

Knowledge = tuple[frozenset[str], guards.Tests]
"""Names that exist, and the tests that say so."""


_IN_CLASS_BODIES = frozenset({"__module__", "__qualname__"})
"""Names that Python gives to every class body."""


class Writer:
    """The operations of one statement as far as they are written."""

    def __init__(self) -> None:
        self.block: list[Op] = []
        self.references: list[Reference] = []
        self.functions: list[Function] = []
        """Those that stand in the notebook's own scope."""
        self.methods: list[Function] = []
        """Those of the class that is open."""
        self.frames: list[Frame] = []
        self.deferred = 0
        """How many lambdas and generators are open that may run later."""
        self.waiting = 0
        """How many of them nothing runs where they stand."""
        self.at_once: set[int] = set()
        """Lambdas and generators, by identity, that the expression around them runs."""
        self.alone: ast.Call | None = None
        """The call that is the whole of a statement."""
        self.swallowing = False
        """Whether any failure is passed over."""
        self.guarded: frozenset[str] = frozenset()
        """Names that are known to exist here."""
        self.probing = False
        """Whether a missing name is caught."""
        self.conditions: guards.Tests = ()

    # ------------------------------------------------------------------ blocks

    def open(self) -> list[Op]:
        """Begin a nested block; the one around it, for `close`."""
        outer, self.block = self.block, []
        return outer

    def close(self, outer: list[Op]) -> Block:
        """End the nested block."""
        inner, self.block = tuple(self.block), outer
        return inner

    # ------------------------------------------------------------------ whose a name is

    def is_notebook(self, name: str, *, storing: bool = False) -> bool:
        """Whether `name`, seen from here, is one of the notebook's namespace."""
        if not self.frames:
            return True
        for depth, frame in enumerate(reversed(self.frames)):
            if frame.is_class:
                if depth == 0 and name in _IN_CLASS_BODIES:
                    return False
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

    def owner(self, name: str) -> Frame | None:
        """The function whose parameter `name`, seen from here, is."""
        for frame in reversed(self.frames):
            if name in frame.params:
                return frame
            if name in frame.locals and not frame.is_class:
                return None
        return None

    @property
    def in_function(self) -> bool:
        """Whether a function or lambda is open."""
        return any(frame.is_function for frame in self.frames)

    @property
    def in_class(self) -> bool:
        """Whether a class body is the innermost scope."""
        return bool(self.frames) and self.frames[-1].is_class

    def _scopes(self) -> tuple[Scope, ...]:
        return tuple([frame.scope for frame in self.frames]) if self.frames else ()

    # ------------------------------------------------------------------ operations

    def read(self, node: ast.Name, call: ast.Call | None = None) -> None:
        """A name is looked up."""
        if self.is_notebook(node.id):
            guarded = self.probing or node.id in self.guarded
            self.block.append(
                Read(
                    node.id,
                    node,
                    bool(self.deferred),
                    bool(self.waiting),
                    guarded,
                    self.conditions,
                    self.swallowing,
                )
            )
            self.references.append(Reference(node.id, node, self._scopes(), call))

    def read_in_text(self, name: str, node: ast.AST) -> None:
        """A name is looked up that stands in a string."""
        if self.is_notebook(name):
            self.block.append(Read(name, node))

    def bind(
        self,
        name: str,
        node: ast.AST,
        how: BindKind,
        value: ast.expr | None = None,
        function: Function | None = None,
    ) -> None:
        """A name is bound; a comprehension keeps its own targets."""
        if self.frames and self.frames[-1].kind is ScopeKind.COMPREHENSION and how is not BindKind.WALRUS:
            return
        if self.is_notebook(name, storing=True):
            self.block.append(Bind(name, node, BindKind.GLOBAL if self.in_function else how, value, function))
            if isinstance(node, ast.Name):
                self.references.append(Reference(name, node, self._scopes()))

    def delete(self, node: ast.Name) -> None:
        """A name is deleted."""
        if self.is_notebook(node.id):
            self.block.append(Delete(node.id, node, self.probing or node.id in self.guarded))
            self.references.append(Reference(node.id, node, self._scopes()))

    def mutate(self, target: ast.expr, node: ast.AST, kind: ChangeKind, words: str, method: str = "") -> None:
        """The object behind an expression is changed in place."""
        root = changed_root(target)
        if root is None:
            return
        if self.is_notebook(root.id):
            self.block.append(Mutate(root.id, node, kind, words, method))
        elif (frame := self.owner(root.id)) is not None:
            (frame.moded if kind is ChangeKind.MODE else frame.mutated).add(root.id)

    def call(self, root: ast.Name, dotted: str | None, node: ast.Call, *, fresh: bool = False) -> None:
        """What a name, or something below it, stands for is called."""
        if self.is_notebook(root.id):
            self.block.append(
                Call(
                    root.id,
                    dotted or f"{root.id}.*",
                    node,
                    self.conditions,
                    self.swallowing,
                    bool(self.waiting),
                    fresh,
                    node is self.alone,
                )
            )

    def iterate(self, node: ast.expr) -> None:
        """What an expression stands for is iterated."""
        if not isinstance(node, ast.Name):
            return
        if self.is_notebook(node.id):
            self.block.append(Iterate(node.id, node))
        elif (frame := self.owner(node.id)) is not None:
            frame.iterated.add(node.id)

    # ------------------------------------------------------------------ what runs here

    def runs_call(self, call: ast.Call) -> None:
        """A call runs some of the lambdas and generators that it is given."""
        self.at_once.update(map(id, timing.run_by(call)))

    def reads_through(self, iterable: ast.expr) -> None:
        """What an expression gives is iterated here."""
        self.at_once.update(map(id, timing.run_by_reading(iterable)))

    # ------------------------------------------------------------------ what is known here

    def sides(self, test: ast.expr) -> tuple[Knowledge, Knowledge]:
        """What is known where a test is true and where it is false."""
        true, false = guards.present(test)
        words = guards.names_in(((test, True),))
        if guards.asks_version(test):
            true, false = true | guards.PYTHON_2_NAMES, false | guards.PYTHON_2_NAMES
        if not words or not all(map(self.is_notebook, words)):
            return (true, ()), (false, ())
        return (true, ((test, True),)), (false, ((test, False),))

    def enter(self, side: Knowledge) -> Knowledge:
        """Take in what is known from here on; what was known before, for `leave`."""
        outer = (self.guarded, self.conditions)
        self.guarded, self.conditions = self.guarded | side[0], self.conditions + side[1]
        return outer

    def leave(self, outer: Knowledge) -> None:
        """Forget what was known inside."""
        self.guarded, self.conditions = outer


class Walker(Protocol):
    """What walks a statement: the statements that decide what runs, and the inner scopes, have it walk their parts."""

    out: Writer

    def visit(self, node: ast.AST) -> None:
        """Walk a node."""

    def annotation(self, node: ast.expr) -> None:
        """Walk an annotation."""

    def nested(self, statements: list[ast.stmt]) -> Block:
        """The operations of a nested block."""

    def store(self, target: ast.expr, how: BindKind, value: ast.expr | None = None) -> None:
        """A target is given its value."""
