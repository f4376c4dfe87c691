"""Prophet: a fitted model is the JSON that the library itself writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbexport_runtime.bundle.errors import UnsaveableError
from nbexport_runtime.bundle.interface import Codec, Tree

if TYPE_CHECKING:
    from nbexport_runtime.bundle.encoding import Decoder, Encoder


def encode(value: Any, path: str, encoder: Encoder) -> Tree | None:
    """The tree of a model."""
    from prophet import Prophet
    from prophet.serialize import model_to_json

    if type(value) is not Prophet:
        return None
    if value.history is None:
        raise UnsaveableError(
            f"`{path}` is a Prophet that is not fitted, and its JSON holds fitted ones only",
            f"fit `{path}` in a cell that is exported, or make it inside `predict`",
        )
    try:
        return {"t": "prophet", "v": model_to_json(value)}
    except (TypeError, ValueError) as error:
        raise UnsaveableError(f"`{path}` is a model that Prophet cannot save: {error}") from error


def _prophet(tree: Tree, decoder: Decoder) -> Any:
    from prophet.serialize import model_from_json

    return model_from_json(tree["v"])


CODEC = Codec(library="prophet", encode=encode, decoders={"prophet": _prophet})
