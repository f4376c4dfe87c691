"""New sources of cells → the text of a `.ipynb`, changed in these places alone.

Only the value of `source` is replaced in the JSON, in the form it has (one string, or a list of lines with its own
spaces), and a line that stays keeps its very characters, escapes included.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from nbexport.fix.ipynb_cells import split
from nbexport.fix.parts import Piece
from nbexport.fix.tags import indentation, members_of
from nbexport.read.cell import universal_newlines
from nbexport.read.ipynb import CellPlace, places_of_cells

_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"')
_SPACE = re.compile(r"\s*")


def parted(text: str, made: Mapping[int, Sequence[Piece]], tags: Mapping[int, Sequence[Sequence[str]]]) -> str:
    """The file's text with cells parted.

    Args:
        text: The JSON text.
        made: Number of a cell → what it becomes.
        tags: Number of a cell → the tags of each of them.
    """
    cells = places_of_cells(text)
    taken = _ids(json.loads(text[cell.begin : cell.end]) for cell in cells)
    for number in sorted(made, reverse=True):
        cell = cells[number - 1]
        before = text[: cell.begin]
        new = split(
            text[cell.begin : cell.end],
            made[number],
            tags[number],
            unit=indentation(text),
            separator=f",{before[len(before.rstrip()) :]}",
            taken=taken,
            as_source=partial(_source_in, text),
        )
        text = before + new + text[cell.end :]
    return text


def _source_in(text: str, raw: str, source: str) -> str:
    return _source(raw, source, text)


def rewritten(text: str, sources: Mapping[int, str], parameters: Sequence[str], place: int | None) -> str:
    """The file's text with new sources, and perhaps with a new `parameters` cell.

    Args:
        text: The JSON text.
        sources: Number of a cell → its new source.
        parameters: Lines of the new cell.
        place: Number of the cell before which it goes; None for no new cell.
    """
    cells = places_of_cells(text)
    changes = [
        (cell.source_begin, cell.source_end, _source(text[cell.source_begin : cell.source_end], source, text))
        for number, source in sources.items()
        if (cell := cells[number - 1]).source_begin >= 0
    ]
    if "deepnote_source" in text:
        changes += [change for number in sources for change in _second_source(text, cells[number - 1], sources[number])]
    if place is not None:
        changes.append(new_cell(text, cells, parameters, place, ("parameters",)))
    for begin, end, new in sorted(changes, reverse=True):
        text = text[:begin] + new + text[end:]
    return text


def _second_source(text: str, cell: CellPlace, source: str) -> Iterator[tuple[int, int, str]]:
    """The change of the copy of a cell's source in its metadata, which is what Deepnote reads when it imports."""
    document = json.loads(text[cell.begin : cell.end])
    own = document.get("source")
    for member in members_of(text, cell.begin):
        if member.key == "metadata" and text[member.begin] == "{":
            for one in members_of(text, member.begin):
                copy = json.loads(text[one.begin : one.end]) if one.key == "deepnote_source" else None
                if copy is not None and copy == ("".join(own) if isinstance(own, list) else own):
                    yield one.begin, one.end, _json(source, text)


def _source(raw: str, source: str, text: str) -> str:
    """A new source as the JSON value that stands in place of `raw`."""
    if not raw.startswith("["):
        return _json(source, text)
    items = [match[0] for match in _STRING.finditer(raw)]
    written = {universal_newlines(json.loads(item)): item for item in items}
    lines = source.splitlines(keepends=True)
    if not lines:
        return "[]"
    first = _SPACE.match(raw, 1)
    opening = first[0] if first else ""
    if not items:
        opening = closing = ""
    else:
        closing = raw[raw.rindex('"') + 1 : -1]
    between = raw[1 + len(opening) + len(items[0]) :] if len(items) > 1 else ""
    separator = between[: between.index('"')] if between else f",{opening or ' '}"
    return f"[{opening}{separator.join(written.get(line) or _json(line, text) for line in lines)}{closing}]"


def _json(value: str, text: str) -> str:
    """A string as JSON, with the escapes that the file uses."""
    escapes = (text.isascii() and "\\u" in text) or any("\ud800" <= char <= "\udfff" for char in value)
    return json.dumps(value, ensure_ascii=escapes)


def new_cell(
    text: str, cells: Sequence[CellPlace], lines: Sequence[str], place: int, tags: Sequence[str]
) -> tuple[int, int, str]:
    """Where a new cell goes in the text, and its JSON with the comma that it needs.

    Args:
        text: The JSON text.
        cells: Its cells.
        lines: The new cell's source.
        place: Number of the cell before which it goes.
        tags: Its tags; where cells have ids, its own is named after the first.
    """
    after = place > len(cells)
    anchor = cells[-1] if after else cells[place - 1]
    before = text[: anchor.begin]
    space = before[len(before.rstrip()) :]
    made: dict[str, Any] = {"cell_type": "code", "execution_count": None}
    documents = [json.loads(text[cell.begin : cell.end]) for cell in cells]
    if any("id" in document for document in documents):
        made["id"] = _new_id(_ids(documents), tags[0])
    made |= {"metadata": {"tags": [*tags]}, "outputs": [], "source": _lines(lines)}
    if any("input" in document for document in documents):
        # nbformat 3
        made = {
            "cell_type": "code",
            "collapsed": False,
            "input": _lines(lines),
            "language": "python",
            "metadata": {"tags": [*tags]},
            "outputs": [],
        }
    new = json.dumps(made, indent=_step(text), separators=_separators(text), ensure_ascii=False)
    margin = space.rpartition("\n")[2]
    ending = "\r\n" if "\r\n" in space else "\n"
    new = new.replace("\n", ending + margin)
    return (anchor.end, anchor.end, f",{space}{new}") if after else (anchor.begin, anchor.begin, f"{new},{space}")


def _lines(lines: Sequence[str]) -> list[str]:
    return "\n".join(lines).splitlines(keepends=True)


def _step(text: str) -> str | None:
    """What the file indents one level by; None where it stands on one line."""
    indent = re.match(r"\s*\{\r?\n([ \t]+)", text)
    return indent[1] if indent else None


def _separators(text: str) -> tuple[str, str]:
    return ("," if _step(text) else ", ", ": ") if _step(text) or ", " in text[:2000] else (",", ":")


def _ids(documents: Iterable[dict[str, Any]]) -> set[str]:
    """The ids of cells; a hostile file has other things in their place."""
    return {one for document in documents if isinstance(one := document.get("id"), str)}


def _new_id(taken: set[str], word: str) -> str:
    word = word.replace(":", "-")
    return next(name for name in (word, *(f"{word}-{n}" for n in range(len(taken) + 1))) if name not in taken)
