"""One column against what the schema knows of it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from nbexport_runtime.pipeline.checks import chance, dates
from nbexport_runtime.pipeline.checks.columns import (
    Column,
    Facts,
    after_12th,
    granularity,
    histogram,
    number_of,
    share,
)
from nbexport_runtime.pipeline.checks.kinds import Finding

ONE_TYPE = ({"integer", "number"}, {"integer", "boolean"})
SMALLEST_SCALE = 4.0
"""A smaller factor between two medians is drift and not another unit."""
RARE_CATEGORY = 10
"""A category of fewer rows is rare."""
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


def compare(pair: Pair) -> list[Finding]:
    """What differs; where one thing explains others, only that one."""
    new, known = pair.new, pair.known
    if not new.rows:
        return []
    if not new.present:
        if known.get("missing", 0.0) < 1:
            was = f"{known.get('missing', 0.0):.1%} was"
            return [pair.problem("all_missing", f"has no value at all: 100.0% is missing, {was}")]
        return []
    findings = list(_missing(pair))
    if known.get("type") in (None, "other") or new.kind == "other":
        return findings
    retyped = list(_type(pair))
    if retyped:
        return [*findings, *retyped]
    if known.get("unique"):
        return [*findings, *_key(pair)]
    if _is_constant(pair):
        (value,) = new.shares() if new.distinct == 1 else ("",)
        return [
            *findings,
            pair.problem("constant", f"is `{value[:40]}` in every row, it had {known['distinct']} values"),
        ]
    if new.kind == "date":
        return [*findings, *_dates(pair)]
    if new.numbers is not None:
        return [*findings, *_numbers(pair)]
    return [*findings, *_texts(pair)]


def _missing(pair: Pair) -> Iterator[Finding]:
    """More missing values than chance explains."""
    before, now = pair.known.get("missing", 0.0), pair.new.missing
    count = pair.new.rows - pair.new.present
    text = f"lacks {now:.1%} of its values, {before:.1%} lacked"
    if now > before + pair.tolerance:
        if before and chance.z_of_shares(before, pair.known_rows, now, pair.new.rows) < chance.LARGE_Z:
            return
        yield pair.problem("missing_values", text)
    elif before == 0:
        if count and chance.all_outside(count, pair.new.rows, pair.known_rows) < chance.RARE:
            yield pair.problem("missing_values", text, part=0.0)
    elif now > before + 0.01 and chance.z_of_shares(before, pair.known_rows, now, pair.new.rows) > chance.LARGE_Z:
        yield pair.problem("missing_values", text, part=0.0)


def _type(pair: Pair) -> Iterator[Finding]:
    """Another type than the reader gave, and why."""
    new, before = pair.new, pair.known["type"]
    if new.kind == before or {new.kind, before} in ONE_TYPE:
        return
    if before in ("integer", "number", "boolean") and new.codes is not None:
        yield _not_numbers(pair)
        return
    if before == "date":
        if new.kind == "text" or pair.known.get("format"):
            example = next((text for text in new.texts[:1]), "")
            seen = f", such as `{example[:40]}`" if example else ""
            yield pair.problem("date_format", f"had dates ({pair.known.get('format')}) and has {new.kind}s{seen}")
        return
    if before == "text" and "dtype" not in pair.known:
        # a schema of format 1 knows neither dates nor truth values
        return
    yield pair.problem("type", f"was {before} and is {new.kind} now (`{pair.known.get('dtype')}`, `{new.dtype}`)")


def _not_numbers(pair: Pair) -> Finding:
    """Why a column of numbers is text now."""
    new, before = pair.new, pair.known["type"]
    texts = new.texts
    comma = [number_of(text.replace(".", "").replace(",", ".")) is not None and "," in text for text in texts]
    plain = [number_of(text) is not None for text in texts]
    rows = new.codes
    if sum(comma) * 2 > len(texts):
        _, where = pair.some(np.array([*comma, False])[rows])
        return pair.problem(
            "decimal_comma",
            f"was {before} and is text now: {where} has a decimal comma, such as `{texts[comma.index(True)][:40]}`",
        )
    if any(plain):
        bad = ~np.array(plain)
        _, where = pair.some(np.append(bad, False)[rows])
        example = texts[int(np.argmax(bad))]
        return pair.problem(
            "mixed_types", f"is not numeric any more: {where} is something else, such as `{example[:40]}`"
        )
    return pair.problem("type", f"was {before} and is {new.kind} now, such as `{texts[0][:40]}`")


def _is_constant(pair: Pair) -> bool:
    """Whether a column that varied has one value, and not by chance."""
    if pair.new.distinct != 1 or pair.known.get("distinct", 1) < 2:
        return False
    shares = pair.known.get("categories") or pair.known.get("values")
    common = max(shares.values()) if isinstance(shares, dict) else 0.5
    return bool(common**pair.new.present < chance.RARE)


def _key(pair: Pair) -> Iterator[Finding]:
    """An id that occurs twice."""
    again = pair.new.present - pair.new.distinct
    if again > 0:
        part = share(again, pair.new.rows)
        text = f"was unique and repeats: {pair.percent(again)} occur in an earlier row"
        yield pair.problem("ids_reused", text, part=part)


# ------------------------------------------------------------------ numbers


def _numbers(pair: Pair) -> Iterator[Finding]:
    """Fractions, infinities, impossible values, ranges, units and distribution."""
    new, known = pair.new, pair.known
    values = new.numbers
    infinite = np.isinf(values)
    if pair.is_more(int(infinite.sum()), "infinite"):
        yield pair.problem("infinite", f"has infinite values: {pair.some(infinite)[1]}")
    if "min" not in known or not len(new.finite):
        return
    if known["type"] == "integer":
        broken = np.isfinite(values) & (values != np.floor(values))
        if broken.any():
            yield pair.problem("fractions", f"had whole numbers and has fractions: {pair.some(broken)[1]}")
    scaled = _scaled(pair)
    if scaled:
        yield scaled
        return
    yield from _outside(pair)
    yield from _drift(pair, *_shares(pair, new.finite))


def _outside(pair: Pair) -> Iterator[Finding]:
    """Numbers that are negative, far outside, or more often just outside than chance explains."""
    new, known = pair.new, pair.known
    low, high = known["min"], known["max"]
    values = new.numbers
    negative = values < 0
    finite = np.isfinite(values)
    if low >= 0 and (low == 0 or known["type"] == "integer") and (negative & finite).any():
        part, where = pair.some(negative & finite)
        yield pair.problem("negative", f"was never negative and is in {where}", part=part)
        finite &= ~negative
    width = max(high - low, abs(high), abs(low), 1e-9)
    lower, upper = known.get("far", (low - width, high + width))
    far = finite & ((values > upper) | (values < lower))
    if known.get("distinct", 2) < 2 or known["type"] == "boolean":
        # nothing is known of its range
        far &= False
    if far.any():
        part, where = pair.some(far)
        example = values[np.argmax(far)]
        text = f"is far outside {low:g} to {high:g}: {where} is {example:g}"
        yield pair.problem("outliers", text, part=part)
    for side, mask in (("above", values > high), ("below", values < low)):
        near = mask & finite & ~far
        count = int(near.sum())
        if count and chance.all_outside(count, new.rows, pair.known_rows) < chance.RARE:
            part, where = pair.some(near)
            yield pair.problem("range", f"is {side} the known range {low:g} to {high:g}: {where}", part=part)


def _shares(pair: Pair, ordered: Any, scale: float = 1.0) -> tuple[list[float], list[float]]:
    """The known shares and the new ones, bin by bin or value by value; empty where none are known.

    Args:
        pair: The column.
        ordered: (values,) finite numbers in rising order.
        scale: What the numbers are divided by first.
    """
    bins, values = pair.known.get("bins"), pair.known.get("values")
    if bins:
        return bins["shares"], histogram(ordered / scale, bins["edges"])
    if not values:
        return [], []
    known = np.array([float(value) for value in values])
    order = np.argsort(known)
    # what lies between known values counts as the nearest one below
    places = np.clip(np.searchsorted(known[order], ordered / scale, side="right") - 1, 0, None)
    counts = np.bincount(places, minlength=len(known))
    before = np.array(list(values.values()), dtype=np.float64)[order]
    return before.tolist(), [share(int(count), len(ordered)) for count in counts]


def _scaled(pair: Pair) -> Finding | None:
    """A column that is the known one times a factor."""
    before, now = _shares(pair, pair.new.finite)
    rows = len(pair.new.finite)
    if len(before) < 3 or rows < FEWEST:
        return None
    shift = chance.stability(before, now, pair.known_rows, rows)
    if shift < chance.STRONG_DRIFT:
        return None
    limit = max(0.25, chance.drift_by_chance(len(before), pair.known_rows, rows))
    middle = float(np.median(np.abs(pair.new.finite)))
    known_middle = abs(pair.known.get("median", 0.0))
    if not middle or not known_middle:
        return None
    ratio = middle / known_middle
    power = 10.0 ** round(math.log10(ratio))
    scale = power if 0.8 < ratio / power < 1.25 else ratio
    if max(scale, 1 / scale) < SMALLEST_SCALE:
        return None
    if chance.stability(*_shares(pair, pair.new.finite, scale), pair.known_rows, rows) >= limit:
        return None
    text = f"looks multiplied by {scale:.3g}" if scale > 1 else f"looks divided by {1 / scale:.3g}"
    return pair.problem(
        "scale", f"{text}: its median is {middle:g}, it was {known_middle:g}", hint="is it another unit?"
    )


def _drift(pair: Pair, before: list[float], now: list[float]) -> Iterator[Finding]:
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


# ------------------------------------------------------------------ texts


def _texts(pair: Pair) -> Iterator[Finding]:
    """Spaces, signs of a wrong encoding, categories, lengths."""
    new, known = pair.new, pair.known
    for kind, name, mask, what in (
        ("whitespace", "padded", new.padded, "has texts that begin or end with spaces, or are blank"),
        ("broken_text", "broken", new.broken, "has texts that show signs of a wrong encoding"),
    ):
        count = int(new.counts[mask].sum())
        if pair.is_more(count, name):
            rows = np.append(mask, False)[new.codes]
            part, where = pair.some(rows)
            example = new.texts[int(np.argmax(mask))]
            yield pair.problem(kind, f"{what}: {where}, such as `{example[:40]}`", part=part)
    if known.get("categories"):
        yield from _categories(pair)
    elif known.get("length"):
        lengths = np.sort(np.array([len(text) for text in new.texts], dtype=np.int64)[new.codes[new.codes >= 0]])
        yield from _drift(pair, known["length"]["shares"], histogram(lengths, known["length"]["edges"]))


def _categories(pair: Pair) -> Iterator[Finding]:
    """New categories, those that are gone, and their shares."""
    new, categories = pair.new, pair.known["categories"]
    known = dict(categories) if isinstance(categories, dict) else dict.fromkeys(categories)
    shares = new.shares()
    strange = {text: part for text, part in shares.items() if text not in known}
    count = round(sum(strange.values()) * new.present)
    occurrences = [part * pair.known_rows for part in known.values() if part is not None]
    singles = sum(1 for rows in occurrences if rows < 3)
    # where rare categories are known, others of their kind may come by chance
    rare = min(occurrences, default=RARE_CATEGORY) < RARE_CATEGORY
    by_chance = rare and count <= chance.most_unseen(singles, new.rows, pair.known_rows)
    if strange and not by_chance:
        part = share(count, new.rows)
        names = ", ".join(f"`{text[:40]}`" for text in sorted(strange, key=lambda t: -strange[t])[:3])
        text = f"has new values: {pair.percent(count)} is not one of the {len(known)} known ones ({names})"
        hint = _similar(strange, known)
        yield pair.problem("new_category", text, part=part, hint=hint)
        if hint:
            # the known ones are there, written another way
            return
    gone = {
        text: part
        for text, part in known.items()
        if part is not None and text not in shares and chance.gone(part, pair.known_rows, new.present) < chance.RARE
    }
    if gone:
        names = ", ".join(f"`{text[:40]}`" for text in sorted(gone, key=lambda t: -gone[t])[:3])
        part = sum(gone.values())
        yield pair.problem("vanished_category", f"never is {names} any more, {part:.1%} was", part=part)
    before = [part for part in known.values() if part is not None]
    if len(before) == len(known) and not strange and not gone:
        yield from _drift(pair, before, [shares.get(text, 0.0) for text in known])


def _similar(strange: dict[str, float], known: dict[str, Any]) -> str:
    """What new categories differ from known ones in, where it is only capitals or spaces."""
    plain = {text.strip().casefold(): text for text in known}
    same = [(text, plain[text.strip().casefold()]) for text in strange if text.strip().casefold() in plain]
    return f"`{same[0][0]}` is `{same[0][1]}` but for capitals or spaces" if same else ""


# ------------------------------------------------------------------ dates


def _dates(pair: Pair) -> Iterator[Finding]:
    """Format, impossible dates, the future, long ago, granularity."""
    new, known = pair.new, pair.known
    form = known.get("format", "")
    if known["type"] == "date" and form != new.format:
        example = new.texts[0] if new.texts else dates.shown(new.finite[0]) if len(new.finite) else ""
        yield pair.problem("date_format", f"had dates as {form} and has {new.format} now, such as `{example[:40]}`")
        return
    if new.codes is not None:
        invalid = np.isnan(new.numbers) & (new.codes >= 0)
        if pair.is_more(int(invalid.sum()), "invalid"):
            part, where = pair.some(invalid)
            example = new.texts[new.codes[int(np.argmax(invalid))]]
            yield pair.problem("invalid_dates", f"has values that are no dates: {where} is `{example[:40]}`", part=part)
    values = new.finite
    if not len(values) or "min" not in known:
        return
    future = new.numbers > pair.now_s + dates.DAY_S
    if pair.is_more(int(future.sum()), "future"):
        part, where = pair.some(future)
        example = dates.shown(new.numbers[np.argmax(future)])
        yield pair.problem("future_dates", f"never lay in the future and does: {where} is {example}", part=part)
    first, last = (_moment(known[name]) for name in ("min", "max"))
    if first is not None and last is not None:
        early = new.numbers < first - max(last - first, 366 * dates.DAY_S)
        if early.any():
            part, where = pair.some(early)
            example = dates.shown(new.numbers[np.argmax(early)])
            text = f"lies long before {known['min']} to {known['max']}: {where} is {example}"
            yield pair.problem("early_dates", text, part=part)
    yield from _calendar(pair, values)


def _calendar(pair: Pair, values: Any) -> Iterator[Finding]:
    """Granularity, and day and month that were mixed up."""
    known = pair.known
    before, now = known.get("granularity"), granularity(values)
    if before and before != now and len(values) >= FEWEST:
        yield pair.problem("granularity", f"had dates to the {before} and has them to the {now}")
    late = known.get("after_12th", 0.0)
    if late and after_12th(values) == 0 and now != "month" and (1 - late) ** len(values) < chance.RARE:
        yield pair.problem("date_format", "has no day after the 12th of a month", hint="day and month were mixed up")


def _moment(text: Any) -> float | None:
    """The seconds of a date in the schema; None for what is not one."""
    if isinstance(text, int | float):
        return None if math.isnan(text) else float(text)
    form = dates.TIME if ":" in str(text) else "YYYY-MM-DD"
    return dates.seconds(str(text), form)
