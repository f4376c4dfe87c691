"""Values in the form in which two programs that were written apart can be compared, and what was asked of `predict`.

This file runs in the notebook's kernel and in the other code's process, which may be another Python (3.10 or newer), so
it imports nothing of nbexport and loads a library only when a value of it turns up. `walk.py` compares values of one
program that runs twice: types count there. Here the numbers count: 1, 1.0 and `np.float64(1)` are equal, and so are a
list, an array, a tensor and a column with the same entries. What type each has is told beside it (`type_of`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

MOST_NUMBERS = 25_000
"""Entries of an array up to which it is compared as a list; larger ones stay arrays, whose type then counts."""
DEPTH = 20
"""Levels that containers are gone down; what lies deeper stays as it is."""
WHOLE = 2**53
"""Up to here floats hold every whole number."""


def common(value: Any, depth: int = 0) -> Any:
    """A value as plain containers and floats where it consists of nothing else; other objects stay in it."""
    if value is None or isinstance(value, bool | str | bytes) or depth > DEPTH:
        return value
    if isinstance(value, int):
        return float(value) if abs(value) < WHOLE else value
    if isinstance(value, float):
        return float(value)
    if isinstance(value, Mapping):
        return {str(key): common(entry, depth + 1) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [common(entry, depth + 1) for entry in value]
    if _is(value, "torch", "Tensor"):
        value = value.detach().cpu()
        value = (value.to_dense() if value.is_sparse else value).numpy()
    if _is(value, "pandas", "DataFrame"):
        return {str(name): common(value.iloc[:, at], depth + 1) for at, name in enumerate(value.columns)}
    if _is(value, "pandas", "Series") or _is(value, "pandas", "Index"):
        value = value.to_numpy()
    if _is(value, "numpy", "generic"):
        return common(value.item(), depth + 1)
    if _is(value, "numpy", "ndarray"):
        return common(value.tolist(), depth + 1) if value.size <= MOST_NUMBERS else value
    return value


def type_of(value: Any) -> str:
    """What a value is, in a few words: `float`, `float32 array of shape (3, 2)`, `DataFrame`."""
    kind = type(value).__name__
    if _is(value, "numpy", "ndarray") or _is(value, "torch", "Tensor"):
        dtype = str(value.dtype).replace("torch.", "")
        return f"{dtype} {'array' if kind == 'ndarray' else 'tensor'} of shape {tuple(value.shape)}"
    if _is(value, "pandas", "Series"):
        return f"{value.dtype} Series"
    return kind


def argument_kind(value: Any) -> str:
    """How an argument is made again of plain data: see `made`."""
    if _is(value, "numpy", "ndarray"):
        return f"ndarray {value.dtype}"
    if _is(value, "torch", "Tensor"):
        return f"tensor {str(value.dtype).replace('torch.', '')}"
    if _is(value, "pandas", "DataFrame"):
        return "DataFrame"
    if _is(value, "pandas", "Series"):
        return "Series"
    return "tuple" if isinstance(value, tuple) else ""


def made(value: Any, kind: str) -> Any:
    """An argument of plain data as the notebook gives it, where this Python has the library; plain data elsewhere."""
    name, _, dtype = kind.partition(" ")
    try:
        if name == "ndarray":
            import numpy

            return numpy.array(value, dtype=dtype)
        if name == "tensor":
            import torch

            return torch.tensor(value, dtype=getattr(torch, dtype))
        if name in ("DataFrame", "Series"):
            import pandas

            return getattr(pandas, name)(value)
    except ImportError:
        return value
    return tuple(value) if name == "tuple" else value


def fields(arguments: Mapping[str, Any]) -> tuple[list[str], list[Any], Callable[[list[Any]], dict[str, Any]]]:
    """The names and values of what a request consists of, and what makes a request of other values.

    {"age": 3, "fare": 7.5}             → age, fare
    {"row": {"age": 3, "fare": 7.5}}    → age, fare
    {"row": [3, 7.5]}                   → 0, 1
    """
    if len(arguments) == 1:
        ((name, inner),) = arguments.items()
        if isinstance(inner, Mapping):
            keys = list(inner)
            return (
                [str(key) for key in keys],
                list(inner.values()),
                lambda new: {name: dict(zip(keys, new, strict=True))},
            )
        if isinstance(inner, list) and inner and not isinstance(inner[0], list):
            return [str(at) for at in range(len(inner))], list(inner), lambda new: {name: list(new)}
    keys = list(arguments)
    return keys, list(arguments.values()), lambda new: dict(zip(keys, new, strict=True))


def _is(value: Any, module: str, name: str) -> bool:
    known = getattr(sys.modules.get(module), name, None)
    return known is not None and isinstance(value, known)
