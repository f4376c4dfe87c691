"""The YAML header that jupytext, MyST and Quarto write at the head of a file, and the lines that may stand before it.

>>> lines = ["# ---", "# jupyter:", "#   kernelspec:", "#     language: python", "# ---", "x = 1"]
>>> end = header_end(lines)
>>> end, header_value(lines[:end], "language")
(5, 'python')
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_PREAMBLE = re.compile(r"#!|#.*coding[:=]")
_RULE = re.compile(r"#[ \t]*---[ \t]*$")
_PLAIN_RULE = re.compile(r"---[ \t]*$")


def header_end(lines: Sequence[str]) -> int:
    """How many lines a shebang, an encoding line and the header of a script take."""
    first = next((at for at, line in enumerate(lines[:2]) if not _PREAMBLE.match(line)), min(2, len(lines)))
    if first == len(lines) or not _RULE.match(lines[first]):
        return first
    for at in range(first + 1, len(lines)):
        if _RULE.match(lines[at]):
            return at + 1
        if not lines[at].startswith("#"):
            break
    return first


def plain_header_end(lines: Sequence[str]) -> int:
    """How many lines the header of a Markdown file takes."""
    if not lines or not _PLAIN_RULE.match(lines[0]):
        return 0
    return next((at + 1 for at in range(1, len(lines)) if _PLAIN_RULE.match(lines[at])), 0)


def header_value(lines: Sequence[str], key: str) -> str:
    """The first value of a key, whatever it stands under; empty where there is none."""
    entry = re.compile(rf"#?[ \t]*{key}:[ \t]*[\"']?([^\"'\s]+)")
    return next((match[1] for line in lines if (match := entry.match(line))), "")
