"""The text of a `.ipynb` → its cells, with the place of every source line.

The outer three levels of the JSON (notebook, list of cells, cell) are walked here, everything inside a cell is decoded
by `json` in one piece: so the places cost next to nothing and the text is decoded once.

Source: the nbformat schemas 3.0 and 4.0 to 4.5.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from nbexport.errors import NbexportError
from nbexport.read.cell import RawCell, kernel_language, language_name, tags_of, universal_newlines
from nbexport.read.places import JsonPlaces
from nbexport.record import record

_decode = json.JSONDecoder().raw_decode
_SPACE = re.compile(r"[ \t\n\r]+")
_KEY = re.compile(r'[ \t\n\r]*"([^"\\\x00-\x1f]*)"[ \t\n\r]*:[ \t\n\r]*')
_END = re.compile(r"[ \t\n\r]*([,}\]])")

_KINDS: Mapping[str, Literal["code", "markdown", "raw"]] = {
    "code": "code",
    "markdown": "markdown",
    "heading": "markdown",
    "html": "markdown",
}
RESAVE = "open it in Jupyter and save it again, or restore it from version control"


class _Json(NamedTuple):
    """One cell's JSON object, and where it and its source stand in the text."""

    members: dict[str, Any]
    line: int
    source: str
    source_line: int
    source_column: int
    begin: int
    """Offset of the object in the text."""
    end: int
    source_begin: int
    """Offset of the value of `source` in the text; -1 where there is none."""


class Walk:
    """A place in JSON text that moves forward over whole values."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self._counted = 0
        self._line = 1
        self._line_start = 0

    def peek(self) -> str:
        """The next character that is not JSON white space, moving up to it; empty at the end."""
        char = self.text[self.at : self.at + 1]
        if char.isspace() and (space := _SPACE.match(self.text, self.at)):
            self.at = space.end()
            char = self.text[self.at : self.at + 1]
        return char

    def value(self) -> Any:
        """The decoded value that stands here; moves behind it."""
        self.peek()
        decoded, self.at = _decode(self.text, self.at)
        return decoded

    def members(self) -> Iterator[str]:
        """Each key of the object that stands here; the caller moves over its value before asking for the next."""
        self.at += 1
        if self.peek() == "}":
            self.at += 1
            return
        while True:
            match = _KEY.match(self.text, self.at)
            if match:
                self.at = match.end()
                yield match[1]
            else:
                yield self._escaped_key()
            if self._ended("}"):
                return

    def _escaped_key(self) -> str:
        if self.peek() != '"':
            raise json.JSONDecodeError("Expecting property name enclosed in double quotes", self.text, self.at)
        key: str = self.value()
        if self.peek() != ":":
            raise json.JSONDecodeError("Expecting ':' delimiter", self.text, self.at)
        self.at += 1
        return key

    def items(self) -> Iterator[None]:
        """Stops before each item of the array that stands here; the caller moves over it before asking for the next."""
        self.at += 1
        if self.peek() == "]":
            self.at += 1
            return
        while True:
            yield None
            if self._ended("]"):
                return

    def _ended(self, closing: str) -> bool:
        match = _END.match(self.text, self.at)
        if match is None or match[1] not in (",", closing):
            self.peek()
            raise json.JSONDecodeError("Expecting ',' delimiter", self.text, self.at)
        self.at = match.end()
        return match[1] == closing

    def place(self) -> tuple[int, int]:
        """Line and column of the next value; each stretch of text is counted once."""
        self.peek()
        breaks = self.text.count("\n", self._counted, self.at)
        if breaks:
            self._line += breaks
            self._line_start = self.text.rfind("\n", self._counted, self.at) + 1
        self._counted = self.at
        return self._line, self.at - self._line_start + 1


def parse(text: str, path: str) -> tuple[list[RawCell], str, Mapping[str, Any]]:
    r"""The cells, the kernel's language and the metadata of a notebook.

    Args:
        text: The JSON text, with `\n` line ends.
        path: The file's name, for messages.

    Raises:
        NbexportError: The text is not a notebook of nbformat 3 or 4.
    """
    try:
        top, cells = _document(Walk(text))
    except json.JSONDecodeError as error:
        raise _not_json(text, path, error) from None
    except RecursionError:
        raise NbexportError(
            f"`{path}` nests its JSON too deeply to be read",
            why="a notebook nests about ten levels",
            fix=RESAVE,
        ) from None
    except ValueError as error:  # a number with more digits than Python converts
        raise NbexportError(f"`{path}` holds a value that cannot be read", why=str(error), fix=RESAVE) from None
    _check_version(top, cells, path)
    metadata = _mapping(top.get("metadata"))
    language = _language(metadata)
    return (
        [_raw_cell(cell, number, path) for number, cell in enumerate(cells or [], 1)],
        language,
        metadata,
    )


@record
class CellPlace:
    """Offsets of one cell's JSON object in the text, and of the value of its `source` (-1 where it has none)."""

    begin: int
    end: int
    source_begin: int
    source_end: int


def places_of_cells(text: str) -> list[CellPlace]:
    """Where each cell stands in the text of a notebook that could be read, whatever its line ends."""
    _, cells = _document(Walk(text))
    return [
        CellPlace(cell.begin, cell.end, cell.source_begin, cell.source_begin + len(cell.source))
        for cell in cells or []
        if isinstance(cell, _Json)
    ]


def _document(walk: Walk) -> tuple[dict[str, Any], list[_Json | Any] | None]:
    """The top-level members without their cells, and the cells (None where there is no list of them)."""
    top: dict[str, Any] = {}
    cells: list[_Json | Any] | None = None
    if walk.peek() != "{":
        top = {"": walk.value()}
    else:
        for key in walk.members():
            if key == "cells" and walk.peek() == "[":
                cells = [_cell(walk) for _ in walk.items()]
            elif key == "worksheets" and walk.peek() == "[":
                cells = [cell for _ in walk.items() for cell in _worksheet(walk)]
            else:
                top[key] = walk.value()
    if walk.peek():
        raise json.JSONDecodeError("Extra data", walk.text, walk.at)
    return top, cells


def _worksheet(walk: Walk) -> list[_Json | Any]:
    """The cells of one worksheet of nbformat 3."""
    cells: list[_Json | Any] = []
    if walk.peek() != "{":
        walk.value()
        return cells
    for key in walk.members():
        if key == "cells" and walk.peek() == "[":
            cells = [_cell(walk) for _ in walk.items()]
        else:
            walk.value()
    return cells


def _cell(walk: Walk) -> _Json | Any:
    """One cell with its places; what is not an object comes back as it is."""
    if walk.peek() != "{":
        return walk.value()
    line = walk.place()[0]
    start = walk.at
    members: dict[str, Any] = {}
    source, source_line, source_column, begin = "", line, 1, -1
    for key in walk.members():
        if key == "source" or (key == "input" and "source" not in members):
            source_line, source_column = walk.place()
            begin = walk.at
            members[key] = walk.value()
            source = walk.text[begin : walk.at]
        else:
            members[key] = walk.value()
    return _Json(members, line, source, source_line, source_column, start, walk.at, begin)


def _check_version(top: dict[str, Any], cells: list[Any] | None, path: str) -> None:
    version = top.get("nbformat")
    if version is None and isinstance(top.get("paragraphs"), list):
        raise NbexportError(f"`{path}` is a Zeppelin note", fix="export it from Zeppelin as a Jupyter notebook")
    if not isinstance(version, int) or isinstance(version, bool):
        raise NbexportError(
            f"`{path}` is JSON, but not a notebook",
            why="its top level has no whole number `nbformat`",
            fix="give the path of a Jupyter notebook",
        )
    if version < 3:
        raise NbexportError(
            f"`{path}` is a notebook of format {version}",
            why="formats 3 and 4 are read",
            fix="convert it with `jupyter nbconvert --to notebook`",
        )
    if version > 4:
        raise NbexportError(
            f"`{path}` is a notebook of format {version}",
            why="formats 3 and 4 are read",
            fix="update nbexport, or save the notebook as format 4",
        )
    if cells is None:
        where = "cells" if version == 4 else "worksheets"
        raise NbexportError(f"`{path}` is not a notebook: it has no list `{where}`", fix=RESAVE)


def _not_json(text: str, path: str, error: json.JSONDecodeError) -> NbexportError:
    from nbexport.read.strangers import archive, stranger

    where = f"{error.msg} at line {error.lineno}, column {error.colno}"
    if not text.strip():
        return NbexportError(f"`{path}` is empty", fix=RESAVE)
    if re.search(r"^(<{7}|={7}|>{7})", text, re.MULTILINE):
        return NbexportError(
            f"`{path}` holds a merge conflict",
            why=where,
            fix="resolve the conflict, for instance with `nbdime mergetool`",
        )
    if (other := stranger(text, path) or archive(text[:8].encode("utf-8", "replace"), path)) is not None:
        return other
    if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
        return NbexportError(f"`{path}` ends in the middle of its JSON", why=where, fix=RESAVE)
    return NbexportError(f"`{path}` is not JSON", why=where, fix=RESAVE)


def _raw_cell(cell: _Json | Any, number: int, path: str) -> RawCell:
    if not isinstance(cell, _Json):
        raise NbexportError(f"cell {number} of `{path}` is not a JSON object", fix=RESAVE)
    members = cell.members
    kind = members.get("cell_type")
    if not isinstance(kind, str):
        raise NbexportError(f"cell {number} of `{path}` has no `cell_type`", fix=RESAVE)
    source = _text(members["source" if "source" in members else "input"]) if cell.source else ""
    if source is None:
        raise NbexportError(
            f"the source of cell {number} of `{path}` is neither a string nor a list of strings",
            fix=RESAVE,
        )
    source = universal_newlines(source)
    prefix = 0
    if kind == "heading":
        level = members.get("level")
        marks = "#" * (level if isinstance(level, int) and 1 <= level <= 6 else 1) + " "
        source, prefix = marks + source.replace("\n", " "), len(marks)
    metadata = _mapping(members.get("metadata"))
    count = members.get("execution_count", members.get("prompt_number"))
    identity = members.get("id")
    outputs = members.get("outputs")
    language = members.get("language")
    return RawCell(
        kind=_KINDS.get(kind, "raw"),
        source=source,
        lines=JsonPlaces(cell.source, line=cell.source_line, column=cell.source_column, prefix=prefix),
        file_line=cell.line,
        id=identity if isinstance(identity, str) else None,
        tags=tags_of(metadata.get("tags")),
        language=language if isinstance(language, str) else "",
        execution_count=count if isinstance(count, int) and not isinstance(count, bool) else None,
        outputs=tuple(output for output in outputs if isinstance(output, dict)) if isinstance(outputs, list) else (),
        metadata=metadata,
    )


def _text(value: Any) -> str | None:
    """The joined text of a `source`; None where it is neither a string nor a list of strings."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    return "" if value is None else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _language(metadata: Mapping[str, Any]) -> str:
    kernel = _mapping(metadata.get("kernelspec"))
    hosted = _mapping(metadata.get("application/vnd.databricks.v1+notebook")).get("language")
    named = hosted or kernel.get("language") or _mapping(metadata.get("language_info")).get("name")
    return language_name(named or kernel_language(kernel.get("name")))
