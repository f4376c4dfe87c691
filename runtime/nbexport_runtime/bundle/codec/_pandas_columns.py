"""One column of pandas, as an array beside the tree or a list in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nbexport_runtime.bundle.interface import Tree

if TYPE_CHECKING:
    from nbexport_runtime.bundle.encoding import Decoder, Encoder


def numpy_dtype(array: Any) -> Any:
    """The dtype of numpy that holds a column as it is; None where pandas has one of its own."""
    import numpy

    dtype = getattr(array.dtype, "numpy_dtype", array.dtype) if _is_plain(array) else array.dtype
    return dtype if isinstance(dtype, numpy.dtype) else None


def _is_plain(array: Any) -> bool:
    import pandas

    return isinstance(array, pandas.arrays.NumpyExtensionArray)


def encode_column(array: Any, path: str, encoder: Encoder, encode_index: Callable[[Any, str, Encoder], Tree]) -> Tree:
    """The tree of one column.

    Args:
        array: The column's extension array.
        path: Where it stands.
        encoder: Gets what stands beside the tree.
        encode_index: Encodes categories and the ends of intervals.
    """
    import numpy
    import pandas

    def keep(values: Any) -> str:
        return encoder.keep(encoder.blobs.arrays, path, numpy.array(values))

    # strings first: in pandas 3 they are a NumpyExtensionArray too
    if isinstance(array.dtype, pandas.StringDtype):
        gone = pandas.isna(array)
        texts = [None if missing else str(text) for text, missing in zip(array.tolist(), gone, strict=True)]
        missing = "NA" if array.dtype.na_value is pandas.NA else "nan"
        return {"kind": "texts", "v": texts, "storage": array.dtype.storage, "missing": missing}
    dtype = numpy_dtype(array)
    if dtype is not None and dtype.kind != "O":
        return {"kind": "numpy", "key": keep(numpy.asarray(array, dtype)), "dtype": str(dtype)}
    if dtype is not None:
        return {"kind": "list", "v": encoder.items(array.tolist(), path), "dtype": "object"}
    if isinstance(array, pandas.Categorical):
        categories = encode_index(array.categories, f"{path}.categories", encoder)
        return {"kind": "category", "key": keep(array.codes), "categories": categories, "ordered": bool(array.ordered)}
    if isinstance(array.dtype, pandas.DatetimeTZDtype):
        return {"kind": "zoned", "key": keep(array.asi8), "dtype": str(array.dtype)}
    if isinstance(array.dtype, pandas.PeriodDtype):
        return {"kind": "period", "key": keep(array.asi8), "freq": str(array.dtype)[len("period[") : -1]}
    if isinstance(array.dtype, pandas.IntervalDtype):
        ends = [
            encode_index(array.left, f"{path}.left", encoder),
            encode_index(array.right, f"{path}.right", encoder),
        ]
        return {"kind": "interval", "ends": ends, "closed": array.closed}
    if isinstance(array, pandas.arrays.IntegerArray | pandas.arrays.FloatingArray | pandas.arrays.BooleanArray):
        gone = numpy.asarray(pandas.isna(array))
        plain = array.to_numpy(dtype=array.dtype.numpy_dtype, na_value=array.dtype.type(0))
        return {"kind": "masked", "key": keep(plain), "missing": keep(gone) if gone.any() else None}
    missing_at = [bool(flag) for flag in pandas.isna(array)]
    items = [None if gone else value for value, gone in zip(array.tolist(), missing_at, strict=True)]
    return {"kind": "list", "v": encoder.items(items, path), "dtype": str(array.dtype)}


def decode_column(tree: Tree, decoder: Decoder) -> Any:
    """The array of one column, of numpy or pandas."""
    import numpy
    import pandas

    kind, arrays = tree["kind"], decoder.blobs.arrays
    if kind == "numpy":
        return arrays[tree["key"]]
    if kind == "texts":
        dtype = pandas.StringDtype(tree["storage"], na_value=pandas.NA if tree["missing"] == "NA" else numpy.nan)
        return pandas.array(tree["v"], dtype=dtype)
    if kind == "category":
        categories = decoder.decode(tree["categories"])
        return pandas.Categorical.from_codes(arrays[tree["key"]], categories=categories, ordered=tree["ordered"])
    if kind == "zoned":
        return _zoned(arrays[tree["key"]], tree["dtype"])
    if kind == "period":
        return pandas.arrays.PeriodArray(arrays[tree["key"]], dtype=pandas.PeriodDtype(tree["freq"]))
    if kind == "interval":
        left, right = (decoder.decode(end) for end in tree["ends"])
        return pandas.arrays.IntervalArray.from_arrays(left, right, closed=tree["closed"])
    if kind == "masked":
        values = arrays[tree["key"]]
        missing = numpy.zeros(len(values), dtype=bool) if tree["missing"] is None else arrays[tree["missing"]]
        masked = {"b": pandas.arrays.BooleanArray, "f": pandas.arrays.FloatingArray}
        return masked.get(values.dtype.kind, pandas.arrays.IntegerArray)(values, missing)
    if kind != "list":
        raise ValueError(f"a column is of the unknown kind `{kind}`")
    items = decoder.decode(tree["v"])
    return pandas.Series(items, dtype=tree["dtype"]).array


def _zoned(moments: Any, dtype: str) -> Any:
    """Moments of a zone, or of none; `dtype` is what pandas calls it: `datetime64[ns, Europe/Prague]`."""
    import pandas

    unit, _, zone = dtype.removeprefix("datetime64[").rstrip("]").partition(", ")
    plain = pandas.Series(moments.view(f"datetime64[{unit}]"))
    return plain.dt.tz_localize("UTC").dt.tz_convert(zone).array if zone else plain.array
