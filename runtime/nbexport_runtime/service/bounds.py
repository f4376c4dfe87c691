"""Bounds that every input has, whatever the model: a type lets 10^30, the year 9999 and 900 kB of text through.

Lengths are looked at in the JSON text, and only where it is long enough to hold what is too long. Numbers and dates
are looked at where the types of the request have them; that is decided once, so that a request of floats costs nothing.
"""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from datetime import date
from itertools import islice
from typing import Annotated, Any

from pydantic import BaseModel

from nbexport_runtime.service.problems import wrong_input
from nbexport_runtime.service.settings import Settings
from nbexport_runtime.service.wire import LARGEST

FIRST_YEAR, LAST_YEAR = 1678, 2261
"""The whole years that a pandas timestamp of nanoseconds has."""
SHOWN = 20

Place = tuple[str | int, ...]
Wrong = tuple[Place, str, str]
"""Where it is, its kind, and a sentence; never the value."""
Look = Callable[[Any, Place], Iterator[Wrong]]

PLAIN = (float, bool, type(None), bytes)
"""Types that hold nothing too large; pydantic has refused floats that are not finite."""
COLLECTIONS = (Sequence, AbstractSet, Mapping)


class Bounds:
    """The bounds of one kind of request."""

    def __init__(self, request: type[BaseModel], settings: Settings) -> None:
        """Decide what has to be looked at.

        Args:
            request: What an input is.
            settings: How long a text or a list may be.
        """
        self._text, self._items = settings.max_text, settings.max_items
        # a text of n characters takes n bytes and its quotes, a list of n entries twice as many
        self.harmless_bytes = min(self._text, 2 * self._items)
        """A body that is no longer holds nothing too long."""
        self._look = looks_at(request)

    def check(self, row: BaseModel) -> None:
        """Look at the numbers and dates of an input.

        Raises:
            Problem: It is out of bounds.
        """
        if self._look is not None:
            refuse(self._look(row, ()))

    def check_lengths(self, content: Any) -> None:
        """Look at the lengths in the JSON of an input.

        Raises:
            Problem: It is out of bounds.
        """
        refuse(self._lengths(content, ()))

    def _lengths(self, value: Any, place: Place) -> Iterator[Wrong]:
        if isinstance(value, str):
            if len(value) > self._text:
                yield place, "text_too_long", f"the text has more than {self._text} characters"
        elif isinstance(value, list | dict):
            if len(value) > self._items:
                yield place, "too_many_items", f"there are more than {self._items} entries"
                return
            entries = value.items() if isinstance(value, dict) else enumerate(value)
            # an array in base64 is as long as its numbers; the length of the body bounds it
            packed = isinstance(value, dict) and {"base64", "shape"} <= value.keys()
            for name, inner in entries:
                if isinstance(inner, str | list | dict) and not (packed and name == "base64"):
                    yield from self._lengths(inner, (*place, name))


def refuse(problems: Iterator[Wrong]) -> None:
    """Raise a problem where something is out of bounds.

    Raises:
        Problem: It names the places, and none of the values.
    """
    errors = [{"loc": list(place), "msg": text, "type": kind} for place, kind, text in islice(problems, SHOWN)]
    if errors:
        raise wrong_input(errors)


# ------------------------------------------------------------------- by type


def looks_at(kind: Any) -> Look | None:
    """What looks at the values of a type; None where they cannot be out of bounds."""
    if kind in PLAIN or kind is str:
        return None
    if kind is int:
        return look_at_int
    if isinstance(kind, type) and issubclass(kind, date):
        return look_at_date
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is Annotated:
        return looks_at(arguments[0])
    if origin is typing.Literal:
        return None
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return looks_at_fields(kind)
    if origin in (typing.Union, types.UnionType) or (isinstance(origin, type) and issubclass(origin, COLLECTIONS)):
        if all(looks_at(inner) is None for inner in arguments if inner is not Ellipsis):
            return None
    return look_at_any


def looks_at_fields(model: type[BaseModel]) -> Look | None:
    """What looks at the fields of a model; None where none can be out of bounds."""
    every = [(name, field.alias or name, looks_at(field.annotation)) for name, field in model.model_fields.items()]
    looks = [(name, shown, look) for name, shown, look in every if look is not None]
    if not looks:
        return None

    def look_at_fields(value: Any, place: Place) -> Iterator[Wrong]:
        held = vars(value)
        for name, shown, look in looks:
            yield from look(held[name], (*place, shown))

    return look_at_fields


def look_at_int(value: Any, place: Place) -> Iterator[Wrong]:
    """Whether a whole number has 64 bits."""
    if not -LARGEST <= value < LARGEST:
        yield place, "number_too_large", "the number does not fit 64 bits"


def look_at_date(value: Any, place: Place) -> Iterator[Wrong]:
    """Whether a date is one that frames can hold."""
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        yield place, "date_out_of_range", f"the year is not one from {FIRST_YEAR} to {LAST_YEAR}"


def look_at_any(value: Any, place: Place) -> Iterator[Wrong]:
    """Whether a value of any type, and what is in it, is in bounds."""
    if isinstance(value, bool | str | bytes | None):
        return
    if isinstance(value, int):
        yield from look_at_int(value, place)
    elif isinstance(value, float):
        if not math.isfinite(value):
            yield place, "finite_number", "the number is not finite"
    elif isinstance(value, date):
        yield from look_at_date(value, place)
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from look_at_any(inner, (*place, str(name)))
    elif isinstance(value, list | tuple | set | frozenset):
        for number, inner in enumerate(value):
            yield from look_at_any(inner, (*place, number))
    elif isinstance(value, BaseModel):
        yield from look_at_any(vars(value), place)
    elif is_dataclass(value):
        yield from look_at_any({field.name: getattr(value, field.name) for field in fields(value)}, place)
