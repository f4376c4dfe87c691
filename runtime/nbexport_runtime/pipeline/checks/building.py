"""The column of a series of pandas or polars, of an array of numpy, or of a list."""

from __future__ import annotations

import datetime as clock
import math
from collections.abc import Sequence
from numbers import Number
from typing import Any

import numpy as np

from nbexport_runtime.pipeline.checks import dates
from nbexport_runtime.pipeline.checks.columns import Column
from nbexport_runtime.pipeline.checks.figures import number_of

MISSING = frozenset({"", "na", "nan", "null", "none", "n/a", "nat", "<na>"})
"""Texts that stand for a missing value, where the reader is one that gives everything as text."""


def column(name: str, values: Any, *, typed: bool = True) -> Column:
    """The column of some values.

    Args:
        name: Its name.
        values: A series of pandas or polars, an array of one dimension, or a list.
        typed: Whether the reader gives types; otherwise texts that are all numbers are numbers.
    """
    library = type(values).__module__.partition(".")[0]
    dtype = str(getattr(values, "dtype", "object"))
    if library == "pandas":
        return _of_pandas(name, values, dtype)
    if library == "polars" and values.dtype.is_numeric():
        return _of_numbers(name, values.cast(float).to_numpy(), dtype, whole=values.dtype.is_integer())
    if library == "numpy" and values.dtype.kind in "biuf":
        return _of_numbers(name, values.astype(np.float64), dtype, whole=values.dtype.kind in "iu")
    return _of_objects(name, values.tolist() if library == "numpy" else list(values), dtype, typed=typed)


def _of_pandas(name: str, values: Any, dtype: str) -> Column:
    import pandas as pd

    kinds = pd.api.types
    if kinds.is_bool_dtype(values.dtype) and dtype in ("bool", "boolean"):
        numbers = values.to_numpy(dtype=np.float64, na_value=math.nan, copy=True)
        return Column(name, len(values), dtype, "boolean", numbers)
    if kinds.is_numeric_dtype(values.dtype) and not kinds.is_complex_dtype(values.dtype):
        numbers = values.to_numpy(dtype=np.float64, na_value=math.nan, copy=True)
        result = _of_numbers(name, numbers, dtype, whole=kinds.is_integer_dtype(values.dtype))
        if result.kind == "integer" and len(numbers) and np.nanmax(np.abs(numbers), initial=0) > 2**53:
            # too large for a float to tell apart
            result.distinct = int(values.nunique())
        return result
    if kinds.is_datetime64_any_dtype(values.dtype):
        plain = values.dt.tz_convert(None) if getattr(values.dtype, "tz", None) is not None else values
        numbers = plain.to_numpy().astype("datetime64[us]").astype(np.int64) / 1e6
        numbers[values.isna().to_numpy()] = math.nan
        return Column(name, len(values), dtype, "date", numbers, format=dtype.partition("[")[0])
    try:
        codes, uniques = pd.factorize(values)
    except TypeError:
        return Column(name, len(values), dtype, "other", codes=None)
    return _of_coded(name, np.asarray(codes, dtype=np.int64), uniques.tolist(), dtype, typed=True)


def _of_numbers(name: str, numbers: Any, dtype: str, *, whole: bool = False) -> Column:
    if not whole:
        finite = numbers[np.isfinite(numbers)]
        whole = bool(len(finite)) and bool((finite == np.floor(finite)).all())
    return Column(name, len(numbers), dtype, "integer" if whole else "number", numbers)


def _of_objects(name: str, values: list[Any], dtype: str, *, typed: bool) -> Column:
    places: dict[Any, int] = {}
    codes: Any = np.empty(len(values), dtype=np.int64)
    try:
        for row, value in enumerate(values):
            absent = value is None or value != value or (not typed and str(value).strip().lower() in MISSING)
            codes[row] = -1 if absent else places.setdefault(value, len(places))
    except (TypeError, ValueError):
        # lists, dictionaries, arrays
        return Column(name, len(values), dtype, "other")
    return _of_coded(name, codes, list(places), dtype, typed=typed)


def _of_coded(name: str, codes: Any, uniques: list[Any], dtype: str, *, typed: bool) -> Column:
    """A column by its different values, which may be of any type."""
    if uniques and all(isinstance(value, bool) for value in uniques):
        return Column(name, len(codes), dtype, "boolean", _spread([float(value) for value in uniques], codes))
    if uniques and all(isinstance(value, Number) and not isinstance(value, complex) for value in uniques):
        return _of_numbers(name, _spread([float(value) for value in uniques], codes), dtype)
    if uniques and all(isinstance(value, clock.date) for value in uniques):
        return Column(name, len(codes), dtype, "date", _spread([_moment(v) for v in uniques], codes), format="date")
    texts = [value if isinstance(value, str) else str(value) for value in uniques]
    if not typed and texts and all(number_of(text) is not None for text in texts):
        return _of_numbers(name, _spread([number_of(text) or 0.0 for text in texts], codes), dtype)
    form = dates.format_of(texts)
    if form is not None:
        numbers = _spread(dates.all_seconds(texts, form), codes)
        return Column(name, len(codes), dtype, "date", numbers, texts, codes, form)
    return Column(name, len(codes), dtype, "text", None, texts, codes)


def _spread(of_unique: Sequence[float], codes: Any) -> Any:
    """(rows,) float64 from a number per different value."""
    return np.array([*of_unique, math.nan], dtype=np.float64)[codes]


def _moment(value: clock.date) -> float:
    """The seconds since 1970 of a date or of a date and time."""
    moment = value if isinstance(value, clock.datetime) else clock.datetime(value.year, value.month, value.day)  # noqa: DTZ001
    return (moment if moment.tzinfo else moment.replace(tzinfo=clock.UTC)).timestamp()
