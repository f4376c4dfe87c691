r"""How a cell may say what a project says: the ways to write an edit back, the most careful first.

    lifted   y = encode(text, vocab=vocab)  →  y = encode(text.lower(), vocab=vocab)
    cell     y = encode(text)               →  y = encode(text.lower())

The lift has changed what a cell says, and a person has changed that. Both are merged: line by line, so that untouched
lines keep the cell's own spaces and quotes, then piece by piece, and at last the project's text is taken as it is.
Which of them is right is not decided here: each is lifted again and compared (`pulling`).

    >>> list(candidates("x = f(1)  # a\ny = 2", "x = f(1)  # a\ny = 3", "x = f( 1 )  # a\ny = 2"))[0]
    'x = f( 1 )  # a\ny = 3'
    >>> list(candidates("y = f(a, b=b)", "y = f(a + 1, b=b)", "y = f(a)"))
    ['y = f(a + 1)', 'y = f(a + 1, b=b)']
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from nbexport.disk.merge import three_way, three_way_of

_EXCUSE = re.compile(r"[ \t]*# noqa: [A-Z]+\d+(?:, [A-Z]+\d+)*$", re.MULTILINE)
_PIECE = re.compile(r"\w+|\s+|[^\w\s]")


def candidates(lifted: str, edited: str, source: str) -> Iterator[str]:
    """What a cell may say instead of `source`, each once.

    Args:
        lifted: What the lift makes of it.
        edited: What a person has made of that.
        source: What the cell says now.
    """
    seen: set[str] = set()
    # an excuse is the lift's to give: in a cell it could silence what prevents an export
    base, mine = bare(lifted), bare(edited)
    for text in (merged(base, mine, source), in_pieces(base, mine, source), mine):
        if text is not None and text not in seen:
            seen.add(text)
            yield text


def bare(text: str) -> str:
    r"""A statement without the comments that excuse its lines to ruff, which the lift adds by itself.

    >>> bare("a = 1  # noqa: F841\nb = 2  # mine")
    'a = 1\nb = 2  # mine'
    """
    return _EXCUSE.sub("", text)


def merged(base: str, mine: str, theirs: str) -> str | None:
    """Both sides' changes of a statement, line by line; None where they conflict."""
    text = three_way(*(f"{side}\n" for side in (base, mine, theirs)))
    return None if text is None else text.removesuffix("\n")


def in_pieces(base: str, mine: str, theirs: str) -> str | None:
    """Both sides' changes of a statement, word by word; None where they overlap."""
    pieces = three_way_of(*(_PIECE.findall(side) for side in (base, mine, theirs)), may_touch=True)
    return None if pieces is None else "".join(pieces)
