"""What both notebook formats share: the parts of a cell as they stand in the file → `Cell`, and the digest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from nbexport.model import Cell, Role
from nbexport.read import magics
from nbexport.read.roles import roles_of
from nbexport.read.syntax import Syntax

_PYTHON_NAMES = frozenset({"python", "python2", "python3", "ipython", "ipython2", "ipython3", "xpython"})


_EMPTY: Mapping[str, Any] = {}


class RawCell(NamedTuple):
    r"""One cell as it stands in the file; `source` has `\n` line ends only."""

    kind: Literal["code", "markdown", "raw"]
    source: str
    lines: Sequence[tuple[int, int]]
    file_line: int
    id: str | None = None
    tags: tuple[str, ...] = ()
    language: str = ""
    """The language a cell names for itself, where the format has that."""
    execution_count: int | None = None
    outputs: tuple[Mapping[str, Any], ...] = ()
    metadata: Mapping[str, Any] = _EMPTY


def universal_newlines(text: str) -> str:
    r"""The text with `\n` as the only line end, as Python itself reads a file."""
    if "\r" not in text:
        return text
    return text.replace("\r\n", "\n").replace("\r", "\n")


def language_name(name: object) -> str:
    """A kernel's language in lower case; every name of Python is `python`."""
    word = name.strip().lower() if isinstance(name, str) else ""
    return "python" if word in _PYTHON_NAMES or not word else word


def tags_of(value: object) -> tuple[str, ...]:
    """The tags as strings; one string instead of a list is read as tags parted by commas."""
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list):
        return ()
    return tuple(tag.strip() for tag in value if isinstance(tag, str) and tag.strip())


_LANGUAGE_CELL = re.compile(r"\s*%(sql|scala|r|sh|md|fs)\b")
_LANGUAGES = {"sh": "bash", "md": "markdown", "fs": "bash"}


def is_databricks(metadata: Mapping[str, Any]) -> bool:
    """Whether Databricks wrote a notebook, whose cells name their language by one per cent sign: `%sql`, `%md`."""
    return any("databricks" in key for key in metadata)


def cells_of(raws: Iterable[RawCell], language: str, *, databricks: bool = False) -> tuple[Cell, ...]:
    """The cells, numbered from 1, with roles and with IPython syntax recognised.

    Args:
        raws: The cells in notebook order.
        language: The kernel's language.
        databricks: Whether `%sql` at the head of a cell names its language.
    """
    cells = [_cell(number, raw, language, databricks=databricks) for number, raw in enumerate(raws, start=1)]
    return magics.with_automagic(cells)


def _cell(number: int, raw: RawCell, language: str, *, databricks: bool) -> Cell:
    if raw.kind != "code":
        found = Syntax(code="")
        roles: tuple[Role, ...] = ()
    else:
        spoken = language_name(raw.language) if raw.language else language
        named = _LANGUAGE_CELL.match(raw.source) if databricks else None
        if named:
            spoken = _LANGUAGES.get(named[1], named[1])
        found = magics.recognise(raw.source) if spoken == "python" else Syntax(code="", language=spoken)
        roles = roles_of(raw.tags, raw.source)
    return Cell(
        number=number,
        kind=raw.kind,
        source=raw.source,
        id=raw.id,
        tags=raw.tags,
        roles=roles,
        code=found.code,
        magics=found.magics,
        language=found.language,
        column_shifts=found.column_shifts,
        lines=raw.lines,
        file_line=raw.file_line,
        execution_count=raw.execution_count,
        outputs=raw.outputs,
        metadata=raw.metadata,
    )
