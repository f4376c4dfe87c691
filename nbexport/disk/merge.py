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
from collections.abc import Callable, Sequence
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
    merged = three_way_of(*(text.splitlines(keepends=True) for text in (base, mine, theirs)))
    return None if merged is None else "".join(merged)


def three_way_of(
    base: Sequence[str], mine: Sequence[str], theirs: Sequence[str], *, may_touch: bool = False
) -> list[str] | None:
    """The same of texts that are cut into pieces of any kind.

    Args:
        base: The text that both sides share.
        mine: One side.
        theirs: The other one.
        may_touch: Whether changes that touch, and do not overlap, are both made; who asks checks the result.
    """
    pieces = list(base)
    if max(map(len, (base, mine, theirs))) > MAX_LINES:
        return None
    ours, others = (_hunks(pieces, side) for side in (mine, theirs))
    for one in ours:
        for other in others:
            apart = one.end < other.start or other.end < one.start
            if may_touch and (one.start, one.end) != (other.start, other.end):
                apart = one.end <= other.start or other.end <= one.start
            if one != other and not apart:
                return None
    for hunk in sorted({*ours, *others}, reverse=True):
        pieces[hunk.start : hunk.end] = hunk.lines
    return pieces


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


def _hunks(base: Sequence[str], side: Sequence[str]) -> list[_Hunk]:
    matcher = SequenceMatcher(None, base, side, autojunk=False)
    return [
        _Hunk(start, end, tuple(side[first:last]))
        for tag, start, end, first, last in matcher.get_opcodes()
        if tag != "equal"
    ]
