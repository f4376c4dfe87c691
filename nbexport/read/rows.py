"""Rows of a text file that holds a notebook, with the places at which their text begins."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from nbexport.read import magics
from nbexport.read.python_text import parses, rows_in_strings

COMMENT = re.compile(r"#[ \t]?")
_MAGIC = re.compile(
    r"[ \t]*(?:# ?)+(?:%{1,3}[a-zA-Z]|[ \t]*[?!][ \t]*[A-Za-z.~$\\/{}]"
    r"|[ \t]*[^\W\d]\w*[ \t]*=[ \t]*(?:%{1,3}|!)[a-zA-Z])"
)
_NOT_ESCAPED = re.compile(r"#[ \t]*noescape[ \t]*$")
_COMMAND = re.compile(r"# (?:cat|cd|cp|mv|rm|rmdir|mkdir|ls)(?:[ \t]+[^=,].*)?$")
_QUOTED = re.compile(r"\s*[rR]?(\"\"\"|''')(.*)\1\s*\Z", re.DOTALL)


class Row(NamedTuple):
    """One row of the file, and the column at which its text begins."""

    text: str
    line: int
    column: int = 1

    def without(self, pattern: re.Pattern[str]) -> Row:
        """The row without what `pattern` matches behind its indentation; the indentation stays."""
        indent = len(self.text) - len(self.text.lstrip(" \t"))
        match = pattern.match(self.text, indent)
        if match is None:
            return self
        return Row(self.text[:indent] + self.text[match.end() :], self.line, self.column + match.end() - indent)


def rows_between(lines: Sequence[str], start: int, end: int) -> list[Row]:
    """The rows from `start` to `end`, without blank ones around them."""
    while start < end and not lines[start].strip():
        start += 1
    while end > start and not lines[end - 1].strip():
        end -= 1
    return [Row(text, start + at + 1) for at, text in enumerate(lines[start:end])]


def places(rows: Sequence[Row], line: int) -> tuple[tuple[int, int], ...]:
    """Line and column of each row; of a cell without rows, the line on which it begins."""
    return tuple((row.line, row.column) for row in rows) or ((line, 1),)


def text_of(rows: Sequence[Row]) -> str:
    """The rows as one text."""
    return "\n".join(row.text for row in rows)


def is_plain(rows: Sequence[Row]) -> bool:
    """Whether prose stands as it is, neither as comments nor in quotes."""
    quoted = _QUOTED.match(text_of(rows)) is not None
    return not quoted and any(row.text.strip() and not row.text.startswith("#") for row in rows)


def prose(rows: Sequence[Row]) -> list[Row]:
    """A markdown or raw cell's rows without their comment signs, or without the quotes around them."""
    quoted = _QUOTED.match(text_of(rows))
    if quoted is None:
        return [row.without(COMMENT) for row in rows]
    offset = quoted.start(2)
    text, first = quoted.string[:offset], quoted[2]
    line = rows[0].line + text.count("\n")
    column = offset - text.rfind("\n")
    inner = [Row(part, line + at, column if at == 0 else 1) for at, part in enumerate(first.split("\n"))]
    inner = inner[1:] if not inner[0].text.strip() and len(inner) > 1 else inner
    return inner[:-1] if not inner[-1].text.strip() and len(inner) > 1 else inner


def is_commented_magic(text: str) -> bool:
    """Whether a row is a magic that jupytext commented out."""
    return _MAGIC.match(text) is not None or _COMMAND.match(text) is not None


def with_magics(rows: list[Row]) -> list[Row]:
    """A code cell's rows with the magics that jupytext commented out; as they are, where that is not code."""
    if len(rows) == 1 and _COMMAND.match(rows[0].text):
        return [rows[0].without(COMMENT)]
    if not any(_MAGIC.match(row.text) for row in rows):
        return rows
    quoted = rows_in_strings([row.text for row in rows])
    filled: list[Row] = []
    goes_on = False
    for at, row in enumerate(rows):
        magic = at not in quoted and (
            goes_on or (_MAGIC.match(row.text) is not None and not _NOT_ESCAPED.search(row.text))
        )
        filled.append(row.without(COMMENT) if magic else row)
        goes_on = magic and row.text.rstrip().endswith("\\")
    as_magics = magics.recognise(text_of(filled))
    if as_magics.language == "python" and not parses(as_magics.code) and parses(text_of(rows)):
        return rows
    return filled
