"""Snapshots: trees that two processes have made of values → where they differ, and what of them was cut away.

`walk.py` makes them, in those processes.
"""

from __future__ import annotations

import base64
import math
import reprlib
from collections.abc import Mapping
from typing import Any

from nbexport.verify.walk import packed, plain, snapshot

__all__ = ["cuts", "differences", "packed", "plain", "snapshot", "unpacked"]

_SILENT = ("data", "state", "attributes", "values", "value", "fields", "masked")
"""Levels of a tree that a reader of its paths need not see."""


def unpacked(stored: Mapping[str, Any]) -> Any:
    """The tree that `packed` made JSON of."""
    ready: dict[int, Any] = {}

    def read(node: Any) -> Any:
        if isinstance(node, dict):
            if node.keys() == {"@"}:
                number = node["@"]
                if number not in ready:
                    ready[number] = read(stored["shared"][number])
                return ready[number]
            return {key: read(entry) for key, entry in node.items()}
        return [read(entry) for entry in node] if isinstance(node, list) else node

    return read(stored["tree"])


def cuts(tree: Any) -> list[str]:
    """Why parts of a value are not in its tree; nothing where all of it is."""
    reasons: dict[str, None] = {}
    seen: set[int] = set()
    pending: list[Any] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, dict | list) and id(node) not in seen:
            seen.add(id(node))
            if isinstance(node, list):
                pending += node
            elif _is_cut(node):
                reasons[node["cut"]] = None
            else:
                pending += node.values()
    return list(reasons)


def _is_cut(tree: Any) -> bool:
    return isinstance(tree, dict) and tree.keys() == {"cut"} and isinstance(tree["cut"], str)


def differences(left: Any, right: Any, tolerance: float = 0.0, path: str = "") -> list[tuple[str, str, str]]:
    """Where two trees differ: (path, left, right), at most 20. What one of them has cut away is not a difference.

    Args:
        left: One tree.
        right: The other.
        tolerance: Largest relative difference between floats that counts as equal.
        path: Prefix of the paths.
    """
    comparison = _Comparison(tolerance)
    comparison.compare(left, right, path)
    return comparison.found


class _Comparison:
    def __init__(self, tolerance: float) -> None:
        self.tolerance = tolerance
        self.found: list[tuple[str, str, str]] = []
        self.compared: set[tuple[int, int]] = set()

    def compare(self, left: Any, right: Any, path: str) -> None:
        if len(self.found) >= 20 or left is right or _is_cut(left) or _is_cut(right):
            return
        if isinstance(left, dict | list) and type(left) is type(right):
            if (id(left), id(right)) in self.compared:
                return
            self.compared.add((id(left), id(right)))
        if isinstance(left, dict) and isinstance(right, dict) and left.keys() == right.keys():
            self._dicts(left, right, path)
        elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
            self._lists(left, right, path)
        elif type(left) is not type(right) or isinstance(left, dict | list) or left != right:
            self.found.append((path, brief(left), brief(right)))

    def _dicts(self, left: dict[str, Any], right: dict[str, Any], path: str) -> None:
        if "float" in left and _close(float(left["float"]), float(right["float"]), self.tolerance):
            return
        if left.keys() & {"float", "int", "complex", "torch", "named"}:
            if left != right:
                self.found.append((path, brief(left), brief(right)))
            return
        if "array" in left and "sha256" in left and "sha256" in right:
            if not _close_arrays(left, right, self.tolerance):
                self.found.append((path, brief(left), brief(right)))
            return
        for key, entry in left.items():
            inner = path if len(left) == 1 or key in _SILENT else f"{path}.{key}"
            self.compare(entry, right[key], inner)

    def _lists(self, left: list[Any], right: list[Any], path: str) -> None:
        for index, (one, other) in enumerate(zip(left, right, strict=True)):
            pair = isinstance(one, list) and len(one) == 2 and isinstance(one[0], str)
            if pair and isinstance(other, list) and len(other) == 2 and one[0] == other[0]:
                self.compare(one[1], other[1], f"{path}[{one[0]!r}]")
            else:
                self.compare(one, other, f"{path}[{index}]")


def _close(left: float, right: float, tolerance: float) -> bool:
    if math.isnan(left) or math.isnan(right):
        return math.isnan(left) and math.isnan(right)
    return left == right or abs(left - right) <= tolerance * max(abs(left), abs(right))


def _close_arrays(left: Any, right: Any, tolerance: float) -> bool:
    if left["sha256"] == right["sha256"]:
        return bool(left["shape"] == right["shape"] and left["array"] == right["array"])
    if not tolerance or "data" not in left or "data" not in right or left["shape"] != right["shape"]:
        return False
    import numpy

    dtype = left["array"].replace("torch.", "")
    one = numpy.frombuffer(base64.b64decode(left["data"]), dtype=dtype)
    other = numpy.frombuffer(base64.b64decode(right["data"]), dtype=dtype)
    return bool(numpy.allclose(one, other, rtol=tolerance, atol=0.0, equal_nan=True))


_BRIEF = reprlib.Repr()
_BRIEF.maxlevel, _BRIEF.maxdict, _BRIEF.maxlist, _BRIEF.maxstring = 4, 6, 8, 80


def brief(tree: Any) -> str:
    """A short text of a tree, for people."""
    if isinstance(tree, dict):
        for key in ("int", "float", "complex", "torch", "named"):
            if key in tree and len(tree) == 1:
                return str(tree[key])
        if "sha256" in tree:
            return f"{tree['array']} array of shape {tree['shape']}, sha256 {tree['sha256'][:12]}"
        if "numpy" in tree:
            return brief(tree["value"])
        if "object" in tree:
            # its parts are compared; a person knows it by its class
            return str(tree.get("text") or f"a {tree['object']}")
    text = _BRIEF.repr(_legible(tree, _BRIEF.maxlevel))
    return text if len(text) <= 80 else text[:77] + "..."


class _Words(str):
    """What is shown as it is, without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _legible(tree: Any, levels: int) -> Any:
    """A tree of plain values as these values; more than is shown of them is left out."""
    if isinstance(tree, list):
        return [_legible(entry, levels - 1) for entry in tree[: _BRIEF.maxlist + 1]] if levels else tree
    if isinstance(tree, dict) and tree.keys() == {"numpy", "value"}:
        tree = tree["value"]
    if not isinstance(tree, dict) or len(tree) != 1 or not levels:
        return tree
    ((kind, held),) = tree.items()
    if kind == "dict" and isinstance(held, list):
        pairs = [(_legible(key, levels - 1), _legible(entry, levels - 1)) for key, entry in held[: _BRIEF.maxdict + 1]]
        return {key if isinstance(key, str | None) else _Words(_BRIEF.repr(key)): entry for key, entry in pairs}
    if kind in ("list", "tuple") and isinstance(held, list):
        entries = _legible(held, levels)
        return entries if kind == "list" else tuple(entries)
    return _Words(held) if kind in ("int", "float") else tree
