r"""Three texts → one: what both sides changed since the text they share, or nothing when they disagree.

    >>> base = "a\nb\nc\nd\n"
    >>> three_way(base, "a\nB\nc\nd\n", "a\nb\nc\nD\n")
    'a\nB\nc\nD\n'
    >>> three_way(base, "a\nmine\nc\nd\n", "a\ntheirs\nc\nd\n") is None
    True

1. Each side's changes are stretches of base lines with what replaces them.
2. Stretches of the two sides that overlap or touch are a conflict, unless they say the same.
3. Otherwise all of them are applied to the base, from the bottom up.

Source: Khanna, Kunal and Pierce, "A Formal Investigation of Diff3", FSTTCS 2007. Touching changes conflict there too.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from difflib import SequenceMatcher
from pathlib import PurePosixPath
from typing import NamedTuple

MAX_LINES = 20_000
"""Longer texts are never merged: comparing them takes time quadratic in their length."""


class _Hunk(NamedTuple):
    """Replace `base[start:end]` by `lines`."""

    start: int
    end: int
    lines: tuple[str, ...]


def three_way(base: str, mine: str, theirs: str) -> str | None:
    """The text with both sides' changes, or None when they conflict."""
    lines = base.splitlines(keepends=True)
    sides = [text.splitlines(keepends=True) for text in (mine, theirs)]
    if max(len(lines), *map(len, sides)) > MAX_LINES:
        return None
    ours, others = (_hunks(lines, side) for side in sides)
    for one in ours:
        for other in others:
            if one != other and one.start <= other.end and other.start <= one.end:
                return None
    for hunk in sorted({*ours, *others}, reverse=True):
        lines[hunk.start : hunk.end] = hunk.lines
    return "".join(lines)


def still_parses(path: str, text: str) -> bool:
    """Whether a merged file is still one of its language; files of unknown languages are."""
    import ast
    import tomllib

    parsers: dict[str, Callable[[str], object]] = {".py": ast.parse, ".json": json.loads, ".toml": tomllib.loads}
    parse = parsers.get(PurePosixPath(path).suffix)
    if parse is None:
        return True
    try:
        parse(text)
    except (ValueError, SyntaxError):
        return False
    return True


def _hunks(base: list[str], side: list[str]) -> list[_Hunk]:
    matcher = SequenceMatcher(None, base, side, autojunk=False)
    return [
        _Hunk(start, end, tuple(side[first:last]))
        for tag, start, end, first, last in matcher.get_opcodes()
        if tag != "equal"
    ]
