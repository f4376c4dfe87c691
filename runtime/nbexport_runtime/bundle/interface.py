"""What a codec is: how values of one library are written and read, and what of it a bundle may name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

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
