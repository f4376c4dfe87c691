"""skorch: a net is its attributes without what only training reads; its module is torch's.

skorch's own `__setstate__` unpickles, so no net comes back through it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbexport_runtime.bundle.allowed import Allowed, Family
from nbexport_runtime.bundle.interface import FIRST, Codec, Tree

if TYPE_CHECKING:
    from nbexport_runtime.bundle.encoding import Decoder, Encoder

NET = "skorch.net:NeuralNet"
TRAINING = frozenset(
    """callbacks callbacks_ history_ iterator_train optimizer optimizer_ train_split virtual_params_""".split()
)
"""Attributes that say how a net is trained; a loaded one has None there, and cannot be trained further."""

ITERATOR = "iterator_valid"
"""The attribute that holds the class of what hands out the rows; torch's own is not written down."""


def encode(value: Any, path: str, encoder: Encoder) -> Tree | None:
    """The tree of a net."""
    from skorch import NeuralNet

    if not isinstance(value, NeuralNet):
        return None
    encoder.may_contain_itself(value)
    entries = []
    for name, entry in sorted(vars(value).items()):
        dropped = name in TRAINING or (name == ITERATOR and entry is _loader())
        entries.append([name, encoder.encode(None if dropped else entry, f"{path}.{name}")])
    return {"t": "skorch", "class": encoder.class_path(type(value), path), "v": entries}


def _net(tree: Tree, decoder: Decoder) -> Any:
    from skorch import NeuralNet

    kind: Any = decoder.trust.subclass(tree["class"], NeuralNet, "a net of skorch")
    value = kind.__new__(kind)
    decoder.begin(tree, value)
    # not by setattr: a net takes some names for parameters then
    value.__dict__.update({name: decoder.decode(entry) for name, entry in tree["v"]})
    if value.__dict__.get(ITERATOR) is None:
        value.__dict__[ITERATOR] = _loader()
    return value


def _loader() -> Any:
    from torch.utils.data import DataLoader

    return DataLoader


CODEC = Codec(
    library="skorch",
    encode=encode,
    decoders={"skorch": _net},
    allowed=Allowed(
        families=(
            Family("skorch.*", base=NET),
            Family("skorch.dataset:Dataset", named=True),
        ),
        names={"skorch.utils": "_identity _infer_predict_nonlinearity"},
    ),
    # a net is one of scikit-learn's estimators too
    rank=FIRST,
)
