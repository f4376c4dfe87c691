"""One cell of a `.ipynb` → the JSON of the cells that it becomes; what stays keeps its characters."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence

from nbexport.fix.parts import Piece, keeper
from nbexport.fix.tags import members_of, tags_edit

_COUNTS = ("execution_count", "prompt_number")
_SOURCES = ("source", "input")


def split(
    text: str,
    made: Sequence[Piece],
    tags: Sequence[Sequence[str]],
    *,
    unit: str,
    separator: str,
    taken: Collection[object],
    as_source: Callable[[str, str], str],
) -> str:
    """The JSON of the cells that a cell becomes, parted as the cells of the file are.

    Args:
        text: The JSON of the cell.
        made: What it becomes.
        tags: The tags that each of them gets.
        unit: What the file indents one level by.
        separator: What stands between two cells.
        taken: The ids of the notebook's cells.
        as_source: What writes a source in the form of the value that it replaces.
    """
    document = json.loads(text)
    kept = keeper(made, document.get("outputs") or [])
    used = set(taken)
    cells = []
    for index, (piece, words) in enumerate(zip(made, tags, strict=True)):
        changes: list[tuple[int, int, str]] = []
        for member in members_of(text, 0):
            raw = text[member.begin : member.end]
            if member.key in _SOURCES and len(made) > 1:
                changes.append((member.begin, member.end, as_source(raw, piece.source)))
            elif index == kept:
                continue
            elif member.key == "outputs":
                changes.append((member.begin, member.end, "[]"))
            elif member.key in _COUNTS:
                changes.append((member.begin, member.end, "null"))
            elif member.key == "id" and isinstance(document["id"], str):
                name = _new_id(document["id"], used)
                used.add(name)
                changes.append((member.begin, member.end, json.dumps(name)))
        if words:
            changes.append(tags_edit(text, 0, list(words), unit))
        cell = text
        for begin, end, new in sorted(changes, reverse=True):
            cell = cell[:begin] + new + cell[end:]
        cells.append(cell)
    return separator.join(cells)


def _new_id(of: str, used: Collection[object]) -> str:
    """An id that no cell of the notebook has; it may have 64 characters."""
    return next(name for n in range(1, len(used) + 2) if (name := f"{of[:56]}-{n}") not in used)
