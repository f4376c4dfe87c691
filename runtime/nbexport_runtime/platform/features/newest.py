"""What is known of an entity, and the times and values of it as the stores keep them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from nbexport_runtime.pipeline.outcome import PipelineError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Newest:
    """What is known of one entity."""

    id: str
    event_us: int
    """From when on it is true, in microseconds since 1970."""
    created_us: int
    """Since when it has been known."""
    values: dict[str, Any]
    """Feature → value, as JSON has it."""


def micros(time: datetime) -> int:
    """A time in microseconds since 1970; one without an offset is UTC."""
    aware = time if time.tzinfo is not None else time.replace(tzinfo=UTC)
    return (aware - EPOCH) // timedelta(microseconds=1)


def at(time_us: int) -> datetime:
    """The time of microseconds since 1970."""
    return EPOCH + timedelta(microseconds=time_us)


def parsed_time(words: str) -> datetime:
    """A time as a command line has it; one without an offset is UTC.

    Raises:
        PipelineError: It is not a time.
    """
    try:
        time = datetime.fromisoformat(words)
    except ValueError:
        raise PipelineError(f"`{words}` is not a time; write one such as 2026-03-01T12:00:00Z") from None
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)


def plain(value: Any) -> Any:
    """A value of DuckDB as JSON has it: dates as text, numbers that are not finite as missing."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, dict):
        return {str(name): plain(inner) for name, inner in value.items()}
    if hasattr(value, "isoformat"):
        return value.isoformat()
    try:
        return float(value)
    except (TypeError, ValueError):
        return str(value)
