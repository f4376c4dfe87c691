"""Stored outputs → the notebook's own figures, where it shows its `metrics` dict.

>>> sorted(parse_figures("{'f1': np.float64(0.91), 'n': 3}").items())
[('f1', 0.91), ('n', 3)]
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

from nbexport.model import Notebook, Role

_WRAPPED = re.compile(r"\b(?:np|numpy)\.(?:float|int|uint)\d*\(([^()]+)\)|\btensor\(([-+.\deE]+)\)")


def figures(notebook: Notebook) -> Mapping[str, Any]:
    """The numbers of `metrics` as the `evaluate` cells show it last; empty where none of them shows it whole.

    Only the dict itself counts: another dict, or one of percentages made from it, says nothing about its values.
    """
    shown: Mapping[str, Any] = {}
    for cell in notebook.cells:
        if Role.EVALUATE not in cell.roles:
            continue
        as_result, printed = _shows_metrics(cell.code)
        for output in cell.outputs:
            texts = _texts(output)
            if "text" not in output and as_result:
                shown = next((figures for text in texts if (figures := parse_figures(text))), shown)
            elif "text" in output and printed:
                lines = [figures for text in texts for line in text.splitlines() if (figures := parse_figures(line))]
                if len({frozenset(figures) for figures in lines}) == 1:
                    shown = lines[-1]
    return shown


def _shows_metrics(code: str) -> tuple[bool, bool]:
    """Whether a cell ends in `metrics`, and whether it prints `metrics`."""
    try:
        body = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False, False
    shown = [statement.value for statement in body if isinstance(statement, ast.Expr)]
    calls = [value for value in shown if isinstance(value, ast.Call) and [*map(_is_metrics, value.args)] == [True]]
    called = {value.func.id for value in calls if isinstance(value.func, ast.Name)}
    last = body[-1].value if body and isinstance(body[-1], ast.Expr) else None
    return (last is not None and _is_metrics(last)) or "display" in called, not called.isdisjoint({"print", "pprint"})


def _is_metrics(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "metrics"


def _texts(output: Mapping[str, Any]) -> list[str]:
    raw = output.get("text")
    if raw is None:
        data = output.get("data")
        raw = data.get("text/plain") if isinstance(data, Mapping) else None
    if isinstance(raw, list):
        raw = "".join(part for part in raw if isinstance(part, str))
    return [raw] if isinstance(raw, str) and len(raw) < 100_000 else []


def parse_figures(text: str) -> dict[str, Any]:
    """The numbers by name in the dict that a text shows, else an empty dict."""
    plain = _WRAPPED.sub(lambda match: match.group(1) or match.group(2), text.strip())
    if not plain.startswith("{"):
        return {}
    try:
        value: Any = ast.literal_eval(plain)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return {}
    if not isinstance(value, dict):
        return {}
    return {name: part for name, part in value.items() if isinstance(name, str) and type(part) in (int, float)}
