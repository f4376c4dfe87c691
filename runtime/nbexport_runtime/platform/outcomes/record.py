"""One outcome: of what, what, when; and the line that it leaves."""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

AHEAD = timedelta(minutes=5)
"""How far the clock of a sender may be ahead."""
NAME = re.compile(r"[\w.:/-]{1,64}", re.ASCII)
UNIT = re.compile(r"[0-9a-f]{32}")
REQUEST = re.compile(r"[\w.:/+=@-]{1,128}", re.ASCII)
"""What the service takes for a request id."""
SCHEMA = 1
"""The version of the line's schema."""


@dataclass(frozen=True)
class Outcome:
    """What became of a prediction, or of a unit."""

    name: str
    value: float
    time: datetime
    """When it happened, with a zone."""
    request_id: str = ""
    """The request that it is the outcome of; empty where it is that of a unit."""
    row: int | None = None
    """The row of a batch."""
    unit: str = ""
    timeless: bool = False
    """Whether nobody said when it happened: `time` is when it came, and the request has one such outcome."""

    @property
    def id(self) -> str:
        """The same for the same subject, name and time: a second value is a correction of the first."""
        time = "" if self.timeless else self.time.astimezone(UTC).isoformat(timespec="microseconds")
        row = "" if self.row is None else str(self.row)
        whole = "\0".join((self.request_id, row, "" if self.request_id else self.unit, self.name, time))
        return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def line(self, received: datetime) -> dict[str, Any]:
        """What is written down.

        Args:
            received: When it became known here, with a zone.
        """
        line: dict[str, Any] = {"schema": SCHEMA, "id": self.id}
        if self.request_id:
            line["request_id"] = self.request_id
        if self.row is not None:
            line["row"] = self.row
        if self.unit:
            line["unit"] = self.unit
        return {
            **line,
            "name": self.name,
            "value": self.value,
            "time": utc(self.time),
            "received": utc(received),
        }


def utc(time: datetime) -> str:
    """A time as a line has it."""
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def trouble(outcome: Outcome, now: datetime) -> tuple[str, str] | None:
    """The member that is wrong, and what to do; None where nothing is.

    Args:
        outcome: What came.
        now: The present, with a zone.
    """
    if not outcome.request_id and not outcome.unit:
        return "request_id", "say what it is the outcome of: `request_id`, or `key` or `unit`"
    if outcome.request_id and not REQUEST.fullmatch(outcome.request_id):
        return "request_id", "is not a request id: take the `X-Request-ID` of the answer"
    if outcome.unit and not UNIT.fullmatch(outcome.unit):
        return "unit", "is not a unit of the log (32 hex digits): send the id itself as `key`"
    if outcome.row is not None and (outcome.row < 0 or not outcome.request_id):
        return "row", "is the place in a batch, from 0: send the `request_id` too"
    if not NAME.fullmatch(outcome.name):
        return "name", "is a name of at most 64 letters, digits and . : / _ -"
    if not math.isfinite(outcome.value):
        return "value", "is not a finite number: leave out what is not known"
    if outcome.time > now + AHEAD:
        return "time", "is in the future: send when it happened, with its zone"
    return None
