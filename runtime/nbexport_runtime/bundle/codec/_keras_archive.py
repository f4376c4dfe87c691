"""What a `.keras` file names, checked before Keras sees it.

Keras decides by `safe_mode`, and has had holes there (CVE-2025-1550, CVE-2025-8747, CVE-2025-9906, CVE-2025-12058): a
name in the file was imported and called, a layer read files of its own choice. So each object of `config.json` is
checked for what Keras does with its name, and the weights for links that lead out of their file:

    {"module": "keras.layers", "class_name": "Dense", "config": {…}}            a layer of Keras
    {"module": "definitions", "class_name": "Scale", …}                         a layer of the project
    {"module": "builtins", "class_name": "function", "config": "relu"}          a function of Keras, by its name
    {"class_name": "__lambda__", …}, {"class_name": "TFSMLayer", …}             refused
"""

from __future__ import annotations

import importlib
import io
import json
import re
import sys
import zipfile
from typing import TYPE_CHECKING, Any

from nbexport_runtime.bundle.codec._nodes import nodes
from nbexport_runtime.bundle.errors import UnsaveableError, UntrustedError

if TYPE_CHECKING:
    from nbexport_runtime.bundle.trust import Trust

CONFIG, WEIGHTS, METADATA = "config.json", "model.weights.h5", "metadata.json"
VOCABULARY = re.compile(r"assets/(\w+/)*(\w+\.txt)?")
"""The words that a layer looks up; no path that leads out of the folder."""
REFUSED = frozenset("FlaxLayer JaxLayer TFSMLayer TorchModuleWrapper".split())
"""Layers that load or run what stands in their own configuration."""
DATA = frozenset("__bytes__ __ellipsis__ __keras_tensor__ __numpy__ __slice__ __tensor__".split())
"""Classes that stand for plain values."""
FUNCTIONS = frozenset("keras.activations keras.initializers keras.losses keras.ops keras.regularizers".split())
"""Modules of Keras whose functions a layer may hold."""


def own_objects(data: bytes, trust: Trust) -> dict[str, Any]:
    """The project's own classes and functions that a `.keras` file names, as Keras wants to be told of them.

    Raises:
        UntrustedError: The file names what no bundle may hold.
        UnsaveableError: It is not a `.keras` file.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as members:
            packed = [info.filename for info in members.infolist() if info.compress_type != zipfile.ZIP_STORED]
            names = sorted(members.namelist())
            config = json.loads(members.read(CONFIG))
            weights = members.read(WEIGHTS)
    except (zipfile.BadZipFile, KeyError, ValueError, RecursionError) as error:
        raise UnsaveableError(f"a model of Keras cannot be read: {error}") from error
    if packed:
        raise UntrustedError(f"`{packed[0]}` in a model of Keras is compressed, which Keras never does here")
    others = [name for name in names if name not in (CONFIG, WEIGHTS, METADATA) and not VOCABULARY.fullmatch(name)]
    if others or len(set(names)) < len(names):
        raise UntrustedError(f"`{others[0] if others else names[0]}` in a model of Keras is not allowed in a bundle")
    _check_weights(weights)
    config.pop("compile_config", None)
    objects: dict[str, Any] = {}
    for node in nodes(config, "class_name"):
        name, value = _checked(node, trust)
        if value is not None:
            objects[name] = value
    return objects


def _checked(node: dict[str, Any], trust: Trust) -> tuple[str, Any]:
    """The name under which Keras looks an object of the project's up, and the object; no object for Keras's own."""
    kind, module, inner = node["class_name"], node.get("module"), node.get("config")
    if kind == "__lambda__":
        raise UntrustedError(
            "a lambda inside of a model is code, which no bundle may hold",
            "name it: define a function in a `define` cell, and give the layer that",
        )
    if kind in DATA:
        return "", None
    registered = node.get("registered_name") or kind
    if kind == "function":
        return _function(module, inner, trust)
    if not isinstance(kind, str) or kind in REFUSED:
        raise UntrustedError(f"a layer `{kind}` runs what stands in the file of the model")
    if isinstance(inner, dict) and isinstance(inner.get("vocabulary"), str):
        raise UntrustedError(f"the layer `{kind}` reads its vocabulary from a file, which no bundle may do")
    if isinstance(module, str) and (module == "keras" or module.startswith("keras.")):
        if node.get("registered_name") not in (None, kind):
            raise UntrustedError(f"`{module}:{kind}` is registered under another name")
        _class_of_keras(module, kind)
        return "", None
    family, _ = trust.family(f"{module}:{kind}")
    if not issubclass(family, _saveable()):
        raise UntrustedError(f"`{module}:{kind}` is not a part of a model of Keras")
    _refuse_another(registered, family)
    return registered, family


def _function(module: Any, name: Any, trust: Trust) -> tuple[str, Any]:
    """The same for a function, of which Keras writes the name alone."""
    places = FUNCTIONS if module in (None, "builtins") else {module} & FUNCTIONS
    if any(callable(vars(importlib.import_module(place)).get(name)) for place in places):
        return "", None
    # one that is registered with Keras has the name of its package in front
    plain = str(name).rpartition(">")[2]
    for own in sorted(module for module in trust.own if module in sys.modules):
        if plain in vars(sys.modules[own]):
            function = trust.named(f"{own}:{plain}")
            _refuse_another(name, function)
            return name, function
    raise UntrustedError(
        f"`{name}` is not a function of Keras or of this project", "define it by a `def` in a `define` cell"
    )


def _refuse_another(registered: str, registered_object: Any) -> None:
    """Raise where Keras knows something else under a name: it would take that."""
    import keras

    known = keras.saving.get_registered_object(registered)
    if known is not None and known is not registered_object:
        raise UntrustedError(f"`{registered}` is registered with Keras for something else")


def _class_of_keras(module: str, name: str) -> None:
    try:
        class_ = vars(importlib.import_module(module)).get(name)
    except ImportError as error:
        raise UnsaveableError(f"`{module}:{name}` is not defined here ({error})") from error
    if not isinstance(class_, type) or not issubclass(class_, _saveable()):
        raise UntrustedError(f"`{module}:{name}` is not a part of a model of Keras that a bundle may hold")


def _saveable() -> tuple[type, ...]:
    import keras

    kinds = (
        keras.Operation,
        keras.constraints.Constraint,
        keras.initializers.Initializer,
        keras.regularizers.Regularizer,
        keras.dtype_policies.DTypePolicy,
        keras.losses.Loss,
        keras.random.SeedGenerator,
    )
    return tuple(kinds)


def _check_weights(data: bytes) -> None:
    """Raise where weights are read from another file.

    Raises:
        UntrustedError: They are.
    """
    import h5py

    with h5py.File(io.BytesIO(data), "r") as file:
        pending = [file]
        while pending:
            group = pending.pop()
            for name in group:
                if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                    raise UntrustedError(f"`{name}` in the weights of a model of Keras is a link")
                member = group[name]
                if isinstance(member, h5py.Group):
                    pending.append(member)
                elif not isinstance(member, h5py.Dataset) or member.external or member.is_virtual:
                    raise UntrustedError(f"`{name}` in the weights of a model of Keras lies in another file")
