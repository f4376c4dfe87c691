"""One column: its values as numbers, as texts or as dates, and the facts that a schema keeps of it.

A text column is held as its different values, how often each occurs, and a code per row, so that what is asked of a
text is asked once per different text. Columns of pandas, polars, numpy and plain lists are understood.
"""

from __future__ import annotations

import datetime as clock
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from numbers import Number
from typing import Any

import numpy as np

from nbexport_runtime.pipeline.checks import dates

CATEGORIES = 30
"""A text column with no more different values than this is one of categories."""
DISCRETE = 15
"""A number column with no more different values than this is compared value by value."""
BINS = 10
OUTER = 0.05
"""The share of the numbers that tells how heavy a tail is."""
HARDLY = 3e-4
"""How many numbers of a sample of the same size are beyond `far`, on average."""
FARTHEST = 1.79769e308
FEWEST_FOR_ID = 200
"""A column of fewer rows whose values all differ is an id only if its name says so."""
ID_NAME = re.compile(r"(^|[_\W])(id|ids|uuid|guid|key|index|nr|number|no)$|[a-z]Id$", re.IGNORECASE)
MISSING = frozenset({"", "na", "nan", "null", "none", "n/a", "nat", "<na>"})
"""Texts that stand for a missing value, where the reader is one that gives everything as text."""
BROKEN = re.compile("\ufffd|[\u00c3\u00c2][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u2013-\u2122\u20ac]")
"""What UTF-8 looks like that was read with another encoding, and the other way round."""

Facts = dict[str, Any]


@dataclass
class Column:
    """The values of one column."""

    name: str
    rows: int
    dtype: str
    """What the reader calls its type."""
    kind: str
    """`integer`, `number`, `boolean`, `text`, `date` or `other`."""
    numbers: Any = None
    """(rows,) float64 of numbers and of dates in seconds since 1970; NaN where missing or not a date."""
    texts: list[str] = field(default_factory=list)
    """The different texts."""
    codes: Any = None
    """(rows,) int64: which text each row has; -1 where missing."""
    format: str = ""
    """The format of dates."""

    @cached_property
    def counts(self) -> Any:
        """(texts,) int64: how many rows have each text."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.texts))

    @cached_property
    def present(self) -> int:
        """How many values are not missing."""
        if self.codes is not None:
            return int((self.codes >= 0).sum())
        return self.rows if self.numbers is None else int((~np.isnan(self.numbers)).sum())

    @property
    def missing(self) -> float:
        """The share of missing values."""
        return share(self.rows - self.present, self.rows)

    @cached_property
    def finite(self) -> Any:
        """(finite values,) float64 in rising order."""
        return np.sort(self.numbers[np.isfinite(self.numbers)])

    @cached_property
    def distinct(self) -> int:
        """How many different values there are."""
        if self.codes is not None:
            return int((self.counts > 0).sum())
        if self.numbers is None:
            return 0
        return int((np.diff(self.finite) != 0).sum()) + bool(len(self.finite))

    def labels(self, step: int = 1) -> Any:
        """(rows / step,) int64: which of its values each row has; -1 where missing.

        Args:
            step: Every how many rows one is looked at.
        """
        if self.codes is not None:
            return self.codes[::step]
        codes: Any = np.full(len(range(0, self.rows, step)), -1, dtype=np.int64)
        if self.numbers is not None:
            numbers = self.numbers[::step]
            there = ~np.isnan(numbers)
            codes[there] = np.unique(numbers[there], return_inverse=True)[1]
        return codes

    @property
    def is_key(self) -> bool:
        """Whether its values tell rows apart."""
        if self.kind not in ("integer", "text") or self.present < self.rows or self.rows < 2:
            return False
        if self.distinct < self.rows:
            return False
        if ID_NAME.search(self.name):
            return True
        if self.rows < FEWEST_FOR_ID:
            return False
        return self.kind == "integer" or len({len(text) for text in self.texts[: dates.SAMPLE]}) == 1

    def first_row(self, mask: Any) -> int:
        """The first row, counted from 1, of which a mask is true."""
        return int(np.argmax(mask)) + 1

    def counts_of_values(self) -> list[int]:
        """How often each of its values occurs."""
        codes = self.labels()
        return [int(count) for count in np.bincount(codes[codes >= 0])]

    def shares(self) -> dict[str, float]:
        """Value → its share of the values that are there."""
        if self.codes is not None:
            pairs = zip(self.texts, self.counts.tolist(), strict=True)
            return {text: share(count, self.present) for text, count in sorted(pairs) if count}
        values, counts = np.unique(self.finite, return_counts=True)
        of_numbers = zip(values.tolist(), counts.tolist(), strict=True)
        return {number_text(value): share(count, self.present) for value, count in of_numbers}

    # ------------------------------------------------------------------ what the schema keeps

    def facts(self, *, now_s: float) -> Facts:
        """What the schema keeps of it.

        Args:
            now_s: The time, in seconds since 1970: later dates lie in the future.
        """
        facts: Facts = {"type": self.kind, "dtype": self.dtype, "missing": self.missing, "distinct": self.distinct}
        if self.is_key:
            facts["unique"] = True
        if self.kind == "date":
            facts |= self._date_facts(now_s)
        elif self.numbers is not None:
            facts |= self._number_facts()
        elif self.codes is not None:
            facts |= self._text_facts()
        return facts

    def _number_facts(self) -> Facts:
        values = self.finite
        facts: Facts = {}
        infinite = int(np.isinf(self.numbers).sum())
        if infinite:
            facts["infinite"] = share(infinite, self.rows)
        if not len(values):
            return facts
        low, middle, high = np.quantile(values, [0.01, 0.5, 0.99]).tolist()
        facts |= {"min": float(values[0]), "max": float(values[-1])}
        if self.is_key:
            return facts
        facts |= {"low": rounded(low), "median": rounded(middle), "high": rounded(high)}
        if self.kind != "boolean" and self.distinct > 1:
            facts["far"] = far(values, discrete=self.distinct <= DISCRETE)
        if values[0] < 0:
            facts["negative"] = share(int((values < 0).sum()), self.rows)
        if self.distinct <= DISCRETE:
            facts["values"] = self.shares()
        else:
            edges = np.unique(np.quantile(values, np.arange(1, BINS) / BINS, method="inverted_cdf"))
            facts["bins"] = {"edges": edges.tolist(), "shares": histogram(values, edges)}
        return facts

    def _text_facts(self) -> Facts:
        facts: Facts = {}
        lengths = np.array([len(text) for text in self.texts], dtype=np.int64)[self.codes[self.codes >= 0]]
        if 0 < self.distinct <= CATEGORIES and self.distinct * 2 <= self.present:
            facts["categories"] = self.shares()
        elif len(lengths):
            edges = np.unique(np.quantile(lengths, np.arange(1, BINS) / BINS, method="inverted_cdf"))
            facts["length"] = {
                "min": int(lengths.min()),
                "max": int(lengths.max()),
                "edges": edges.tolist(),
                "shares": histogram(np.sort(lengths), edges),
            }
        for name, mask in (("padded", self.padded), ("broken", self.broken)):
            if mask.any():
                facts[name] = share(int(self.counts[mask].sum()), self.rows)
        return facts

    @cached_property
    def padded(self) -> Any:
        """(texts,) bool: which begin or end with spaces, or are blank."""
        return np.array([text != text.strip() or not text for text in self.texts], dtype=bool)

    @cached_property
    def broken(self) -> Any:
        """(texts,) bool: which show signs of a wrong encoding."""
        return np.array([not text.isascii() and bool(BROKEN.search(text)) for text in self.texts], dtype=bool)

    def _date_facts(self, now_s: float) -> Facts:
        facts: Facts = {"format": self.format}
        values = self.finite
        if self.codes is not None:
            facts["invalid"] = share(int((np.isnan(self.numbers) & (self.codes >= 0)).sum()), self.rows)
        if len(values):
            facts |= {"min": dates.shown(values[0]), "max": dates.shown(values[-1])}
            facts |= {"future": share(int((values > now_s + dates.DAY_S).sum()), self.rows)}
            facts |= {"granularity": granularity(values), "after_12th": after_12th(values)}
        return facts


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


def number_of(text: str) -> float | None:
    """The number that a text is; None for any other text."""
    try:
        return float(text)
    except ValueError:
        return None


def number_text(value: float) -> str:
    """A number as the key of an object."""
    return str(int(value)) if value == int(value) else repr(value)


def histogram(ordered: Any, edges: Any) -> list[float]:
    """The share of values up to the first edge, between the edges, and above the last.

    Args:
        ordered: (values,) in rising order.
        edges: (edges,) in rising order.
    """
    places = np.searchsorted(ordered, np.asarray(edges), side="right")
    counts = np.diff(np.concatenate(([0], places, [len(ordered)])))
    return [share(int(count), len(ordered)) for count in counts]


def far(ordered: Any, *, discrete: bool = False) -> list[float]:
    """Below and above which numbers a sample of the same data hardly has one.

    Beyond twice the known range, and beyond where a Pareto tail through the outer numbers ends: its exponent is Hill's
    estimate, or that of the outermost number, whichever is heavier. Source: Hill, A Simple General Approach to
    Inference About the Tail of a Distribution, 1975.

    Args:
        ordered: (values,) in rising order.
        discrete: There are few different ones; Hill's estimate does not hold for these.
    """
    middle = float(np.median(ordered))
    low, high = float(ordered[0]), float(ordered[-1])
    width = max(high - low, abs(high), abs(low), 1e-9)
    limits = []
    for tail, end in ((ordered - middle, high), ((middle - ordered)[::-1], low)):
        start = float(np.quantile(tail, 1 - OUTER))
        reach = 0.0
        if start > 0:
            beyond = tail[tail > start]
            expected = max(len(ordered) * OUTER, 2.0)
            excess = math.log(max(float(tail[-1]) / start, 1.0)) / math.log(expected)
            if len(beyond) and not discrete:
                excess = max(excess, float(np.log(beyond / start).mean()))
            reach = min(start * math.exp(min(excess * math.log(expected / HARDLY), 600.0)), FARTHEST)
        limits.append((end, max(width, reach - float(tail[-1]))))
    (upper, above), (lower, below) = limits
    return [rounded(max(lower - below, -FARTHEST)), rounded(min(upper + above, FARTHEST))]


def granularity(values: Any) -> str:
    """The coarsest unit that all of some seconds are whole in: `month`, `day` or `second`."""
    if (values % dates.DAY_S != 0).any():
        return "second"
    return "month" if (days_of_month(values) == 1).all() else "day"


def after_12th(values: Any) -> float:
    """The share of dates after the 12th of a month: what is left of day and month that were mixed up has none."""
    return share(int((days_of_month(values) > 12).sum()), len(values))


def days_of_month(values: Any) -> Any:
    """(values,) int64: the day of the month, from 1."""
    days = np.floor(values / dates.DAY_S).astype("datetime64[D]")
    return (days - days.astype("datetime64[M]")).astype(np.int64) + 1


def share(part: int, whole: int) -> float:
    """A part of a whole, rounded."""
    return round(part / whole, 6) if whole else 0.0


def rounded(value: float) -> float:
    """A number with the digits that a comparison needs."""
    return float(f"{value:.6g}")
