"""Python text that may not parse → its logical lines, as far as strings, brackets and comments tell.

>>> line = logical_line(["total = sum([1,", "  2]) % 3", "%time f()"], 0)
>>> line.end_row, line.escape
(1, '')
>>> logical_line(["%time f()"], 0).escape
'%'
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Sequence
from typing import NamedTuple

from nbexport.read.syntax import ESCAPES

_TOKEN = re.compile(
    r"""(?P<space>[ \t\f]+)
      | (?P<comment>\#.*)
      | (?P<quote>\"{3}|'{3}|["'])
      | (?P<join>\\\Z)
      | (?P<open>[(\[{])
      | (?P<close>[)\]}])
      | (?P<operator>(?:\*\*|//|<<|>>|[=!<>+\-*/%&|^:@])=)
      | (?P<assign>=)
      | (?P<word>\w+)
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_CLOSING = {
    '"': re.compile(r'[^"\\]*(?:\\.[^"\\]*)*"'),
    "'": re.compile(r"[^'\\]*(?:\\.[^'\\]*)*'"),
    '"""': re.compile(r'[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""'),
    "'''": re.compile(r"[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''"),
}
_TORN = re.compile(r"[^\\]*(?:\\.[^\\]*)*\\\Z")
_QUOTE_OR_COMMENT = re.compile(r"\#.*|\"{3}|'{3}|[\"']")


class LogicalLine(NamedTuple):
    """One logical line; rows and columns count from 0."""

    row: int
    column: int
    """Where its first token stands: rows before it may hold nothing but a backslash."""
    end_row: int
    escape: str = ""
    """Its first token when that is one of IPython's escape characters."""
    asks_help: bool = False
    """Whether its last token is `?`."""
    assigned: tuple[int, int] | None = None
    """Where the `%` or `!` stands that follows its first `=` outside brackets; before a `!` that `=` opens no row."""


def parses(source: str) -> bool:
    """Whether the source is Python, top-level `await` included."""
    return _parsed(source, "exec")


def is_expression(source: str) -> bool:
    """Whether the source is one Python expression."""
    return _parsed(source.strip(), "eval")


def _parsed(source: str, mode: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(source, mode=mode)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


def logical_line(rows: Sequence[str], row: int) -> LogicalLine:
    """The logical line that begins in `row`.

    Where IPython syntax has begun, brackets and quotes no longer join rows: only a backslash does.
    """
    scan = _Scan()
    for at in range(row, len(rows)):
        if not scan.row(rows[at], at):
            return scan.line(row, at)
    return scan.line(row, len(rows) - 1)


class _Scan:
    """What is known of a logical line after some of its rows."""

    def __init__(self) -> None:
        self.start: tuple[int, int] | None = None
        self.escape = ""
        self.assigned: tuple[int, int] | None = None
        self._depth = 0
        self._quote = ""
        self._tokens = 0
        self._last = ""
        self._assigns = 0
        self._assign_row: str | None = None

    def line(self, row: int, end_row: int) -> LogicalLine:
        asks_help = self._last == "?" and self._tokens > 1
        return LogicalLine(*(self.start or (row, 0)), end_row, self.escape, asks_help, self.assigned)

    def row(self, text: str, at: int) -> bool:
        """Take in one row; whether the logical line goes on in the next."""
        position, joined, dead = 0, False, ""
        if self._quote:
            position = self._closed(text, 0)
            if position < 0:
                return len(self._quote) == 3 or text.endswith("\\")
        while token := _TOKEN.match(text, position):
            kind, start, position = token.lastgroup, position, token.end()
            if kind == "space":
                continue
            if kind == "join":
                joined = True
                continue
            self._token(kind or "", token[0], at, start)
            # the first `=` outside brackets, while it is the last token
            self._assign_row = text if kind == "assign" and self._depth == 0 and self._assigns == 1 else None
            if kind == "quote" and token[0] not in dead:
                self._quote = token[0]
                end = self._closed(text, position)
                if end >= 0:
                    position = end
                elif len(token[0]) == 3:
                    return not self._begun
                elif _TORN.match(text, position):
                    return True
                else:
                    dead += token[0]
                    self._quote = ""
        return joined or (self._depth > 0 and not self._begun)

    @property
    def _begun(self) -> bool:
        return bool(self.escape or self.assigned)

    def _closed(self, text: str, position: int) -> int:
        """Where the open string ends in this row; -1 when it does not."""
        closing = _CLOSING[self._quote].match(text, position)
        if closing is None:
            return -1
        self._quote = ""
        return closing.end()

    def _token(self, kind: str, text: str, row: int, column: int) -> None:
        self._tokens += 1
        if self._tokens == 1:
            self.start = (row, column)
            if kind == "other" and text in ESCAPES:
                self.escape = text
        if self._assign_row is not None and not self._begun:
            if text == "%" or (text == "!" and not self._assign_row.lstrip().startswith("=")):
                self.assigned = (row, column)
        if kind == "open":
            self._depth += 1
        elif kind == "close":
            self._depth = max(0, self._depth - 1)
        elif kind == "assign" and self._depth == 0:
            self._assigns += 1
        self._last = text


def rows_in_strings(rows: Sequence[str]) -> frozenset[int]:
    """The rows, from 0, that begin inside a triple-quoted string; one that is never closed counts for nothing."""
    return strings_and_comments(rows)[0]


def strings_and_comments(rows: Sequence[str]) -> tuple[frozenset[int], dict[int, int]]:
    """The rows that begin inside a triple-quoted string, and row → column of each comment; all from 0."""
    inside: set[int] = set()
    comments: dict[int, int] = {}
    dead: set[str] = set()
    row = position = 0
    while row < len(rows):
        match = _QUOTE_OR_COMMENT.search(rows[row], position)
        quote = match[0] if match else "#"
        if quote.startswith("#"):
            if match:
                comments[row] = match.start()
            row, position = row + 1, 0
            continue
        position = match.end() if match else 0
        if quote in dead:
            continue
        end, closing = row, _CLOSING[quote].match(rows[row], position)
        while closing is None and len(quote) > 1 and end + 1 < len(rows):
            end += 1
            closing = _CLOSING[quote].match(rows[end])
        if closing:
            inside.update(range(row + 1, end + 1))
            row, position = end, closing.end()
        elif len(quote) > 1:
            dead.add(quote)
        else:
            row, position = row + 1, 0
    return frozenset(inside), comments
