"""Which values that the `data` stage gives belong to the evaluation: the rows to hold back when models are compared.

    data                        features                             train, evaluate
    train, test = split(df)     vocab = count(train)                 model = fit(train_rows)
                                train_rows = encode(train, vocab)    metrics = score(model, test_rows)
                                test_rows = encode(test, vocab)

`test` reaches `test_rows`, which only the evaluation reads; `train` reaches `train_rows`, which the training reads. So
`test` is held back. A value that the training watches too, as a loop does that prints the test loss, is held back when
its name says what it is: `X_test`, `val_rows`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping

from nbexport.lift.placing import Placed
from nbexport.lift.split import Segment
from nbexport.model import Role

HELD_BACK = re.compile(
    r"(^|_)(test|tests|testing|val|valid|validation|dev|eval|holdout|heldout)(_|\d|$)|(?<=[xyXY])(test|val)$",
    re.IGNORECASE,
)
"""Names that notebooks give to rows they do not train on."""

_PURE = frozenset("print display len sum min max sorted range enumerate zip isinstance repr str int float".split())
"""Functions that leave their arguments as they are."""

_BLOCKS = ("body", "orelse", "finalbody", "handlers")

Origins = dict[str, frozenset[str]]
"""Name → the values of the `data` stages that its value was made from."""


def held_back(placed: Placed) -> tuple[str, ...]:
    """The outputs of the `data` stages that the evaluation reads and the training does not, in their order."""
    of_data = [name for segment in placed.segments if segment.role is Role.DATA for name in segment.outputs]
    origins: Origins = {}
    trained: set[str] = set()
    evaluated: set[str] = set()
    for segment in placed.segments:
        if segment.role is Role.DATA:
            origins |= {name: frozenset([name]) for name in segment.outputs}
            continue
        reached = {name: origins.get(name, frozenset()) for name in segment.inputs}
        everything = frozenset().union(*reached.values())
        if segment.role in (Role.MODEL, Role.TRAIN):
            trained |= everything
            origins |= dict.fromkeys(segment.outputs, frozenset())
            continue
        if segment.role is Role.EVALUATE:
            evaluated |= everything
        made = _Flow(placed, reached).through(segment)
        origins |= {name: made.get(name, everything) for name in segment.outputs}
    named = {name for name in of_data if HELD_BACK.search(name)} & evaluated & trained
    held = (evaluated - trained).intersection(of_data) | named
    return tuple(dict.fromkeys(name for name in of_data if name in held))


class _Flow:
    """What the values within one stage were made from."""

    def __init__(self, placed: Placed, reached: Mapping[str, frozenset[str]]) -> None:
        self.placed = placed
        self.origins: Origins = dict(reached)
        self.needs: dict[int, tuple[str, ...]] = {}
        """Identity of the name of a definition → the stage's values that the definition is given there."""

    def through(self, segment: Segment) -> Origins:
        """The origins when the stage has run."""
        layout = self.placed.layout
        for unit in segment.units:
            for reference in layout.analysis.units[unit].references:
                self.needs[id(reference.node)] = layout.needs.get(reference.name, ())
        self._block(self.placed.statements(segment), frozenset())
        return self.origins

    def _block(self, body: Iterable[ast.stmt], around: frozenset[str]) -> None:
        """Follow the statements; `around` is what decides whether they run."""
        for statement in body:
            parts = [part for field in _BLOCKS for part in getattr(statement, field, [])]
            if isinstance(statement, ast.FunctionDef | ast.ClassDef):
                self.origins[statement.name] = self._read(statement)
                continue
            heads = [part for part in ast.iter_child_nodes(statement) if part not in parts]
            source = around.union(*[self._read(head) for head in heads])
            self._bind(statement, heads, source, certain=not around)
            # twice: what a loop makes at its end it may read at its beginning
            for _ in range(2 if isinstance(statement, ast.For | ast.While) else 1):
                for part in parts:
                    self._block(part.body if isinstance(part, ast.ExceptHandler) else [part], around | source)

    def _bind(self, statement: ast.stmt, heads: list[ast.AST], source: frozenset[str], *, certain: bool) -> None:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            called = statement.value
            if isinstance(called.func, ast.Name) and called.func.id in _PURE:
                return
            # a method may change its object by its arguments, a function any of them
            changed = [called.func] if isinstance(called.func, ast.Attribute) else called.args
            for name in {root for part in changed if (root := _root(part))}:
                self._add(name, source)
            return
        for head in heads:
            for node in ast.walk(head):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    if certain:
                        self.origins[node.id] = source
                    else:
                        self._add(node.id, source)
                elif isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
                    self._add(_root(node), source)

    def _add(self, name: str, source: frozenset[str]) -> None:
        self.origins[name] = self.origins.get(name, frozenset()) | source

    def _read(self, node: ast.AST) -> frozenset[str]:
        names = [part for part in ast.walk(node) if isinstance(part, ast.Name)]
        read = {name for part in names for name in (part.id, *self.needs.get(id(part), ()))}
        return frozenset().union(*[self.origins.get(name, frozenset()) for name in read])


def _root(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""
