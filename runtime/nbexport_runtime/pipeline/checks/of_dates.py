"""A column of dates against what the schema knows of it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from nbexport_runtime.pipeline.checks import chance, dates
from nbexport_runtime.pipeline.checks.figures import after_12th, granularity
from nbexport_runtime.pipeline.checks.kinds import Finding
from nbexport_runtime.pipeline.checks.pairs import FEWEST, Pair


def compare(pair: Pair) -> Iterator[Finding]:
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
            yield pair.problem(
                "invalid_dates", f"has values that are not dates: {where} is `{example[:40]}`", part=part
            )
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
