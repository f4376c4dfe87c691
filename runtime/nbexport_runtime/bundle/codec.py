"""Python values ↔ JSON, arrays and tensors, with types and shared references kept and no pickle.

    >>> encoder = Encoder()
    >>> tree = encoder.encode({"ids": {1: ("a", 2.5)}}, "state")
    >>> Decoder(encoder.blobs).decode(json.loads(json.dumps(tree)))
    {'ids': {1: ('a', 2.5)}}

Every container and object has a number, so that two names for one object are one object again after loading. Libraries are imported
only when a value of theirs turns up.
"""

from __future__ import annotations

import base64
import collections
import datetime
import decimal
import enum
import functools
import hashlib
import importlib
import json
import math
import pathlib
import re
import sys
import types
import zoneinfo
from dataclasses import dataclass, field
from typing import Any


class Unsaveable(Exception):
    """A value that has no safe form on disk; the text says which and why."""


@dataclass
class Blobs:
    """What does not fit into JSON, by key."""

    arrays: dict[str, Any] = field(default_factory=dict)
    """numpy arrays, any shape, no object dtype."""
    tensors: dict[str, Any] = field(default_factory=dict)
    """torch tensors, detached, contiguous, on the CPU."""
    estimators: dict[str, Any] = field(default_factory=dict)
    """scikit-learn estimators."""
    packed: dict[str, tuple[bytes, list[str]]] = field(default_factory=dict)
    """The same as skops files, with the types in them that loading must trust; empty when loaded."""


def path_of(named: Any) -> str:
    """`module:qualified.name` of a class or function that can be imported again."""
    module, name = (
        getattr(named, "__module__", None),
        getattr(named, "__qualname__", None),
    )
    if module is None and getattr(named, "__objclass__", None) is not None:
        module = named.__objclass__.__module__
    if not module or not name or "<" in name:
        raise Unsaveable(
            f"{name or named!r} is local and cannot be imported again; define it at module level"
        )
    if module == "__main__":
        raise Unsaveable(
            f"`{name}` lives in the script that runs; move it into a module"
        )
    path = f"{module}:{name}"
    short = f"{module}:{getattr(named, '__name__', name)}"
    if named_by(short) is named:
        # `torch.relu` calls itself `_VariableFunctionsClass.relu`
        return short
    found = named_by(path)
    if found is not named and (type(found) is not type(named) or found != named):
        raise Unsaveable(f"`{path}` is not the same object when imported again")
    return path


def named_by(path: str) -> Any:
    """The class or function at `module:qualified.name`; None when there is none."""
    module, _, name = path.partition(":")
    try:
        found: Any = importlib.import_module(module)
    except ImportError:
        return None
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def class_at(path: str) -> Any:
    """The class or function at `module:qualified.name`.

    Raises:
        Unsaveable: It is not there.
    """
    found = named_by(path)
    if found is None:
        raise Unsaveable(f"`{path}` is not defined here")
    return found


TRAINERS = ("_trainer", "_fabric")
"""Attributes in which a LightningModule keeps who trains it."""


def is_of_lightning(value: Any) -> bool:
    """Whether a value's class comes from Lightning, under any of its names."""
    root = type(value).__module__.partition(".")[0]
    return root in ("lightning", "pytorch_lightning", "lightning_fabric")


class Encoder:
    """Turns values into trees; one encoder serves one bundle, so that references across names are kept."""

    def __init__(self) -> None:
        self.blobs = Blobs()
        self.numbers: dict[int, int] = {}
        self.kept: list[Any] = []
        self.unfinished: set[int] = set()

    def encode(self, value: Any, path: str) -> Any:
        """The tree of a value.

        Args:
            value: What to save.
            path: Where it stands, for messages and keys: `model.layers.0`.

        Raises:
            Unsaveable: It, or something in it, has no safe form.
        """
        kind = type(value)
        if value is None or kind is bool or kind is str:
            return value
        if kind is int:
            return value if abs(value) < 2**53 else {"t": "int", "v": str(value)}
        if kind is float:
            return value if math.isfinite(value) else {"t": "float", "v": repr(value)}
        if id(value) in self.numbers:
            number = self.numbers[id(value)]
            if number in self.unfinished:
                raise Unsaveable(f"`{path}` is a {kind.__name__} that contains itself")
            return {"t": "ref", "n": number}
        self.numbers[id(value)] = number = len(self.numbers)
        self.kept.append(value)
        if not self._made_empty(value):
            self.unfinished.add(number)
        try:
            tree: dict[str, Any] = self._tree(value, path)
        except RecursionError:
            raise Unsaveable(f"`{path[:80]}…` is nested too deeply") from None
        self.unfinished.discard(number)
        return {**tree, "n": number}

    def _made_empty(self, value: Any) -> bool:
        """Whether loading makes it first and fills it after, so that it may contain itself."""
        if isinstance(value, tuple | set | frozenset | functools.partial):
            return False
        return (
            type(value).__module__.partition(".")[0] not in ("numpy", "pandas")
            and type(value) is not collections.deque
        )

    def _tree(self, value: Any, path: str) -> dict[str, Any]:
        for attempt in (
            self._scalar,
            self._numpy,
            self._torch,
            self._pandas,
            self._sklearn,
            self._container,
        ):
            tree = attempt(value, path)
            if tree is not None:
                return tree
        return self._object(value, path)

    def _items(self, values: Any, path: str) -> list[Any]:
        return [
            self.encode(value, f"{path}.{index}") for index, value in enumerate(values)
        ]

    def _scalar(self, value: Any, path: str) -> dict[str, Any] | None:
        kind = type(value)
        if kind in (bytes, bytearray):
            return {"t": kind.__name__, "v": base64.b64encode(value).decode()}
        if kind is complex:
            return {"t": "complex", "v": repr(value)}
        if kind is range or kind is slice:
            parts = [value.start, value.stop, value.step]
            return {
                "t": kind.__name__,
                "v": [self.encode(part, path) for part in parts],
            }
        if kind is datetime.date:
            return {"t": "date", "v": value.isoformat()}
        if kind in (datetime.datetime, datetime.time):
            return {
                "t": kind.__name__,
                "v": value.replace(tzinfo=None).isoformat(),
                "zone": self.encode(value.tzinfo, path),
                "fold": value.fold,
            }
        if kind is datetime.timezone:
            offset = value.utcoffset(None)
            return {"t": "timezone", "v": [offset.days, offset.seconds]}
        if kind is zoneinfo.ZoneInfo and value.key:
            return {"t": "zone", "v": value.key}
        if kind is datetime.timedelta:
            return {
                "t": "timedelta",
                "v": [value.days, value.seconds, value.microseconds],
            }
        if kind is decimal.Decimal:
            return {"t": "decimal", "v": str(value)}
        if isinstance(value, pathlib.PurePath):
            pure = not isinstance(value, pathlib.Path)
            name = kind.__name__ if pure else "Path"
            return {"t": "path", "v": str(value), "class": name}
        if isinstance(value, re.Pattern):
            return {
                "t": "pattern",
                "v": self.encode(value.pattern, path),
                "flags": value.flags,
            }
        if isinstance(value, enum.Enum):
            plain = self.encode(value.value, path)
            return {"t": "enum", "class": self._path(kind, path), "v": plain}
        if isinstance(value, functools.partial):
            parts = [value.func, list(value.args), dict(value.keywords)]
            return {"t": "partial", "v": self._items(parts, path)}
        if isinstance(value, type) or (
            callable(value) and hasattr(value, "__qualname__")
        ):
            owner = getattr(value, "__self__", None)
            if owner is not None and not isinstance(owner, type | types.ModuleType):
                of = self.encode(owner, path)
                return {"t": "method", "of": of, "v": value.__name__}
            return {"t": "named", "v": self._path(value, path)}
        return None

    def _path(self, named: Any, path: str) -> str:
        try:
            return path_of(named)
        except Unsaveable as error:
            raise Unsaveable(f"`{path}`: {error}") from None

    def _container(self, value: Any, path: str) -> dict[str, Any] | None:
        kind = type(value)
        if kind in (list, tuple):
            return {"t": kind.__name__, "v": self._items(value, path)}
        if kind in (set, frozenset):
            ordered = sorted(
                value, key=lambda element: (type(element).__name__, repr(element))
            )
            return {"t": kind.__name__, "v": self._items(ordered, path)}
        if kind is dict:
            return {"t": "dict", "v": self._pairs(value, path)}
        if kind is collections.deque:
            return {"t": "deque", "v": self._items(value, path), "maxlen": value.maxlen}
        if kind is collections.defaultdict:
            factory = self.encode(value.default_factory, f"{path}.default_factory")
            return {
                "t": "defaultdict",
                "v": self._pairs(value, path),
                "factory": factory,
            }
        if isinstance(value, collections.defaultdict):
            return None
        if isinstance(value, dict):
            return {
                "t": "mapping",
                "class": self._path(kind, path),
                "v": self._pairs(value, path),
                "state": self.encode(getattr(value, "__dict__", None) or None, path),
            }
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return {
                "t": "namedtuple",
                "class": self._path(kind, path),
                "v": self._items(value, path),
            }
        return None

    def _pairs(self, value: dict[Any, Any], path: str) -> list[Any]:
        pairs = []
        for key, entry in value.items():
            place = f"{path}.{key}" if isinstance(key, str | int) else path
            pairs.append([self.encode(key, path), self.encode(entry, place)])
        return pairs

    # ------------------------------------------------------------------ libraries

    def _numpy(self, value: Any, path: str) -> dict[str, Any] | None:
        if "numpy" not in sys.modules:
            return None
        import numpy

        if isinstance(value, numpy.generic | numpy.ndarray) and (
            value.dtype.hasobject and value.dtype != object
        ):
            raise Unsaveable(f"`{path}` has dtype {value.dtype}, which holds objects")
        if isinstance(value, numpy.generic):
            return {
                "t": "scalar",
                "key": self._keep(self.blobs.arrays, path, numpy.asarray(value)),
            }
        if type(value) in (numpy.ndarray, numpy.memmap):
            if value.dtype == object:
                items = self._items(value.ravel().tolist(), path)
                return {"t": "objects", "v": items, "shape": list(value.shape)}
            # a copy: what is saved is the value of now, whatever `predict` does to it when it answers
            copied = numpy.array(value)
            return {"t": "array", "key": self._keep(self.blobs.arrays, path, copied)}
        if isinstance(value, numpy.dtype):
            descr = numpy.lib.format.dtype_to_descr(value)
            return {"t": "dtype", "v": self.encode(descr, path)}
        if isinstance(value, numpy.random.RandomState):
            if value is numpy.random.mtrand._rand:
                # numpy's global generator, which scipy's distributions hold; its state is no part of a model
                return {"t": "GlobalRandomState"}
            return {
                "t": "RandomState",
                "v": self.encode(value.get_state(legacy=False), path),
            }
        if isinstance(value, numpy.random.Generator):
            return {"t": "Generator", "v": self.encode(value.bit_generator.state, path)}
        return None

    def _torch(self, value: Any, path: str) -> dict[str, Any] | None:
        if "torch" not in sys.modules:
            return None
        import torch

        if isinstance(value, torch.Tensor):
            return self._tensor(value, path)
        if isinstance(value, torch.nn.Module):
            return self._module(value, path)
        if isinstance(value, torch.device):
            return {"t": "device", "v": str(value)}
        if isinstance(value, torch.dtype):
            return {"t": "torch_dtype", "v": str(value).removeprefix("torch.")}
        if isinstance(value, torch.Size):
            return {"t": "size", "v": list(value)}
        if isinstance(value, torch.Generator):
            return {"t": "torch_generator", "v": self.encode(value.get_state(), path)}
        return None

    def _tensor(self, value: Any, path: str) -> dict[str, Any]:
        import torch

        if (
            value.is_sparse
            or value.is_quantized
            or type(value) not in (torch.Tensor, torch.nn.Parameter)
        ):
            raise Unsaveable(
                f"`{path}` is a {type(value).__name__} that safetensors cannot hold"
            )
        plain = value.detach().cpu().resolve_conj().resolve_neg()
        is_complex = plain.is_complex()
        if is_complex:
            plain = torch.view_as_real(plain)
        plain = plain.contiguous().clone()
        return {
            "t": "tensor",
            "complex": is_complex,
            "key": self._keep(self.blobs.tensors, path, plain),
            "parameter": isinstance(value, torch.nn.Parameter),
            "grad": bool(value.requires_grad and value.is_leaf),
        }

    def _module(self, value: Any, path: str) -> dict[str, Any]:
        import torch

        compiled = type(value).__name__ == "OptimizedModule"
        if compiled or isinstance(value, torch.jit.ScriptModule):
            raise Unsaveable(
                f"`{path}` is a compiled module; let `predict` use the module it was made from"
            )
        machinery = set(vars(torch.nn.Module()))
        kept = {
            "training",
            "_parameters",
            "_buffers",
            "_modules",
            "_non_persistent_buffers_set",
        }
        entries: list[Any] = []
        # by name: loading makes the machinery first, wherever the class had set it
        for name, entry in sorted(vars(value).items()):
            if name in machinery - kept:
                if entry:
                    raise Unsaveable(
                        f"`{path}` has hooks (`{name}`), which are code and cannot be saved"
                    )
                continue
            if name in ("_flat_weights", "_flat_weight_refs"):
                continue
            if name in TRAINERS and is_of_lightning(entry):
                # who trained it serves nothing, and a module has none until it is trained
                entry = None
            inner = (
                path
                if name in ("_parameters", "_buffers", "_modules")
                else f"{path}.{name}"
            )
            entries.append([name, self.encode(entry, inner)])
        return {"t": "module", "class": self._path(type(value), path), "v": entries}

    def _pandas(self, value: Any, path: str) -> dict[str, Any] | None:
        if "pandas" not in sys.modules:
            return None
        import pandas

        if isinstance(value, pandas.DataFrame):
            columns = [value.iloc[:, position] for position in range(value.shape[1])]
            return {
                "t": "frame",
                "columns": self.encode(value.columns, f"{path}.columns"),
                "index": self.encode(value.index, f"{path}.index"),
                "v": [
                    self._values(column.array, f"{path}.{n}")
                    for n, column in enumerate(columns)
                ],
            }
        if isinstance(value, pandas.Series):
            return {
                "t": "series",
                "name": self.encode(value.name, path),
                "index": self.encode(value.index, f"{path}.index"),
                "v": self._values(value.array, path),
            }
        if isinstance(value, pandas.RangeIndex):
            name = self.encode(value.name, path)
            return {
                "t": "range_index",
                "v": [value.start, value.stop, value.step],
                "name": name,
            }
        if isinstance(value, pandas.MultiIndex):
            names = self.encode(list(value.names), path)
            return {
                "t": "multi_index",
                "v": self.encode(list(value), path),
                "names": names,
            }
        if isinstance(value, pandas.Index):
            return {
                "t": "index",
                "name": self.encode(value.name, path),
                "v": self._values(value.array, path),
                "freq": getattr(value, "freqstr", None),
            }
        if isinstance(value, pandas.api.extensions.ExtensionArray):
            # `frame["label"].unique()`
            return {"t": "extension", "v": self._values(value, path)}
        if isinstance(value, pandas.StringDtype):
            missing = self.encode(value.na_value, path)
            return {"t": "string_dtype", "storage": value.storage, "missing": missing}
        if value is pandas.NA or value is pandas.NaT:
            return {"t": "NA" if value is pandas.NA else "NaT"}
        if isinstance(value, pandas.Timestamp):
            plain = self.encode(numpy_of(value), path)
            return {"t": "Timestamp", "v": plain, "zone": self.encode(value.tz, path)}
        if isinstance(value, pandas.Timedelta):
            return {"t": "Timedelta", "v": self.encode(numpy_of(value), path)}
        if isinstance(value, pandas.Period):
            return {"t": "Period", "v": value.ordinal, "freq": value.freqstr}
        if isinstance(value, pandas.Interval):
            sides = self._items([value.left, value.right], path)
            return {"t": "Interval", "v": sides, "closed": value.closed}
        return None

    def _values(self, array: Any, path: str) -> dict[str, Any]:
        """One column, as dtype and a plain array or list."""
        import numpy
        import pandas

        if isinstance(array, pandas.Categorical):
            categories = self.encode(array.categories, f"{path}.categories")
            codes = self._keep(self.blobs.arrays, path, numpy.asarray(array.codes))
            return {
                "kind": "category",
                "key": codes,
                "categories": categories,
                "ordered": bool(array.ordered),
            }
        dtype = str(array.dtype)
        if isinstance(array.dtype, numpy.dtype) and array.dtype != object:
            return {
                "kind": "numpy",
                "key": self._keep(self.blobs.arrays, path, numpy.asarray(array)),
                "dtype": dtype,
            }
        if dtype.startswith("datetime64"):
            whole = self._keep(self.blobs.arrays, path, array.asi8)
            return {"kind": "zoned", "key": whole, "dtype": dtype}
        if dtype == "object":
            items = self._items(array.tolist(), path)
            return {"kind": "list", "v": items, "dtype": dtype}
        missing = [bool(flag) for flag in pandas.isna(array)]
        items = [
            None if gone else value
            for value, gone in zip(array.tolist(), missing, strict=True)
        ]
        return {"kind": "list", "v": self._items(items, path), "dtype": dtype}

    def _sklearn(self, value: Any, path: str) -> dict[str, Any] | None:
        if "sklearn" not in sys.modules:
            return None
        from sklearn.base import BaseEstimator

        foreign = type(value).__module__.partition(".")[
            0
        ] == "sklearn" and not isinstance(value, dict)
        if not isinstance(value, BaseEstimator) and not foreign:
            return None
        self._path(type(value), path)
        try:
            # now, since `predict` may count or cache something in it when it answers
            data, trusted, learnt = packed(value)
        except Unsaveable as error:
            if not isinstance(value, BaseEstimator):
                raise Unsaveable(f"`{path}`: {error}") from None
            # skops knows no frames, tensors or tuples as keys; attribute by attribute, each has a form of its own
            return self._object(value, path)
        key = self._keep(self.blobs.estimators, path, value)
        self.blobs.packed[key] = data, trusted
        return {"t": "estimator", "key": key, "fingerprint": learnt}

    def _object(self, value: Any, path: str) -> dict[str, Any]:
        """An instance whose attributes are all there is to it."""
        kind = type(value)
        name = f"{kind.__module__}.{kind.__qualname__}"
        try:
            reduced = value.__reduce_ex__(2)
        except RecursionError:
            raise
        except Exception as error:
            # any object may refuse in its own words
            raise Unsaveable(
                f"`{path}` is a {name}, which cannot be saved: {error}"
            ) from error
        # a namespace says that it is made by a call without arguments, which is as plain
        empty = isinstance(value, types.SimpleNamespace) and reduced[:2] == (kind, ())
        plain = (
            isinstance(reduced, tuple)
            and getattr(reduced[0], "__name__", "") == "__newobj__"
            and len(reduced[1]) == 1
        )
        if not (empty or plain) or any(part is not None for part in reduced[3:]):
            raise Unsaveable(f"`{path}` is a {name}, which has no form as plain data")
        state = reduced[2] if len(reduced) > 2 else None
        return {
            "t": "object",
            "class": self._path(kind, path),
            "v": self.encode(state, path),
        }

    def _keep(self, table: dict[str, Any], path: str, value: Any) -> str:
        key = path
        while key in table:
            key += "+"
        table[key] = value
        return key


class Decoder:
    """Turns trees back into values."""

    def __init__(self, blobs: Blobs) -> None:
        self.blobs = blobs
        self.made: dict[int, Any] = {}

    def decode(self, tree: Any) -> Any:
        """The value of a tree that `Encoder.encode` made."""
        if isinstance(tree, list):
            return [self.decode(part) for part in tree]
        if not isinstance(tree, dict):
            return tree
        kind = tree["t"]
        if kind == "ref":
            return self.made[tree["n"]]
        if kind in ("int", "float"):
            return {"int": int, "float": float}[kind](tree["v"])
        filled = self._filled(kind, tree)
        if filled is not None:
            return filled
        value = getattr(self, f"_{kind}")(tree)
        self.made[tree["n"]] = value
        return value

    def _filled(self, kind: str, tree: dict[str, Any]) -> Any:
        """Values that may contain themselves: made first, filled after."""
        number = tree["n"]
        if kind == "list":
            made: Any = []
            self.made[number] = made
            made.extend(self.decode(part) for part in tree["v"])
            return made
        if kind in ("dict", "mapping", "defaultdict"):
            if kind == "dict":
                made = {}
            elif kind == "mapping":
                cls = class_at(tree["class"])
                made = cls.__new__(cls)
            else:
                made = collections.defaultdict(self.decode(tree["factory"]))
            self.made[number] = made
            # not a notebook class's own `__setitem__`, which may do more than set an item
            ordered = isinstance(made, collections.OrderedDict)
            put = (collections.OrderedDict if ordered else dict).__setitem__
            for key, entry in tree["v"]:
                put(made, self.decode(key), self.decode(entry))
            if kind == "mapping":
                made.__dict__.update(self.decode(tree["state"]) or {})
            return made
        if kind == "object":
            cls = class_at(tree["class"])
            made = cls.__new__(cls)
            self.made[number] = made
            set_state(made, self.decode(tree["v"]))
            return made
        if kind == "module":
            return self._module(tree)
        return None

    def _module(self, tree: dict[str, Any]) -> Any:
        import torch

        cls = class_at(tree["class"])
        made = cls.__new__(cls)
        torch.nn.Module.__init__(made)
        self.made[tree["n"]] = made
        for name, entry in tree["v"]:
            made.__dict__[name] = self.decode(entry)
        if isinstance(made, torch.nn.RNNBase):
            made._init_flat_weights()
        return made

    def _bytes(self, tree: dict[str, Any]) -> Any:
        return base64.b64decode(tree["v"])

    def _bytearray(self, tree: dict[str, Any]) -> Any:
        return bytearray(base64.b64decode(tree["v"]))

    def _complex(self, tree: dict[str, Any]) -> Any:
        return complex(tree["v"])

    def _range(self, tree: dict[str, Any]) -> Any:
        return range(*self.decode(tree["v"]))

    def _slice(self, tree: dict[str, Any]) -> Any:
        return slice(*self.decode(tree["v"]))

    def _datetime(self, tree: dict[str, Any]) -> Any:
        plain = datetime.datetime.fromisoformat(tree["v"])
        return plain.replace(tzinfo=self.decode(tree["zone"]), fold=tree["fold"])

    def _date(self, tree: dict[str, Any]) -> Any:
        return datetime.date.fromisoformat(tree["v"])

    def _time(self, tree: dict[str, Any]) -> Any:
        plain = datetime.time.fromisoformat(tree["v"])
        return plain.replace(tzinfo=self.decode(tree["zone"]), fold=tree["fold"])

    def _timezone(self, tree: dict[str, Any]) -> Any:
        return datetime.timezone(datetime.timedelta(*tree["v"]))

    def _zone(self, tree: dict[str, Any]) -> Any:
        return zoneinfo.ZoneInfo(tree["v"])

    def _timedelta(self, tree: dict[str, Any]) -> Any:
        return datetime.timedelta(*tree["v"])

    def _decimal(self, tree: dict[str, Any]) -> Any:
        return decimal.Decimal(tree["v"])

    def _path(self, tree: dict[str, Any]) -> Any:
        return getattr(pathlib, tree["class"])(tree["v"])

    def _pattern(self, tree: dict[str, Any]) -> Any:
        return re.compile(self.decode(tree["v"]), tree["flags"])

    def _enum(self, tree: dict[str, Any]) -> Any:
        cls = class_at(tree["class"])
        if not (isinstance(cls, type) and issubclass(cls, enum.Enum)):
            # a call of anything else that a bundle names would run code
            raise Unsaveable(f"`{tree['class']}` is no Enum here")
        return cls(self.decode(tree["v"]))

    def _partial(self, tree: dict[str, Any]) -> Any:
        function, arguments, keywords = self.decode(tree["v"])
        return functools.partial(function, *arguments, **keywords)

    def _method(self, tree: dict[str, Any]) -> Any:
        return getattr(self.decode(tree["of"]), tree["v"])

    def _named(self, tree: dict[str, Any]) -> Any:
        return class_at(tree["v"])

    def _tuple(self, tree: dict[str, Any]) -> Any:
        return tuple(self.decode(tree["v"]))

    def _set(self, tree: dict[str, Any]) -> Any:
        return set(self.decode(tree["v"]))

    def _frozenset(self, tree: dict[str, Any]) -> Any:
        return frozenset(self.decode(tree["v"]))

    def _deque(self, tree: dict[str, Any]) -> Any:
        return collections.deque(self.decode(tree["v"]), tree["maxlen"])

    def _namedtuple(self, tree: dict[str, Any]) -> Any:
        return tuple.__new__(class_at(tree["class"]), self.decode(tree["v"]))

    def _scalar(self, tree: dict[str, Any]) -> Any:
        return self.blobs.arrays[tree["key"]][()]

    def _array(self, tree: dict[str, Any]) -> Any:
        return self.blobs.arrays[tree["key"]]

    def _objects(self, tree: dict[str, Any]) -> Any:
        import numpy

        made = numpy.empty(len(tree["v"]), dtype=object)
        for position, part in enumerate(tree["v"]):
            made[position] = self.decode(part)
        return made.reshape(tree["shape"])

    def _dtype(self, tree: dict[str, Any]) -> Any:
        import numpy

        return numpy.lib.format.descr_to_dtype(self.decode(tree["v"]))

    def _GlobalRandomState(self, tree: dict[str, Any]) -> Any:
        import numpy

        return numpy.random.mtrand._rand

    def _RandomState(self, tree: dict[str, Any]) -> Any:
        import numpy

        made = numpy.random.RandomState()
        made.set_state(self.decode(tree["v"]))
        return made

    def _Generator(self, tree: dict[str, Any]) -> Any:
        import numpy

        state = self.decode(tree["v"])
        bits = getattr(numpy.random, state["bit_generator"])()
        bits.state = state
        return numpy.random.Generator(bits)

    def _tensor(self, tree: dict[str, Any]) -> Any:
        import torch

        plain = self.blobs.tensors[tree["key"]]
        if tree["complex"]:
            plain = torch.view_as_complex(plain)
        if tree["parameter"]:
            return torch.nn.Parameter(plain, requires_grad=tree["grad"])
        return plain.requires_grad_(tree["grad"]) if tree["grad"] else plain

    def _device(self, tree: dict[str, Any]) -> Any:
        import torch

        return torch.device(tree["v"])

    def _torch_dtype(self, tree: dict[str, Any]) -> Any:
        import torch

        return getattr(torch, tree["v"])

    def _size(self, tree: dict[str, Any]) -> Any:
        import torch

        return torch.Size(tree["v"])

    def _torch_generator(self, tree: dict[str, Any]) -> Any:
        import torch

        made = torch.Generator()
        made.set_state(self.decode(tree["v"]))
        return made

    def _estimator(self, tree: dict[str, Any]) -> Any:
        return self.blobs.estimators[tree["key"]]

    # ------------------------------------------------------------------ pandas

    def _values(self, tree: dict[str, Any]) -> Any:
        import pandas

        kind = tree["kind"]
        if kind == "category":
            categories = self.decode(tree["categories"])
            codes = self.blobs.arrays[tree["key"]]
            return pandas.Categorical.from_codes(
                codes, categories=categories, ordered=tree["ordered"]
            )
        if kind == "numpy":
            return self.blobs.arrays[tree["key"]]
        if kind == "zoned":
            dtype = tree["dtype"]
            unit = dtype[len("datetime64[") :].partition(",")[0].rstrip("]")
            plain = pandas.Series(
                self.blobs.arrays[tree["key"]].view(f"datetime64[{unit}]")
            )
            zone = dtype.partition(", ")[2].rstrip("]")
            return (
                plain.dt.tz_localize("UTC").dt.tz_convert(zone).array
                if zone
                else plain.array
            )
        items = self.decode(tree["v"])
        return pandas.Series(items, dtype=tree["dtype"]).array

    def _series(self, tree: dict[str, Any]) -> Any:
        import pandas

        values = self._values(tree["v"])
        return pandas.Series(
            values,
            index=self.decode(tree["index"]),
            name=self.decode(tree["name"]),
            dtype=values.dtype,
        )

    def _frame(self, tree: dict[str, Any]) -> Any:
        import pandas

        index = self.decode(tree["index"])
        arrays = [self._values(part) for part in tree["v"]]
        columns = {
            n: pandas.Series(array, index=index, dtype=array.dtype)
            for n, array in enumerate(arrays)
        }
        made = pandas.DataFrame(columns, index=index)
        made.columns = self.decode(tree["columns"])
        return made

    def _extension(self, tree: dict[str, Any]) -> Any:
        import pandas

        values = self._values(tree["v"])
        return pandas.Series(values, dtype=values.dtype).array

    def _string_dtype(self, tree: dict[str, Any]) -> Any:
        import pandas

        return pandas.StringDtype(
            tree["storage"], na_value=self.decode(tree["missing"])
        )

    def _index(self, tree: dict[str, Any]) -> Any:
        import pandas

        values = self._values(tree["v"])
        made = pandas.Index(values, name=self.decode(tree["name"]), dtype=values.dtype)
        if tree["freq"] is not None and hasattr(made, "_with_freq"):
            made.freq = tree["freq"]
        return made

    def _range_index(self, tree: dict[str, Any]) -> Any:
        import pandas

        return pandas.RangeIndex(*tree["v"], name=self.decode(tree["name"]))

    def _multi_index(self, tree: dict[str, Any]) -> Any:
        import pandas

        return pandas.MultiIndex.from_tuples(
            self.decode(tree["v"]), names=self.decode(tree["names"])
        )

    def _Timestamp(self, tree: dict[str, Any]) -> Any:
        import pandas

        plain, zone = (
            pandas.Timestamp(self.decode(tree["v"])),
            self.decode(tree["zone"]),
        )
        return plain if zone is None else plain.tz_localize("UTC").tz_convert(zone)

    def _Timedelta(self, tree: dict[str, Any]) -> Any:
        import pandas

        return pandas.Timedelta(self.decode(tree["v"]))

    def _Period(self, tree: dict[str, Any]) -> Any:
        import pandas

        return pandas.Period(ordinal=tree["v"], freq=tree["freq"])

    def _Interval(self, tree: dict[str, Any]) -> Any:
        import pandas

        return pandas.Interval(*self.decode(tree["v"]), closed=tree["closed"])

    def _NA(self, tree: dict[str, Any]) -> Any:
        import pandas

        return pandas.NA

    def _NaT(self, tree: dict[str, Any]) -> Any:
        import pandas

        return pandas.NaT


def numpy_of(value: Any) -> Any:
    """A pandas timestamp (in UTC) or timedelta as a numpy scalar of the same unit."""
    if getattr(value, "tz", None) is not None:
        value = value.tz_convert("UTC").tz_localize(None)
    return value.to_numpy()


def set_state(made: Any, state: Any) -> None:
    """Give an object the state that its `__reduce_ex__` told, as `copyreg` defines it."""
    if state is None:
        return
    if hasattr(made, "__setstate__"):
        made.__setstate__(state)
        return
    attributes, slots = (
        state if isinstance(state, tuple) and len(state) == 2 else (state, None)
    )
    if attributes:
        made.__dict__.update(attributes)
    for name, value in (slots or {}).items():
        object.__setattr__(made, name, value)


def packed(estimator: Any) -> tuple[bytes, list[str], str]:
    """An estimator as the bytes of a skops file, the types that loading it must trust, and its fingerprint.

    Raises:
        Unsaveable: skops cannot save it, or what it saves is not equal when loaded.
    """
    name = type(estimator).__name__
    try:
        import skops.io

        data = skops.io.dumps(estimator)
        trusted = sorted(skops.io.get_untrusted_types(data=data))
        learnt = fingerprint(estimator)
        same = fingerprint(skops.io.loads(data, trusted=trusted)) == learnt
    except Exception as error:
        # whatever skops cannot do with an estimator is the answer
        raise Unsaveable(f"skops cannot save a {name}: {error}") from error
    if not same:
        raise Unsaveable(f"a {name} does not come back equal from skops")
    return data, trusted, learnt


def fingerprint(value: Any) -> str:
    """A digest of everything an estimator has learnt, the same before saving and after loading."""
    digest = hashlib.sha256()
    _feed(digest, value, {})
    return digest.hexdigest()


def _feed(digest: Any, value: Any, seen: dict[int, Any]) -> None:
    import numpy

    digest.update(type(value).__qualname__.encode())
    if isinstance(value, dict):
        for key, entry in sorted(value.items(), key=lambda pair: str(pair[0])):
            if (
                not str(key).endswith(("_fit_time", "_score_time", "refit_time_"))
                and key != "_sklearn_version"
            ):
                digest.update(str(key).encode())
                _feed(digest, entry, seen)
    elif isinstance(value, list | tuple):
        for entry in value:
            _feed(digest, entry, seen)
    elif isinstance(value, set | frozenset):
        digest.update(repr(sorted(map(repr, value))).encode())
    elif isinstance(value, numpy.ndarray) and value.dtype != object:
        digest.update(str(value.dtype).encode() + repr(value.shape).encode())
        digest.update(_bytes_of(value))
    elif isinstance(value, numpy.ndarray):
        _feed(digest, value.ravel().tolist(), seen)
    elif (
        isinstance(value, str | bytes | int | float | complex | bool | numpy.generic)
        or value is None
    ):
        digest.update(repr(value).encode())
    elif callable(value) and hasattr(value, "__qualname__"):
        digest.update(value.__qualname__.encode())
    elif id(value) not in seen:
        # kept alive, so that no other object takes its id
        seen[id(value)] = value
        state = getattr(value, "__dict__", None)
        if state is None or not state:
            reduced = value.__reduce_ex__(2) if hasattr(value, "__getstate__") else ()
            state = (
                reduced[2] if isinstance(reduced, tuple) and len(reduced) > 2 else {}
            )
        _feed(digest, state, seen)


def _bytes_of(value: Any) -> bytes:
    import numpy

    if value.dtype.names:
        # padding between the fields of a record holds whatever memory held
        return b"".join(
            numpy.ascontiguousarray(value[name]).tobytes() for name in value.dtype.names
        )
    return bytes(numpy.ascontiguousarray(value).tobytes())


def dumps(tree: Any) -> str:
    """A tree as JSON text, the same for the same tree."""
    return json.dumps(tree, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
