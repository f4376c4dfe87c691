"""Placed → the interface of `predict`: what a request holds and what an answer has, as the annotations say.

    def predict(text: str, rows: np.ndarray, top_k: int = 1) -> dict:        text: str
        return {"label": best, "confidence": round(p, 4)}                    rows: Array
                                                                             top_k: int = 1
                                                                             → label: Any, confidence: float | None

Arrays, tensors and frames, which JSON has no form of, get the names that `WIRE` gives them. An annotation written as
text counts as the type that it names.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from functools import partial

from nbexport.analysis.wire_types import GAPPED_FLOAT, WIRE
from nbexport.lift.placing import Placed
from nbexport.lift.predicting import Served
from nbexport.lift.text.imports import Line
from nbexport.program import Argument, Expression, Member, Predict

_ANY = Expression("Any", frozenset({"Any"}))

_DICTS = frozenset({"dict", "Dict", "Mapping", "MutableMapping", "OrderedDict"})

_KNOWN_CALLS = {
    "float": "float | None",
    "int": "int",
    "str": "str",
    "bool": "bool",
    "len": "int",
    "sorted": "list[Any]",
}
"""Calls whose result has a known type; NaN has no form in JSON and becomes null."""


def interface(placed: Placed, names: Mapping[str, Line]) -> Predict | None:
    """The interface; None when there is no `predict` that stands by itself.

    Args:
        placed: What the files are written from.
        names: Name → the line that imports what it stands for in them.
    """
    served = placed.predict
    if served is None:
        return None
    layout = placed.layout
    nodes = {name: layout.analysis.units[unit].node for name, unit in layout.definitions.items()}
    types = _Types(names, {name: node for name, node in nodes.items() if isinstance(node, ast.ClassDef)})
    gapped = set(_gapped(placed, served))
    arguments = tuple(
        Argument(
            name=argument.arg,
            type=_ANY
            if argument.annotation is None
            else types.expression(argument.annotation, gapped=argument in gapped),
            default=None if default is None else _expression(default),
            positional_only=argument in served.node.args.posonlyargs,
        )
        for argument, default in served.defaults
    )
    answer = tuple(_answer(served.node, types))
    expressions = [argument.type for argument in arguments]
    expressions += [argument.default for argument in arguments if argument.default is not None]
    expressions += [member.type for member in answer]
    read = sorted({name for expression in expressions for name in expression.names} & names.keys())
    return Predict(
        arguments=arguments,
        answer=answer,
        imports={name: names[name].text for name in read},
        docstring=served.docstring,
        cell=served.cell,
        examples=tuple(ast.unparse(call) for _, call in placed.examples),
    )


def _gapped(placed: Placed, served: Served) -> Iterator[ast.arg]:
    """The arguments that are nan by default, or that an example call gives nan."""
    layout = placed.layout
    analysis = layout.analysis
    positional = [*served.node.args.posonlyargs, *served.node.args.args]
    given = [
        (argument, layout.definitions["predict"], default)
        for argument, default in served.defaults
        if default is not None
    ]
    for unit, call in placed.examples:
        given += [(argument, unit, value) for argument, value in zip(positional, call.args, strict=False)]
        by_name = {argument.arg: argument for argument in served.arguments}
        given += [(by_name[k.arg], unit, k.value) for k in call.keywords if k.arg is not None and k.arg in by_name]
    for argument, unit, value in given:
        if any(_is_nan(part, partial(analysis.full_name, unit)) for part in ast.walk(value)):
            yield argument


def _is_nan(node: ast.AST, full_name: Callable[[ast.expr], str | None]) -> bool:
    """Whether a node is written as nan: `float("nan")`, `np.nan`, `math.nan`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float" and node.args:
        text = node.args[0]
        return isinstance(text, ast.Constant) and str(text.value).strip("+- ").lower() == "nan"
    if isinstance(node, ast.Attribute | ast.Name):
        return full_name(node) in ("numpy.nan", "numpy.NaN", "math.nan")
    return False


class _Types:
    """What the names in an annotation stand for."""

    def __init__(self, names: Mapping[str, Line], classes: Mapping[str, ast.ClassDef]) -> None:
        self.names = names
        self.classes = classes

    def origin(self, node: ast.expr) -> str:
        """The full dotted name of `np.ndarray`; empty for what is not a dotted name."""
        if isinstance(node, ast.Name):
            line = self.names.get(node.id)
            return node.id if line is None else line.origin
        if isinstance(node, ast.Attribute):
            base = self.origin(node.value)
            return f"{base}.{node.attr}" if base else ""
        return ""

    def expression(self, annotation: ast.expr, *, gapped: bool = False) -> Expression:
        """An annotation as a request or an answer has it; `gapped` where its numbers may be missing."""
        return _expression(_OnTheWire(self, gapped=gapped).visit(deepcopy(annotation)))


class _OnTheWire(ast.NodeTransformer):
    """Replaces types that JSON has no form of."""

    def __init__(self, types: _Types, *, gapped: bool) -> None:
        self.types = types
        self.gapped = gapped

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        origin = self.types.origin(node.value)
        if origin in WIRE:
            return ast.Name(WIRE[origin], ast.Load())
        if origin.rpartition(".")[2] == "Literal":
            return node
        self.generic_visit(node)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        return self._named(node)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._named(node)

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if not isinstance(node.value, str):
            return node
        written = _written_type(node.value)
        return ast.Name("Any", ast.Load()) if written is None else self.visit(written)

    def _named(self, node: ast.Attribute | ast.Name) -> ast.expr:
        origin = self.types.origin(node)
        if self.gapped and origin == "float":
            return ast.Name(GAPPED_FLOAT, ast.Load())
        return ast.Name(WIRE[origin], ast.Load()) if origin in WIRE else node


def _expression(node: ast.expr) -> Expression:
    return Expression(ast.unparse(node), frozenset(part.id for part in ast.walk(node) if isinstance(part, ast.Name)))


def _written_type(text: str) -> ast.expr | None:
    """The type that an annotation names as text; None where it is none."""
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        return None


# --------------------------------------------------------------------------- what it answers


def _answer(predict: ast.FunctionDef | ast.AsyncFunctionDef, types: _Types) -> Iterator[Member]:
    returns = predict.returns
    if returns is None:
        yield Member("result", _ANY)
        return
    if isinstance(returns, ast.Constant) and isinstance(returns.value, str):
        written = _written_type(returns.value)
        if written is None:
            return
        returns = written
    base = returns.value if isinstance(returns, ast.Subscript) else returns
    origin = types.origin(base)
    if origin.rpartition(".")[2] in _DICTS:
        yield from _members(predict)
    elif isinstance(base, ast.Name) and base.id in types.classes:
        yield from _class_members(base.id, types, frozenset())
    else:
        whole = types.expression(returns)
        # nan and infinities become null
        whole = Expression("float | None") if whole.text == "float" else whole
        yield Member("result", _ANY if origin in WIRE else whole)


def _class_members(name: str, types: _Types, derived: frozenset[str]) -> Iterator[Member]:
    """Annotated fields of a class of the notebook and of its bases."""
    node = types.classes[name]
    for base in node.bases:
        if isinstance(base, ast.Name) and base.id in types.classes and base.id not in {name, *derived}:
            yield from _class_members(base.id, types, derived | {name})
    for statement in node.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            yield Member(statement.target.id, types.expression(statement.annotation))


def _members(predict: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Member]:
    """Members that every `return {…}` has, with the types that can be seen."""
    returned = [node.value for node in _own_returns(predict)]
    displays = [value for value in returned if isinstance(value, ast.Dict)]
    if not displays or len(displays) != len(returned):
        return
    keyed = [
        {
            key.value: value
            for key, value in zip(display.keys, display.values, strict=True)
            if isinstance(key, ast.Constant) and isinstance(key.value, str)
        }
        for display in displays
    ]
    for name in keyed[0]:
        if name.isidentifier() and all(name in members for members in keyed):
            seen = {_seen_type(members[name]) for members in keyed}
            yield Member(name, Expression(seen.pop() if len(seen) == 1 else "Any"))


def _own_returns(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.Return]:
    """The `return` statements of a function, not those of functions in it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.Return):
            yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)


def _seen_type(value: ast.expr) -> str:
    if isinstance(value, ast.JoinedStr):
        return "str"
    if isinstance(value, ast.Constant) and type(value.value) in (bool, int, float, str):
        return type(value.value).__name__
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        if value.func.id == "round" and len(value.args) == 2:
            return "float | None"
        return _KNOWN_CALLS.get(value.func.id, "Any")
    return "Any"
