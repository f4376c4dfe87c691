"""Tables in files: their columns, and their rows as a stream that begins anywhere.

Nothing holds more than one row, or what a library buffers of a file.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pydantic_core import from_json

from nbexport_runtime.scoring import duck
from nbexport_runtime.scoring.cells import ABSENT
from nbexport_runtime.scoring.errors import ScoreError
from nbexport_runtime.scoring.places import PACKED, Place, format_of

SAMPLED = 1000
"""Lines of JSON whose members are the columns of a file."""
LONGEST_CELL = 2**24
"""Characters of a cell; a quotation mark that is never closed would make one cell of the rest of the file."""
FETCHED = 1000
DELIMITERS = ",;\t|"
FILE = "file"
"""The column that says from which file of a folder a row comes."""

Entry = TypeVar("Entry")
Line = list[Any] | str
"""The cells of a row, or what is wrong with its line."""


class Table(Protocol):
    """A table that is read row by row."""

    columns: Sequence[str]
    """Its columns."""
    kind: str
    """What cells are: `text`, `json` or `values`."""

    def rows(self, begin: int) -> Iterator[Line]:
        """Its rows from one on, counted from 0."""

    def identity(self) -> dict[str, Any]:
        """What changes when the table does."""


def opened(place: Place) -> Table:
    """The table of files that a place names.

    Raises:
        ScoreError: It is not there, or cannot be read.
    """
    path = place.path
    if path is None:
        raise ScoreError(f"`{place.shown}` is not a file")
    if place.is_folder:
        return Folder(path)
    if not path.is_file():
        beside = (
            sorted(other.name for other in path.parent.iterdir() if format_of(other)) if path.parent.is_dir() else []
        )
        there = f"; `{path.parent}` has {', '.join(f'`{name}`' for name in beside[:5])}" if beside else ""
        raise ScoreError(f"`{path}` is not there{there}")
    return READERS[place.format](path)


def facts_of(path: Path) -> dict[str, Any]:
    """What changes when a file does."""
    facts = path.stat()
    return {"path": str(path), "size_bytes": facts.st_size, "modified_ns": facts.st_mtime_ns}


@contextmanager
def text_of(path: Path) -> Iterator[io.TextIOBase]:
    """The text of a file, packed or not.

    Raises:
        ScoreError: It is not UTF-8, or cannot be read.
    """
    try:
        packed = path.name.lower().endswith(PACKED)
        with gzip.open(path, "rb") if packed else path.open("rb") as file:
            yield io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    except UnicodeDecodeError as error:
        raise ScoreError(f"`{path}` is not UTF-8 ({error.reason}); save it as UTF-8") from None
    except (OSError, EOFError) as error:
        raise ScoreError(f"`{path}` cannot be read: {error}") from None


class CsvFile:
    """A CSV file with a header; its cells are texts."""

    kind = "text"

    def __init__(self, path: Path) -> None:
        """Read the header.

        Raises:
            ScoreError: There is none, or a name is in it twice.
        """
        self._path = path
        csv.field_size_limit(LONGEST_CELL)
        with text_of(path) as text:
            first = text.readline()
        self._delimiter = max(DELIMITERS, key=first.count)
        self.columns: Sequence[str] = next(self._lines(), [])
        if not any(self.columns):
            raise ScoreError(f"`{path}` has no header: its first line names the columns")
        twice = [name for name in self.columns if self.columns.count(name) > 1]
        if twice:
            raise ScoreError(f"`{path}` has the column `{twice[0]}` twice")

    def _lines(self) -> Iterator[list[str]]:
        with text_of(self._path) as text:
            reader = csv.reader(text, delimiter=self._delimiter)
            while True:
                try:
                    cells = next(reader, None)
                except csv.Error as error:
                    raise ScoreError(
                        f"`{self._path}`, line {reader.line_num}: {error}; is a quote not closed?"
                    ) from None
                if cells is None:
                    return
                if cells:
                    yield cells

    def rows(self, begin: int) -> Iterator[Line]:
        """The rows from one on."""
        width = len(self.columns)
        for cells in islice(self._lines(), begin + 1, None):
            if len(cells) > width:
                yield f"the row has {len(cells)} cells, the header {width}"
            else:
                yield [*cells, *[ABSENT] * (width - len(cells))]

    def identity(self) -> dict[str, Any]:
        """What changes when the file does."""
        return facts_of(self._path)


class JsonLines:
    """A file with an object of JSON in each line, which holds what a request would."""

    kind = "json"

    def __init__(self, path: Path) -> None:
        """Look for the members of the first lines.

        Raises:
            ScoreError: None of them is an object.
        """
        self._path = path
        names: dict[str, None] = {}
        for value in islice(self._values(), SAMPLED):
            names |= dict.fromkeys(value if isinstance(value, dict) else ())
        if not names:
            raise ScoreError(f"`{path}` holds no objects of JSON, one in each line")
        self.columns: Sequence[str] = list(names)

    def _values(self) -> Iterator[Any]:
        with text_of(self._path) as text:
            for line in text:
                if line.strip():
                    try:
                        yield from_json(line)
                    except ValueError:
                        yield None

    def rows(self, begin: int) -> Iterator[Line]:
        """The rows from one on."""
        for value in islice(self._values(), begin, None):
            if isinstance(value, dict):
                yield [value.get(name, ABSENT) for name in self.columns]
            else:
                yield "the line is not an object of JSON"

    def identity(self) -> dict[str, Any]:
        """What changes when the file does."""
        return facts_of(self._path)


class ParquetFile:
    """A Parquet file."""

    kind = "values"

    def __init__(self, path: Path) -> None:
        """Read its columns.

        Raises:
            ScoreError: It is not a Parquet file, or DuckDB is not installed.
        """
        self._path = path
        with closing(duck.connected()) as connection:
            self.columns: Sequence[str] = [
                row[0] for row in self._asked(connection, "DESCRIBE SELECT * FROM read_parquet(?)")
            ]

    def _asked(self, connection: Any, query: str, *values: Any) -> Iterator[Any]:
        import duckdb

        try:
            answer = connection.execute(query, [str(self._path), *values])
            while rows := answer.fetchmany(FETCHED):
                yield from rows
        except duckdb.Error as error:
            raise ScoreError(f"`{self._path}` cannot be read: {str(error).splitlines()[0]}") from None

    def rows(self, begin: int) -> Iterator[Line]:
        """The rows from one on; row groups before it are not read."""
        names = ", ".join(map(duck.quoted, self.columns))
        query = f"SELECT {names} FROM read_parquet(?, file_row_number=true) WHERE file_row_number >= ?"  # noqa: S608 - quoted
        with closing(duck.connected()) as connection:
            for row in self._asked(connection, query, begin):
                yield list(row)

    def identity(self) -> dict[str, Any]:
        """What changes when the file does."""
        return facts_of(self._path)


READERS: dict[str, Callable[[Path], Table]] = {"csv": CsvFile, "jsonl": JsonLines, "parquet": ParquetFile}


class Folder:
    """All files of a folder with tables, by their names, as one table."""

    def __init__(self, path: Path) -> None:
        """Look at each file.

        Raises:
            ScoreError: There is none, they are of several formats, or have other columns than the first one.
        """
        if not path.is_dir():
            raise ScoreError(f"`{path}` is not there")
        self._path = path
        names = (other for other in sorted(path.rglob("*")) if other.is_file())
        self._files = [one for one in names if format_of(one) and not hidden(one.relative_to(path))]
        forms = {format_of(one) for one in self._files}
        if not forms:
            raise ScoreError(f"`{path}` holds no files of CSV, JSON lines or Parquet")
        if len(forms) > 1:
            raise ScoreError(
                f"`{path}` holds files of several formats: {', '.join(sorted(forms))}; score each by itself"
            )
        self._read = READERS[forms.pop()]
        first = self._read(self._files[0])
        self.kind = first.kind
        self._columns = list(first.columns)
        for other in self._files[1:]:
            differing = set(self._columns) ^ set(self._read(other).columns)
            if differing and self.kind != "json":
                raise ScoreError(
                    f"`{other}` and `{self._files[0]}` have other columns: `{min(differing)}` is in one of them only"
                )
        self._names_files = FILE not in self._columns
        self.columns: Sequence[str] = [*self._columns, *([FILE] if self._names_files else [])]

    def rows(self, begin: int) -> Iterator[Line]:
        """The rows from one on, counted through all files."""
        left = begin
        for file in self._files:
            table = self._read(file)
            name = file.relative_to(self._path).as_posix()
            order = [table.columns.index(one) if one in table.columns else None for one in self._columns]
            passed = 0
            for row in table.rows(0):
                passed += 1
                if passed <= left:
                    continue
                if isinstance(row, str):
                    yield f"{name}: {row}"
                    continue
                cells = [ABSENT if place is None else row[place] for place in order]
                yield [*cells, name] if self._names_files else cells
            left = max(0, left - passed)

    def identity(self) -> dict[str, Any]:
        """What changes when one of the files does, or one is added."""
        return {"path": str(self._path), "files": [facts_of(file) for file in self._files]}


def parts(entries: Iterable[Entry], size: int) -> Iterator[list[Entry]]:
    """Entries in lists of at most so many."""
    left = iter(entries)
    while part := list(islice(left, size)):
        yield part


def numbered(table: Table, begin: int, size: int) -> Iterator[tuple[int, list[Line]]]:
    """The batches of a table from a row on, each with the number of rows before it."""
    for rows in parts(table.rows(begin), size):
        yield begin, rows
        begin += len(rows)


def hidden(path: Path) -> bool:
    """Whether a part of a path is not meant to be read: `_SUCCESS`, `.tmp`."""
    return any(part.startswith((".", "_")) for part in path.parts)
