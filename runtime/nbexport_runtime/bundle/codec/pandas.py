"""pandas: frames and series column by column, indexes, moments.

The columns of a frame that have one dtype of numpy's stand in one array beside the tree, each in a row of it; strings
and mixed values are one list in the tree:

    frame[["a", "b", "name"]]  →  arrays: frame.float64 (2, rows)    tree: name ["x", "y", …]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbexport_runtime.bundle.allowed import Allowed, Family
from nbexport_runtime.bundle.codec._pandas_columns import decode_column, encode_column, numpy_dtype
from nbexport_runtime.bundle.errors import UnsaveableError
from nbexport_runtime.bundle.interface import Codec, Tree

if TYPE_CHECKING:
    from nbexport_runtime.bundle.encoding import Decoder, Encoder


def encode(value: Any, path: str, encoder: Encoder) -> Tree | None:
    """The tree of one of pandas' values."""
    import pandas

    if type(value) is pandas.DataFrame:
        return _encode_frame(value, path, encoder)
    if type(value) is pandas.Series:
        return {
            "t": "series",
            "name": encoder.encode(value.name, path),
            "index": _encode_index(value.index, f"{path}.index", encoder),
            "v": _encode_values(value.array, path, encoder),
            **_encode_attributes(value, path, encoder),
        }
    if isinstance(value, pandas.Index):
        return _encode_index(value, path, encoder)
    if isinstance(value, pandas.api.extensions.ExtensionArray):
        # `frame["label"].unique()`
        return {"t": "extension", "v": _encode_values(value, path, encoder)}
    if isinstance(value, pandas.StringDtype):
        missing = encoder.encode(value.na_value, path)
        return {"t": "string_dtype", "storage": value.storage, "missing": missing}
    if value is pandas.NA or value is pandas.NaT:
        return {"t": "NA" if value is pandas.NA else "NaT"}
    if isinstance(value, pandas.Timestamp):
        return {
            "t": "Timestamp",
            "v": encoder.encode(_numpy_of(value), path),
            "zone": encoder.encode(value.tz, path),
        }
    if isinstance(value, pandas.Timedelta):
        return {"t": "Timedelta", "v": encoder.encode(_numpy_of(value), path)}
    if isinstance(value, pandas.Period):
        return {"t": "Period", "v": value.ordinal, "freq": value.freqstr}
    if isinstance(value, pandas.offsets.BaseOffset):
        return _encode_offset(value, path)
    if isinstance(value, pandas.Interval):
        return {"t": "Interval", "v": encoder.items([value.left, value.right], path), "closed": value.closed}
    return None


def _encode_offset(value: Any, path: str) -> Tree:
    """A step such as `MonthBegin`, as a name that pandas reads.

    Raises:
        UnsaveableError: Its name does not say all.
    """
    import pandas

    try:
        again = pandas.tseries.frequencies.to_offset(value.freqstr)
    except ValueError:
        again = None
    if again != value or type(again) is not type(value):
        raise UnsaveableError(f"`{path}` is a step of dates (`{value.freqstr}`) that has no name")
    return {"t": "offset", "v": value.freqstr}


def _offset(tree: Tree, decoder: Decoder) -> Any:
    import pandas

    return pandas.tseries.frequencies.to_offset(tree["v"])


def _numpy_of(value: Any) -> Any:
    """A timestamp (in UTC) or timedelta as a numpy scalar of the same unit."""
    if getattr(value, "tz", None) is not None:
        value = value.tz_convert("UTC").tz_localize(None)
    return value.to_numpy()


def _encode_attributes(value: Any, path: str, encoder: Encoder) -> Tree:
    return {"attrs": encoder.encode(dict(value.attrs), f"{path}.attrs")} if value.attrs else {}


def _encode_frame(frame: Any, path: str, encoder: Encoder) -> Tree:
    import numpy

    blocks: dict[str, list[tuple[int, Any]]] = {}
    others: list[list[Any]] = []
    for position in range(frame.shape[1]):
        array = frame.iloc[:, position].array
        dtype = numpy_dtype(array)
        if dtype is not None and dtype.kind != "O":
            blocks.setdefault(str(dtype), []).append((position, numpy.asarray(array, dtype)))
        else:
            others.append([position, _encode_values(array, f"{path}.{position}", encoder)])
    return {
        "t": "frame",
        "columns": _encode_index(frame.columns, f"{path}.columns", encoder),
        "index": _encode_index(frame.index, f"{path}.index", encoder),
        "blocks": [
            {
                "key": encoder.keep(
                    encoder.blobs.arrays, f"{path}.{dtype}", numpy.stack([array for _, array in columns])
                ),
                "at": [position for position, _ in columns],
            }
            for dtype, columns in blocks.items()
        ],
        "others": others,
        **_encode_attributes(frame, path, encoder),
    }


def _frame(tree: Tree, decoder: Decoder) -> Any:
    import pandas

    index = decoder.decode(tree["index"])
    columns = decoder.decode(tree["columns"])
    if "blocks" not in tree:  # format 1
        arrays = dict(enumerate(decode_column(part, decoder) for part in tree["v"]))
    else:
        arrays = {position: decode_column(part, decoder) for position, part in tree["others"]}
        for block in tree["blocks"]:
            rows = decoder.blobs.arrays[block["key"]]
            arrays.update({position: rows[row] for row, position in enumerate(block["at"])})
    if sorted(arrays) != list(range(len(columns))):
        raise ValueError("a frame has other columns than its names")
    if "blocks" in tree and len(tree["blocks"]) == 1 and not tree["others"] and rows.dtype.kind in "biuf":
        frame = pandas.DataFrame(rows.T, index=index, copy=True)
    else:
        series = {
            n: pandas.Series(arrays[n], index=index, dtype=arrays[n].dtype, copy=True) for n in range(len(columns))
        }
        frame = pandas.DataFrame(series, index=index)
    frame.columns = columns
    frame.attrs.update(decoder.decode(tree.get("attrs")) or {})
    return frame


def _series(tree: Tree, decoder: Decoder) -> Any:
    import pandas

    values = decode_column(tree["v"], decoder)
    series = pandas.Series(
        values, index=decoder.decode(tree["index"]), name=decoder.decode(tree["name"]), dtype=values.dtype
    )
    series.attrs.update(decoder.decode(tree.get("attrs")) or {})
    return series


def _extension(tree: Tree, decoder: Decoder) -> Any:
    import pandas

    values = decode_column(tree["v"], decoder)
    return pandas.Series(values, dtype=values.dtype).array


# --------------------------------------------------------------------------- indexes


def _encode_index(index: Any, path: str, encoder: Encoder) -> Tree:
    """The tree of an index, without a number: two frames may share one when they are saved, and not when loaded."""
    import numpy
    import pandas

    if isinstance(index, pandas.RangeIndex):
        parts = [index.start, index.stop, index.step]
        return {"t": "range_index", "v": parts, "name": encoder.encode(index.name, path)}
    if isinstance(index, pandas.MultiIndex):
        return {
            "t": "multi_index",
            "levels": [_encode_index(level, f"{path}.{n}", encoder) for n, level in enumerate(index.levels)],
            "codes": [encoder.keep(encoder.blobs.arrays, f"{path}.codes", numpy.array(codes)) for codes in index.codes],
            "names": encoder.encode(list(index.names), path),
        }
    return {
        "t": "index",
        "name": encoder.encode(index.name, path),
        "v": _encode_values(index.array, path, encoder),
        "freq": getattr(index, "freqstr", None),
    }


def _encode_values(array: Any, path: str, encoder: Encoder) -> Tree:
    return encode_column(array, path, encoder, _encode_index)


def _index(tree: Tree, decoder: Decoder) -> Any:
    import pandas

    values = decode_column(tree["v"], decoder)
    index = pandas.Index(values, name=decoder.decode(tree["name"]), dtype=values.dtype)
    if tree["freq"] is not None and hasattr(index, "_with_freq"):
        index.freq = tree["freq"]
    return index


def _range_index(tree: Tree, decoder: Decoder) -> Any:
    import pandas

    return pandas.RangeIndex(*tree["v"], name=decoder.decode(tree["name"]))


def _multi_index(tree: Tree, decoder: Decoder) -> Any:
    import pandas

    names = decoder.decode(tree["names"])
    if "levels" not in tree:  # format 1
        return pandas.MultiIndex.from_tuples(decoder.decode(tree["v"]), names=names)
    levels = [decoder.decode(level) for level in tree["levels"]]
    return pandas.MultiIndex(levels, [decoder.blobs.arrays[key] for key in tree["codes"]], names=names)


# --------------------------------------------------------------------------- scalars


def _string_dtype(tree: Tree, decoder: Decoder) -> Any:
    import pandas

    return pandas.StringDtype(tree["storage"], na_value=decoder.decode(tree["missing"]))


def _timestamp(tree: Tree, decoder: Decoder) -> Any:
    import pandas

    plain, zone = pandas.Timestamp(decoder.decode(tree["v"])), decoder.decode(tree["zone"])
    return plain if zone is None else plain.tz_localize("UTC").tz_convert(zone)


def _timedelta(tree: Tree, decoder: Decoder) -> Any:
    import pandas

    return pandas.Timedelta(decoder.decode(tree["v"]))


def _period(tree: Tree, decoder: Decoder) -> Any:
    import pandas

    return pandas.Period(ordinal=tree["v"], freq=tree["freq"])


def _interval(tree: Tree, decoder: Decoder) -> Any:
    import pandas

    return pandas.Interval(*decoder.decode(tree["v"]), closed=tree["closed"])


def _missing(tree: Tree, decoder: Decoder) -> Any:
    import pandas

    return pandas.NA if tree["t"] == "NA" else pandas.NaT


CODEC = Codec(
    library="pandas",
    encode=encode,
    decoders={
        "frame": _frame,
        "series": _series,
        "extension": _extension,
        "string_dtype": _string_dtype,
        "index": _index,
        "range_index": _range_index,
        "multi_index": _multi_index,
        "Timestamp": _timestamp,
        "Timedelta": _timedelta,
        "offset": _offset,
        "Period": _period,
        "Interval": _interval,
        "NA": _missing,
        "NaT": _missing,
    },
    allowed=Allowed(
        families=(Family("pandas.*", base="pandas.api.extensions:ExtensionDtype", setstate=True),),
        names={
            "pandas": "DataFrame Index NaT Series Timedelta Timestamp isna isnull notna notnull to_datetime to_numeric"
        },
    ),
)
