"""What both notebook formats share: the parts of a cell as they stand in the file → `Cell`, and the digest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from nbexport.model import Cell, Magic, Role, Span
from nbexport.read import magics
from nbexport.read.roles import roles_of
from nbexport.read.syntax import Syntax

_PYTHON_NAMES = frozenset(
    "python python2 python3 ipython ipython2 ipython3 xpython pyspark pyspark3 pythonkernel".split()
)
_KERNELS = {"ir": "r", "xr": "r", "xpython": "python", "iruby": "ruby", "evcxr": "rust", "gophernotes": "go"}
_KERNEL = re.compile(r"(python|julia|scala|octave|matlab|bash|rust|ruby|stata|sas|sos|sagemath|xcpp)(?![a-z])")

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


def kernel_language(name: object) -> str:
    """The language of a kernel that names none, told by its own name, such as `ir` or `julia-1.11`; else empty."""
    word = name.strip().lower() if isinstance(name, str) else ""
    match = _KERNEL.match(word)
    return _KERNELS.get(word) or (match[1] if match else "")


def tags_of(value: object) -> tuple[str, ...]:
    """The tags as strings; one string instead of a list is read as tags parted by commas."""
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list):
        return ()
    return tuple(tag.strip() for tag in value if isinstance(tag, str) and tag.strip())


# patterns that few notebooks need are compiled where they are first needed
_LANGUAGE_CELL = r"(?i)\s*%(sql|scala|r|sh|md-sandbox|md|fs)(?![\w-])"
_LANGUAGES = {"sh": "bash", "md": "markdown", "md-sandbox": "markdown", "fs": "bash"}


def is_databricks(metadata: Mapping[str, Any], raws: Sequence[RawCell] = ()) -> bool:
    """Whether Databricks wrote a notebook, whose cells name their language by one per cent sign: `%sql`, `%md`."""
    if any("databricks" in key for key in metadata) or ("notebookId" in metadata and "name" in metadata):
        return True
    return any("databricks" in key for raw in raws for key in raw.metadata)


def _own_language(metadata: Mapping[str, Any]) -> object:
    """The language that an editor notes with a cell: VS Code, .NET Interactive, SoS."""
    code, net, note = (metadata.get(key) for key in ("vscode", "dotnet_interactive", "polyglot_notebook"))
    if isinstance(code, dict) and code.get("languageId"):
        return code["languageId"]
    if isinstance(net, dict) and net.get("language"):
        return net["language"]
    if isinstance(note, dict) and note.get("kernelName"):
        return note["kernelName"]
    kernel = metadata.get("kernel")
    return kernel if isinstance(kernel, str) else None


def cells_of(raws: Iterable[RawCell], language: str, *, databricks: bool = False) -> tuple[Cell, ...]:
    """The cells, numbered from 1, with roles and with IPython syntax recognised.

    Args:
        raws: The cells in notebook order.
        language: The kernel's language.
        databricks: Whether `%sql` at the head of a cell names its language.
    """
    cells = [_cell(number, raw, language, databricks=databricks) for number, raw in enumerate(raws, start=1)]
    return magics.with_automagic(cells)


def _is_sql(raw: RawCell) -> bool:
    """Whether a block of SQL holds SQL, and not the Python that Deepnote makes of it in some exports."""
    name = raw.metadata.get("deepnote_variable_name") or ""
    return "execute_sql" not in raw.source or f"{name} =" not in raw.source


def _sql_block(raw: RawCell) -> Syntax:
    """A block of SQL, whose result Deepnote gives a name."""
    name = raw.metadata.get("deepnote_variable_name")
    if not isinstance(name, str) or not name.isidentifier():
        return Syntax(code="", language="sql")
    rows = raw.source.split("\n")
    span = Span(1, 1, len(rows), len(rows[-1]) + 1)
    code = f"{name} = get_ipython().run_cell_magic('sql', '', '')" + "\n" * (len(rows) - 1)
    return Syntax(code, (Magic("cell", "sql", "", span, name),))


def _cell(number: int, raw: RawCell, language: str, *, databricks: bool) -> Cell:
    if raw.kind != "code":
        syntax = Syntax(code="")
        roles: tuple[Role, ...] = ()
    else:
        own = raw.language or (_own_language(raw.metadata) if raw.metadata else None)
        spoken = language_name(own) if own else language
        named = re.match(_LANGUAGE_CELL, raw.source) if databricks else None
        if named:
            spoken = _LANGUAGES.get(named[1].lower(), named[1].lower())
        if raw.metadata.get("deepnote_cell_type") == "sql" and _is_sql(raw):
            syntax = _sql_block(raw)
        else:
            syntax = magics.recognise(raw.source) if spoken == "python" else Syntax(code="", language=spoken)
            if databricks:
                # `%python` names the language of its cell, which is that of the notebook
                syntax = syntax._replace(magics=tuple(one for one in syntax.magics if one.name != "python"))
        roles = roles_of(raw.tags, raw.source)
    return Cell(
        number=number,
        kind=raw.kind,
        source=raw.source,
        id=raw.id,
        tags=raw.tags,
        roles=roles,
        code=syntax.code,
        magics=syntax.magics,
        language=syntax.language,
        column_shifts=syntax.column_shifts,
        lines=raw.lines,
        file_line=raw.file_line,
        execution_count=raw.execution_count,
        outputs=raw.outputs,
        metadata=raw.metadata,
    )
