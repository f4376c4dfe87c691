"""Tensors in nests of tuples, lists and dicts, as models take and give them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch


def tensors(value: Any) -> list[Any]:
    """All tensors in a nest of tuples, lists and dicts."""
    seen: list[Any] = []

    def see(tensor: Any) -> Any:
        seen.append(tensor)
        return tensor

    mapped(value, see)
    return seen


def others(value: Any) -> Any:
    """A nest with None in the place of every tensor; a value of another kind equals nothing but itself."""
    return mapped(value, lambda tensor: None)


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """A nest of tuples, lists and dicts with each tensor changed."""
    if isinstance(value, torch.Tensor):
        return change(value)
    if isinstance(value, dict):
        changed = {key: mapped(entry, change) for key, entry in value.items()}
        return changed if type(value) is dict else type(value)(**changed)
    if isinstance(value, list):
        return [mapped(entry, change) for entry in value]
    if isinstance(value, tuple):
        parts = [mapped(entry, change) for entry in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    return value


def rows_of(tensor: Any, counts: list[int], number: int) -> Any:
    """The rows of one process; a single value is the same in all."""
    if not tensor.ndim:
        return tensor
    return tensor.narrow(0, sum(counts[:number]), counts[number])
