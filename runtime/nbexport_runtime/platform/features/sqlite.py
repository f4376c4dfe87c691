"""The online store as a file of SQLite, written beside its readers (write-ahead log).

A run of `materialize` is one transaction a view: after a kill the store is as before it, or as after it.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from urllib.parse import quote

from nbexport_runtime.platform.features.newest import Newest
from nbexport_runtime.platform.features.stores import State, StoreError, packed

BATCH = 1_000
WAIT_S = 0.2
"""How long a read waits for a lock: only a store that is just being made has one."""
WRITE_WAIT_S = 60.0
SCHEMA = """
CREATE TABLE IF NOT EXISTS features (view TEXT, id TEXT, event INTEGER NOT NULL, created INTEGER NOT NULL,
    content TEXT NOT NULL, PRIMARY KEY (view, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS states (view TEXT PRIMARY KEY, definition TEXT NOT NULL, until INTEGER NOT NULL,
    materialized TEXT NOT NULL) WITHOUT ROWID;
"""
PUT = """
INSERT INTO features (view, id, event, created, content) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (view, id) DO UPDATE SET event = excluded.event, created = excluded.created, content = excluded.content
WHERE (excluded.event, excluded.created) >= (event, created)
    AND (excluded.event, excluded.created, excluded.content) <> (event, created, content)
"""
GET = "SELECT event, created, content FROM features WHERE view = ? AND id = ?"


class SqliteReader:
    """Reads one entity at a time."""

    waits = False

    def __init__(self, path: Path) -> None:
        """Nothing is opened before the first read: the store may come later than the service.

        Args:
            path: The file.
        """
        self.path = path
        self._connection: sqlite3.Connection | None = None
        self._opened: tuple[int, ...] = ()
        self._frozen = False

    def get(self, view: str, id_: str) -> Newest | None:
        """What is known of an entity; None where nothing is.

        Raises:
            StoreError: The file is not there, or cannot be read.
        """
        try:
            while True:
                before = self._place()
                row = self._open(before).execute(GET, (view, id_)).fetchone()
                # a file that was read as it lies may have been written meanwhile
                if not self._frozen or before == self._place():
                    break
        except (OSError, sqlite3.Error) as error:
            self.close()
            raise StoreError(f"`{self.path}` cannot be read: {error}") from None
        if row is None:
            return None
        event_us, created_us, content = row
        return Newest(id_, event_us, created_us, json.loads(content))

    def _place(self) -> tuple[int, ...]:
        """What tells this file from another one; of a file that is read as it lies, also when it was written."""
        facts = self.path.stat()
        return (facts.st_dev, facts.st_ino, *((facts.st_mtime_ns, facts.st_size) if self._frozen else ()))

    def _open(self, place: tuple[int, ...]) -> sqlite3.Connection:
        if self._connection is not None and self._opened == place:
            return self._connection
        self.close()
        address = f"file:{quote(str(self.path.absolute()))}?mode=ro"
        connection = connected(address, WAIT_S)
        try:
            connection.execute("SELECT 1 FROM features LIMIT 0")
        except sqlite3.OperationalError:
            # a folder that is mounted read-only has no room for the shared memory of a write-ahead log
            connection.close()
            connection = connected(f"{address}&immutable=1", WAIT_S)
            self._frozen = True
            place = self._place()
        self._connection, self._opened = connection, place
        return connection

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
        self._connection, self._frozen = None, False


class SqliteWriter(SqliteReader):
    """Reads and writes; one command at a time."""

    def state(self, view: str) -> State | None:
        """What is known of a view; None where it was never written.

        Raises:
            StoreError: The file cannot be read.
        """
        if not self.path.exists():
            return None
        with self._safely() as connection:
            query = "SELECT definition, until, materialized FROM states WHERE view = ?"
            row = connection.execute(query, (view,)).fetchone()
        return None if row is None else State(*row)

    def write(self, view: str, rows: Iterable[Newest], state: State, *, rebuild: bool) -> int:
        """Put rows into the store; how many were new or changed.

        Args:
            view: The name of the view.
            rows: One row an entity.
            state: What is true once all rows are in it.
            rebuild: Whether nothing else stays.

        Raises:
            StoreError: The file cannot be written.
        """
        waiting = iter(rows)
        with self._safely() as connection:
            connection.execute("BEGIN IMMEDIATE")
            if rebuild:
                connection.execute("DELETE FROM features WHERE view = ?", (view,))
            before = connection.total_changes
            while some := list(islice(waiting, BATCH)):
                connection.executemany(
                    PUT, [(view, row.id, row.event_us, row.created_us, packed(row.values)) for row in some]
                )
            changed = connection.total_changes - before
            connection.execute(
                "INSERT OR REPLACE INTO states (view, definition, until, materialized) VALUES (?, ?, ?, ?)",
                (view, state.definition, state.until_us, state.materialized),
            )
            connection.execute("COMMIT")
        return changed

    def all(self, view: str) -> Iterator[Newest]:
        """Every row of a view, in the order of their ids.

        Raises:
            StoreError: The file cannot be read.
        """
        if not self.path.exists():
            return
        with self._safely() as connection:
            query = "SELECT id, event, created, content FROM features WHERE view = ? ORDER BY id"
            for id_, event_us, created_us, content in connection.execute(query, (view,)):
                yield Newest(id_, event_us, created_us, json.loads(content))

    @contextlib.contextmanager
    def _safely(self) -> Iterator[sqlite3.Connection]:
        """A connection that may write; what is not committed in the block never was.

        Raises:
            StoreError: The file cannot be read or written.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.closing(connected(f"file:{quote(str(self.path.absolute()))}", WRITE_WAIT_S)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                connection.executescript(SCHEMA)
                yield connection
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"`{self.path}` cannot be written: {error}") from None


def connected(address: str, wait_s: float) -> sqlite3.Connection:
    """A connection that begins and ends transactions only where it is told to."""
    return sqlite3.connect(address, uri=True, timeout=wait_s, isolation_level=None, check_same_thread=False)
