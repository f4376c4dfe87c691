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

from nbexport.model import Program, Role

HELD_BACK = re.compile(
    r"(^|_)(test|tests|testing|val|valid|validation|dev|eval|holdout|heldout)(_|\d|$)|(?<=[xyXY])(test|val)$",
    re.IGNORECASE,
)
"""Names that notebooks give to rows they do not train on."""

_PURE = frozenset("print display len sum min max sorted range enumerate zip isinstance repr str int float".split())
"""Functions that leave their arguments as they are."""

_BLOCKS = ("body", "orelse", "finalbody", "handlers")

Flow = dict[str, frozenset[str]]
"""Name → the inputs of its function that its value was made from."""


def held_back(program: Program) -> tuple[str, ...]:
    """The outputs of the `data` stages that the evaluation reads and the training does not, in their order."""
    functions = {node.name: node for node in ast.parse(program.model).body if isinstance(node, ast.FunctionDef)}
    given = {name for stage in program.stages if stage.role == Role.DATA for name in stage.outputs}
    origin: dict[str, frozenset[str]] = {}
    trained: set[str] = set()
    evaluated: set[str] = set()
    for stage in program.stages:
        if stage.role == Role.DATA:
            origin |= {name: frozenset([name]) for name in stage.outputs}
            continue
        reached = {name: origin.get(name, frozenset()) for name in stage.inputs}
        everything = frozenset().union(*reached.values())
        if stage.role in (Role.MODEL, Role.TRAIN):
            trained |= everything
            origin |= dict.fromkeys(stage.outputs, frozenset())
            continue
        if stage.role == Role.EVALUATE:
            evaluated |= everything
        function = functions.get(stage.function)
        made = _flow(function, reached) if function is not None else {}
        origin |= {name: made.get(name, everything) for name in stage.outputs}
    named = {name for name in given & evaluated & trained if HELD_BACK.search(name)}
    found = (given & evaluated - trained) | named
    ordered = [name for stage in program.stages if stage.role == Role.DATA for name in stage.outputs]
    return tuple(dict.fromkeys(name for name in ordered if name in found))


def _flow(function: ast.FunctionDef, given: Mapping[str, frozenset[str]]) -> Flow:
    flow = dict(given)
    _block(function.body, flow, frozenset())
    return flow


def _block(body: Iterable[ast.stmt], flow: Flow, around: frozenset[str]) -> None:
    """Follow the statements; `around` is what decides whether they run."""
    for statement in body:
        parts = [part for field in _BLOCKS for part in getattr(statement, field, [])]
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            flow[statement.name] = _read(statement, flow)
            continue
        heads = [part for part in ast.iter_child_nodes(statement) if part not in parts]
        source = around.union(*[_read(head, flow) for head in heads])
        _bind(statement, heads, source, flow, certain=not around)
        # twice: what a loop makes at its end it may read at its beginning
        for _ in range(2 if isinstance(statement, ast.For | ast.While) else 1):
            for part in parts:
                _block(part.body if isinstance(part, ast.ExceptHandler) else [part], flow, around | source)


def _bind(statement: ast.stmt, heads: list[ast.AST], source: frozenset[str], flow: Flow, *, certain: bool) -> None:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        called = statement.value
        if isinstance(called.func, ast.Name) and called.func.id in _PURE:
            return
        # a method may change its object by its arguments, a function any of them
        changed = [called.func] if isinstance(called.func, ast.Attribute) else called.args
        for name in {root for part in changed if (root := _root(part))}:
            flow[name] = flow.get(name, frozenset()) | source
        return
    for head in heads:
        for node in ast.walk(head):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                flow[node.id] = source if certain else flow.get(node.id, frozenset()) | source
            elif isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
                name = _root(node)
                flow[name] = flow.get(name, frozenset()) | source


def _read(node: ast.AST, flow: Flow) -> frozenset[str]:
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    return frozenset().union(*[flow.get(name, frozenset()) for name in names])


def _root(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""
