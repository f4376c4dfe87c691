"""A cell that does not parse → the cause where one can be told: a merge conflict, Python 2, a later Python.

    def first[T](items: list[T]) -> T:      3.12: type parameters stand in brackets
        return items[0]

A later Python is told by taking its syntax away: what parses without the brackets, and not with them, needs it.

Source: PEP 695, 696, 701, 750, 758, 798 and 810.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import NamedTuple

from nbexport.read.python_text import parses

_CONFLICT = re.compile(r"^(?:<{7}|>{7})(?: .*)?$", re.MULTILINE)
_STRING = re.compile(r"#[^\n]*|(?P<prefix>\b[A-Za-z]{1,2})?(?P<quote>\"{3}|'{3}|[\"'])")
_TYPE = re.compile(r"^([ \t]*)type[ \t]+(?=\w+[ \t]*(?:\[|=(?!=)))", re.MULTILINE)
_NAMED = re.compile(r"^[ \t]*(?:(?:async[ \t]+)?def[ \t]+|class[ \t]+|)\w+[ \t]*(?=\[)", re.MULTILINE)
_EXCEPT = re.compile(r"^([ \t]*except\*?)[ \t]+([^:(\n]+,[ \t]*[\w.]*[A-Z]\w*)[ \t]*:", re.MULTILINE)
"""Two exceptions without parentheses; the small letters of `except ValueError, e` are Python 2's."""
_CALLED = re.compile(r"^Missing parentheses in call to '(print|exec)'")
_CAUGHT = re.compile(r"[ \t]*(except[ \t]+([\w.]+|\([^()]*\))[ \t]*,[ \t]*([a-z_]\w*)[ \t]*:)")
_RAISED = re.compile(r"[ \t]*(raise[ \t]+([\w.]+)[ \t]*,[ \t]*([^,#]+))$")
_LAZY = re.compile(r"^([ \t]*)lazy[ \t]+(?=import\b|from\b)", re.MULTILINE)
_UNPACKED = re.compile(r"([\[({][ \t\n]*)\*{1,2}(?=[\w(\[{])")

Version = tuple[int, int]
MAX_CHARACTERS = 50_000
"""A longer cell is not looked through for the syntax of a later Python."""
_MAX_SHOWN = 60
"""How long a statement of Python 2 may be that a message repeats."""
_MAX_BRACKETS = 2_000
"""How many characters type parameters may have."""


class ExplainedError(SyntaxError):
    """A cell that does not parse, and what to do about it."""

    def __init__(self, message: str, fix: str, *, row: int, column: int) -> None:
        """Say where it stands.

        Args:
            message: What is wrong, about `this cell`.
            fix: What to do.
            row: Row of the cell's code, from 1.
            column: Column, from 1.
        """
        super().__init__(message)
        self.fix = fix
        self.lineno, self.offset = row, column


def explained(code: str, error: SyntaxError) -> SyntaxError:
    """The error with its cause; the same error where nothing tells one.

    Args:
        code: The cell's Python.
        error: What Python says of it.
    """
    conflict = _CONFLICT.search(code)
    if conflict:
        return ExplainedError(
            "this cell holds a merge conflict",
            "keep one of the two sides, and remove the lines that mark them",
            row=code.count("\n", 0, conflict.start()) + 1,
            column=1,
        )
    version = needed_python(code)
    if version is None:
        return _of_python_2(code, error) or error
    name, own = f"{version[0]}.{version[1]}", f"{sys.version_info[0]}.{sys.version_info[1]}"
    return ExplainedError(
        f"this cell needs Python {name}, and nbexport runs on Python {own}",
        f"install nbexport for Python {name} or newer",
        row=error.lineno or 1,
        column=error.offset or 1,
    )


def _of_python_2(code: str, error: SyntaxError) -> ExplainedError | None:
    """The error for a statement that only Python 2 has, with what Python 3 writes; None for all else."""
    rows = code.split("\n")
    row, column = error.lineno or 1, max(error.offset or 1, 1)
    line = rows[row - 1] if row <= len(rows) else ""
    called, caught = _CALLED.search(error.msg or ""), _CAUGHT.match(line)
    if called:
        name = called[1]
        end = error.end_offset if error.end_lineno == row and error.end_offset else len(line) + 1
        old = line[column - 1 : end - 1].strip()
        if line[end - 1 :].strip()[:1] not in ("", ";", "#"):
            return None  # prose: `print the sum`
        argument = old.removeprefix(name).strip()
        # a comma at the end keeps the line open
        is_open = argument.endswith(",")
        new = f'{name}({argument} end=" ")' if is_open else f"{name}({argument})"
    elif caught:
        old, new = caught[1], f"except {caught[2]} as {caught[3]}:"
    elif raised := _RAISED.match(line):
        old, new = raised[1].strip(), f"raise {raised[2]}({raised[3].strip()})"
    else:
        return None
    if not caught and not parses(new):
        return None  # prose again
    if called and len(old) > _MAX_SHOWN:
        old, new = f"{called[1]} …", f"{called[1]}(…)"
    return ExplainedError(f"this is Python 2: `{old}`", f"write `{new}`", row=row, column=column)


def needed_python(code: str) -> Version | None:
    """The version of Python whose syntax a text needs, if that is a later one than this; None where that is not it.

    Args:
        code: What this Python does not parse.
    """
    if len(code) > MAX_CHARACTERS:
        return None
    text, versions, expressions = _without_strings(code)
    for pattern, replacement, version in (
        (_TYPE, r"\1", (3, 12)),
        (_EXCEPT, r"\1 (\2):", (3, 14)),
        (_LAZY, r"\1", (3, 15)),
    ):
        now = pattern.sub(replacement, text)
        if now != text:
            text = now
            versions.add(version)
    text = _without_parameters(text, versions)
    if not parses(text) and (now := _UNPACKED.sub(r"\1", text)) != text:
        text = now
        versions.add((3, 15))
    later = [version for version in versions if version > sys.version_info[:2]]
    if not later or not parses(text) or not all(parses(f"({expression}\n)") for expression in expressions):
        return None
    return max(later)


def _without_parameters(text: str, versions: set[Version]) -> str:
    """A text without the type parameters of its functions, classes and aliases."""
    pieces = []
    for named in _NAMED.finditer(text):
        head = named[0].split()
        end = _closing(text, named.end())
        if end is None or (len(head) == 1 and not re.match(r"[ \t]*=(?!=)", text[end:])):
            continue
        if len(head) == 1 and parses(text[named.start() : end].strip()) and (3, 12) not in versions:
            continue  # `x[0] = 1`
        pieces.append((named.end(), end))
    for begin, end in reversed(pieces):
        default = re.search(r"(?<![=!<>])=(?!=)", text[begin:end])
        versions.add((3, 13) if default else (3, 12))
        text = text[:begin] + text[end:]
    return text


def _closing(text: str, at: int) -> int | None:
    """Where the bracket that opens at `at` has been closed; None where it is not."""
    depth = 0
    for place in range(at, min(at + _MAX_BRACKETS, len(text))):
        if text[place] in "[({":
            depth += 1
        elif text[place] in "])}":
            depth -= 1
            if depth == 0:
                return place + 1
    return None


class _Literal(NamedTuple):
    """A string literal of a text."""

    end: int
    expressions: tuple[str, ...] = ()
    """What stands between the braces of a formatted one."""
    is_new: bool = False
    """Whether those hold what they could not hold before 3.12: its own quotes, a backslash, a comment."""


def _without_strings(code: str) -> tuple[str, set[Version], list[str]]:
    """The text with empty strings for its own, the versions that those need, and the expressions in them."""
    parts: list[str] = []
    versions: set[Version] = set()
    expressions: list[str] = []
    at = 0
    while match := _STRING.search(code, at):
        parts.append(code[at : match.start()])
        at = match.end()
        if not match["quote"]:
            continue  # a comment
        prefix = (match["prefix"] or "").lower()
        literal = _formatted(code, match) if set(prefix) & set("ft") else _plain(code, match)
        if "t" in prefix:
            versions.add((3, 14))
        elif literal.is_new:
            versions.add((3, 12))
        expressions += literal.expressions
        parts.append('b""' if "b" in prefix else '""')
        at = literal.end
    return "".join([*parts, code[at:]]), versions, expressions


def _plain(code: str, match: re.Match[str]) -> _Literal:
    closing = re.compile(rf"(?:\\.|(?!{match['quote']}).)*{match['quote']}", re.DOTALL)
    end = closing.match(code, match.end())
    return _Literal(end.end() if end else len(code))


def _formatted(code: str, match: re.Match[str]) -> _Literal:
    """A string with expressions in braces, in which later Pythons allow anything."""
    quote, at = match["quote"], match.end()
    expressions: list[str] = []
    is_new = False
    while at < len(code) and not code.startswith(quote, at):
        if code[at] == "\\":
            at += 2
        elif code.startswith(("{{", "}}"), at):
            at += 2
        elif code[at] == "{":
            end = _end_of_field(code, at + 1)
            inner = code[at + 1 : end]
            is_new |= quote in inner or "\\" in inner or "#" in inner or (len(quote) == 1 and "\n" in inner)
            expressions.append(_expression(inner))
            at = end + 1
        else:
            at += 1
    return _Literal(min(at + len(quote), len(code)), tuple(filter(None, expressions)), is_new)


def _end_of_field(code: str, at: int) -> int:
    """Where the brace stands that closes a field which begins at `at`."""
    depth = 0
    while at < len(code):
        if code[at] in "\"'":
            match = _STRING.match(code, at)
            at = _plain(code, match).end if match else at + 1
            continue
        if code[at] in "[({":
            depth += 1
        elif code[at] in "])}":
            if depth == 0:
                return at
            depth -= 1
        at += 1
    return at


def _expression(field: str) -> str:
    """The expression of a field, without conversion and format."""
    return next(_cut(field), "").strip().removesuffix("=")


def _cut(field: str) -> Iterator[str]:
    """The beginnings of a field that end at `!` or `:` outside brackets and strings; at last all of it."""
    depth = at = 0
    while at < len(field):
        char = field[at]
        if char in "\"'":
            match = _STRING.match(field, at)
            at = _plain(field, match).end if match else at + 1
            continue
        if char in "[({":
            depth += 1
        elif char in "])}":
            depth -= 1
        elif depth == 0 and (char == ":" or (char == "!" and field[at + 1 : at + 2] != "=")):
            yield field[:at]
        at += 1
    yield field
