"""The tables that features come from, asked point in time: DuckDB over CSV and Parquet files.

A row is true from its event time on, and was known from its created time on. Who asks at 12:00 gets, of the rows that
were true and known by then, the one with the newest event time:

    event  created   value      asked at 11:00 → 1     (the row of 10:30 was not known yet)
    10:00  10:00     1          asked at 12:00 → 2
    10:30  11:30     2          asked at 13:00 → 2     (what became known last is older)
    09:00  12:30     3

An as-of join finds the last row before a time in one order only, and here are two. So rows that became known when a
newer one was known already are left out first: of what remains, the last one to become known is the newest. Equal times
are told apart by created time, then by the values, so that the order of files and rows does not matter.

**Source**: DuckDB, AsOf join, https://duckdb.org/docs/guides/sql_features/asof_join.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.platform.features.expressions import id_of, newest_first, of, quoted, text, time_of
from nbexport_runtime.platform.features.newest import Newest, micros, plain
from nbexport_runtime.platform.features.settings import View

if TYPE_CHECKING:
    import duckdb

GAPS = (
    *("", "#N/A N/A"),
    *"#N/A #NA -1.#IND -1.#QNAN -NaN -nan 1.#IND 1.#QNAN <NA> N/A NA NULL NaN None n/a nan null".split(),
)
"""What pandas takes for a missing value in a CSV file; a feature must be missing where the notebook saw it missing.

**Source**: pandas, `read_csv`, `na_values`."""
BATCH = 10_000
Row = tuple[Any, ...]


class Tables:
    """The tables of a project, open in DuckDB."""

    def __init__(self, root: Path) -> None:
        """Nothing is read yet.

        Args:
            root: The folder that sources are relative to.
        """
        import duckdb

        self.root = root
        # what does not fit the memory goes to a place of its own, not into the project
        self._scratch = tempfile.TemporaryDirectory(prefix="features-")
        self.connection = duckdb.connect(config={"temp_directory": self._scratch.name})
        self.connection.execute("SET GLOBAL TimeZone = 'UTC'")
        self._read: set[str] = set()

    def close(self) -> None:
        """Let go of what was read."""
        self.connection.close()
        self._scratch.cleanup()

    # ------------------------------------------------------------------ sources

    def source(self, view: View) -> str:
        """The expression that reads the source of a view.

        Raises:
            PipelineError: There is no file.
        """
        place = self.root / view.source
        files = [place] if place.is_file() else sorted(path for path in place.rglob("*") if is_table(path))
        if not files:
            raise PipelineError(
                f"the feature view `{view.name}` has no table: `{place}` is not a CSV or Parquet file, nor a folder "
                "with such files; correct `source` in platform.toml"
            )
        listed = ", ".join(text(str(path)) for path in files)
        if all(path.suffix.lower() == ".parquet" for path in files):
            return f"read_parquet([{listed}], union_by_name = true)"
        if any(path.suffix.lower() == ".parquet" for path in files):
            raise PipelineError(
                f"the feature view `{view.name}` has CSV and Parquet files in `{place}`; keep one kind there"
            )
        known = self._header(listed)
        times = [column for column in (view.event_time, view.created) if column and view.day is None]
        # an id of digits is not a number, and times are parsed below, where a wrong one can be counted
        types = dict.fromkeys((view.entity, *times), "VARCHAR") | {k: str(v) for k, v in view.types.items()}
        chosen = ", ".join(f"{text(name)}: {text(kind)}" for name, kind in types.items() if name in known)
        gaps = ", ".join(map(text, GAPS))
        return (
            f"read_csv([{listed}], union_by_name = true, header = true, sample_size = -1, nullstr = [{gaps}], "
            # a date stays the text that pandas reads
            f"auto_type_candidates = ['BOOLEAN', 'BIGINT', 'DOUBLE', 'VARCHAR']"
            + (f", types = {{{chosen}}})" if chosen else ")")
        )

    def _header(self, listed: str) -> set[str]:
        rows = self.ask(f"DESCRIBE SELECT * FROM read_csv([{listed}], union_by_name = true, header = true)")
        return {str(row[0]) for row in rows}

    def columns(self, view: View) -> dict[str, str]:
        """Column → type of a view's source.

        Raises:
            PipelineError: It cannot be read.
        """
        return {str(row[0]): str(row[1]) for row in self.ask(f"DESCRIBE SELECT * FROM {self.source(view)}")}

    def lacking(self, view: View) -> list[str]:
        """The columns that a view names and its source lacks."""
        wanted = [view.entity, *([] if view.day else [view.event_time]), *([view.created] if view.created else [])]
        have = self.columns(view)
        return [column for column in (*wanted, *view.columns) if column not in have]

    def read(self, view: View) -> str:
        """The name of the table with the rows of a view: `id`, `event`, `created`, `known`, and `f0`, `f1` … .

        Rows without an id or a time are not in it; `apply` counts them.

        Raises:
            PipelineError: It cannot be read.
        """
        name = f"rows_{view.name}"
        if name in self._read:
            return name
        lacking = self.lacking(view)
        if lacking:
            raise PipelineError(
                f"`{view.source}` has no column `{lacking[0]}`, which the feature view `{view.name}` names; "
                "correct platform.toml"
            )
        self.ask(
            f"CREATE TABLE {name} AS SELECT id, event, created, greatest(event, created) AS known, {of(view)} "
            f"FROM ({self.parsed(view)}) WHERE id IS NOT NULL AND event IS NOT NULL AND created IS NOT NULL"
        )
        self._read.add(name)
        return name

    def parsed(self, view: View) -> str:
        """The query that gives the rows of a view with their times in microseconds, missing where they do not parse."""
        types = self.columns(view)
        event = str(micros(view.day)) if view.day is not None else time_of(view.event_time, types)
        created = time_of(view.created, types) if view.created else event
        features = ", ".join(f"{quoted(column)} AS f{n}" for n, column in enumerate(view.columns))
        return (
            f"SELECT {id_of(view.entity, types)} AS id, {event} AS event, {created} AS created, {features} "
            f"FROM {self.source(view)}"
        )

    # ------------------------------------------------------------------ questions

    def ask_about(self, frame: Any) -> str:
        """The name of a table with the rows of a frame, for `join`.

        Args:
            frame: (rows, 3); the number of a row, the id of its entity as text, its time in microseconds.
        """
        self.connection.register("asked_frame", frame)
        self.connection.execute(
            "CREATE OR REPLACE TABLE asked AS "
            "SELECT row, CAST(id AS VARCHAR) AS id, CAST(time AS BIGINT) AS time FROM asked_frame"
        )
        self.connection.unregister("asked_frame")
        return "asked"

    def join(self, view: View, asked: str) -> str:
        """The name of a table with the features of each row of another: `row`, `event`, and `f0`, `f1` … .

        Args:
            view: The features.
            asked: A table with `row`, `id` and `time` (microseconds); each of its rows has one in the answer.
        """
        name = f"joined_{view.name}"
        features = ", ".join(f"CASE WHEN fresh THEN f{n} END AS f{n}" for n in range(len(view.columns)))
        fresh = "true" if view.max_age_us is None else f"time - event <= {view.max_age_us}"
        self.ask(
            f"CREATE OR REPLACE TABLE {name} AS SELECT row, CASE WHEN fresh THEN event END AS event, {features} "
            f"FROM (SELECT asked.row, asked.time, found.*, {fresh} AS fresh "
            f"FROM {asked} AS asked ASOF LEFT JOIN ({self._steps(view)}) AS found "
            "ON asked.id = found.id AND asked.time >= found.known) ORDER BY row"
        )
        return name

    def _steps(self, view: View) -> str:
        """The query that gives the rows at which the newest known row of an entity changes."""
        before = "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
        return (
            f"SELECT * EXCLUDE (newest) FROM (SELECT *, max(event) OVER (PARTITION BY id ORDER BY known {before}) "
            f"AS newest FROM (SELECT * FROM {self.read(view)} QUALIFY row_number() OVER "
            f"(PARTITION BY id, known ORDER BY {newest_first(view)}) = 1)) WHERE newest IS NULL OR event >= newest"
        )

    def newest(self, view: View, until: datetime) -> Iterator[Newest]:
        """What was known of each entity by a time, in the order of their ids.

        Raises:
            PipelineError: The source cannot be read.
        """
        cursor = self.ask_for_cursor(
            f"SELECT id, event, created, {of(view)} FROM {self.read(view)} WHERE known <= {micros(until)} "
            f"QUALIFY row_number() OVER (PARTITION BY id ORDER BY {newest_first(view)}) = 1 ORDER BY id"
        )
        while rows := cursor.fetchmany(BATCH):
            for id_, event_us, created_us, *values in rows:
                named = {name: plain(value) for name, value in zip(view.columns, values, strict=True)}
                yield Newest(id_, event_us, created_us, named)

    def ask(self, query: str, parameters: list[Any] | None = None) -> list[Row]:
        """The rows of an answer.

        Raises:
            PipelineError: A file cannot be read, or holds something that its column's type does not.
        """
        return self.ask_for_cursor(query, parameters).fetchall()

    def ask_for_cursor(self, query: str, parameters: list[Any] | None = None) -> duckdb.DuckDBPyConnection:
        """An answer that is read piece by piece.

        Raises:
            PipelineError: As `ask`.
        """
        import duckdb

        try:
            return self.connection.cursor().execute(query, parameters or [])
        except duckdb.Error as error:
            first = str(error).strip().splitlines()[0]
            raise PipelineError(
                f"the table of a feature view cannot be read: {first}; correct the file, or name the type of the "
                "column by `types` in platform.toml"
            ) from None


def is_table(path: Path) -> bool:
    """Whether a file of a folder is part of its table."""
    return path.suffix.lower() in (".csv", ".parquet") and not path.name.startswith(".")
