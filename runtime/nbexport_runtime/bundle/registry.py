"""The codecs: one module of `codec/` for each library, found by listing the folder."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nbexport_runtime.bundle import codec as codec_package
from nbexport_runtime.bundle.allowed import Allowed

if TYPE_CHECKING:
    from nbexport_runtime.bundle.encoding import Decoder, Encoder

Tree = dict[str, Any]
"""JSON of one value: `t` says which kind it is, `n` is its number."""

FIRST, LIBRARY, LAST = range(3)


@dataclass(frozen=True)
class Codec:
    """How values of one library are written and read."""

    library: str = ""
    """Its import name; none of its values turns up before it is imported. Empty for the standard library."""
    encode: Callable[[Any, str, Encoder], Tree | None] | None = None
    """The tree of a value at a path; None where the value is not the library's."""
    decoders: Mapping[str, Callable[[Tree, Decoder], Any]] = field(default_factory=dict)
    """The value of a tree, by its `t`."""
    allowed: Allowed = field(default_factory=Allowed)
    rank: int = LIBRARY
    """When it is asked: before the libraries, among them, or after them."""


@functools.cache
def codecs() -> tuple[Codec, ...]:
    """Every codec, in the order in which they are asked."""
    modules = (
        importlib.import_module(f"{codec_package.__name__}.{info.name}")
        for info in pkgutil.iter_modules(codec_package.__path__)
    )
    listed: list[Codec] = [module.CODEC for module in modules if hasattr(module, "CODEC")]
    return tuple(sorted(listed, key=lambda codec: codec.rank))
