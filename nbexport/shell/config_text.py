"""The text of a configuration → the same with other `notebooks`; every other setting, line and comment stays.

    # what we check                       notebooks = ["prepare.ipynb", "train.ipynb"]
    select = ["NBX1"]               →     # what we check
                                          select = ["NBX1"]

The new text is read again, and must say what the old one said: a file that says it in a way that is not understood
here is left to its owner.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence
from typing import Any

from nbexport.errors import NbexportError

KEY = "notebooks"
_ASSIGNED = re.compile(rf"""[ \t]*(?:{KEY}|"{KEY}"|'{KEY}')[ \t]*=""")
_TABLE = re.compile(r"[ \t]*\[\s*tool\s*\.\s*nbexport\s*\][ \t]*(?:#.*)?\r?$")
_HEADER = re.compile(r"[ \t]*\[")
_STRING_OR_COMMENT = re.compile(r""""(?:[^"\\]|\\.)*"|'[^']*'|#[^\r\n]*""")


def with_notebooks(text: str, names: Sequence[str], *, shared: bool, path: str) -> str:
    """The text of a configuration that names these notebooks.

    Args:
        text: What the file holds; empty where there is none.
        names: The notebooks, relative to the file's folder; none takes the setting out.
        shared: Whether the settings stand under `[tool.nbexport]`.
        path: What the file is called in messages.

    Raises:
        NbexportError: The file is not TOML, or it says its settings in a way that is not understood here.
    """
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    text = text.removeprefix(mark)
    before = _parsed(text, path)
    carriage = "\r" if "\r\n" in text else ""
    lines = text.split("\n")
    first = next((n + 1 for n, line in enumerate(lines) if _TABLE.match(line)), None) if shared else 0
    after = ""
    if first is not None:
        begin, end = _assignment(lines, first)
        lines[begin:end] = [f"{line}{carriage}" for line in _assigned(lines[begin:end], names)]
        after = "\n".join(lines)
    try:
        same = tomllib.loads(after) == _expected(before, names, shared=shared)
    except ValueError:
        same = False
    if not same:
        raise NbexportError(
            f"`{path}` says its settings in a way that nbexport does not change",
            fix=f"write {_line(names)} there" if names else f"take `{KEY}` out of it",
        )
    return mark + after


def _parsed(text: str, path: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise NbexportError(f"`{path}` is not TOML", why=str(error), fix="correct it at that place") from None


def _assignment(lines: Sequence[str], first: int) -> tuple[int, int]:
    """The lines of the setting in a table that begins there; where it would stand, and no line, where there is none."""
    for begin in range(first, len(lines)):
        if _HEADER.match(lines[begin]):
            break
        if _ASSIGNED.match(lines[begin]):
            for end in range(begin + 1, len(lines) + 1):
                try:
                    tomllib.loads("\n".join([*lines[begin:end], ""]))
                except ValueError:
                    continue
                return begin, end
    return first, first


def _assigned(old: Sequence[str], names: Sequence[str]) -> list[str]:
    """The lines of the setting; comments among the old ones stay, that of a single line behind it."""
    comments = [found[0] for found in _STRING_OR_COMMENT.finditer("\n".join(old)) if found[0].startswith("#")]
    if not names:
        return comments
    if len(old) == 1 and comments:
        return [f"{_line(names)}  {comments[0]}"]
    return [*comments, _line(names)]


def _line(names: Sequence[str]) -> str:
    return f"{KEY} = [{', '.join(json.dumps(name, ensure_ascii=False) for name in names)}]"


def _expected(before: dict[str, Any], names: Sequence[str], *, shared: bool) -> dict[str, Any]:
    """What the new text must say."""
    if shared:
        tools = before.get("tool", {})
        table = tools.get("nbexport", {}) if isinstance(tools, dict) else {}
        return {**before, "tool": {**tools, "nbexport": _expected(table, names, shared=False)}}
    others = {key: value for key, value in before.items() if key != KEY}
    return {**others, KEY: list(names)} if names else others
