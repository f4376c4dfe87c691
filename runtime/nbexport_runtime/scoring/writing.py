"""What was scored as a table: a file, a folder of files, or a table of a database, there whole or not at all.

Rows are read twice from the lines of a run, once for names and types of the columns, once to be written.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from nbexport_runtime.scoring import duck, kinds
from nbexport_runtime.scoring.errors import ScoreError
from nbexport_runtime.scoring.places import PACKED, format_of
from nbexport_runtime.service.wire import json_bytes

ROW = "row"
"""The column that has the number of a row in the input, counted from 1."""
ROWS_PER_FILE = 1_000_000
SQL_TYPES = {
    kinds.NULL: "VARCHAR",
    kinds.BOOL: "BOOLEAN",
    kinds.INT: "BIGINT",
    kinds.NUMBER: "DOUBLE",
    kinds.TEXT: "VARCHAR",
    kinds.JSON: "VARCHAR",
}
"""Kind → type in Parquet."""


@dataclass(frozen=True)
class Shape:
    """The columns of an output."""

    kept: tuple[str, ...]
    """Those that are carried from the input."""
    kinds: Mapping[str, str]
    """Every column → its kind, in order."""
    fields: tuple[str, ...]
    """The members of answers."""


def shape_of(lines: Path, kept: Sequence[str], declared: Iterable[str]) -> Shape:
    """The columns of what was scored.

    Args:
        lines: The answered rows.
        kept: The columns that are carried from the input.
        declared: The members that an answer has by the response model; for an output without rows.

    Raises:
        ScoreError: Two columns have one name.
    """
    of_kept = [kinds.NULL] * len(kept)
    of_fields: dict[str, str] = {}
    for _, carried, answer in scored(lines):
        of_kept = [kinds.join(kind, kinds.kind_of(cell)) for kind, cell in zip(of_kept, carried, strict=True)]
        for name, value in answer.items():
            of_fields[name] = kinds.join(of_fields.get(name, kinds.NULL), kinds.kind_of(value))
    fields = of_fields or dict.fromkeys(declared, kinds.NULL)
    distinct(kept, fields)
    row = free(ROW, {*kept, *fields})
    return Shape(tuple(kept), {row: kinds.INT, **dict(zip(kept, of_kept, strict=True)), **fields}, tuple(fields))


def distinct(kept: Sequence[str], fields: Collection[str]) -> None:
    """Make sure that no two columns have one name.

    Raises:
        ScoreError: Two have.
    """
    both = [name for name in kept if name in fields]
    if both:
        rest = ",".join(name for name in kept if name not in both)
        raise ScoreError(
            f"`{both[0]}` is a column of the input and a member of the answer; carry the others only: `--keep '{rest}'`"
        )


def free(name: str, taken: set[str]) -> str:
    """A name that is not taken."""
    while name in taken:
        name += "_"
    return name


def scored(lines: Path) -> Iterator[tuple[int, list[Any], dict[str, Any]]]:
    """Number, carried cells and answer of each answered row."""
    with lines.open("rb") as file:
        for line in file:
            content = from_json(line)
            yield content["row"], content["keep"], content["answer"]


def rows_of(lines: Path, shape: Shape) -> Iterator[list[Any]]:
    """The rows of an output."""
    for row, carried, answer in scored(lines):
        yield [row, *carried, *(answer.get(name) for name in shape.fields)]


# ------------------------------------------------------------------ files


def write_file(path: Path, rows: Iterable[list[Any]], shape: Shape) -> None:
    """Write a file in the format of its name."""
    WRITERS[format_of(path)](path, rows, shape)


def write_folder(folder: Path, rows: Iterator[list[Any]], shape: Shape, form: str) -> list[str]:
    """Write rows as files of a folder; their names."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    names: list[str] = []
    for some in files_of(rows):
        name = f"part-{len(names):05}.{form}"
        write_file(folder / name, some, shape)
        names.append(name)
    return names


def files_of(rows: Iterator[list[Any]]) -> Iterator[Iterator[list[Any]]]:
    """The rows of each file; one without rows where there are none."""
    first = next(rows, None)
    yield chain([] if first is None else [first], islice(rows, ROWS_PER_FILE - 1))
    for first in rows:
        yield chain([first], islice(rows, ROWS_PER_FILE - 1))


def text_file(path: Path) -> io.TextIOWrapper:
    """A file of text to be written, packed where its name says so."""
    if path.name.lower().endswith(PACKED):
        return io.TextIOWrapper(gzip.open(path, "wb"), encoding="utf-8", newline="")
    return path.open("w", encoding="utf-8", newline="")


def write_csv(path: Path, rows: Iterable[list[Any]], shape: Shape) -> None:
    """A CSV file: an empty cell is a missing value, nested values are JSON."""
    plain_name = path.name.lower().removesuffix(PACKED)
    with text_file(path) as file:
        writer = csv.writer(file, delimiter="\t" if plain_name.endswith(".tsv") else ",", lineterminator="\n")
        writer.writerow(shape.kinds)
        writer.writerows([as_text(cell) for cell in row] for row in rows)


def as_text(cell: Any) -> Any:
    """A value as a cell of text."""
    if isinstance(cell, bool | list | dict):
        return json.dumps(cell, ensure_ascii=False)
    return "" if cell is None else cell


def write_jsonl(path: Path, rows: Iterable[list[Any]], shape: Shape) -> None:
    """One object of JSON in each line."""
    names = list(shape.kinds)
    with text_file(path) as file:
        for row in rows:
            file.write(json_bytes(dict(zip(names, row, strict=True))).decode() + "\n")


def write_parquet(path: Path, rows: Iterable[list[Any]], shape: Shape) -> None:
    """A Parquet file; DuckDB reads the rows as lines of JSON, and holds a row group at most."""
    plain_lines = path.with_name(f"{path.name}.lines")
    of_json = [kind == kinds.JSON for kind in shape.kinds.values()]
    with plain_lines.open("wb") as file:
        for row in rows:
            cells = [
                json.dumps(cell, ensure_ascii=False) if nested and cell is not None else cell
                for cell, nested in zip(row, of_json, strict=True)
            ]
            file.write(json_bytes({f"c{place}": cell for place, cell in enumerate(cells)}) + b"\n")
    names = {f"c{place}": (name, sql_type(kind)) for place, (name, kind) in enumerate(shape.kinds.items())}
    struct = ", ".join(f"{name}: '{of}'" for name, (_, of) in names.items())
    chosen = ", ".join(f"{name} AS {duck.quoted(shown)}" for name, (shown, _) in names.items())
    source = f"read_json({duck.literal(str(plain_lines))}, format='newline_delimited', columns={{{struct}}})"
    with closing(duck.connected()) as connection:
        connection.execute(
            f"COPY (SELECT {chosen} FROM {source}) TO {duck.literal(str(path))} (FORMAT parquet)"  # noqa: S608 - quoted
        )
    plain_lines.unlink()


def sql_type(kind: str) -> str:
    """The type of a kind in Parquet."""
    if kind.startswith(kinds.LIST):
        return f"{sql_type(kind.removeprefix(kinds.LIST))}[]"
    return SQL_TYPES[kind]


WRITERS = {"csv": write_csv, "jsonl": write_jsonl, "parquet": write_parquet}
