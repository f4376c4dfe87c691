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
    """The last shown dict of numbers in the outputs of the `evaluate` cells; empty when there is none."""
    found: Mapping[str, Any] = {}
    for cell in notebook.cells:
        if Role.EVALUATE not in cell.roles:
            continue
        for output in cell.outputs:
            for text in _texts(output):
                found = parse_figures(text) or found
    return found


def _texts(output: Mapping[str, Any]) -> list[str]:
    raw = output.get("text")
    if raw is None:
        data = output.get("data")
        raw = data.get("text/plain") if isinstance(data, Mapping) else None
    if isinstance(raw, list):
        raw = "".join(part for part in raw if isinstance(part, str))
    return [raw] if isinstance(raw, str) and len(raw) < 100_000 else []


def parse_figures(text: str) -> dict[str, Any]:
    """The dict of numbers that a piece of output shows, else an empty dict."""
    for candidate in re.findall(r"\{[^{}]*\}", text):
        plain = _WRAPPED.sub(lambda match: match.group(1) or match.group(2), candidate)
        try:
            value: Any = ast.literal_eval(plain)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
        if not isinstance(value, dict) or not value or not all(isinstance(key, str) for key in value):
            continue
        if all(isinstance(part, int | float) for part in value.values()):
            return {str(key): part for key, part in value.items()}
    return {}
