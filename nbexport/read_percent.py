"""The text of a py:percent file → its cells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbexport.read_cell import RawCell


def parse(text: str) -> tuple[list[RawCell], str, Mapping[str, Any]]:
    """The cells, the kernel's language and the metadata of a py:percent file."""
    lines = tuple((row, 1) for row in range(1, text.count("\n") + 2))
    return [RawCell(kind="code", source=text, lines=lines, file_line=1)], "python", {}
