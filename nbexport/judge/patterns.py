"""Glob patterns → whether a path matches.

    >>> matches("drafts", "drafts/deep/a.ipynb"), matches("*.py", "drafts/a.py")
    (True, True)
    >>> matches("drafts/**/*.py", "drafts/a.py"), matches("drafts/*.py", "other/a.py")
    (True, False)

A pattern without a slash is about names anywhere, one with a slash about the path from the base folder; what matches a
folder matches all that lies in it. A leading `!` turns a pattern round.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_PART = re.compile(r"\*\*/|\*\*|\*|\?|\[[!^]?\]?[^\]]*\]|.", re.DOTALL)


def matches(pattern: str, path: str) -> bool:
    """Whether a pattern matches a path or a folder above it.

    Args:
        pattern: The pattern, with `/`.
        path: The path from the folder that the pattern is relative to, with `/`.
    """
    if pattern.startswith("!"):
        return not matches(pattern[1:], path)
    wanted = pattern.removeprefix("./").rstrip("/")
    parts = path.split("/")
    is_match = expression(wanted, crosses=True).fullmatch
    if "/" not in wanted:
        return any(is_match(part) for part in parts)
    return any(is_match("/".join(parts[:count])) for count in range(1, len(parts) + 1))


def relative(path: Path, base: Path) -> str:
    """The path as patterns see it: from the base folder, with `/`; the whole path where it lies elsewhere."""
    place, home = path.parent.resolve() / path.name, base.resolve()
    return (place.relative_to(home) if place.is_relative_to(home) else place).as_posix()


@cache
def expression(pattern: str, *, crosses: bool) -> re.Pattern[str]:
    """The pattern as a regular expression over whole paths.

    Args:
        pattern: The pattern, with `/`.
        crosses: Whether `*` matches slashes too, as in ruff's patterns; a shell's does not.
    """
    simple = {"**/": "(?:.*/)?", "**": ".*", "*": ".*" if crosses else "[^/]*", "?": "." if crosses else "[^/]"}
    parts = []
    for part in _PART.findall(pattern):
        if part in simple:
            parts.append(simple[part])
        elif len(part) > 2 and part[0] == "[":
            inside = part[1:-1].replace("\\", "\\\\")
            parts.append(
                f"[^{inside[1:]}]" if inside[0] in "!^" and len(inside) > 1 else f"[{re.escape(inside[0])}{inside[1:]}]"
            )
        else:
            parts.append(re.escape(part))
    try:
        return re.compile("".join(parts), re.DOTALL)
    except re.error:  # a set that is none, such as `[z-a]`
        return re.compile(re.escape(pattern))
