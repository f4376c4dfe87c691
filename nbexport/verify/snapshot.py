"""A value → a tree of plain JSON that two processes can compare: same tree, same value.

This file runs inside the notebook's kernel and inside the exported project's process, so it imports nothing of
nbexport and loads a library only when a value of it turns up. Arrays and tensors become their dtype, shape and bytes;
objects become their class name (without module: `__main__.Net` and `definitions.Net` are the same class) and
attributes.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import math
import sys
from collections.abc import Mapping
from typing import Any

LIMIT_BYTES = 200_000
"""Arrays up to this size are kept whole, so that a tolerance can be applied; larger ones are hashed."""


_UNSTEADY = ("_fit_time", "_score_time", "refit_time_", "_sklearn_version")
"""Endings of the names of what no two runs share: durations, and the library that did it."""


def _is_unsteady(key: Any, entry: Any) -> bool:
    """Whether an entry is none of the value: a duration, or the generator that scipy's distributions draw from."""
    return str(key).endswith(_UNSTEADY) or (key == "_random_state" and type(entry).__name__ == "RandomState")


def snapshot(value: Any) -> Any:
    """The tree of a value; a value inside itself becomes the number of levels up to it."""
    return _Snapshot().tree(value, 0)


def plain(value: Any) -> Any:
    """A metric as plain JSON, as the project's `bundle.plain` writes it."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    if isinstance(value, set | frozenset):
        return [plain(entry) for entry in sorted(value, key=repr)]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if hasattr(value, "to_dict"):
        return plain(value.to_dict())
    return str(value)


class _Snapshot:
    def __init__(self) -> None:
        self.open: dict[int, int] = {}
        """Values that the walk is inside of → their depth. Sharing is no difference: a bundle may undo it."""
        self.known: dict[int, tuple[Any, Any]] = {}
        """Values seen → themselves, so that no other takes their id, and their trees."""

    def tree(self, value: Any, depth: int) -> Any:
        if value is None or isinstance(value, bool | str):
            return str(value) if isinstance(value, str) else value
        if isinstance(value, int):
            return {"int": str(int(value))}
        if isinstance(value, float):
            return {"float": repr(float(value))}
        if isinstance(value, bytes | bytearray):
            return {"bytes": hashlib.sha256(bytes(value)).hexdigest()}
        if isinstance(value, complex):
            return {"complex": repr(value)}
        if id(value) in self.open:
            return {"levels up": depth - self.open[id(value)]}
        if id(value) in self.known:
            return self.known[id(value)][1]
        if depth > 60:
            return {"deep": type(value).__qualname__}
        self.open[id(value)] = depth
        tree = self._container(value, depth + 1)
        del self.open[id(value)]
        self.known[id(value)] = (value, tree)
        return tree

    def _container(self, value: Any, depth: int) -> Any:
        kind = type(value).__qualname__
        if isinstance(value, dict):
            steady = [(key, entry) for key, entry in value.items() if not _is_unsteady(key, entry)]
            return {kind: [[self.tree(key, depth), self.tree(entry, depth)] for key, entry in steady]}
        if isinstance(value, list | tuple):
            return {kind: [self.tree(entry, depth) for entry in value]}
        if isinstance(value, set | frozenset):
            return {kind: sorted((self.tree(entry, depth) for entry in value), key=repr)}
        if "numpy" in sys.modules:
            found = self._numpy(value, depth)
            if found is not None:
                return found
        if "torch" in sys.modules:
            found = self._torch(value, depth)
            if found is not None:
                return found
        if "pandas" in sys.modules and type(value).__module__.partition(".")[0] == "pandas":
            return self._pandas(value, depth)
        if isinstance(value, functools.partial):
            return {"partial": [self.tree(part, depth) for part in (value.func, value.args, value.keywords)]}
        if callable(value) and hasattr(value, "__qualname__"):
            return {"named": value.__qualname__}
        return self._object(value, kind, depth)

    def _numpy(self, value: Any, depth: int) -> Any:
        import numpy

        if isinstance(value, numpy.generic):
            return {"numpy": str(value.dtype), "value": self.tree(value.item(), depth)}
        if isinstance(value, numpy.ma.MaskedArray):
            filled = self.tree(value.filled(), depth)
            return {"masked": filled, "mask": self.tree(numpy.ma.getmaskarray(value), depth)}
        if isinstance(value, numpy.ndarray):
            if value.dtype.names:
                fields = [[name, self.tree(numpy.array(value[name]), depth)] for name in value.dtype.names]
                return {"fields": fields, "dtype": str(value.dtype.descr)}
            if value.dtype.hasobject:
                items: list[Any] = list(value.flat)
                shape = list(value.shape)
                return {"array": "object", "shape": shape, "items": [self.tree(item, depth) for item in items]}
            return self._array(value, str(value.dtype))
        if isinstance(value, numpy.random.RandomState):
            if value is numpy.random.mtrand._rand:
                return {"RandomState": "numpy's global one"}
            return {"RandomState": self.tree(value.get_state(legacy=False), depth)}
        if isinstance(value, numpy.random.Generator):
            return {"Generator": self.tree(value.bit_generator.state, depth)}
        if isinstance(value, numpy.dtype):
            return {"dtype": str(value)}
        return None

    def _array(self, value: Any, dtype: str) -> Any:
        import numpy

        data = numpy.ascontiguousarray(value).tobytes()
        tree = {"array": dtype, "shape": list(value.shape), "sha256": hashlib.sha256(data).hexdigest()}
        if len(data) <= LIMIT_BYTES and value.dtype.kind in "fiub":
            tree["data"] = base64.b64encode(data).decode()
        return tree

    def _torch(self, value: Any, depth: int) -> Any:
        import torch

        if isinstance(value, torch.Tensor):
            plain = value.detach().cpu()
            if plain.is_sparse:
                plain = plain.to_dense()
            if plain.dtype == torch.bfloat16:
                plain = plain.float()
            return {"tensor": str(value.dtype), "data": self._array(plain.numpy(), str(value.dtype))}
        if isinstance(value, torch.nn.Module):
            # the train/eval switch is compared by what it does: by the predictions
            kept = {"_parameters", "_buffers", "_modules"}
            machinery = {*vars(torch.nn.Module()), "_flat_weights", "_flat_weight_refs"} - kept
            own = {k: v for k, v in vars(value).items() if k not in machinery}
            attributes = {k: self.tree(v, depth) for k, v in sorted(own.items())}
            return {"module": type(value).__qualname__, "attributes": attributes}
        if isinstance(value, torch.device | torch.dtype | torch.Size):
            return {"torch": str(value)}
        return None

    def _pandas(self, value: Any, depth: int) -> Any:
        import pandas

        if isinstance(value, pandas.DataFrame):
            columns = [
                [self.tree(name, depth), self.tree(value.iloc[:, position], depth)]
                for position, name in enumerate(value.columns)
            ]
            return {"frame": columns, "rows": self.tree(value.index, depth)}
        if isinstance(value, pandas.Series | pandas.Index):
            series = isinstance(value, pandas.Series)
            tree = {"dtype": str(value.dtype), "values": self.tree(value.to_numpy(), depth)}
            if series:
                tree["rows"] = self.tree(value.index, depth)
            if isinstance(value.dtype, pandas.CategoricalDtype):
                tree["categories"] = self.tree(list(value.dtype.categories), depth)
            return {"series" if series else "index": tree}
        return {"pandas": repr(value)}

    def _object(self, value: Any, kind: str, depth: int) -> Any:
        state: Any = None
        if type(value).__module__ in ("_thread", "weakref"):
            return {"opaque": kind}
        if hasattr(value, "get_tree_stats"):
            # scikit-learn's search trees count the questions they were asked
            return {"object": kind, "state": self.tree(value.get_arrays(), depth)}
        try:
            state = value.__getstate__()
        except Exception:  # noqa: BLE001 - any object may refuse to be looked into; its repr then has to do
            state = None
        if state is None:
            state = getattr(value, "__dict__", None)
        if state is None or state == {}:
            text = repr(value)
            return {"object": kind, "text": "" if " at 0x" in text else text}
        if isinstance(state, dict):
            state = dict(sorted(state.items(), key=lambda pair: str(pair[0])))
        return {"object": kind, "state": self.tree(state, depth)}


_SILENT = ("data", "state", "attributes", "values", "value", "fields", "masked")
"""Levels of a tree that a reader of its paths need not see."""


def differences(left: Any, right: Any, tolerance: float = 0.0, path: str = "") -> list[tuple[str, str, str]]:
    """Where two trees differ: (path, left, right), at most 20.

    Args:
        left: One tree.
        right: The other.
        tolerance: Largest relative difference between floats that counts as equal.
        path: Prefix of the paths.
    """
    found: list[tuple[str, str, str]] = []
    _compare(left, right, tolerance, path, found)
    return found


def _compare(left: Any, right: Any, tolerance: float, path: str, found: list[tuple[str, str, str]]) -> None:
    if len(found) >= 20 or left == right:
        return
    if isinstance(left, dict) and isinstance(right, dict) and left.keys() == right.keys():
        if "float" in left and _close(float(left["float"]), float(right["float"]), tolerance):
            return
        if left.keys() & {"float", "int", "complex", "torch", "named"}:
            found.append((path, _shown(left), _shown(right)))
            return
        if "array" in left and "sha256" in left and "sha256" in right:
            if not _close_arrays(left, right, tolerance):
                found.append((path, _shown(left), _shown(right)))
            return
        for key, entry in left.items():
            inner = path if len(left) == 1 or key in _SILENT else f"{path}.{key}"
            _compare(entry, right[key], tolerance, inner, found)
        return
    if isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for index, (one, other) in enumerate(zip(left, right, strict=True)):
            pair = isinstance(one, list) and len(one) == 2 and isinstance(one[0], str)
            if pair and isinstance(other, list) and len(other) == 2 and one[0] == other[0]:
                _compare(one[1], other[1], tolerance, f"{path}[{one[0]!r}]", found)
            else:
                _compare(one, other, tolerance, f"{path}[{index}]", found)
        return
    found.append((path, _shown(left), _shown(right)))


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


def _shown(tree: Any) -> str:
    if isinstance(tree, dict):
        for key in ("int", "float", "complex", "torch", "named"):
            if key in tree and len(tree) == 1:
                return str(tree[key])
        if "sha256" in tree:
            return f"{tree['array']} array of shape {tree['shape']}, sha256 {tree['sha256'][:12]}"
        if "numpy" in tree:
            return _shown(tree["value"])
    text = repr(tree)
    return text if len(text) <= 80 else text[:77] + "..."
