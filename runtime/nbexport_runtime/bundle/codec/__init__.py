"""One file per library: how its values are written, how they are read, and what of it a bundle may name."""

from __future__ import annotations

import functools
import importlib
import pkgutil

from nbexport_runtime.bundle.interface import Codec


@functools.cache
def codecs() -> tuple[Codec, ...]:
    """The codec of each file here, in the order in which they are asked."""
    modules = (importlib.import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__))
    listed: list[Codec] = [module.CODEC for module in modules if hasattr(module, "CODEC")]
    return tuple(sorted(listed, key=lambda codec: codec.rank))
