"""Where the characters of a cell stand in the file, worked out only when somebody asks.

The JSON text of one `source` value is kept as it stands in the file:

    >>> raw = r'["x = 1\\n", "print(\\"\\u00e9\\")"]'
    >>> places = JsonPlaces(raw, line=7, column=14)
    >>> list(places)
    [(7, 16), (7, 27)]
    >>> places.at(2, 8), places.at(2, 9)
    ((7, 35), (7, 41))

Row 1 begins at the `x` after `["`; in row 2 the escaped quote takes two columns and the escaped letter six.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import overload

# Strings, not compiled patterns: most runs never ask for a place, and `re` keeps what it has compiled.
_STRING = r'"([^"\\]*(?:\\.[^"\\]*)*)"'
_ESCAPE = r"\\(?:u([0-9a-fA-F]{4})|(.))"
_UNIT = r'\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\.|[^"\\]'
_BETWEEN = r'"[ \t\n]*,[ \t\n]*"'


class JsonPlaces(Sequence[tuple[int, int]]):
    """For each row of a cell, the 1-based line and column of its first character in a JSON file.

    Args:
        raw: The JSON text of the `source` value: a string, or a list of strings.
        line: Line of the file on which `raw` begins.
        column: Column of the file, in code points, at which `raw` begins.
        prefix: How many characters the first row has in the cell but not in the file (`# ` of a heading cell).
    """

    __slots__ = ("_column", "_line", "_prefix", "_raw", "_starts")

    def __init__(self, raw: str, *, line: int, column: int, prefix: int = 0) -> None:
        self._raw = raw
        self._line = line
        self._column = column
        self._prefix = prefix
        self._starts: tuple[int, ...] = ()

    @property
    def parts(self) -> tuple[str, int, int, int]:
        """What it was made from: text, line, column and prefix."""
        return self._raw, self._line, self._column, self._prefix

    def __len__(self) -> int:
        return len(self._offsets())

    @overload
    def __getitem__(self, index: int) -> tuple[int, int]: ...
    @overload
    def __getitem__(self, index: slice) -> list[tuple[int, int]]: ...
    def __getitem__(self, index: int | slice) -> tuple[int, int] | list[tuple[int, int]]:
        if isinstance(index, slice):
            return [self._place(offset) for offset in self._offsets()[index]]
        return self._place(self._offsets()[index])

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return map(self._place, self._offsets())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, JsonPlaces):
            return NotImplemented
        return (self._raw, self._line, self._column) == (
            other._raw,
            other._line,
            other._column,
        )

    def __hash__(self) -> int:
        return hash((self._raw, self._line, self._column))

    def at(self, row: int, column: int) -> tuple[int, int]:
        """Line and column in the file of a row and column of the cell; a place past the end is the end."""
        starts = self._offsets()
        offset = starts[min(row, len(starts)) - 1]
        steps = column - 1 - (self._prefix if row == 1 else 0)
        is_between, is_unit = re.compile(_BETWEEN).match, re.compile(_UNIT).match
        while True:
            between = is_between(self._raw, offset)
            if between:
                offset = between.end()
                continue
            unit = is_unit(self._raw, offset) if steps > 0 else None
            if unit is None:
                return self._place(offset)
            offset = unit.end()
            steps -= 1

    def _place(self, offset: int) -> tuple[int, int]:
        breaks = self._raw.count("\n", 0, offset)
        if not breaks:
            return self._line, self._column + offset
        return self._line + breaks, offset - self._raw.rfind("\n", 0, offset)

    def _offsets(self) -> tuple[int, ...]:
        if not self._starts:
            self._starts = tuple(_row_starts(self._raw))
        return self._starts


def _row_starts(raw: str) -> Iterator[int]:
    """Offset in `raw` at which each row begins; the empty row after a last line break begins at the closing quote."""
    fresh, carriage, end = True, False, min(1, len(raw))
    escapes = re.compile(_ESCAPE)
    for item in re.finditer(_STRING, raw):
        here, end = item.span(1)
        for escape in escapes.finditer(raw, here, end):
            char = chr(int(escape[1], 16)) if escape[1] else {"n": "\n", "r": "\r"}.get(escape[2], "")
            if char not in ("\n", "\r"):
                continue
            if not (carriage and char == "\n" and escape.start() == here):
                if fresh:
                    yield here
                fresh = True
            carriage = char == "\r"
            here = escape.end()
        if here < end:
            carriage = False
            if fresh:
                yield here
            fresh = False
    if fresh:
        yield end
