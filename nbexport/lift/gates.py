"""Asserts on `metrics` → quality gates with an option each.

    assert metrics["f1"] >= 0.8          →  --min-f1, default 0.8
    assert 0 <= metrics["loss"] < 0.5    →  --min-loss 0 and --max-loss 0.5

An assert that compares anything else stays in the code as it is, and fails the run just the same.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from nbexport.analysis import values
from nbexport.lift.homes import end_state, state_after
from nbexport.lift.layout import Layout
from nbexport.model import Role
from nbexport.program import Gate, Operator

_OPERATORS = {
    ast.Gt: Operator.ABOVE,
    ast.GtE: Operator.AT_LEAST,
    ast.Lt: Operator.BELOW,
    ast.LtE: Operator.AT_MOST,
    ast.Eq: Operator.EQUAL,
}
_MIRRORED = {
    Operator.ABOVE: Operator.BELOW,
    Operator.AT_LEAST: Operator.AT_MOST,
    Operator.BELOW: Operator.ABOVE,
    Operator.AT_MOST: Operator.AT_LEAST,
    Operator.EQUAL: Operator.EQUAL,
}
_WORDS = {
    Operator.ABOVE: "min",
    Operator.AT_LEAST: "min",
    Operator.BELOW: "max",
    Operator.AT_MOST: "max",
    Operator.EQUAL: "equal",
}
"""First word of the option."""


def gates(layout: Layout) -> tuple[tuple[Gate, ...], set[int]]:
    """The gates, and the asserts that they replace."""
    analysis = layout.analysis
    final = end_state(layout).get("metrics", frozenset())
    changed_in = [
        change.unit for change in analysis.changes if change.name == "metrics" and change.unit in analysis.lifted
    ]
    made: list[Gate] = []
    replaced: set[int] = set()
    options: set[str] = set()
    for unit in layout.code:
        node = analysis.units[unit].node
        if not isinstance(node, ast.Assert) or Role.EVALUATE not in analysis.roles_of(unit):
            continue
        if state_after(analysis, unit).get("metrics") != final or any(later > unit for later in changed_in):
            continue
        comparisons = list(_comparisons(node.test))
        if not comparisons or any(part is None for part in comparisons):
            continue
        for metric, operator, threshold in (part for part in comparisons if part is not None):
            stem = re.sub(r"[^a-z0-9]+", "-", metric.lower()).strip("-") or "metric"
            option = f"--{_WORDS[operator]}-{stem}"
            while option in options:
                option += "-2"
            options.add(option)
            made.append(
                Gate(
                    option,
                    metric,
                    operator,
                    float(threshold),
                    analysis.units[unit].cell,
                    ast.unparse(node),
                )
            )
        replaced.add(unit)
    return tuple(made), replaced


def _comparisons(test: ast.expr) -> Iterator[tuple[str, Operator, float] | None]:
    """(metric, operator, threshold) of each comparison; None for a part that is no such comparison."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        for part in test.values:
            yield from _comparisons(part)
        return
    if not isinstance(test, ast.Compare):
        yield None
        return
    sides = [test.left, *test.comparators]
    for left, operator, right in zip(sides, test.ops, sides[1:], strict=False):
        symbol = _OPERATORS.get(type(operator))
        left_metric, right_metric = _metric(left), _metric(right)
        left_number, right_number = _number(left), _number(right)
        if symbol is not None and left_metric is not None and right_number is not None:
            yield left_metric, symbol, right_number
        elif symbol is not None and right_metric is not None and left_number is not None:
            yield right_metric, _MIRRORED[symbol], left_number
        else:
            yield None


def _metric(node: ast.expr) -> str | None:
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "metrics":
        key = node.slice
        return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None
    return None


def _number(node: ast.expr) -> float | None:
    known, value = values.literal(node)
    return float(value) if known and isinstance(value, int | float) and not isinstance(value, bool) else None
