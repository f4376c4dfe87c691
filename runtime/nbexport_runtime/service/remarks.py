"""What a line of the log says beside the prediction: who called, which row of a batch, what was wrong or unusual.

A call knows it, and the log writes it. Between them are the models, whose concern it is not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

SHOWN = 5
"""Reasons in a line; one bad list has thousands."""


@dataclass(slots=True)
class Remarks:
    """The remarks of one call."""

    request: dict[str, Any] = field(default_factory=dict)
    """In every line of it."""
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    """In the line of one input, by its `id`."""

    def on(self, row: object) -> dict[str, Any]:
        """What the line of an input says; of a request that holds none, what all say."""
        own = self.rows.get(id(row))
        return {**self.request, **own} if own else self.request


REMARKS: ContextVar[Remarks | None] = ContextVar("remarks", default=None)
"""Those of the call that is being answered."""


def reasons(errors: Sequence[Mapping[str, Any]], names: frozenset[str]) -> list[dict[str, str]]:
    """Field and kind of what is wrong with an input.

    Args:
        errors: `loc`, `msg` and `type` of each, as a client gets them.
        names: What may be shown; a client makes up other names, and they may be secret.
    """
    found = []
    for error in errors:
        place = [part if part in names else str(part) if isinstance(part, int) else "*" for part in error["loc"]]
        reason = {"field": ".".join(place), "kind": str(error["type"])}
        if reason not in found:
            found.append(reason)
        if len(found) == SHOWN:
            break
    return found
