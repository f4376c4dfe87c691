"""From the cell of a table to the value that a request would hold in its place.

column         argument                request
"12"  (CSV)    tenure_months: int      12
"12"  (CSV)    plan: str               "12"
12.0           tenure_months: int      12        a table of floats often holds whole numbers
NULL, ""       tickets: int | None     null
NULL, ""       tickets: int = 0        nothing, so that the default holds
"much"         fee: float              "much"    the request model refuses it, and says why

What does not fit is left as it is: the request model decides, as in the service.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic_core import from_json


class Absent:
    """The type of what stands for a cell that is not there."""

    def __reduce__(self) -> str:
        # there is only one, also in another process
        return "ABSENT"


ABSENT = Absent()
"""Stands for a cell that is not there."""
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
WHOLE = re.compile(r"[+-]?\d+")
TRUTHS = {"true": True, "false": False}
SCALARS = frozenset({"string", "integer", "number", "boolean"})


@dataclass(frozen=True)
class Slot:
    """What a request holds in one place."""

    types: frozenset[str] = frozenset()
    """The types of JSON that it takes there; none: any."""
    required: bool = True
    day: bool = False
    """Whether it is a date without a time."""

    @property
    def empty(self) -> Any:
        """What stands for an empty cell."""
        if "null" in self.types:
            return None
        return None if self.required else ABSENT


def slot_of(schema: Mapping[str, Any], definitions: Mapping[str, Any], *, required: bool) -> Slot:
    """What a place takes, by its JSON schema.

    Args:
        schema: The schema of the place.
        definitions: What `$ref` names.
        required: Whether a request without it is refused.
    """
    leaves = list(leaves_of(schema, definitions))
    types = {name for leaf in leaves for name in types_in(leaf)}
    known = frozenset(types) if all(types_in(leaf) for leaf in leaves) else frozenset[str]()
    return Slot(known, required, day=any(leaf.get("format") == "date" for leaf in leaves))


def leaves_of(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """The schemas of which one holds."""
    if "$ref" in schema:
        yield from leaves_of(definitions.get(str(schema["$ref"]).rpartition("/")[2], {}), definitions)
        return
    choices = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
    if choices:
        for choice in choices:
            yield from leaves_of(choice, definitions)
    else:
        yield schema


def types_in(schema: Mapping[str, Any]) -> set[str]:
    """The types of JSON that a schema without choices names; none: any."""
    named = schema.get("type")
    if isinstance(named, str):
        return {named}
    if isinstance(named, list):
        return set(map(str, named))
    values = schema.get("enum") or ([schema["const"]] if "const" in schema else [])
    return {type_of(value) for value in values}


def type_of(value: Any) -> str:
    """The type of JSON that a value has."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, list | tuple):
        return "array"
    return "object" if isinstance(value, Mapping) else "string"


def of_text(slot: Slot) -> Callable[[str], Any]:
    """What turns the text of a cell into the value for a place."""
    types = slot.types

    def value(text: str) -> Any:
        if not text:
            return text if "string" in types and "null" not in types else slot.empty
        if "string" in types:
            return text
        return parsed(text, types)

    return value


def parsed(text: str, types: Collection[str]) -> Any:
    """A text as a number, a truth value, or a nested value, where such a one is taken; else the text."""
    word = text.strip()
    if not types or "integer" in types or "number" in types:
        if WHOLE.fullmatch(word):
            return int(word)
        if NUMBER.fullmatch(word):
            number = float(word)
            return whole(number) if "integer" in types and "number" not in types else number
    if (not types or "boolean" in types) and word.lower() in TRUTHS:
        return TRUTHS[word.lower()]
    if word[:1] in ("[", "{") and (not types or {"array", "object"}.intersection(types)):
        try:
            return from_json(word, allow_inf_nan=False)
        except ValueError:
            return text
    return text


def whole(number: float) -> float:
    """A float without a fraction as an integer, others as they are."""
    return int(number) if math.isfinite(number) and number == int(number) else number


def of_value(slot: Slot) -> Callable[[Any], Any]:
    """What turns a typed cell, of Parquet or a database, into the value for a place."""
    integers = "integer" in slot.types and "number" not in slot.types

    def value(cell: Any) -> Any:
        if cell is None or (isinstance(cell, float) and math.isnan(cell)):
            return slot.empty
        if slot.day and isinstance(cell, datetime) and cell.time() == time():
            return cell.date().isoformat()
        result = plain(cell)
        return whole(result) if integers and isinstance(result, float) else result

    return value


def plain(cell: Any) -> Any:
    """A typed cell as JSON has it: dates and ids are texts, a missing number is null."""
    if isinstance(cell, float):
        return None if math.isnan(cell) else cell
    if cell is None or isinstance(cell, str | int):
        return cell
    if isinstance(cell, Decimal):
        return int(cell) if cell.as_tuple().exponent == 0 else plain(float(cell))
    if isinstance(cell, list | tuple):
        return [plain(inner) for inner in cell]
    if isinstance(cell, Mapping):
        return {str(name): plain(inner) for name, inner in cell.items()}
    if isinstance(cell, date | datetime | time):
        return cell.isoformat()
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")
    return str(cell) if isinstance(cell, UUID) else cell
