"""Text from models and data as Markdown that shows it as it is."""

from __future__ import annotations

import re
from typing import Any


def escaped(text: str) -> str:
    """Text in one line, without any meaning of its own."""
    plain = " ".join(text.split())
    shown = re.sub(r"([\\`*_{}\[\]<>()#+!|~&-])", r"\\\1", plain)
    # a number with a full stop would begin a list
    shown = re.sub(r"^([0-9]+)\.", r"\1\\.", shown)
    # with a word joiner behind it, an @ calls nobody
    return shown.replace("@", "@\u2060")


def code(text: str) -> str:
    """Text as a code span."""
    plain = " ".join(text.split())
    runs = [len(found) for found in re.findall("`+", plain)]
    fence = "`" * (1 + max(runs, default=0))
    room = " " if "`" in plain else ""
    return f"{fence}{room}{plain}{room}{fence}".replace("|", "\\|")


def row(*cells: str) -> str:
    """A row of a table."""
    return f"| {' | '.join(cells)} |"


def number(value: Any) -> str:
    """A number as one reads it."""
    return f"{value:.6g}" if isinstance(value, float) else "nothing" if value is None else str(value)
