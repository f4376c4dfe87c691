"""`logs.py compact`: lines move from the live files to the archive; each is in one of the two at any moment.

1. The live files are opened, and the lines that the archive does not have are copied.
2. They are written to Parquet, one file a day, and put into the archive, where nothing refers to them yet.
3. One manifest makes them count and says how far each live file has been taken. This is the moment at which they move.
4. Live files that are in the archive as a whole are removed, once no service has them open.

A kill before 3 leaves everything in the live files, after it everything in the archive. What such a run has left is
removed by a later one.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.store import TakenError
from nbexport_runtime.platform.lines import columns, freeing, live, redaction, tables
from nbexport_runtime.platform.lines.archive import Archive
from nbexport_runtime.platform.lines.live import KINDS, Fresh, Live, Mark
from nbexport_runtime.platform.lines.manifests import Log, Manifest, Part
from nbexport_runtime.platform.lines.settings import Log as Settings
from nbexport_runtime.traffic import clock, durable

if TYPE_CHECKING:
    import duckdb

LOCK = ".compaction.lock"
TRIES = 20
"""How often another machine may be faster."""
ROW_GROUP_ROWS = 50_000
"""Rows of a Parquet file that are read together: one request costs one of these.
All values of a column may stand in its dictionary: DuckDB writes Bloom filters for such columns only, and they tell in
which of these a unit is."""
MARKS_DAYS = 1.0
"""How long the mark of a file is kept that is gone, for whoever had it open."""
FOREIGN_MARKS_DAYS = 365.0
"""How long the mark of a file of another machine is kept."""


@dataclass(frozen=True)
class Taken:
    """What one compaction moved."""

    lines: dict[str, int]
    """Log → lines."""
    damaged: tuple[tables.Damaged, ...]
    parts: int
    """Parquet files that were written."""
    freed_bytes: int
    """Of live files that were removed."""


@dataclass
class Batch:
    """Lines of one log on their way."""

    kind: str
    found: list[Live]
    fresh: Fresh
    parts: list[Part]
    damaged: list[tables.Damaged]


def take(project: Project, settings: Settings, archive: Archive, *, wait_s: float | None = None) -> Taken:
    """Move every whole line that is there now.

    Args:
        project: The project.
        settings: What `platform.toml` says of the log.
        archive: Where they go.
        wait_s: How long to wait for another compaction; None takes that of every lock.

    Raises:
        PipelineError: Another compaction runs, or the archive is not responding.
    """
    logs = live.folder(project.root)
    if logs is None or not logs.is_dir():
        return Taken(dict.fromkeys(KINDS, 0), (), 0, 0)
    with alone(logs, wait_s), ExitStack() as opened:
        staged = opened.enter_context(staging(archive, logs))
        files = {kind: opened.enter_context(live.opened(logs, kind)) for kind in KINDS}
        for log in files.values():
            freeing.end(log)
        for _ in range(TRIES):
            before = archive.newest()
            batches = [batch(archive, settings, logs, staged, before, kind, files[kind]) for kind in KINDS]
            try:
                settled(archive, before, batches, logs)
            except TakenError:
                continue
            break
        else:
            raise PipelineError(
                f"other machines change the archive `{archive.address}` all the time: run it again later"
            )
        freed = 0
        for done in batches:
            live.measure(done.found, done.fresh.marks)
            freeing.tell(logs, done.found, done.kind)
            freed += freeing.free(done.found)
    return Taken(
        {done.kind: sum(part.rows for part in done.parts) for done in batches},
        tuple(damaged for done in batches for damaged in done.damaged),
        sum(len(done.parts) for done in batches),
        freed,
    )


@contextmanager
def alone(logs: Path, wait_s: float | None) -> Iterator[None]:
    """Within, no other process of this machine changes the archive.

    Raises:
        PipelineError: One does.
    """
    with durable.locked(logs / LOCK, wait_s=wait_s) as held:
        if not held and has_locks():
            raise PipelineError("another compaction runs: wait until it has ended")
        yield


def has_locks() -> bool:
    """Whether this system has locks at all."""
    try:
        import fcntl
    except ImportError:
        return False
    return bool(fcntl)


@contextmanager
def staging(archive: Archive, logs: Path) -> Iterator[Path]:
    """A folder for files on their way; what a killed run left in it is removed first."""
    top = archive.staging()
    if top is None:
        with tempfile.TemporaryDirectory(prefix="nbexport-compaction-") as name:
            yield Path(name)
        return
    place = top / hashlib.sha256(live.place(logs).encode()).hexdigest()[:16]
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def batch(
    archive: Archive, settings: Settings, logs: Path, staged: Path, before: Manifest, kind: str, logs_open: list[Live]
) -> Batch:
    """Put the lines of one log that are not in the archive there; nothing refers to them yet."""
    for file in logs_open:
        file.taken, file.mark = 0, None
    live.measure(logs_open, before.logs[kind].marks)
    fresh = live.copied(logs_open, staged / f"{kind}.jsonl", live.place(logs))
    if not fresh.marks:
        return Batch(kind, logs_open, fresh, [], [])
    connection = tables.fresh_connection()
    try:
        tables.load(connection, kind, fresh)
        if settings.redacted:
            redaction.redact(connection, f"live_{kind}", kind, settings.redacted)
        name = named(kind, logs_open, fresh.marks)
        parts = written(connection, archive, staged, kind, name, settings.redacted)
        damaged = tables.damaged(connection, torn=False)
        if damaged and not settings.redacted:
            # a line that cannot be read may hold what must not be kept
            keep_damaged(connection, archive, staged, kind, name)
        return Batch(kind, logs_open, fresh, parts, damaged)
    finally:
        connection.close()


def named(kind: str, logs: Sequence[Live], marks: Sequence[Mark]) -> str:
    """A name for lines by where they come from: a run after a kill writes the same files again."""
    ranges = [[one.first, one.taken] for one in logs if one.first]
    ends = [[mark.first, mark.last, mark.end] for mark in marks]
    return hashlib.sha256(json.dumps([kind, ranges, ends]).encode()).hexdigest()[:24]


def written(
    connection: duckdb.DuckDBPyConnection,
    archive: Archive,
    staged: Path,
    kind: str,
    name: str,
    redacted: Sequence[str],
    *,
    source: str = "",
    level: int = 0,
) -> list[Part]:
    """Put the rows of a table into the archive, one file a day.

    Args:
        connection: Holds the table.
        archive: Where the files go.
        staged: A folder for files on their way.
        kind: Which log it is.
        name: What the files are called.
        redacted: The names whose values are removed.
        source: The table; empty takes that of the live lines.
        level: How often the lines were merged.
    """
    table = source or f"live_{kind}"
    days = connection.execute(f"SELECT time::DATE, count(*) FROM {table} GROUP BY ALL ORDER BY ALL").fetchall()  # noqa: S608
    parts = []
    for day, rows in days:
        file = staged / f"{kind}-{day}.parquet"
        connection.execute(
            f"COPY (SELECT {columns.quoted(kind)} FROM {table} WHERE time::DATE = DATE '{day}' "  # noqa: S608
            f"ORDER BY {columns.ORDER[kind]}) TO '{str(file).replace(chr(39), chr(39) * 2)}' "
            f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP_ROWS}, "
            f"DICTIONARY_SIZE_LIMIT {2 * ROW_GROUP_ROWS})"
        )
        size = file.stat().st_size
        path = f"{kind}/date={day}/part-{name}.parquet"
        archive.put(file, path)
        parts.append(Part(path, str(day), rows, size, level, tuple(redacted)))
    return parts


def keep_damaged(connection: duckdb.DuckDBPyConnection, archive: Archive, staged: Path, kind: str, name: str) -> None:
    """Put lines that cannot be read into the archive as they are."""
    file = staged / f"{kind}-damaged.jsonl"
    rows = connection.execute("SELECT whole FROM damaged WHERE NOT torn ORDER BY rowid").fetchall()
    file.write_bytes(b"".join(bytes(row[0]) for row in rows))
    archive.put(file, f"{kind}/damaged/{clock.now().date()}-{name}.jsonl")


def settled(archive: Archive, before: Manifest, batches: Sequence[Batch], logs: Path) -> Manifest:
    """Make what was put into the archive count; the new manifest.

    Raises:
        TakenError: Another machine was faster.
    """
    if not any(done.fresh.marks for done in batches):
        return before
    now = clock.now()
    after = {
        done.kind: Log(
            (*before.logs[done.kind].parts, *done.parts),
            marks_after(before.logs[done.kind].marks, done, live.place(logs), now),
        )
        for done in batches
    }
    return archive.commit(before, {**before.logs, **after})


def marks_after(marks: Sequence[Mark], done: Batch, place: str, now: datetime) -> tuple[Mark, ...]:
    """The marks of a log once lines have moved; those of files that have long been gone are forgotten."""
    moved = {one.mark for one in done.found if one.mark and any(m.first == one.first for m in done.fresh.marks)}
    here = {one.mark for one in done.found}
    kept = []
    for mark in marks:
        if mark in moved:
            continue
        limit = timedelta(days=MARKS_DAYS if mark.place == place else FOREIGN_MARKS_DAYS)
        if mark in here or now - datetime.fromisoformat(mark.at) < limit:
            kept.append(mark)
    at = now.isoformat(timespec="seconds")
    return (*kept, *(replace(mark, at=at) for mark in done.fresh.marks))
