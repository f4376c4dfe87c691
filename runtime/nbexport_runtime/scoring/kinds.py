"""Types of columns, found by looking at all values: the narrowest type that holds each of them.

1, 2.5, null           number            [0.1, 0.9]      numbers
1, "x"                 json              {"a": 1}        json, which is written as text
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

NULL, BOOL, INT, NUMBER, TEXT, JSON = "null", "bool", "int", "number", "text", "json"
LIST = "list of "
LARGEST = 2**63


def kind_of(value: Any) -> str:
    """The kind of one value."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return BOOL
    if isinstance(value, int):
        return INT if -LARGEST <= value < LARGEST else JSON
    if isinstance(value, float):
        return NUMBER
    if isinstance(value, str):
        return TEXT
    if isinstance(value, list):
        inner = joined(kind_of(one) for one in value)
        return JSON if inner == JSON else f"{LIST}{inner}"
    return JSON


def join(one: str, other: str) -> str:
    """The kind that holds values of two kinds."""
    if one == other or other == NULL:
        return one
    if one == NULL:
        return other
    if {one, other} == {INT, NUMBER}:
        return NUMBER
    if one.startswith(LIST) and other.startswith(LIST):
        inner = join(one.removeprefix(LIST), other.removeprefix(LIST))
        return JSON if inner == JSON else f"{LIST}{inner}"
    return JSON


def joined(kinds: Iterable[str]) -> str:
    """The kind that holds values of all kinds."""
    result = NULL
    for kind in kinds:
        result = join(result, kind)
    return result
