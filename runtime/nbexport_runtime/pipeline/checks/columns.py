"""One column: its values as numbers, as texts or as dates, and the facts that a schema keeps of it.

A text column is held as its different values, how often each occurs, and a code per row, so that what is asked of a
text is asked once per different text. Columns of pandas, polars, numpy and plain lists are understood.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from nbexport_runtime.pipeline.checks import dates
from nbexport_runtime.pipeline.checks.figures import (
    after_12th,
    far,
    granularity,
    histogram,
    number_text,
    rounded,
    share,
)

CATEGORIES = 30
"""A text column with no more different values than this is one of categories."""
DISCRETE = 15
"""A number column with no more different values than this is compared value by value."""
BINS = 10
FEWEST_FOR_ID = 200
"""A column of fewer rows whose values all differ is an id only if its name says so."""
ID_NAME = re.compile(r"(^|[_\W])(id|ids|uuid|guid|key|index|nr|number|no)$|[a-z]Id$", re.IGNORECASE)
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
