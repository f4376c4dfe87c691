"""A notebook file → `Notebook`; trouble with the file is an `NbexportError`, trouble in a cell is not."""

from __future__ import annotations

import codecs
import os
import re
import stat
from json import detect_encoding
from pathlib import Path

from nbexport.errors import NbexportError
from nbexport.model import Cell, Notebook
from nbexport.read.by_format import parsed
from nbexport.read.cell import cells_of, is_databricks, universal_newlines
from nbexport.read.places import JsonPlaces
from nbexport.record import record

PYTHON = "python"
"""The one language of which notebooks are judged and exported."""
MAX_SIZE_BYTES = 1_000_000_000
"""Larger files are refused before they are read."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@record
class Text:
    """A file's text as it stands, line ends included, and what turns it back into the file's bytes."""

    text: str
    encoding: str
    bom: bytes = b""

    def encoded(self, text: str) -> bytes:
        """Another text as this file would hold it."""
        return self.bom + text.encode(self.encoding)


def read(path: Path | str) -> Notebook:
    """The notebook in a `.ipynb`, a script with cells, or Markdown with code cells.

    Raises:
        NbexportError: There is no such file, or it is not a notebook.
    """
    return read_text(read_bytes(path), str(path))


def read_bytes(path: Path | str) -> bytes:
    """What a notebook file holds.

    Raises:
        NbexportError: There is no such file, or it cannot be read.
    """
    name = shown(str(path))
    try:
        facts = os.stat(path)
        if stat.S_ISDIR(facts.st_mode):
            raise NbexportError(f"`{name}` is a folder", fix="give the path of a notebook")
        if not stat.S_ISREG(facts.st_mode):
            raise NbexportError(f"`{name}` is not a regular file", fix="give the path of a notebook")
        if facts.st_size > MAX_SIZE_BYTES:
            raise NbexportError(
                f"`{name}` is larger than {MAX_SIZE_BYTES // 10**6} MB", fix="clear the notebook's outputs and save it"
            )
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        raise NbexportError(f"`{name}` does not exist", fix="check the path") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise NbexportError(f"`{name}` cannot be read", why=reason, fix="check the path and its permissions") from None


def read_text(text: str | bytes, path: str) -> Notebook:
    """The notebook in a text that may not be saved yet.

    Args:
        text: The file's text or bytes.
        path: The name it goes by, whose ending says whether it is a script, Markdown or JSON.

    Raises:
        NbexportError: The text is not a notebook.
    """
    name = shown(path)
    if isinstance(text, bytes):
        text = decoded(text, name).text
    text = universal_newlines(text.removeprefix("\ufeff"))
    notebook = parsed(text, path, name)
    databricks = notebook.format == "databricks" or is_databricks(notebook.metadata, notebook.cells)
    cells = cells_of(notebook.cells, notebook.language, databricks=databricks)
    return Notebook(path, cells, notebook.format, notebook.language, notebook.metadata)


def python_notebook(path: Path | str, *, text: str | None = None) -> Notebook:
    """The notebook of a file, which only Python ones are exported from.

    Args:
        path: A `.ipynb`, a script with cells, or Markdown with code cells.
        text: What the file is taken to hold; None reads it.

    Raises:
        NbexportError: The file is not a notebook, or not a Python one.
    """
    notebook = read_text(read_bytes(path) if text is None else text, str(path))
    if notebook.language != PYTHON:
        name = shown(Path(path).name)
        raise NbexportError(
            f"`{name}` is {spoken_language(notebook.language)} notebook", fix="give a notebook in Python"
        )
    return notebook


def spoken_language(language: str) -> str:
    """A language as people write it, with its article: `an R`, `a Julia`."""
    words = {"sql": "SQL", "c++": "C++", "javascript": "JavaScript", "typescript": "TypeScript", "sos": "SoS"}
    word = words.get(language) or language[:1].upper() + language[1:]
    return f"{'an' if word in ('R', 'SQL') or word[:1] in 'AEIO' else 'a'} {word}"


def locate(cell: Cell, row: int, column: int = 1) -> tuple[int, int]:
    """The 1-based line and column in the file of a row and column (code points) of a cell's source."""
    if isinstance(cell.lines, JsonPlaces):
        return cell.lines.at(row, column)
    if not cell.lines:
        return cell.file_line + row - 1, column
    line, first = cell.lines[min(row, len(cell.lines)) - 1]
    return line, first + column - 1


def shown(text: str) -> str:
    """The text, a path mostly, as one printable line."""
    return text if text.isprintable() else ascii(text)[1:-1]


def _declared_encoding(data: bytes, name: str) -> str:
    """The encoding that a script names in its first two lines (PEP 263), where all of it can be read so; else empty."""
    if not name.lower().endswith(".py"):
        return ""
    for line in data.split(b"\n", 2)[:2]:
        match = re.match(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", line)
        if match:
            encoding = match[1].decode("ascii")
            try:
                data.decode(encoding)
            except (LookupError, UnicodeDecodeError):
                return ""
            return encoding
    return ""


def decoded(data: bytes, name: str) -> Text:
    """The text of a file's bytes, whatever Unicode encoding they are in.

    Raises:
        NbexportError: They are not text in that encoding.
    """
    bom, encoding = next(((bom, encoding) for bom, encoding in _BOMS if data.startswith(bom)), (b"", ""))
    encoding = encoding or detect_encoding(data)
    try:
        return Text(data[len(bom) :].decode(encoding), encoding, bom)
    except UnicodeDecodeError as error:
        from nbexport.read.strangers import archive

        if (trouble := archive(data, name)) is not None:
            raise trouble from None
        declared = _declared_encoding(data, name)
        if declared:
            return Text(data.decode(declared), declared)
        raise NbexportError(
            f"`{name}` is not {encoding[:6].upper().rstrip('-')} text",
            why=f"byte {len(bom) + error.start + 1} is not part of a character",
            fix="save the file as UTF-8",
        ) from None
