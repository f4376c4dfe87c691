"""One table: its columns one after the other, equal rows, the order of its rows, its label, and its facts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from nbexport_runtime.pipeline.checks.building import column
from nbexport_runtime.pipeline.checks.columns import Column, Facts
from nbexport_runtime.pipeline.checks.figures import share
from nbexport_runtime.pipeline.checks.raw import Raw

CLASSES = 50
"""A label of no more different values than this is a class; of more, a number."""
MOST_ROWS = 100_000
"""So many rows tell whether a column tells the label."""
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


@dataclass
class Table:
    """A table as a reader returns it, or an array as a table of one column."""

    name: str
    rows: int
    columns: dict[str, Column]
    raw: Raw | None = None
    """The bytes of its file; None where it has none of text."""
    shape: tuple[int, ...] = ()
    """The shape of one row of an array."""
    unit: str = "rows"
    """What is counted."""

    @cached_property
    def _keys(self) -> Any:
        """(rows,) uint64: a number per row that equal rows share."""
        keys: Any = np.zeros(self.rows, dtype=np.uint64)
        for values in self.columns.values():
            if values.codes is not None:
                own = values.codes.astype(np.uint64)
            elif values.numbers is not None:
                own = (values.numbers + 0.0).view(np.uint64)
            else:
                continue
            # a mix of bits that spreads neighbors, so that sums of columns do not meet
            own = (own ^ (own >> np.uint64(31))) * _FACTOR
            own ^= own >> np.uint64(29)
            keys = (keys * np.uint64(1_000_003)) ^ own
        return keys

    @property
    def duplicates(self) -> float:
        """The share of rows that equal an earlier one."""
        if not self.columns or self.shape:
            return 0.0
        keys = np.sort(self._keys)
        return share(int((keys[1:] == keys[:-1]).sum()), self.rows)

    def first_duplicate(self) -> int:
        """The first row, counted from 1, that equals an earlier one."""
        repeated: Any = np.ones(self.rows, dtype=bool)
        repeated[np.unique(self._keys, return_index=True)[1]] = False
        return int(np.argmax(repeated)) + 1

    def sorted_by(self) -> list[str]:
        """The columns of numbers and dates by which the rows rise."""
        return [
            name
            for name, values in self.columns.items()
            if values.numbers is not None
            and not self.shape
            and values.distinct > self.rows // 10
            and values.distinct > 2
            and rises(values.numbers)
        ]

    def facts(self, *, label: str, now_s: float) -> Facts:
        """What the schema keeps of it.

        Args:
            label: The column that is to be predicted; empty where it is not known.
            now_s: The time, in seconds since 1970.
        """
        columns = {name: values.facts(now_s=now_s) for name, values in self.columns.items()}
        if label in self.columns:
            for name, values in self.columns.items():
                if name != label and not values.is_key:
                    columns[name]["tells_label"] = round(telling(values, self.columns[label]), 4)
        facts: Facts = {"rows": self.rows, "duplicates": self.duplicates, "label": label}
        facts |= {"order": list(self.columns), "sorted_by": self.sorted_by()}
        if self.raw is not None:
            facts["file"] = self.raw.facts()
        if self.shape:
            facts["shape"] = list(self.shape)
        if self.unit != "rows":
            facts["unit"] = self.unit
        return {**facts, "columns": columns}


def of_frame(name: str, frame: Any, raw: Raw | None = None) -> Table:
    """The table of a frame of pandas or polars."""
    columns: dict[str, Column] = {}
    for place, label in enumerate(frame.columns):
        text = str(label)
        values = frame.iloc[:, place] if hasattr(frame, "iloc") else frame[label]
        columns[text if text not in columns else f"{text} ({place + 1})"] = column(text, values)
    return Table(name, len(frame), columns, raw)


def rises(numbers: Any) -> bool:
    """Whether numbers never fall; missing ones are passed over."""
    there = numbers[~np.isnan(numbers)]
    return bool((there[1:] >= there[:-1]).all())


def telling(values: Column, label: Column) -> float:
    """How well a column alone tells the label, from 0 (not better than a constant) to 1.

    Of a long table, rows that are evenly spread are looked at.

    For classes: the share of errors of the best constant that the best rule on this column avoids; a rule is a class
    per value, or one threshold. For a label of numbers: the squared correlation.
    """
    step = max(1, label.rows // MOST_ROWS)
    classes = label.labels(step)
    there = classes >= 0
    if not there.any() or label.distinct < 2:
        return 0.0
    if label.distinct > CLASSES:
        return _correlation(values, label, step)
    totals = np.bincount(classes[there])
    errors = int(there.sum() - totals.max())
    best = int(totals.max())
    if values.distinct <= CLASSES:
        codes = values.labels(step)
        count = int(codes.max(initial=-1)) + 2
        # missing values are a value too
        pairs = np.bincount((codes[there] + 1) * len(totals) + classes[there], minlength=count * len(totals))
        best = int(pairs.reshape(count, len(totals)).max(axis=1).sum())
    elif values.numbers is not None and len(totals) == 2:
        numbers = values.numbers[::step]
        both = there & ~np.isnan(numbers)
        if not both.any():
            return 0.0
        order = np.argsort(numbers[both], kind="stable")
        ones = np.cumsum(classes[both][order])
        zeros = np.arange(1, len(ones) + 1) - ones
        ends: Any = np.append(np.diff(numbers[both][order]) != 0, True)
        rising, falling = zeros + (ones[-1] - ones), ones + (zeros[-1] - zeros)
        best = max(best, int(rising[ends].max()), int(falling[ends].max()))
    return max(0.0, (best - totals.max()) / errors) if errors else 0.0


def _correlation(values: Column, label: Column, step: int) -> float:
    """The squared correlation of two columns of numbers."""
    if values.numbers is None or label.numbers is None:
        return 0.0
    first, second = values.numbers[::step], label.numbers[::step]
    both = np.isfinite(first) & np.isfinite(second)
    first, second = first[both], second[both]
    if len(first) < 3 or not first.std() or not second.std():
        return 0.0
    return float(np.corrcoef(first, second)[0, 1] ** 2)
