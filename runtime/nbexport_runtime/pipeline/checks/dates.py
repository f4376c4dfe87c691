"""Texts as dates: the format that most of them have, and the seconds since 1970 of each.

>>> format_of(["2025-02-17", "2021-02-10"])
'YYYY-MM-DD'
>>> format_of(["17.02.2025", "10.02.2021"])
'DD.MM.YYYY'
>>> seconds("2025-02-30", "YYYY-MM-DD") is None
True
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from itertools import islice

SAMPLE = 2000
"""How many different texts decide whether a column holds dates."""
MOST = 0.8
"""The share of them that must have one format."""

_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})$")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})$")
_WITH_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")
TIME = "YYYY-MM-DD hh:mm"
DAY_S = 86_400.0


def format_of(texts: Iterable[str]) -> str | None:
    """The format of most of some texts; None where they are not dates."""
    sample = list(islice(texts, SAMPLE))
    shapes = Counter(shape for text in sample if (shape := _shape(text)))
    if not shapes:
        return None
    (shape, count), *_ = shapes.most_common(1)
    if count < MOST * len(sample):
        return None
    if shape[0] not in "12":
        return shape
    separator = shape[1]
    same = [text for text in sample if _shape(text) == shape]
    parts = [_YEAR_FIRST.match(text) if shape[0] == "1" else _YEAR_LAST.match(text) for text in same]
    place = (3, 4) if shape[0] == "1" else (1, 3)
    first_large = sum(int(part[place[0]]) > 12 for part in parts if part)
    second_large = sum(int(part[place[1]]) > 12 for part in parts if part)
    if shape[0] == "1":
        order = ("YYYY", "DD", "MM") if first_large > second_large else ("YYYY", "MM", "DD")
    else:
        order = ("MM", "DD", "YYYY") if second_large > first_large else ("DD", "MM", "YYYY")
    return separator.join(order)


def _shape(text: str) -> str:
    """What a text looks like: year first or last and the separator; empty where it is not like a date."""
    if _WITH_TIME.match(text):
        return TIME
    first = _YEAR_FIRST.match(text)
    if first:
        return f"1{first[2]}"
    last = _YEAR_LAST.match(text)
    return f"2{last[2]}" if last else ""


def seconds(text: str, form: str) -> float | None:
    """The seconds since 1970 of a text; None where it is not a date of this format."""
    try:
        if form == TIME:
            moment = datetime.fromisoformat(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        separator = form.strip("YMD")[0]
        parts = dict(zip(form.split(separator), text.split(separator), strict=True))
        if len(parts["YYYY"]) != 4:
            return None
        day = date(int(parts["YYYY"]), int(parts["MM"]), int(parts["DD"]))
    except (ValueError, OverflowError):
        return None
    return (day.toordinal() - 719_163) * DAY_S


def all_seconds(texts: Sequence[str], form: str) -> list[float]:
    """The seconds of each text; NaN where it is not a date of this format."""
    missing = float("nan")
    return [missing if (value := seconds(text, form)) is None else value for text in texts]


def shown(moment_s: float) -> str:
    """Seconds since 1970 as a date, with the time where it has one."""
    try:
        moment = datetime.fromtimestamp(moment_s, UTC)
    except (ValueError, OverflowError, OSError):
        return f"{moment_s / DAY_S / 365.2425 + 1970:.0f}"
    return f"{moment:%Y-%m-%d}" if moment_s % DAY_S == 0 else f"{moment:%Y-%m-%d %H:%M:%S}"
