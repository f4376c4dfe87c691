"""ONNX Runtime: a session is the bytes of its model, and answers on the processor."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbexport_runtime.bundle.errors import UnsaveableError, UntrustedError
from nbexport_runtime.bundle.interface import Codec, Tree

if TYPE_CHECKING:
    from nbexport_runtime.bundle.encoding import Decoder, Encoder

OUTSIDE = b"\x0a\x08location\x12"
"""How an ONNX file begins to name another file that holds some of its weights."""
PROVIDERS = ["CPUExecutionProvider"]


def encode(value: Any, path: str, encoder: Encoder) -> Tree | None:
    """The tree of a session."""
    from onnxruntime import InferenceSession

    if type(value) is not InferenceSession:
        return None
    data = value._model_bytes
    if data is None:
        try:
            data = Path(value._model_path).read_bytes()
        except OSError as error:
            raise UnsaveableError(
                f"`{path}` is a session whose file is gone: {error}", f"make `{path}` from the model's bytes"
            ) from error
    if OUTSIDE in data:
        raise UnsaveableError(
            f"`{path}` is a session whose weights lie in other files",
            "save the model as one file: `onnx.save(onnx.load(…), …, save_as_external_data=False)`",
        )
    key = encoder.keep(encoder.blobs.native, path, data, ".onnx")
    return {"t": "onnx_session", "key": key, "digest": hashlib.sha256(data).hexdigest()}


def _session(tree: Tree, decoder: Decoder) -> Any:
    from onnxruntime import InferenceSession

    data = decoder.blobs.native[tree["key"]]
    if OUTSIDE in data:
        raise UntrustedError("an ONNX model reads its weights from other files, which no bundle may do")
    return InferenceSession(data, providers=PROVIDERS)


CODEC = Codec(library="onnxruntime", encode=encode, decoders={"onnx_session": _session})
