"""The texts in a row of a file, as an outcome: a value, a moment, the place in a batch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time

from nbexport_runtime.platform.outcomes.record import Outcome
from nbexport_runtime.platform.units import unit_of

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
TRUE, FALSE = ("true", "t", "yes"), ("false", "f", "no")
END = time(23, 59, 59, tzinfo=UTC)
"""A day without a time is meant until its end."""


def parsed(row: Mapping[str, str | None], salt: str, name: str, now: datetime) -> Outcome:
    """The outcome of a row.

    Args:
        row: What a column says → its text.
        salt: What units are hashed with.
        name: What happened, where the row does not say.
        now: The present, with a zone.

    Raises:
        ValueError: It has none; the text says why.
    """
    text = {wanted: (value or "").strip() for wanted, value in row.items()}
    moment = text.get("time", "")
    request = text.get("request_id", "")
    when = moment_of(moment) if moment else now
    key = text.get("key", "")
    return Outcome(
        name=text.get("name") or name,
        value=number_of(text["value"]),
        time=when,
        request_id=request,
        row=row_of(text.get("row", "")),
        unit=text.get("unit") or unit_of(salt, key),
        # without a time, the same file again must be the same outcomes
        timeless=not moment,
    )


def number_of(text: str) -> float:
    """A value.

    Raises:
        ValueError: It is none.
    """
    lower = text.lower()
    if not text:
        raise ValueError("value is missing: leave out rows whose outcome is not known")
    if lower in TRUE or lower in FALSE:
        return float(lower in TRUE)
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"value `{text[:40]}` is not a number, true or false") from None


def row_of(text: str) -> int | None:
    """The row of a batch; None where there is none.

    Raises:
        ValueError: It is not a whole number.
    """
    if not text:
        return None
    try:
        whole = float(text)
    except ValueError:
        raise ValueError(f"row `{text[:40]}` is not a whole number") from None
    if whole != int(whole):
        raise ValueError(f"row `{text[:40]}` is not a whole number")
    return int(whole)


def moment_of(text: str) -> datetime:
    """When something happened; a day without a time is meant until its end, a time without a zone in UTC.

    Raises:
        ValueError: It is not a time.
    """
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"time `{text[:40]}` is not an ISO time such as 2026-11-29T12:00:00Z") from None
    if DAY.fullmatch(text):
        return datetime.combine(when.date(), END)
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when


def without_zone(text: str | None) -> bool:
    """Whether a text is a time that does not say its zone; a day alone has none to say."""
    try:
        return bool(text) and not DAY.fullmatch(str(text)) and datetime.fromisoformat(str(text)).tzinfo is None
    except ValueError:
        return False
