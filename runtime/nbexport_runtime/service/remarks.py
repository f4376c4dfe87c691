"""What a line of the log says beside the prediction: who called, which row of a batch, what was wrong or unusual.

A call knows it, and the log writes it. Between them are the models, whose concern it is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

SHOWN = 5
"""Reasons in a line; one bad list has thousands."""


class Remarks:
    """The remarks of one call; most calls have none."""

    __slots__ = ("_of_request", "_of_rows")

    def __init__(self, of_request: dict[str, Any]) -> None:
        """Nothing is said before the call begins.

        Args:
            of_request: What all lines of the call say, such as the name of the key that it came with.
        """
        self._of_request = of_request
        self._of_rows: dict[int, dict[str, Any]] = {}

    def begin(self) -> None:
        """Lines that are written from now on say what the call knows."""
        if self._of_request:
            self._hold()

    def end(self) -> None:
        """The call is over."""
        if REMARKS.get() is self:
            REMARKS.set(None)

    def add(self, row: object, facts: dict[str, Any]) -> None:
        """Say something in the line of one input."""
        self._of_rows[id(row)] = {**self._of_rows.get(id(row), {}), **facts}
        self._hold()

    @contextmanager
    def without_input(self, facts: dict[str, Any]) -> Iterator[None]:
        """A context in which a line about a request, or a row, without an input says something."""
        before, self._of_request = self._of_request, {**self._of_request, **facts}
        self._hold()
        try:
            yield
        finally:
            self._of_request = before

    def on(self, row: object) -> dict[str, Any]:
        """What the line of an input says; of a request that holds none, what all say."""
        own = self._of_rows.get(id(row))
        return {**self._of_request, **own} if own else self._of_request

    def _hold(self) -> None:
        # in whatever task this is: code of the project's own may ask the model in several
        if REMARKS.get() is not self:
            REMARKS.set(self)


REMARKS: ContextVar[Remarks | None] = ContextVar("remarks", default=None)
"""Those of the call that is being answered, if it has any."""


def reasons(errors: Sequence[Mapping[str, Any]], names: frozenset[str]) -> list[dict[str, str]]:
    """Field and kind of what is wrong with an input.

    Args:
        errors: `loc`, `msg` and `type` of each, as a client gets them.
        names: What may be shown; a client makes up other names, and they may be secret.
    """
    entries = []
    for error in errors:
        place = [part if part in names else str(part) if isinstance(part, int) else "*" for part in error["loc"]]
        reason = {"field": ".".join(place), "kind": str(error["type"])}
        if reason not in entries:
            entries.append(reason)
        if len(entries) == SHOWN:
            break
    return entries
