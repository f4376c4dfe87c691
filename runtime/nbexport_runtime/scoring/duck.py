"""DuckDB, which reads and writes Parquet in bounded memory, and has no influence on what pandas computes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbexport_runtime.scoring.errors import ScoreError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def connected() -> DuckDBPyConnection:
    """A database in memory that keeps the order of rows and asks no network.

    Raises:
        ScoreError: DuckDB is not installed.
    """
    try:
        import duckdb
    except ImportError:
        raise ScoreError(
            "Parquet needs `duckdb`, which is not installed: run `python -m pip install -r requirements-score.txt`"
        ) from None
    connection = duckdb.connect(
        config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false", "threads": "1"}
    )
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"
