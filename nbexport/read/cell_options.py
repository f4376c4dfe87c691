"""The line that begins a cell of a text notebook, and what it says of the cell: title, kind, tags, language.

    >>> options('fit tags=["train"]')
    ('fit', {'tags': ['train']})

Source: jupytext 1.19, `cell_metadata`.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Sequence
from typing import Any, Literal

from nbexport.read.cell import RawCell, language_name, tags_of
from nbexport.read.rows import COMMENT, Row, is_plain, places, prose, text_of, with_magics

_KIND = re.compile(r"\[(markdown|md|raw)\]")
_KEY = re.compile(r"(?:^|[ \t])([\w.-]+)[ \t]*=[ \t]*")


def options(text: str) -> tuple[str, dict[str, Any]]:
    """The title of a cell and its metadata: `fit tags=["train"]`, or jupytext's older `fit {"tags": ["train"]}`."""
    brace = text.find("{")
    key = _KEY.search(text)
    if brace >= 0 and (key is None or brace < key.start()):
        value, _ = _value(text, brace)
        return text[:brace].strip(), value if isinstance(value, dict) else {}
    title = text[: key.start()] if key else text
    metadata: dict[str, Any] = {}
    while key:
        metadata[key[1]], end = _value(text, key.end())
        key = _KEY.search(text, end)
    return title.strip(), metadata


def _value(text: str, at: int) -> tuple[Any, int]:
    """The value that begins at `at` (JSON, else a Python literal, else a word), and where it ends."""
    try:
        value, end = json.JSONDecoder().raw_decode(text, at)
    except (ValueError, RecursionError):
        following = _KEY.search(text, at)
        end = following.start() if following else len(text)
        try:
            value = ast.literal_eval(text[at:end].strip())
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            value = text[at:end].strip()
    return value, end


def active_in(value: object, tags: Sequence[str]) -> set[str] | None:
    """The formats in which jupytext lets a cell run; None where it does not say."""
    for tag in tags:
        if tag.startswith("active-"):
            return set(tag.split("-")[1:])
    return set(re.split(r"[.,\s]+", value)) if isinstance(value, str) else None


def script_cell(text: str, rows: list[Row], line: int) -> RawCell:
    """One cell of a script.

    Args:
        text: What stands behind its marker.
        rows: The rows below it.
        line: The line on which it begins.
    """
    title, metadata = options(text)
    tags = tags_of(metadata.get("tags"))
    is_prose = title == "md" or title.startswith("md ")  # PyCharm and DataSpell write `#%% md`
    active = active_in(metadata.get("active"), tags)
    match = _KIND.search(title)
    kind: Literal["code", "markdown", "raw"] = "code"
    if is_prose:
        kind = "markdown"
    elif match:
        kind = "raw" if match[1] == "raw" else "markdown"
    elif active is not None and "ipynb" not in active:
        kind = "raw"
    language = metadata.get("language")
    if kind != "code":
        rows = rows if is_prose and is_plain(rows) else prose(rows)
    elif isinstance(language, str) and language_name(language) != "python":
        arguments = metadata.get("magic_args")
        first = f"%%{language} {arguments}" if isinstance(arguments, str) else f"%%{language}"
        rows = [Row(first, line), *(row.without(COMMENT) for row in rows)]
    elif active is not None and "py" not in active:
        rows = [row.without(COMMENT) for row in rows]
    else:
        rows = with_magics(rows)
    return RawCell(
        kind=kind, source=text_of(rows), lines=places(rows, line), file_line=line, tags=tags, metadata=metadata
    )
