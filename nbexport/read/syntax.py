"""The quick look that settles whether a cell may hold IPython syntax, and the form of the answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from nbexport.model import Magic

ESCAPES = "%!?,;/"
"""The characters with which a line of IPython syntax begins."""

_LINE_START = re.compile(r"\n[ \t\f]*[%!?,;/>I]")
_HELP_LINE = re.compile(r"\?[ \t]*(?:\n|\Z)")
_ASSIGNED = re.compile(r"=[ \t\f\\\n]*[%!]")
_NONE: Mapping[int, int] = {}


class Syntax(NamedTuple):
    """What was found in one cell; the fields are those of `Cell`."""

    code: str
    magics: tuple[Magic, ...] = ()
    language: str = "python"
    column_shifts: Mapping[int, int] = _NONE


def may_hold_magics(source: str) -> bool:
    """Whether a quick look leaves the question open; most cells are settled here."""
    head = source.lstrip()
    if not head:
        return False
    return (
        head[0] in ESCAPES + ">"
        or source[0] in " \t\n\f"
        or head.startswith("In [")
        or _LINE_START.search(source) is not None
        or ("?" in source and _HELP_LINE.search(source) is not None)
        or (("%" in source or "!" in source) and _ASSIGNED.search(source) is not None)
    )
