"""Classes and functions by the path under which they are imported again."""

from __future__ import annotations

import importlib
from typing import Any

from nbexport_runtime.bundle.errors import UnsaveableError


def path_of(named: Any) -> str:
    """`module:qualified.name` of a class or function that can be imported again.

    Raises:
        UnsaveableError: It cannot.
    """
    module, name = getattr(named, "__module__", None), getattr(named, "__qualname__", None)
    if module is None and getattr(named, "__objclass__", None) is not None:
        module = named.__objclass__.__module__
    if not module or not name or "<" in name:
        raise UnsaveableError(f"{name or named!r} is local and cannot be imported again; define it at module level")
    if module == "__main__":
        raise UnsaveableError(f"`{name}` lives in the script that runs; move it into a module")
    path = f"{module}:{name}"
    short = f"{module}:{getattr(named, '__name__', name)}"
    if _imported(short) is named:
        # `torch.relu` calls itself `_VariableFunctionsClass.relu`
        return short
    again = _imported(path)
    if again is not named and (type(again) is not type(named) or again != named):
        raise UnsaveableError(f"`{path}` is not the same object when imported again")
    return path


def _imported(path: str) -> Any:
    """What a live object's own path leads to; None where there is nothing. Never for a path that a bundle holds."""
    module, _, name = path.partition(":")
    try:
        value: Any = importlib.import_module(module)
    except ImportError:
        return None
    for part in name.split("."):
        value = getattr(value, part, None)
    return value
