"""What an expression's value is, as far as its text tells: constant, shared with another name, a data loader."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from nbexport.analysis.bindings import RandomKind
from nbexport.names.effects import VIEW_METHODS
from nbexport.names.kinds import BindKind
from nbexport.names.nodes import root_name
from nbexport.names.operations import Function

HOLDING_PREFIXES = (
    "torch.optim.",
    "torch.utils.data.",
    "torch.nn.Sequential",
    "torch.nn.ModuleList",
    "torch.nn.ModuleDict",
    "torch.nn.DataParallel",
    "sklearn.pipeline.",
    "sklearn.compose.",
    "functools.partial",
)
"""Constructors whose result holds on to its arguments."""

_PURE_CALLS = frozenset(
    """len range int float str bool tuple list dict set frozenset min max sum abs round sorted zip enumerate
    isinstance type repr format hash ord chr divmod pow""".split()
)
_PURE_FULL = frozenset(
    """torch.device torch.cuda.is_available torch.backends.mps.is_available pathlib.Path pathlib.PurePath
    os.path.join os.getcwd os.cpu_count re.compile numpy.sqrt numpy.log numpy.exp numpy.log2 numpy.log10 math.sqrt
    math.log math.exp math.ceil math.floor math.log2 math.log10 numpy.array numpy.arange numpy.linspace
    numpy.zeros numpy.ones torch.tensor torch.arange torch.zeros torch.ones collections.OrderedDict
    collections.namedtuple typing.NamedTuple typing.TypeVar typing.NewType string.ascii_letters""".split()
)
_ELEMENTS = (BindKind.FOR, BindKind.UNPACK)
"""Bindings to the elements of a value."""


def literal(node: ast.expr) -> tuple[bool, Any]:
    """Whether the expression is a literal (arithmetic on numbers counts), and its value."""
    try:
        return True, ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        pass
    if isinstance(node, ast.BinOp) and isinstance(
        node.op, ast.Add | ast.Sub | ast.Mult | ast.Div | ast.FloorDiv | ast.Pow
    ):
        left_known, left = literal(node.left)
        right_known, right = literal(node.right)
        numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in (left, right))
        if left_known and right_known and numbers and abs(right) < 1e6 and abs(left) < 1e12:
            operators: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
                ast.Add: lambda a, b: a + b,
                ast.Sub: lambda a, b: a - b,
                ast.Mult: lambda a, b: a * b,
                ast.Div: lambda a, b: a / b,
                ast.FloorDiv: lambda a, b: a // b,
                ast.Pow: lambda a, b: a**b if abs(b) <= 64 else None,
            }
            try:
                value = operators[type(node.op)](left, right)
            except (ZeroDivisionError, OverflowError):
                return False, None
            return value is not None, value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        known, value = literal(node.operand)
        if known and isinstance(value, int | float):
            return True, -value
    return False, None


def same_immutable(one: ast.expr | None, other: ast.expr | None) -> bool:
    """Whether two expressions are literals of one value that nothing can change.

    >>> same_immutable(ast.Constant(1), ast.Constant(1)), same_immutable(ast.Constant(1), ast.Constant(1.0))
    (True, False)
    """
    if one is None or other is None:
        return False
    known, left = literal(one)
    other_known, right = literal(other)
    # `repr` tells 1 from 1.0 and from True, and knows `nan`
    return known and other_known and _cannot_change(left) and repr(left) == repr(right)


def _cannot_change(value: object) -> bool:
    if isinstance(value, tuple):
        return all(map(_cannot_change, value))
    return isinstance(value, bool | int | float | complex | str | bytes | None)


def is_pure(node: ast.expr, full_name: Callable[[ast.expr], str | None]) -> bool:
    """Whether evaluating the expression provably changes nothing, draws nothing and prints nothing.

    Args:
        node: The expression.
        full_name: Resolves a dotted expression through the imports.
    """
    return all(_pure_node(part, full_name) for part in ast.walk(node))


_IMPURE = (ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)
_DISPLAYS = (ast.Tuple, ast.List, ast.Set)
_PASSED_ON = (ast.Starred, ast.Await)


def _pure_node(node: ast.AST, full_name: Callable[[ast.expr], str | None]) -> bool:
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Name) and node.func.id in _PURE_CALLS:
            return True
        return full_name(node.func) in _PURE_FULL
    return not isinstance(node, _IMPURE)


def shared_roots(
    value: ast.expr, how: BindKind, full_name: Callable[[ast.expr], str | None], classes: AbstractSet[str]
) -> Iterator[str]:
    """Names whose objects the value shares or holds.

    Args:
        value: The bound expression.
        how: How it is bound; a loop target shares the elements of what is iterated.
        full_name: Resolves a dotted expression through the imports.
        classes: Names of the notebook's own classes, whose instances hold what they are given.
    """
    if isinstance(value, ast.Name):
        yield value.id
    elif isinstance(value, _DISPLAYS):
        for element in value.elts:
            yield from shared_roots(element, how, full_name, classes)
    elif isinstance(value, ast.Dict):
        for entry in value.values:
            yield from shared_roots(entry, how, full_name, classes)
    elif isinstance(value, _PASSED_ON):
        yield from shared_roots(value.value, how, full_name, classes)
    elif isinstance(value, ast.IfExp):
        yield from shared_roots(value.body, how, full_name, classes)
        yield from shared_roots(value.orelse, how, full_name, classes)
    elif isinstance(value, ast.NamedExpr):
        yield from shared_roots(value.value, how, full_name, classes)
    elif isinstance(value, ast.Attribute):
        root = root_name(value)
        if root is not None:
            yield root.id
    elif isinstance(value, ast.Subscript):
        copies = (ast.Compare, ast.BoolOp, ast.UnaryOp, ast.BinOp, ast.List)
        root = root_name(value)
        if root is not None and not isinstance(value.slice, copies):
            yield root.id
    elif isinstance(value, ast.Call):
        yield from _shared_by_call(value, how, full_name, classes)


def _shared_by_call(
    value: ast.Call, how: BindKind, full_name: Callable[[ast.expr], str | None], classes: AbstractSet[str]
) -> Iterator[str]:
    full = full_name(value.func)
    holds = full is not None and full.startswith(HOLDING_PREFIXES)
    holds |= isinstance(value.func, ast.Name) and value.func.id in classes
    iterates = (
        how in _ELEMENTS
        and isinstance(value.func, ast.Name)
        and value.func.id in ("enumerate", "zip", "reversed", "list", "tuple")
    )
    if holds or iterates:
        for argument in [*value.args, *[keyword.value for keyword in value.keywords]]:
            yield from shared_roots(argument, how, full_name, classes)
    elif isinstance(value.func, ast.Attribute) and full is None and value.func.attr in VIEW_METHODS:
        root = root_name(value.func.value)
        if root is not None:
            yield root.id


def is_torch_module(value: ast.expr | None, full_name: Callable[[ast.expr], str | None]) -> bool:
    """Whether the expression makes a torch module of torch's own classes: `nn.Sequential(…)`, `.to(device)` or not."""
    while isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in ("to", "cuda"):
        value = value.func.value
    return isinstance(value, ast.Call) and (full_name(value.func) or "").startswith("torch.nn.")


def loader_kind(value: ast.expr | None) -> RandomKind | None:
    """A draw for a shuffling torch `DataLoader`, a mere consumption for a plain one, None for anything else.

    Every iteration of a `DataLoader` without its own `generator` takes one number from torch's global generator,
    shuffling or not (`_BaseDataLoaderIter.__init__`).
    """
    if not isinstance(value, ast.Call):
        return None
    name = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
    if name != "DataLoader":
        return None
    keywords = {keyword.arg: keyword.value for keyword in value.keywords}
    if "generator" in keywords:
        return None
    shuffle = keywords.get("shuffle")
    quiet = shuffle is None or (isinstance(shuffle, ast.Constant) and shuffle.value is False)
    if quiet and len(value.args) < 3 and "sampler" not in keywords and "batch_sampler" not in keywords:
        return RandomKind.CONSUME
    return RandomKind.DRAW


def bind_arguments(function: Function, call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """(parameter, argument) pairs of a call, as far as they can be matched by position or keyword."""
    params: Sequence[str] = function.params
    if params and params[0] == "self":
        params = params[1:]
    for parameter, argument in zip(params, call.args, strict=False):
        if isinstance(argument, ast.Starred):
            return
        yield parameter, argument
    for keyword in call.keywords:
        if keyword.arg is not None and keyword.arg in params:
            yield keyword.arg, keyword.value


def truth_of(value: ast.expr | None) -> bool | None:
    """Whether a literal is true; None for anything else."""
    return bool(value.value) if isinstance(value, ast.Constant) else None


def outcome(test: ast.expr, bound: Callable[[str], ast.expr | None]) -> bool | None:
    """How a test comes out that asks of nothing but literals and names bound to one; None for any other.

    Args:
        test: The test of an `if`.
        bound: Name → the expression that it is bound to, where that is known.

    >>> when = {"mode": ast.Constant("fast"), "quiet": ast.Constant(False)}.get
    >>> [outcome(ast.parse(text, mode="eval").body, when) for text in ("mode == 'fast' and not quiet", "quiet", "n")]
    [True, False, None]
    """
    if isinstance(test, ast.BoolOp):
        parts = [outcome(part, bound) for part in test.values]
        settling = isinstance(test.op, ast.Or)
        if settling in parts:
            return settling
        return None if None in parts else not settling
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inside = outcome(test.operand, bound)
        return None if inside is None else not inside
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        known, left = _known(test.left, bound)
        right_known, right = _known(test.comparators[0], bound)
        compare = _COMPARED.get(type(test.ops[0]))
        if not known or not right_known or compare is None:
            return None
        try:
            return bool(compare(left, right))
        except TypeError:
            return None
    known, value = _known(test, bound)
    return bool(value) if known else None


_COMPARED: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
    ast.Is: lambda a, b: a is b,
    ast.IsNot: lambda a, b: a is not b,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}


def _known(node: ast.expr, bound: Callable[[str], ast.expr | None]) -> tuple[bool, Any]:
    """Whether the value of a literal, or of a name bound to one that cannot change, is known; and the value."""
    if isinstance(node, ast.Name):
        value = bound(node.id)
        known, value = literal(value) if value is not None else (False, None)
        return known and isinstance(value, bool | int | float | str | bytes | None), value
    return literal(node)
