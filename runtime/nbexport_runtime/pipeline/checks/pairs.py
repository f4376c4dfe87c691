"""A column and what the schema knows of it: how findings about it are written, and whether it drifted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from nbexport_runtime.pipeline.checks import chance
from nbexport_runtime.pipeline.checks.columns import Column, Facts
from nbexport_runtime.pipeline.checks.figures import share
from nbexport_runtime.pipeline.checks.kinds import Finding

FEWEST = 20
"""A distribution of fewer rows is not compared."""


@dataclass(frozen=True)
class Pair:
    """A column and what is known of it."""

    table: str
    new: Column
    known: Facts
    known_rows: int
    tolerance: float
    now_s: float

    def problem(self, kind: str, text: str, *, part: float = 1.0, hint: str = "") -> Finding:
        """A finding about this column.

        Args:
            kind: Its kind.
            text: What it is; the column's name is put before it.
            part: The share of the rows that it concerns.
            hint: What it probably is.
        """
        return Finding(
            kind, self.table, f"`{self.table}`: `{self.new.name}` {text}", self.new.name, part <= self.tolerance, hint
        )

    def is_more(self, count: int, name: str) -> bool:
        """Whether more values have a flaw than the schema knows: any where none had it.

        Args:
            count: How many have it.
            name: What the schema calls their share.
        """
        before = float(self.known.get(name) or 0.0)
        return count > 0 and (before == 0 or share(count, self.new.rows) > before + self.tolerance)

    def percent(self, count: int) -> str:
        """A count as a share of the rows."""
        part = share(count, self.new.rows)
        return f"{part:.1%} ({count} of {self.new.rows})"

    def some(self, mask: Any) -> tuple[float, str]:
        """The share of the rows that a mask (rows,) selects, and how a person reads it."""
        count = int(mask.sum())
        return share(count, self.new.rows), f"{self.percent(count)}, first in row {self.new.first_row(mask)}"


def drift(pair: Pair, before: list[float], now: list[float]) -> Iterator[Finding]:
    """A distribution that differs by more than chance."""
    rows = pair.new.present
    if len(before) < 2 or min(rows, pair.known_rows) < FEWEST:
        return
    index = chance.stability(before, now, pair.known_rows, rows)
    if index < max(chance.SMALLEST_DRIFT, chance.drift_by_chance(len(before), pair.known_rows, rows)):
        return
    kind = "strong_drift" if index >= chance.STRONG_DRIFT else "drift"
    moved = ""
    if "median" in pair.known and pair.new.numbers is not None and pair.new.kind != "date":
        moved = f"; its median is {float(np.median(pair.new.finite)):g}, it was {pair.known['median']:g}"
    yield pair.problem(kind, f"has another distribution (PSI {index:.2f}){moved}")
