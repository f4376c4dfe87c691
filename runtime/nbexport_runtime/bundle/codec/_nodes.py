"""The objects that a library's own file describes: they are looked at before the library reads it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def nodes(tree: Any, mark: str) -> Iterator[dict[str, Any]]:
    """Every object of a JSON document that has a member of this name, wherever it stands."""
    pending = [tree]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            if mark in part:
                yield part
            pending.extend(part.values())
        elif isinstance(part, list):
            pending.extend(part)
