"""numpy: arrays beside the tree, scalars in it."""

from __future__ import annotations

import base64
import functools
import math
from typing import TYPE_CHECKING, Any

from nbexport_runtime.bundle.allowed import Allowed, Family
from nbexport_runtime.bundle.errors import UnsaveableError
from nbexport_runtime.bundle.interface import Codec, Tree

if TYPE_CHECKING:
    from nbexport_runtime.bundle.encoding import Decoder, Encoder

GENERATORS = ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")


def encode(value: Any, path: str, encoder: Encoder) -> Tree | None:
    """The tree of one of numpy's values."""
    import numpy

    if isinstance(value, numpy.generic | numpy.ndarray) and value.dtype.hasobject and value.dtype != object:
        raise UnsaveableError(f"`{path}` has dtype {value.dtype}, which holds objects")
    if isinstance(value, numpy.generic):
        return _encode_scalar(value, path, encoder)
    if type(value) in (numpy.ndarray, numpy.memmap):
        if value.dtype == object:
            return {"t": "objects", "v": encoder.items(value.ravel().tolist(), path), "shape": list(value.shape)}
        # a copy: what is saved is the value of now, whatever `predict` does to it when it answers
        return {"t": "array", "key": encoder.keep(encoder.blobs.arrays, path, numpy.array(value))}
    if type(value) is numpy.ma.MaskedArray:
        parts = [value.data, numpy.ma.getmaskarray(value), value.fill_value]
        return {"t": "masked", "v": encoder.items(parts, path)}
    if isinstance(value, numpy.dtype):
        return {"t": "dtype", "v": encoder.encode(numpy.lib.format.dtype_to_descr(value), path)}
    if isinstance(value, numpy.random.RandomState):
        if value is _global_state():
            # numpy's global generator, which scipy's distributions hold; its state is not part of a model
            return {"t": "GlobalRandomState"}
        return {"t": "RandomState", "v": encoder.encode(value.get_state(legacy=False), path)}
    if isinstance(value, numpy.random.Generator):
        if type(value.bit_generator).__name__ not in GENERATORS:
            raise UnsaveableError(
                f"`{path}` draws from a {type(value.bit_generator).__name__}, which is not numpy's own"
            )
        return {"t": "Generator", "v": encoder.encode(value.bit_generator.state, path)}
    return None


def _encode_scalar(value: Any, path: str, encoder: Encoder) -> Tree:
    """A scalar with its dtype: readable where JSON has the number, its bytes otherwise."""
    import numpy

    kind, dtype = value.dtype.kind, value.dtype.str
    if kind == "V":
        return {"t": "scalar", "key": encoder.keep(encoder.blobs.arrays, path, numpy.asarray(value))}
    if kind in "biuU":
        return {"t": "scalar", "dtype": dtype, "v": value.item()}
    if kind == "f" and value.dtype.itemsize <= 8 and math.isfinite(value):
        return {"t": "scalar", "dtype": dtype, "v": float(value)}
    return {"t": "scalar", "dtype": dtype, "bytes": base64.b64encode(value.tobytes()).decode()}


def _scalar(tree: Tree, decoder: Decoder) -> Any:
    import numpy

    if "key" in tree:
        return decoder.blobs.arrays[tree["key"]][()]
    dtype = numpy.dtype(tree["dtype"])
    if "bytes" in tree:
        return numpy.frombuffer(base64.b64decode(tree["bytes"]), dtype)[0] if dtype.itemsize else dtype.type()
    return numpy.array(tree["v"], dtype)[()]


def _objects(tree: Tree, decoder: Decoder) -> Any:
    import numpy

    values: Any = numpy.empty(len(tree["v"]), dtype=object)
    for position, part in enumerate(tree["v"]):
        values[position] = decoder.decode(part)
    return values.reshape(tree["shape"])


def _masked(tree: Tree, decoder: Decoder) -> Any:
    import numpy

    data, mask, fill = decoder.decode(tree["v"])
    return numpy.ma.MaskedArray(data, mask, fill_value=fill)


def _dtype(tree: Tree, decoder: Decoder) -> Any:
    import numpy

    return numpy.lib.format.descr_to_dtype(decoder.decode(tree["v"]))


@functools.cache
def _global_state() -> Any:
    import numpy

    return numpy.random.mtrand._rand


def _random_state(tree: Tree, decoder: Decoder) -> Any:
    import numpy

    value = numpy.random.RandomState()
    value.set_state(decoder.decode(tree["v"]))
    return value


def _generator(tree: Tree, decoder: Decoder) -> Any:
    import numpy

    state = decoder.decode(tree["v"])
    if state["bit_generator"] not in GENERATORS:
        raise UnsaveableError(f"it draws from `{state['bit_generator']}`, which is not a generator of numpy")
    bits = getattr(numpy.random, state["bit_generator"])()
    bits.state = state
    return numpy.random.Generator(bits)


FUNCTIONS = """amax amin append argmax argmin argsort around array array_equal asarray ascontiguousarray atleast_1d


atleast_2d average bincount broadcast_to clip column_stack concatenate cov count_nonzero cumprod cumsum diag diff


digitize dot dstack empty expand_dims eye flip full full_like gradient histogram hstack identity interp isclose isin


linspace mean median min max nan_to_num nanargmax nanargmin nanmax nanmean nanmedian nanmin nanpercentile


nanquantile nanstd nansum nanvar ndarray nonzero ones ones_like outer pad percentile prod ptp quantile ravel repeat


reshape roll round searchsorted sort split sqrt squeeze stack std sum swapaxes take tile trace transpose tril triu


unique var vstack where zeros zeros_like"""
SCALARS = """bool bool_ bytes_ complex128 complex64 datetime64 float16 float32 float64 int16 int32 int64 int8 intp
str_ timedelta64 uint16 uint32 uint64 uint8"""

CODEC = Codec(
    library="numpy",
    encode=encode,
    decoders={
        "scalar": _scalar,
        "array": lambda tree, decoder: decoder.blobs.arrays[tree["key"]],
        "masked": _masked,
        "objects": _objects,
        "dtype": _dtype,
        "GlobalRandomState": lambda tree, decoder: _global_state(),
        "RandomState": _random_state,
        "Generator": _generator,
    },
    allowed=Allowed(
        families=(
            Family("numpy:poly1d"),
            Family("numpy:vectorize"),
            Family("numpy.polynomial.*", base="numpy.polynomial._polybase:ABCPolyBase"),
        ),
        names={"numpy": f"{FUNCTIONS} {SCALARS}", "numpy.linalg": "det eigh inv lstsq norm pinv qr solve svd"},
        kinds={"numpy": "numpy:ufunc"},
        methods={"numpy.random._generator:Generator": "*", "numpy.random.mtrand:RandomState": "*"},
    ),
)
