"""CatBoost: a fitted model is a `.cbm` file, an unfitted one its parameters.

CatBoost's `__setstate__` takes whatever it is given as parameters, so no object comes back through it.
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbexport_runtime.bundle.allowed import Allowed, Family
from nbexport_runtime.bundle.errors import UnsaveableError, UntrustedError
from nbexport_runtime.bundle.interface import Codec, Tree

if TYPE_CHECKING:
    from nbexport_runtime.bundle.encoding import Decoder, Encoder

HOME = "catboost.core"


def encode(value: Any, path: str, encoder: Encoder) -> Tree | None:
    """The tree of a model."""
    from catboost import CatBoost

    if not isinstance(value, CatBoost) or type(value).__module__ != HOME:
        return None
    named = encoder.class_path(type(value), path)
    if not value.is_fitted():
        return {"t": "catboost_unfitted", "class": named, "v": encoder.encode(value.get_params(), path)}
    try:
        data = _saved(value)
    except Exception as error:
        # CatBoost's own words for what it cannot write
        raise UnsaveableError(f"`{path}` is a model that CatBoost cannot save: {error}") from error
    key = encoder.keep(encoder.blobs.native, path, data, ".cbm")
    return {"t": "catboost", "class": named, "key": key, "learnt": _fingerprint(value)}


def _saved(model: Any) -> bytes:
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "model.cbm"
        model.save_model(str(file))
        return file.read_bytes()


def _fingerprint(model: Any) -> str:
    """A digest of the trees; two files of one model differ, since each gets an id of its own."""
    leaves = [model.get_leaf_values(), model.get_leaf_weights(), model.get_tree_leaf_counts()]
    facts = [*model.get_scale_and_bias(), model.feature_names_, list(model.classes_), model.get_cat_feature_indices()]
    digest = hashlib.sha256(repr(facts).encode())
    for array in leaves:
        digest.update(array.tobytes())
    return digest.hexdigest()


def _fitted(tree: Tree, decoder: Decoder) -> Any:
    value = _kind(tree, decoder)()
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "model.cbm"
        file.write_bytes(decoder.blobs.native[tree["key"]])
        value.load_model(str(file))
    return value


def _unfitted(tree: Tree, decoder: Decoder) -> Any:
    return _kind(tree, decoder)(**decoder.decode(tree["v"]))


def _kind(tree: Tree, decoder: Decoder) -> Any:
    from catboost import CatBoost

    kind = decoder.trust.subclass(tree["class"], CatBoost, "a model of CatBoost")
    if kind.__module__ != HOME:
        raise UntrustedError(f"`{tree['class']}` is not a model of CatBoost that a bundle may hold")
    return kind


CODEC = Codec(
    library="catboost",
    encode=encode,
    decoders={"catboost": _fitted, "catboost_unfitted": _unfitted},
    allowed=Allowed(families=(Family(f"{HOME}.*", base=f"{HOME}:CatBoost"),)),
)
