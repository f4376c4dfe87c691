"""What a skops file names, checked before skops sees it.

skops decides by a flat list of type names whether a file may be loaded, and has had holes there (CVE-2024-37065,
CVE-2025-54412, CVE-2025-54413, CVE-2025-54886): a name that is trusted as a type was called as a function by another
kind of node. So each node of the file's `schema.json` is checked for what its loader does with the name:

    {"__loader__": "ObjectNode", "__module__": "sklearn.svm._classes", "__class__": "SVC", …}       a class's object
    {"__loader__": "FunctionNode", "__module__": "numpy", "__class__": "log1p"}                     a function
    {"__loader__": "OperatorFuncNode", "__module__": "operator", "__class__": "methodcaller", …}    refused
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nbexport_runtime.bundle.codec._nodes import nodes
from nbexport_runtime.bundle.errors import UnsaveableError, UntrustedError

if TYPE_CHECKING:
    from nbexport_runtime.bundle.trust import Trust

EXACT = {
    "BytearrayNode": ("builtins.bytearray",),
    "BytesNode": ("builtins.bytes",),
    "DTypeNode": ("numpy.dtype",),
    "DefaultDictNode": ("collections.defaultdict",),
    "DictNode": ("builtins.dict", "collections.Counter", "collections.OrderedDict", "sklearn.utils._bunch.Bunch"),
    "JsonNode": ("builtins.str",),
    "ListNode": ("builtins.list",),
    "MaskedArrayNode": ("numpy.ma.MaskedArray", "numpy.ma.core.MaskedArray"),
    "PartialNode": ("functools.partial",),
    "RandomGeneratorNode": ("numpy.random._generator.Generator",),
    "RandomStateNode": ("numpy.random.mtrand.RandomState",),
    "SetNode": ("builtins.set",),
    "SliceNode": ("builtins.slice",),
    "TreeNode": ("sklearn.tree._tree.Tree",),
    "ConstructorFromReduceNode": (
        "builtins.complex",
        "builtins.frozenset",
        "builtins.range",
        "datetime.date",
        "datetime.datetime",
        "datetime.time",
        "datetime.timedelta",
        "datetime.timezone",
        "decimal.Decimal",
        "fractions.Fraction",
        "zoneinfo.ZoneInfo",
    ),
}
"""Loaders that call what they name with the file's content, and all that each may name."""
KEYS = ("builtins.bool", "builtins.float", "builtins.int", "builtins.str", "builtins.NoneType")
"""What a dict's keys may be; skops calls it with each key."""
LOSSES = ("sklearn._loss._loss", "sklearn.linear_model._sgd_fast")
"""Modules of classes that skops makes by a call with the file's content."""
OLDEST_PROTOCOL = 1
"""Protocol 0 has loaders of its own, which check less."""


def trusted_names(data: bytes, trust: Trust) -> list[str]:
    """The types that skops may be told to trust when it loads a file.

    Raises:
        UntrustedError: The file names what no bundle may hold.
        UnsaveableError: It is not a skops file.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as members:
            schema = json.loads(members.read("schema.json"))
            packed = [info.filename for info in members.infolist() if info.compress_type != zipfile.ZIP_STORED]
    except (zipfile.BadZipFile, KeyError, ValueError, RecursionError) as error:
        raise UnsaveableError(f"an estimator's file cannot be read: {error}") from error
    if packed:
        raise UntrustedError(f"`{packed[0]}` in an estimator's file is compressed, which skops never does here")
    if not isinstance(schema, dict) or schema.get("protocol", 0) < OLDEST_PROTOCOL:
        raise UntrustedError("an estimator's file has a protocol that is too old to be checked; train again")
    return sorted(_Check(trust).names(schema))


class _Check:
    """The check of one file."""

    def __init__(self, trust: Trust) -> None:
        self._trust = trust
        self._rules: dict[str, Callable[[dict[str, Any], str, str], None]] = {
            "FunctionNode": self._value,
            "LossNode": self._loss,
            "NdArrayNode": self._array,
            "ObjectNode": self._object,
            "SparseMatrixNode": self._sparse,
            "TupleNode": self._tuple,
            "TypeNode": self._value,
        }

    def names(self, schema: dict[str, Any]) -> set[str]:
        """Every name in the file, once all are allowed."""
        every = list(nodes(schema, "__loader__"))
        kinds: dict[Any, tuple[Any, ...]] = {}
        for node in every:
            kind = (node["__loader__"], node.get("__module__"), node.get("__class__"))
            # skops takes a node's number for the node: a second one with it would be another than the one checked here
            if node.get("__id__") is not None and kinds.setdefault(node["__id__"], kind) != kind:
                raise UntrustedError(
                    f"an estimator's file holds two objects of one number, `{kind[1]}.{kind[2]}` is one"
                )
            self._node(node)
        self._keys(every)
        return {f"{node['__module__']}.{node['__class__']}" for node in every}

    def _node(self, node: dict[str, Any]) -> None:
        loader, module, name = node["__loader__"], node.get("__module__"), node.get("__class__")
        if not isinstance(module, str) or not isinstance(name, str) or not name.isidentifier():
            raise UntrustedError(f"`{module}.{name}` in an estimator's file is not allowed in a bundle")
        if loader in EXACT:
            if f"{module}.{name}" not in EXACT[loader]:
                raise UntrustedError(f"`{module}.{name}` in an estimator's file is not allowed in a bundle ({loader})")
        elif loader in self._rules:
            self._rules[loader](node, module, name)
        else:
            raise UntrustedError(
                f"`{module}.{name}` in an estimator's file would be called when it is loaded ({loader})"
            )
        self._inner(node, loader)

    def _inner(self, node: dict[str, Any], loader: str) -> None:
        """Places where skops uses what stands there, whatever it is."""
        content = node.get("content")
        expected = {
            "DefaultDictNode": ("default_factory", ("TypeNode", "FunctionNode", "JsonNode")),
            "PartialNode": ("func", ("TypeNode", "FunctionNode")),
        }
        if loader in expected:
            place, loaders = expected[loader]
            if not isinstance(content, dict) or content[place]["__loader__"] not in loaders:
                raise UntrustedError(f"`{place}` in an estimator's file is not a function that a bundle may name")
        if loader == "DTypeNode" and not (isinstance(content, dict) and content.get("__loader__") == "NdArrayNode"):
            raise UntrustedError("a dtype in an estimator's file is not kept as an array")

    def _keys(self, nodes: list[dict[str, Any]]) -> None:
        """The types of dicts' keys are called; so is any list that skops takes for one of them, by its number."""
        lists = [node["key_types"] for node in nodes if node["__loader__"] == "DictNode"]
        numbers = {keys.get("__id__") for keys in lists if isinstance(keys, dict)} - {None}
        lists += [node for node in nodes if node.get("__id__") in numbers]
        for keys in lists:
            types = keys.get("content") if isinstance(keys, dict) and keys.get("__loader__") == "ListNode" else None
            if not isinstance(types, list):
                raise UntrustedError("the keys of a dict in an estimator's file have no types")
            for node in types:
                name = f"{node.get('__module__')}.{node.get('__class__')}"
                number = str(node.get("__module__")) == "numpy"
                if node.get("__loader__") != "TypeNode" or (name not in KEYS and not number):
                    raise UntrustedError(f"`{name}` in an estimator's file would be called for a dict's keys")

    def _object(self, node: dict[str, Any], module: str, name: str) -> None:
        kind, family = self._trust.family(f"{module}:{name}")
        if hasattr(kind, "__setstate__") and not family.setstate:
            raise UntrustedError(f"`{module}.{name}` has a `__setstate__` that no bundle may run")

    def _loss(self, node: dict[str, Any], module: str, name: str) -> None:
        if module not in LOSSES:
            raise UntrustedError(f"`{module}.{name}` in an estimator's file is not a loss of scikit-learn")
        self._object(node, module, name)

    def _value(self, node: dict[str, Any], module: str, name: str) -> None:
        if f"{module}.{name}" not in KEYS:
            self._trust.named(f"{module}:{name}")

    def _array(self, node: dict[str, Any], module: str, name: str) -> None:
        import numpy

        kind = vars(numpy).get(name) if module == "numpy" else None
        if kind is not numpy.ndarray and not (isinstance(kind, type) and issubclass(kind, numpy.generic)):
            raise UntrustedError(f"`{module}.{name}` in an estimator's file is not an array")

    def _sparse(self, node: dict[str, Any], module: str, name: str) -> None:
        if not module.startswith("scipy.sparse."):
            raise UntrustedError(f"`{module}.{name}` in an estimator's file is not a sparse array")

    def _tuple(self, node: dict[str, Any], module: str, name: str) -> None:
        if (module, name) != ("builtins", "tuple"):
            self._trust.subclass(f"{module}:{name}", tuple, "a namedtuple")
