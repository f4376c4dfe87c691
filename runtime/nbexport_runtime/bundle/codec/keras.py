"""Keras 3, also as `tf.keras`: a model is a `.keras` file, read in safe mode once everything it names is allowed.

How it was compiled is not saved: that is for training.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbexport_runtime.bundle.codec._keras_archive import own_objects
from nbexport_runtime.bundle.errors import UnsaveableError, UntrustedError
from nbexport_runtime.bundle.interface import Codec, Tree
from nbexport_runtime.bundle.trust import Trust

if TYPE_CHECKING:
    from nbexport_runtime.bundle.encoding import Decoder, Encoder

LONGEST = 240
"""Characters of Keras's own message that are shown."""


def encode(value: Any, path: str, encoder: Encoder) -> Tree | None:
    """The tree of a model.

    Raises:
        UnsaveableError: Keras cannot write it, or it is a layer without a model.
    """
    import keras

    if isinstance(value, keras.Model):
        return _encode_model(value, path, encoder)
    if isinstance(value, keras.layers.Layer):
        raise UnsaveableError(
            f"`{path}` is a layer of Keras that stands outside of a model",
            f"make a model of it, `keras.Sequential([keras.Input(…), {path}])`, and let `predict` ask that",
        )
    return None


def _encode_model(model: Any, path: str, encoder: Encoder) -> Tree:
    if not model.built:
        raise UnsaveableError(
            f"`{path}` is a model of Keras without weights",
            "call it once, or begin it with `keras.Input(…)`, in a cell that is exported",
        )
    try:
        with tempfile.TemporaryDirectory() as scratch:
            file = Path(scratch) / "model.keras"
            model.save(file)
            data = file.read_bytes()
        learnt = _fingerprint(model)
        if encoder.trust is not None and _fingerprint(_loaded(data, encoder.trust)) != learnt:
            raise UnsaveableError("it has other weights when it is loaded")
    except UntrustedError as error:
        raise UntrustedError(f"`{path}`: {error}", error.fix) from None
    except Exception as error:
        # Keras's own words, or those of a layer of the notebook's
        raise UnsaveableError(
            f"`{path}` does not come back from Keras's own file: {' '.join(str(error).split())[:LONGEST]}",
            "give each layer of your own a `get_config` that returns the arguments of its `__init__`, and a `build`",
        ) from error
    key = encoder.keep(encoder.blobs.native, path, data, ".keras")
    return {"t": "keras", "key": key, "learnt": learnt}


def _loaded(data: bytes, trust: Trust) -> Any:
    import keras

    objects = own_objects(data, trust)
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "model.keras"
        file.write_bytes(data)
        return keras.saving.load_model(file, custom_objects=objects, compile=False, safe_mode=True)


def _fingerprint(model: Any) -> str:
    """A digest of how a model is built and of its weights."""
    import keras

    built = keras.saving.serialize_keras_object(model)
    built.pop("compile_config", None)
    digest = hashlib.sha256(json.dumps(built, sort_keys=True, default=repr).encode())
    for array in model.get_weights():
        digest.update(str(array.dtype).encode() + repr(array.shape).encode() + array.tobytes())
    return digest.hexdigest()


def _model(tree: Tree, decoder: Decoder) -> Any:
    return _loaded(decoder.blobs.native[tree["key"]], decoder.trust)


CODEC = Codec(library="keras", encode=encode, decoders={"keras": _model})
