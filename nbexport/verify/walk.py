"""A value → a tree of plain JSON that two processes can compare: same tree, same value.

This file runs inside the notebook's kernel and inside the exported project's process, so it imports nothing of
nbexport and loads a library only when a value of it turns up. Arrays and tensors become their dtype, shape and bytes;
objects become their class name (without module: `__main__.Net` and `definitions.Net` are the same class) and
attributes.

An object may hold half of a library: an axis of a plot holds its figure, the canvas, their callbacks, in circles. So a
walk has an end, in `NODES`, `DEPTH` and `TIME_S`; what it leaves out stands in the tree as a *cut*, and is never called
equal without a word. What occurs in many places is walked through once, stored once (`packed`) and compared once.
"""

from __future__ import annotations

import array
import base64
import functools
import hashlib
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

LIMIT_BYTES = 200_000
"""Arrays up to this size are kept whole, so that a tolerance can be applied; larger ones are hashed."""

NODES, DEPTH, TIME_S = 1_000_000, 60, 60.0
"""Parts of one value that are looked at, levels that are gone down, and for how long."""
LONG = 1000
"""Lists of plain values of one type that are longer are hashed as arrays are."""


_UNSTEADY = ("_fit_time", "_score_time", "refit_time_", "_sklearn_version", "_stop_words_id", "_tmp_like_exog")
"""Endings of the names of what no two runs share: durations, the library that did it, addresses in memory, and memory
that a model of statsmodels takes and has not written to yet."""


_BESIDE = (
    *("_cache", "predict_dates", "predict_start", "predict_end"),
    *("fit_details", "mle_retvals", "mle_settings", "mlefit"),
)
"""Endings of the names under which models and results of statsmodels keep what they were asked for last, and how the
optimizer got there."""


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
        """Values that the walk is inside of → their depth. Sharing is not a difference: a bundle may undo it."""
        self.known: dict[int, tuple[Any, Any]] = {}
        """Values seen → themselves, so that no other takes their id, and their trees."""
        self.nodes = 0
        self.until = time.monotonic() + TIME_S
        self.late = False

    def tree(self, value: Any, depth: int) -> Any:
        self.nodes += 1
        if self.nodes % 256 == 0:
            self.late = time.monotonic() > self.until
        if self.late:
            return {"cut": f"walked through for {TIME_S:g} s"}
        if self.nodes > NODES:
            return {"cut": f"more than {NODES:,} parts"}
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
        if depth > DEPTH:
            return {"cut": f"more than {DEPTH} levels deep"}
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
            return {kind: self._long(value) or [self.tree(entry, depth) for entry in value]}
        if isinstance(value, set | frozenset):
            trees = [self.tree(entry, depth) for entry in value]
            return {kind: sorted(trees, key=functools.partial(_sort_key, seen={}))}
        if "numpy" in sys.modules:
            state = self._numpy(value, depth)
            if state is not None:
                return state
        if "keras" in sys.modules:
            state = self._keras(value, depth)
            if state is not None:
                return state
        if "catboost" in sys.modules and isinstance(value, sys.modules["catboost"].CatBoost) and value.is_fitted():
            return self._catboost(value, depth)
        if "torch" in sys.modules:
            state = self._torch(value, depth)
            if state is not None:
                return state
        if "pandas" in sys.modules and type(value).__module__.partition(".")[0] == "pandas":
            return self._pandas(value, depth)
        if isinstance(value, functools.partial):
            return {"partial": [self.tree(part, depth) for part in (value.func, value.args, value.keywords)]}
        if callable(value) and hasattr(value, "__qualname__"):
            return {"named": value.__qualname__}
        return self._object(value, kind, depth)

    def _long(self, value: Sequence[Any]) -> Any:
        """The tree of a long list of plain values of one type; None for every other list."""
        if len(value) <= LONG or len(types := {type(entry) for entry in value}) != 1:
            return None
        (kind,) = types
        if kind is float:
            data = array.array("d", value).tobytes()
        elif kind in (int, str, bool):
            data = json.dumps(list(value)).encode()
        else:
            return None
        name = "float64" if kind is float else f"plain {kind.__name__}"
        tree: dict[str, Any] = {"array": name, "shape": [len(value)], "sha256": hashlib.sha256(data).hexdigest()}
        if kind is float and len(data) <= LIMIT_BYTES:
            tree["data"] = base64.b64encode(data).decode()
        return tree

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
                return {
                    "array": "object",
                    "shape": shape,
                    "items": self._long(items) or [self.tree(item, depth) for item in items],
                }
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
            own = {k: None if _is_trainer(k, v) else v for k, v in vars(value).items() if k not in machinery}
            attributes = {k: self.tree(v, depth) for k, v in sorted(own.items())}
            return {"module": type(value).__qualname__, "attributes": attributes}
        if isinstance(value, torch.device | torch.dtype | torch.Size):
            return {"torch": str(value)}
        return None

    def _keras(self, value: Any, depth: int) -> Any:
        """The tree of a layer or model: what it is made of and its weights; it holds addresses of its parts besides."""
        keras = sys.modules["keras"]
        if not isinstance(value, keras.layers.Layer):
            return None
        parts = value._flatten_layers() if hasattr(value, "_flatten_layers") else [value]
        places = {part.name: f"layer {place}" for place, part in enumerate(parts)}
        try:
            config = _unnamed(value.get_config(), places)
        except Exception:  # noqa: BLE001 - a layer of the notebook may not know what it is made of
            config = None
        weights = [self.tree(weight, depth) for weight in value.get_weights()]
        return {"layer": type(value).__qualname__, "config": self.tree(config, depth), "weights": weights}

    def _catboost(self, value: Any, depth: int) -> Any:
        """The tree of a fitted model: what it learned; what it writes has an id and a time besides."""
        learned = [value.get_leaf_values(), value.get_leaf_weights(), value.get_tree_leaf_counts()]
        facts = [list(value.get_scale_and_bias()), value.feature_names_, list(value.classes_)]
        return {"catboost": type(value).__qualname__, "trees": [self.tree(part, depth) for part in [*learned, *facts]]}

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
            if type(value).__module__.startswith("statsmodels."):
                # figures and spans of forecasts that somebody has asked for by then, and the steps of the optimizer
                state = {name: entry for name, entry in state.items() if not str(name).endswith(_BESIDE)}
        return {"object": kind, "state": self.tree(state, depth)}


def _unnamed(config: Any, places: Mapping[str, str]) -> Any:
    """What Keras says a model is made of, with places for the names that count up in a process: `dense_7`."""
    if isinstance(config, Mapping):
        return {key: None if key == "name" else _unnamed(entry, places) for key, entry in config.items()}
    if isinstance(config, list | tuple):
        return [_unnamed(entry, places) for entry in config]
    return places.get(config, config) if isinstance(config, str) else config


def _is_trainer(name: str, value: Any) -> bool:
    """Whether an attribute is who trained a Lightning module, which no bundle keeps."""
    library = type(value).__module__.partition(".")[0]
    return name in ("_trainer", "_fabric") and library in ("lightning", "pytorch_lightning", "lightning_fabric")


def _sort_key(tree: Any, *, seen: dict[int, str]) -> str:
    """A text that is the same for equal trees, made without writing out what occurs many times each time."""
    if not isinstance(tree, dict | list):
        return repr(tree)
    if id(tree) not in seen:
        pairs = tree.items() if isinstance(tree, dict) else enumerate(tree)
        text = ",".join(f"{key!r}:{_sort_key(entry, seen=seen)}" for key, entry in pairs)
        seen[id(tree)] = text if len(text) < 200 else hashlib.sha256(text.encode()).hexdigest()
    return seen[id(tree)]


def packed(tree: Any) -> Any:
    """A tree as JSON of its own size: what occurs more than once stands in `shared` and is referred to by number."""
    count: dict[int, int] = {}
    pending = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, dict | list):
            count[id(node)] = count.get(id(node), 0) + 1
            if count[id(node)] == 1:
                pending.extend(_entries(node))
    numbers: dict[int, int] = {}
    shared: list[Any] = []

    def written(node: Any) -> Any:
        if not isinstance(node, dict | list):
            return node
        if count[id(node)] == 1:
            return body(node)
        if id(node) not in numbers:
            numbers[id(node)] = len(numbers)
            shared.append(None)
            shared[numbers[id(node)]] = body(node)
        return {"@": numbers[id(node)]}

    def body(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: written(entry) for key, entry in node.items()}
        return [written(entry) for entry in node]

    return {"tree": written(tree), "shared": shared}


def _entries(node: Any) -> Iterator[Any]:
    yield from node.values() if isinstance(node, dict) else node
