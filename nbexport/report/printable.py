"""What came out of a notebook, made printable: no notebook can send a terminal an escape sequence."""

from __future__ import annotations

TAB = "    "


def printable(text: str) -> str:
    """The text as one line that a terminal shows and does not obey."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else TAB if char == "\t" else ascii(char)[1:-1] for char in text)
