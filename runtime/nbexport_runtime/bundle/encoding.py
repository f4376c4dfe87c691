"""Python values ↔ JSON, arrays and tensors, with types and shared references kept and no pickle.

    >>> encoder = Encoder()
    >>> tree = encoder.encode({"ids": {1: ("a", 2.5)}}, "state")
    >>> Decoder(encoder.blobs).decode(json.loads(json.dumps(tree)))
    {'ids': {1: ('a', 2.5)}}

Every container and object has a number, so that two names for one object are one object again after loading. How a
value of a library is written and read stands in `codec/`, one file per library.
"""

from __future__ import annotations

import json
import math
import sys
from dataclasses import dataclass, field
from typing import Any

from nbexport_runtime.bundle.codec import codecs
from nbexport_runtime.bundle.errors import UnsaveableError
from nbexport_runtime.bundle.interface import Tree
from nbexport_runtime.bundle.paths import path_of
from nbexport_runtime.bundle.trust import Trust
from nbexport_runtime.secret import Secret

SEALED = "sealed"
"""The kind of a value that a bundle names only: the environment of whoever loads it holds it."""


@dataclass
class Blobs:
    """What does not fit into JSON, by key."""

    arrays: dict[str, Any] = field(default_factory=dict)
    """numpy arrays, any shape, no object dtype."""
    tensors: dict[str, Any] = field(default_factory=dict)
    """torch tensors, detached, contiguous, on the CPU."""
    estimators: dict[str, Any] = field(default_factory=dict)
    """scikit-learn estimators."""
    packed: dict[str, bytes] = field(default_factory=dict)
    """The same as skops files; empty when loaded."""
    native: dict[str, bytes] = field(default_factory=dict)
    """Files of other libraries' own formats; the ending of the key is that of the file."""


class Encoder:
    """Turns values into trees; one encoder serves one bundle, so that references across names are kept."""

    def __init__(self, trust: Trust | None = None) -> None:
        """Start with nothing.

        Args:
            trust: What a bundle may name; what loading would refuse is refused now. None where nothing is saved.
        """
        self.trust = trust
        self.blobs = Blobs()
        self._numbers: dict[int, int] = {}
        self._kept: list[Any] = []
        self._unfinished: set[int] = set()

    def encode(self, value: Any, path: str) -> Any:
        """The tree of a value.

        Args:
            value: What to save.
            path: Where it stands, for messages and keys: `model.layers.0`.

        Raises:
            UnsaveableError: It, or something in it, has no safe form.
        """
        kind = type(value)
        if value is None or kind is bool or kind is str:
            return value
        if kind is int:
            return value if abs(value) < 2**53 else {"t": "int", "v": str(value)}
        if kind is Secret:
            # without a number, as the text that it is once loaded has none either
            return {"t": SEALED, "v": value.variable, **({} if value.is_needed else {"default": value.default})}
        if kind is float:
            return value if math.isfinite(value) else {"t": "float", "v": repr(value)}
        if id(value) in self._numbers:
            number = self._numbers[id(value)]
            if number in self._unfinished:
                raise UnsaveableError(f"`{path}` is a {kind.__name__} that contains itself")
            return {"t": "ref", "n": number}
        self._numbers[id(value)] = number = len(self._numbers)
        # kept alive, so that no other object takes its id
        self._kept.append(value)
        self._unfinished.add(number)
        try:
            tree = self._tree(value, path)
        except RecursionError:
            raise UnsaveableError(f"`{path[:80]}…` is nested too deeply") from None
        self._unfinished.discard(number)
        return {**tree, "n": number}

    def may_contain_itself(self, value: Any) -> None:
        """Note that loading makes a value first and fills it after, so that it may contain itself."""
        self._unfinished.discard(self._numbers[id(value)])

    def items(self, values: Any, path: str) -> list[Any]:
        """The trees of several values."""
        return [self.encode(value, f"{path}.{index}") for index, value in enumerate(values)]

    def class_path(self, kind: type, path: str) -> str:
        """The path of a class that a value at `path` is made of.

        Raises:
            UnsaveableError: It cannot be imported again, or no bundle may hold one.
        """
        try:
            named = path_of(kind)
            if self.trust is not None:
                self.trust.family(named)
        except UnsaveableError as error:
            raise type(error)(f"`{path}`: {error}", error.fix) from None
        return named

    def keep(self, table: dict[str, Any], path: str, value: Any, ending: str = "") -> str:
        """The key of something that stands beside the tree.

        Args:
            table: The kind of things that it is kept with.
            path: Where it stands.
            value: What is kept.
            ending: How the name of its file ends.
        """
        key = path + ending
        while key in table:
            path += "+"
            key = path + ending
        table[key] = value
        return key

    def _tree(self, value: Any, path: str) -> Tree:
        for codec in codecs():
            if codec.encode is not None and (not codec.library or codec.library in sys.modules):
                tree = codec.encode(value, path, self)
                if tree is not None:
                    return tree
        raise UnsaveableError(f"`{path}` is a {type(value).__name__}, which has no form as plain data")


class Decoder:
    """Turns trees back into values."""

    def __init__(self, blobs: Blobs, trust: Trust | None = None) -> None:
        """Start with nothing.

        Args:
            blobs: What stands beside the trees.
            trust: What the trees may name; by default nothing of the project's own.
        """
        self.blobs = blobs
        self.trust = Trust() if trust is None else trust
        self._values: dict[int, Any] = {}
        self._decoders = {tag: decode for codec in codecs() for tag, decode in codec.decoders.items()}

    def decode(self, tree: Any) -> Any:
        """The value of a tree that `Encoder.encode` made.

        Raises:
            UnsaveableError: It names something that is not here, or that no bundle may use.
        """
        if isinstance(tree, list):
            return [self.decode(part) for part in tree]
        if not isinstance(tree, dict):
            return tree
        tag = tree["t"]
        if tag == "ref":
            return self._values[tree["n"]]
        if tag == SEALED:
            variable = self.trust.secret(tree["v"])
            optional = "default" in tree
            return (Secret(variable, default=tree["default"]) if optional else Secret(variable)).reveal()
        if tag not in self._decoders:
            raise UnsaveableError(f"it holds a value of the unknown kind `{tag}`")
        value = self._decoders[tag](tree, self)
        if "n" in tree:
            self._values[tree["n"]] = value
        return value

    def begin(self, tree: Tree, value: Any) -> None:
        """Make a value known before it is filled, as it may contain itself."""
        self._values[tree["n"]] = value


def dumps(tree: Any) -> str:
    """A tree as JSON text, the same for the same tree."""
    return json.dumps(tree, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
