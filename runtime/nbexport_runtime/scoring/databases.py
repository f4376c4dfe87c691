"""Tables of databases, by SQLAlchemy: copied to a file before they are scored, and written in one transaction.

A copy has one state of the table, also where a run is interrupted and goes on later. No message has a password.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json, to_json

from nbexport_runtime.scoring import kinds
from nbexport_runtime.scoring.cells import plain
from nbexport_runtime.scoring.columns import nearest
from nbexport_runtime.scoring.errors import ScoreError
from nbexport_runtime.scoring.places import Place, file_of
from nbexport_runtime.scoring.reading import Line, parts
from nbexport_runtime.traffic import durable

if TYPE_CHECKING:
    from sqlalchemy import Engine

FETCHED = 1000
STAGED = "_being_scored"
"""What the name of a table ends with until all its rows are there."""


@contextmanager
def connected(place: Place) -> Iterator[Engine]:
    """The engine of a database.

    Raises:
        ScoreError: SQLAlchemy or the driver is not installed, or the database refuses something.
    """
    try:
        import sqlalchemy
    except ImportError:
        raise ScoreError(
            "a database needs `sqlalchemy`, which is not installed: run "
            "`python -m pip install -r requirements-score.txt`"
        ) from None
    try:
        engine = sqlalchemy.create_engine(place.url)
    except ModuleNotFoundError as error:
        raise ScoreError(
            f"`{place.shown}` needs the driver `{error.name}`, which is not installed: run "
            f"`python -m pip install {error.name}`, and add it to requirements-score.txt"
        ) from None
    except sqlalchemy.exc.NoSuchModuleError as error:
        raise ScoreError(f"`{place.shown}` is not a SQLAlchemy URL: {error}") from None
    except (sqlalchemy.exc.ArgumentError, ValueError):
        # their texts repeat parts of the URL
        raise ScoreError(
            f"`{place.shown}` is not a SQLAlchemy URL; escape signs in a password: `urllib.parse.quote_plus`"
        ) from None
    try:
        yield engine
    except sqlalchemy.exc.SQLAlchemyError as error:
        told = str(getattr(error, "orig", None) or error).splitlines()
        raise ScoreError(f"`{place.shown}`: {told[0] if told else type(error).__name__}") from None
    finally:
        engine.dispose()


def split(table: str) -> tuple[str | None, str]:
    """Schema and name of a table."""
    schema, _, name = table.rpartition(".")
    return schema or None, name


def columns_of(place: Place) -> list[str]:
    """The columns of a table or view.

    Raises:
        ScoreError: It is not there.
    """
    import sqlalchemy

    schema, name = split(place.table)
    file = file_of(place)
    if file is not None and not file.is_file():
        # opening it would make it
        raise ScoreError(f"`{place.shown}`: there is no file `{file}`")
    with connected(place) as engine:
        inspector = sqlalchemy.inspect(engine)
        try:
            return [column["name"] for column in inspector.get_columns(name, schema=schema)]
        except sqlalchemy.exc.NoSuchTableError:
            there = [*inspector.get_table_names(schema=schema), *inspector.get_view_names(schema=schema)]
            hint = nearest(name, there) if there else "it has no tables"
            raise ScoreError(f"`{place.shown}`: there is no table `{name}`; {hint}") from None


def exists(place: Place) -> bool:
    """Whether a table is there."""
    import sqlalchemy

    schema, name = split(place.table)
    with connected(place) as engine:
        return bool(sqlalchemy.inspect(engine).has_table(name, schema=schema))


class Copied:
    """The rows of a table as they were when the run began."""

    kind = "values"

    def __init__(self, place: Place, copy: Path) -> None:
        """Copy the table, unless that was done.

        Args:
            place: The table.
            copy: The file of the copy.
        """
        self._place, self._copy = place, copy
        if not copy.exists():
            self._fetch()
        with copy.open("rb") as file:
            self.columns: Sequence[str] = from_json(file.readline())

    def _fetch(self) -> None:
        import sqlalchemy

        names = columns_of(self._place)
        schema, table = split(self._place.table)
        chosen: list[Any] = [sqlalchemy.column(name) for name in names]
        asked = sqlalchemy.select(*chosen).select_from(sqlalchemy.table(table, schema=schema))
        self._copy.parent.mkdir(parents=True, exist_ok=True)
        part = self._copy.with_suffix(".part")
        with connected(self._place) as engine, engine.connect() as connection, part.open("wb") as file:
            file.write(json.dumps(names).encode() + b"\n")
            for row in connection.execution_options(yield_per=FETCHED).execute(asked):
                # an infinity stays one: the request model refuses it
                file.write(to_json([plain(cell) for cell in row], inf_nan_mode="constants") + b"\n")
        part.replace(self._copy)
        durable.settle(self._copy.parent)

    def rows(self, begin: int) -> Iterator[Line]:
        """The rows from one on."""
        with self._copy.open("rb") as file:
            for line in islice(file, begin + 1, None):
                yield from_json(line)

    def identity(self) -> dict[str, Any]:
        """The table; the copy does not change."""
        return {"table": self._place.shown}


def write(place: Place, rows: Iterator[list[Any]], shape: Mapping[str, str], *, replace: bool) -> None:
    """Make a table of rows, which has its name once all of them are there.

    Args:
        place: The table.
        rows: Its rows.
        shape: Column → kind.
        replace: Whether a table of this name goes.
    """
    import sqlalchemy
    from sqlalchemy import types

    of_kind: dict[str, Any] = {kinds.BOOL: types.Boolean, kinds.INT: types.BigInteger, kinds.NUMBER: types.Double}
    schema, name = split(place.table)
    table = sqlalchemy.Table(
        f"{name}{STAGED}",
        sqlalchemy.MetaData(),
        *(sqlalchemy.Column(column, of_kind.get(kind, types.Text)()) for column, kind in shape.items()),
        schema=schema,
    )
    nested = [kind == kinds.JSON or kind.startswith(kinds.LIST) for kind in shape.values()]
    with connected(place) as engine:
        with engine.begin() as connection:
            table.drop(connection, checkfirst=True)
            table.create(connection)
            for some in parts(rows, FETCHED):
                connection.execute(
                    table.insert(),
                    [
                        {
                            column: json.dumps(cell, ensure_ascii=False) if deep and cell is not None else cell
                            for column, cell, deep in zip(shape, row, nested, strict=True)
                        }
                        for row in some
                    ],
                )
        shown = engine.dialect.identifier_preparer.format_table(table)
        final = engine.dialect.identifier_preparer.quote(name)
        with engine.begin() as connection:
            if replace:
                sqlalchemy.Table(name, sqlalchemy.MetaData(), schema=schema).drop(connection, checkfirst=True)
            connection.execute(sqlalchemy.text(f"ALTER TABLE {shown} RENAME TO {final}"))


def count(place: Place) -> int:
    """How many rows a table has."""
    import sqlalchemy

    schema, name = split(place.table)
    with connected(place) as engine, engine.connect() as connection:
        table = sqlalchemy.table(name, schema=schema)
        return int(connection.execute(sqlalchemy.select(sqlalchemy.func.count()).select_from(table)).scalar_one())
