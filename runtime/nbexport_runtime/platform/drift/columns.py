"""The columns of a log: what lines hold in input, output and features, and how SQL reads it.

{"fee": 9.9, "row": {"plan": "plus"}}    →    input: fee, row.plan
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

PARTS = ("input", "output", "features")
"""The members of a line that have columns."""
HIDDEN = "[redacted]"
"""What the log writes where a value must not be logged."""


@dataclass(frozen=True)
class Column:
    """A value that lines have."""

    part: str
    path: tuple[str, ...]
    """The names on the way to it."""

    @property
    def name(self) -> str:
        """What people call it."""
        return ".".join(self.path) if self.part == "input" else f"{self.part}.{'.'.join(self.path)}"

    def sql(self, alias: str = "") -> str:
        """Its text, in SQL; NULL where it is missing."""
        return f"json_extract_string({alias}{self.part}, {quoted(pointer(self.path))})"


def quoted(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def identifier(text: str) -> str:
    """A name as SQL writes it."""
    return '"' + text.replace('"', '""') + '"'


def pointer(path: Iterable[str]) -> str:
    """A path as a JSON pointer (RFC 6901)."""
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in path)


def found(lines: Iterable[Mapping[str, Any]]) -> tuple[list[Column], list[str]]:
    """The columns of some lines, in the order in which they occur, and the names of those that are redacted.

    Args:
        lines: The parts of each line, as JSON texts or None.
    """
    seen: Counter[Column] = Counter()
    hidden: Counter[Column] = Counter()
    for line in lines:
        for part in PARTS:
            for path, value in leaves(parsed(line.get(part)), ()):
                column = Column(part, path)
                seen[column] += 1
                hidden[column] += value == HIDDEN
    redacted = [column for column in seen if seen[column] == hidden[column]]
    return [column for column in seen if column not in redacted], [column.name for column in redacted]


def parsed(value: Any) -> Any:
    """A part of a line; None where it holds nothing that can be read."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return None


def leaves(value: Any, above: tuple[str, ...]) -> Iterable[tuple[tuple[str, ...], Any]]:
    """Path and value of each single value; lists are not columns."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, (*above, str(name)))
    elif above and not isinstance(value, list):
        yield above, value


class Reader:
    """Reads columns of one relation with one look at each JSON text."""

    def __init__(self, kinds: Mapping[Column, str]) -> None:
        """Plan it.

        Args:
            kinds: Column → SQL type.
        """
        self._kinds = dict(kinds)
        self._trees: dict[str, dict[str, Any]] = {}
        self._alone: set[Column] = set()
        for column, kind in self._kinds.items():
            if not place(self._trees.setdefault(column.part, {}), column.path, kind):
                self._alone.add(column)

    @property
    def parts(self) -> str:
        """What a subquery selects, so that `value` works on it."""
        structs = [
            f"json_transform({part}, {quoted(json.dumps(tree, ensure_ascii=False))}) AS {identifier(f'{part} values')}"
            for part, tree in self._trees.items()
            if tree
        ]
        return ", ".join([*sorted({column.part for column in self._alone}), *structs]) or "1"

    def value(self, column: Column) -> str:
        """The value of a column, in SQL; NULL where it is missing or of another type."""
        if column in self._alone:
            return f"TRY_CAST({column.sql()} AS {self._kinds[column]})"
        return ".".join(map(identifier, (f"{column.part} values", *column.path)))


def place(tree: dict[str, Any], path: tuple[str, ...], kind: str) -> bool:
    """Put a type into a tree; whether there is room: a struct tells no upper case from lower case."""
    known = next((name for name in tree if name.casefold() == path[0].casefold()), path[0])
    if known != path[0]:
        return False
    if len(path) == 1:
        if path[0] in tree:
            return False
        tree[path[0]] = kind
        return True
    inner = tree.setdefault(path[0], {})
    return isinstance(inner, dict) and place(inner, path[1:], kind)
