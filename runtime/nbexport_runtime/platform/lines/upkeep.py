"""Keeping an archive in shape: few files a day, no day that is too old, no value that must not be kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from nbexport_runtime.pipeline.store import TakenError
from nbexport_runtime.platform.lines import columns, compaction, redaction, tables
from nbexport_runtime.platform.lines.archive import GRACE_S, Archive
from nbexport_runtime.platform.lines.live import KINDS
from nbexport_runtime.platform.lines.manifests import Log, Manifest, Part
from nbexport_runtime.platform.lines.settings import Log as Settings
from nbexport_runtime.traffic import clock

MOST_PARTS = 8
"""Files of one day before they are merged."""


@dataclass(frozen=True)
class Kept:
    """What upkeep did."""

    merged: int = 0
    """Files that were merged into others."""
    expired_rows: int = 0
    """Lines that were too old."""
    expired_days: int = 0
    redacted: int = 0
    """Files from which values were removed."""
    swept: int = 0
    """Files without a manifest that were removed."""


def keep(archive: Archive, settings: Settings, staged: Path, now: datetime | None = None) -> Kept:
    """Do what is due; each step is one change of the manifest.

    Args:
        archive: The archive.
        settings: What `platform.toml` says of the log.
        staged: A folder for files on their way.
        now: The present; None takes the clock's.

    Raises:
        PipelineError: The archive is not responding.
    """
    now = now or clock.now()
    try:
        expired_rows, expired_days = expire(archive, settings.keep_days, now)
        redacted = redact(archive, settings.redacted, staged)
        merged = merge(archive, staged, now)
    except TakenError:
        # another machine changes the archive, and does what is due too
        return Kept()
    return Kept(merged, expired_rows, expired_days, redacted, sweep(archive, datetime.now(UTC)))


def expire(archive: Archive, keep_days: int, now: datetime) -> tuple[int, int]:
    """Remove days that are too old; lines and days that went.

    Raises:
        TakenError: Another machine was faster.
    """
    if keep_days <= 0:
        return 0, 0
    first = (now.date() - timedelta(days=keep_days)).isoformat()
    before = archive.newest()
    gone = [part for log in before.logs.values() for part in log.parts if part.date < first]
    if gone:
        after = {
            kind: replace(log, parts=tuple(part for part in log.parts if part.date >= first))
            for kind, log in before.logs.items()
        }
        archive.commit(before, after)
    forget(archive, [part for part in archive.known() if part.date < first])
    for kind in KINDS:
        for path in archive.listed(f"{kind}/damaged"):
            if path.rpartition("/")[2][:10] < first:
                archive.remove(path)
    return sum(part.rows for part in gone), len({part.date for part in gone})


def redact(archive: Archive, names: Sequence[str], staged: Path) -> int:
    """Remove values from files that were written before the setting; how many files.

    Raises:
        TakenError: Another machine was faster.
    """
    if not names:
        return 0
    count = 0
    for kind in KINDS:
        for part in archive.newest().logs[kind].parts:
            if not set(names) <= set(part.redacted):
                known = tuple(sorted({*part.redacted, *names}))
                exchange(archive, kind, [part], staged, known, part.level)
                count += 1
    forget(archive, [part for part in archive.known() if not set(names) <= set(part.redacted)])
    return count


def forget(archive: Archive, parts: Sequence[Part]) -> None:
    """Remove files that older manifests refer to, also for a query that goes on: what they hold must be gone."""
    present = {part.path for log in archive.newest().logs.values() for part in log.parts}
    for part in parts:
        if part.path not in present:
            archive.remove(part.path)


def merge(archive: Archive, staged: Path, now: datetime) -> int:
    """Make one file of a day that has many, or that is over; how many files were merged.

    Raises:
        TakenError: Another machine was faster.
    """
    count = 0
    for kind in KINDS:
        days: dict[str, list[Part]] = {}
        for part in archive.newest().logs[kind].parts:
            days.setdefault(part.date, []).append(part)
        for day, parts in days.items():
            over = date.fromisoformat(day) < now.date() - timedelta(days=1)
            if len(parts) > MOST_PARTS or (over and len(parts) > 1):
                common = set.intersection(*(set(part.redacted) for part in parts))
                exchange(archive, kind, parts, staged, tuple(sorted(common)), max(part.level for part in parts) + 1)
                count += len(parts)
    return count


def exchange(
    archive: Archive, kind: str, parts: Sequence[Part], staged: Path, redacted: Sequence[str], level: int
) -> Manifest:
    """Rewrite the files of one day as one, in one change.

    Raises:
        TakenError: Another machine was faster.
    """
    before = archive.newest()
    own = hashlib.sha256(json.dumps([sorted(part.path for part in parts), list(redacted)]).encode()).hexdigest()[:24]
    connection = tables.fresh_connection()
    try:
        if archive.files is not None:
            connection.register_filesystem(archive.files)
        source = tables.parquet([archive.place(part.path) for part in parts])
        connection.execute(f"CREATE TABLE exchanged AS SELECT {columns.quoted(kind)} FROM {source}")  # noqa: S608
        if any(set(part.redacted) != set(redacted) for part in parts) and redacted:
            redaction.redact(connection, "exchanged", kind, redacted)
        written = compaction.written(connection, archive, staged, kind, own, redacted, source="exchanged", level=level)
    finally:
        connection.close()
    left = tuple(part for part in before.logs[kind].parts if part not in parts)
    if len(left) + len(parts) != len(before.logs[kind].parts):
        raise TakenError
    return archive.commit(before, {**before.logs, kind: Log((*left, *written), before.logs[kind].marks)})


def sweep(archive: Archive, now: datetime) -> int:
    """Remove files to which no manifest refers, and that nobody works on any more; how many."""
    # whoever writes one now began after this was listed, or less than the grace ago
    there = [path for kind in KINDS for path in archive.listed(kind) if path.endswith(".parquet")]
    known = {part.path for part in archive.known()}
    old = [path for path in there if path not in known and archive.age_s(path, now) > GRACE_S]
    for path in old:
        archive.remove(path)
    return len(old)
