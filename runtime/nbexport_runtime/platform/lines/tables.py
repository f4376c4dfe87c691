"""`connect`: the predictions and outcomes of a project as two tables of DuckDB, each line once.

What is in the archive is read from Parquet when a query asks for it; what is not yet there is read from the live files
once, when the connection is made. So later queries of one connection agree with each other, whatever the service
writes meanwhile. The live files are opened before the archive is asked what it has of them: a line that moves between
the two is counted once.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.lines import columns, live
from nbexport_runtime.platform.lines.archive import Archive
from nbexport_runtime.platform.lines.live import KINDS, OUTCOMES, PREDICTIONS, Fresh
from nbexport_runtime.platform.lines.manifests import Manifest
from nbexport_runtime.platform.lines.settings import Log

if TYPE_CHECKING:
    import duckdb

SMALLEST_LINE_BYTES = 16 * 2**20
"""The room for a line that DuckDB has at least."""


LAST = "QUALIFY row_number() OVER (PARTITION BY id ORDER BY received DESC, live DESC, line DESC) = 1"
"""Of the lines of `outcome_lines` with one id, the last correction."""


@dataclass(frozen=True)
class Damaged:
    """Lines of one file that cannot be read."""

    file: str
    lines: int
    text: str
    """The beginning of the first one."""


def connect(
    project: Project, log: Log, *, since: datetime | None = None, archive: Archive | None = None
) -> duckdb.DuckDBPyConnection:
    """A connection with the views `predictions` and `outcomes`, and the table `damaged`.

    `outcome_lines` has every line of the outcomes, also those that were corrected later.

    Args:
        project: The project.
        log: What `platform.toml` says of the log.
        since: Only what happened from the start of this day on (UTC) is needed; less is read.
        archive: The archive, where it is open already.

    Raises:
        PipelineError: The archive is not responding, or DuckDB is not installed.
    """
    archive = archive or Archive(log.archive, project.root)
    connection = fresh_connection()
    if archive.files is not None:
        connection.register_filesystem(archive.files)
    logs = live.folder(project.root)
    with tempfile.TemporaryDirectory(prefix="nbexport-lines-") as name:
        copies = Path(name)
        with live.opened(logs, PREDICTIONS) as predictions, live.opened(logs, OUTCOMES) as outcomes:
            manifest = archive.newest()
            for kind, source in ((PREDICTIONS, predictions), (OUTCOMES, outcomes)):
                live.measure(source, manifest.logs[kind].marks)
                fresh = live.copied(source, copies / f"{kind}.jsonl")
                load(connection, kind, fresh)
    for kind in KINDS:
        archived(connection, archive, manifest, kind, since)
    views(connection)
    return connection


def damaged(connection: duckdb.DuckDBPyConnection, *, torn: bool = True) -> list[Damaged]:
    """The lines that could not be read; they are in no view.

    Args:
        connection: One of `connect`.
        torn: Whether a last line without its end counts, which may be on its way.
    """
    rows = connection.execute(
        "SELECT file, count(*), first(whole ORDER BY rowid) FROM damaged WHERE ? OR NOT torn "
        "GROUP BY file ORDER BY file",
        [torn],
    ).fetchall()
    return [Damaged(file, lines, bytes(whole)[:80].decode("utf-8", "replace").strip()) for file, lines, whole in rows]


def fresh_connection() -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory that asks no network, and whose times are UTC.

    Raises:
        PipelineError: It is not installed.
    """
    try:
        import duckdb
    except ImportError:
        raise PipelineError("`duckdb` is not installed: python -m pip install -r requirements-platform.txt") from None
    connection = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "temp_directory": str(Path(tempfile.gettempdir()) / f"nbexport-duckdb-{os.getpid()}"),
        }
    )
    connection.execute("SET TimeZone = 'UTC'")
    # the files of an archive never change
    connection.execute("SET parquet_metadata_cache = true")
    connection.execute("CREATE TABLE damaged (log VARCHAR, file VARCHAR, whole BLOB, torn BOOLEAN)")
    return connection


def load(connection: duckdb.DuckDBPyConnection, kind: str, fresh: Fresh) -> None:
    """Make the table `live_KIND` of copied lines, and note those that are damaged."""
    table = f"live_{kind}"
    for torn in fresh.torn:
        note(connection, kind, torn.path, [torn.rest()], torn=True)
    names = ", ".join(f'"{name}" {of}' for name, of in columns.of_table(kind).items())
    if not fresh.lines:
        connection.execute(f"CREATE TABLE {table} ({names})")
        return
    room = max(SMALLEST_LINE_BYTES, fresh.longest_bytes + 1)
    # the rows of the table are the lines of the copy, in their order
    connection.execute(
        f"CREATE TABLE {table} AS SELECT {columns.selected(kind)} FROM read_json(?, format='newline_delimited', "  # noqa: S608
        f"ignore_errors=true, maximum_object_size={room}, columns={columns.struct(kind)})",
        [str(fresh.path)],
    )
    wrong = connection.execute(f"SELECT rowid FROM {table} WHERE {columns.damaged(kind)} ORDER BY rowid").fetchall()  # noqa: S608
    if not wrong:
        return
    bad: dict[Path, list[bytes]] = {}
    for number, text in numbered(fresh.path, [row[0] for row in wrong]):
        bad.setdefault(fresh.source(number), []).append(text)
    for path, texts in bad.items():
        note(connection, kind, path, texts)
    connection.execute(f"DELETE FROM {table} WHERE {columns.damaged(kind)}")  # noqa: S608


def note(
    connection: duckdb.DuckDBPyConnection, kind: str, path: Path, texts: Sequence[bytes], *, torn: bool = False
) -> None:
    """Say that lines of a file cannot be read."""
    connection.executemany("INSERT INTO damaged VALUES (?, ?, ?, ?)", [[kind, path.name, text, torn] for text in texts])


def numbered(path: Path, numbers: Sequence[int]) -> list[tuple[int, bytes]]:
    """Some lines of a file, by their numbers from 0."""
    wanted = set(numbers)
    with path.open("rb") as file:
        return [(number, line) for number, line in enumerate(file) if number in wanted]


def archived(
    connection: duckdb.DuckDBPyConnection, archive: Archive, manifest: Manifest, kind: str, since: datetime | None
) -> None:
    """Make the view `archived_KIND` of what is in the archive."""
    first = "" if since is None else since.date().isoformat()
    parts = [archive.place(part.path) for part in manifest.logs[kind].parts if part.date >= first]
    if not parts:
        empty = ", ".join(f'NULL::{of} AS "{name}"' for name, of in columns.of_table(kind).items())
        connection.execute(f"CREATE VIEW archived_{kind} AS SELECT {empty}, NULL::DATE AS date WHERE false")
        return
    with archive.responding():
        connection.execute(
            f"CREATE VIEW archived_{kind} AS SELECT {columns.quoted(kind)}, date FROM {parquet(parts)}"  # noqa: S608
        )


def parquet(parts: Sequence[str]) -> str:
    """The call that reads files of the archive, for a FROM."""
    names = ", ".join("'" + part.replace("'", "''") + "'" for part in parts)
    return f"read_parquet([{names}], hive_partitioning=true, hive_types={{'date': 'DATE'}})"


def views(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the views that join what is in the archive and what is not."""
    of_predictions, of_outcomes = columns.quoted(PREDICTIONS), columns.quoted(OUTCOMES)
    connection.execute(
        f"CREATE VIEW predictions AS SELECT {of_predictions}, date FROM archived_predictions UNION ALL "  # noqa: S608
        f"SELECT {of_predictions}, time::DATE FROM live_predictions"
    )
    # the last correction of a value wins; what is live came later than what is in the archive
    connection.execute(
        f"CREATE VIEW outcome_lines AS SELECT {of_outcomes}, date, 0 AS live, 0 AS line FROM archived_outcomes "  # noqa: S608
        f"UNION ALL SELECT {of_outcomes}, time::DATE, 1, rowid FROM live_outcomes"
    )
    connection.execute(f"CREATE VIEW outcomes AS SELECT {of_outcomes}, date FROM outcome_lines {LAST}")  # noqa: S608


def plain(value: Any) -> Any:
    """A value of a column of JSON, as Python has it."""
    return json.loads(value) if isinstance(value, str) else value
