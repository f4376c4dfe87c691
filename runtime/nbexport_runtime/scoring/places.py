"""Where a table is: a file, a folder of files, or a table of a database.

customers.parquet   customers.csv   customers.jsonl.gz      a file, by its ending
customers/                                                  a folder of such files
postgresql+psycopg://ann:pw@db/shop#customers               a table or a view, behind `#`
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from nbexport_runtime.scoring.errors import ScoreError

FORMATS = {".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}
"""Ending of a file → its format; those of text may have `.gz` behind it."""
PACKED = ".gz"
SQLITE = re.compile(r"(sqlite(?:\+\w+)?:///)([^?:][^?]*)(\?.*)?")
DATABASE = re.compile(r"[A-Za-z][A-Za-z0-9+_.-]*://")


@dataclass(frozen=True)
class Place:
    """A table by its name."""

    path: Path | None
    """The file or folder; None for a database."""
    format: str = ""
    """`csv`, `jsonl` or `parquet`; empty for a folder and a database."""
    url: str = ""
    """The SQLAlchemy URL of a database; it may hold a password."""
    table: str = ""
    """The table or view in it, with its schema in front if it has one: `sales.customers`."""

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder of files."""
        return self.path is not None and not self.format

    @property
    def shown(self) -> str:
        """Its name for people, without a password."""
        return str(self.path) if self.path is not None else hidden(f"{self.url}#{self.table}")


def place_of(text: str, option: str) -> Place:
    """The table that an option names.

    Args:
        text: What the option says.
        option: Its name, for messages.

    Raises:
        ScoreError: It names none.
    """
    if DATABASE.match(text):
        url, mark, table = text.rpartition("#")
        # a password that is not escaped may hold the mark
        if not mark or not table or "@" in table:
            raise ScoreError(f"`{option} {hidden(text)}` names no table; put it behind `#`: `#customers`")
        return Place(None, url=anchored(url), table=table)
    # without `..`, for messages
    path = Path(os.path.abspath(text))  # noqa: PTH100
    form = format_of(path)
    if form and not path.is_dir() and not text.endswith(("/", "\\")):
        return Place(path, form)
    if path.is_file() or (path.suffix and not path.is_dir() and not text.endswith(("/", "\\"))):
        raise ScoreError(
            f"`{option} {text}`: the format of `{path.name}` is unknown; use {', '.join(FORMATS)}, a folder of such "
            "files, or a SQLAlchemy URL with `#TABLE` behind it"
        )
    return Place(path)


def hidden(url: str) -> str:
    """A URL without its user and password, whatever signs they have."""
    return re.sub(r"(?<=://).*@", "***@", url)


def anchored(url: str) -> str:
    """A URL in which the file of a SQLite database has its whole path."""
    known = SQLITE.fullmatch(url)
    return f"{known[1]}{Path(known[2]).absolute()}{known[3] or ''}" if known else url


def file_of(place: Place) -> Path | None:
    """The file of a SQLite database; None for others."""
    known = SQLITE.fullmatch(place.url)
    return Path(known[2]) if known else None


def format_of(path: Path) -> str:
    """The format of a file by its name; empty where it is unknown."""
    name = path.name.lower()
    plain = name.removesuffix(PACKED)
    form = FORMATS.get(Path(plain).suffix, "")
    return "" if form == "parquet" and plain != name else form
