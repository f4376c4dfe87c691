"""Lists, tuples, sets, dicts and what derives from them."""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING, Any

from nbexport_runtime.bundle.allowed import Allowed, Family
from nbexport_runtime.bundle.errors import UntrustedError
from nbexport_runtime.bundle.interface import FIRST, Codec, Tree

if TYPE_CHECKING:
    from nbexport_runtime.bundle.encoding import Decoder, Encoder


def encode(value: Any, path: str, encoder: Encoder) -> Tree | None:
    """The tree of a container."""
    kind = type(value)
    if kind is list:
        encoder.may_contain_itself(value)
        return {"t": "list", "v": encoder.items(value, path)}
    if kind is tuple:
        return {"t": "tuple", "v": encoder.items(value, path)}
    if kind in (set, frozenset):
        ordered = sorted(value, key=lambda element: (type(element).__name__, repr(element)))
        return {"t": kind.__name__, "v": encoder.items(ordered, path)}
    if kind is dict:
        encoder.may_contain_itself(value)
        return {"t": "dict", "v": _pairs(value, path, encoder)}
    if kind is collections.deque:
        return {"t": "deque", "v": encoder.items(value, path), "maxlen": value.maxlen}
    if kind is collections.defaultdict:
        encoder.may_contain_itself(value)
        factory = encoder.encode(value.default_factory, f"{path}.default_factory")
        return {"t": "defaultdict", "v": _pairs(value, path, encoder), "factory": factory}
    if isinstance(value, collections.defaultdict):
        return None
    if isinstance(value, dict):
        encoder.may_contain_itself(value)
        return {
            "t": "mapping",
            "class": encoder.class_path(kind, path),
            "v": _pairs(value, path, encoder),
            "state": encoder.encode(getattr(value, "__dict__", None) or None, path),
        }
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {"t": "namedtuple", "class": encoder.class_path(kind, path), "v": encoder.items(value, path)}
    return None


def _pairs(value: dict[Any, Any], path: str, encoder: Encoder) -> list[Any]:
    pairs = []
    for key, entry in value.items():
        place = f"{path}.{key}" if isinstance(key, str | int) else path
        pairs.append([encoder.encode(key, path), encoder.encode(entry, place)])
    return pairs


def _list(tree: Tree, decoder: Decoder) -> Any:
    values: list[Any] = []
    decoder.begin(tree, values)
    values.extend(decoder.decode(part) for part in tree["v"])
    return values


def _dict(tree: Tree, decoder: Decoder) -> Any:
    return _filled({}, tree, decoder)


def _defaultdict(tree: Tree, decoder: Decoder) -> Any:
    return _filled(collections.defaultdict(decoder.decode(tree["factory"])), tree, decoder)


def _mapping(tree: Tree, decoder: Decoder) -> Any:
    kind: Any = decoder.trust.subclass(tree["class"], dict, "a dict")
    value = _filled(kind.__new__(kind), tree, decoder)
    state = decoder.decode(tree["state"])
    if state:
        value.__dict__.update(state)
    return value


def _filled(value: Any, tree: Tree, decoder: Decoder) -> Any:
    decoder.begin(tree, value)
    # not a notebook class's own `__setitem__`, which may do more than set an item
    ordered = isinstance(value, collections.OrderedDict)
    put = collections.OrderedDict.__setitem__ if ordered else dict.__setitem__
    for key, entry in tree["v"]:
        put(value, decoder.decode(key), decoder.decode(entry))
    return value


def _namedtuple(tree: Tree, decoder: Decoder) -> Any:
    kind = decoder.trust.subclass(tree["class"], tuple, "a namedtuple")
    if not hasattr(kind, "_fields"):
        raise UntrustedError(f"`{tree['class']}` is not a namedtuple that a bundle may hold")
    return tuple.__new__(kind, decoder.decode(tree["v"]))


CODEC = Codec(
    encode=encode,
    decoders={
        "list": _list,
        "dict": _dict,
        "defaultdict": _defaultdict,
        "mapping": _mapping,
        "tuple": lambda tree, decoder: tuple(decoder.decode(tree["v"])),
        "set": lambda tree, decoder: set(decoder.decode(tree["v"])),
        "frozenset": lambda tree, decoder: frozenset(decoder.decode(tree["v"])),
        "deque": lambda tree, decoder: collections.deque(decoder.decode(tree["v"]), tree["maxlen"]),
        "namedtuple": _namedtuple,
    },
    allowed=Allowed(
        families=(Family("collections:OrderedDict", named=True), Family("collections:Counter", named=True)),
        names={"collections": "defaultdict deque"},
        methods={
            "builtins:dict": "get items keys values",
            "builtins:frozenset": "difference intersection isdisjoint issubset issuperset union",
            "builtins:list": "count index",
            "builtins:set": "difference intersection isdisjoint issubset issuperset union",
            "builtins:tuple": "count index",
        },
    ),
    rank=FIRST,
)
