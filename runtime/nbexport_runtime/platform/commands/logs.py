"""The command `logs.py`: what was logged of one request, and the archive of the log."""

from __future__ import annotations

import argparse
from typing import NoReturn

from nbexport_runtime.pipeline import outcome
from nbexport_runtime.pipeline.outcome import Outcome
from nbexport_runtime.pipeline.project import Project, find
from nbexport_runtime.platform import settings
from nbexport_runtime.platform.commands.actions import action
from nbexport_runtime.platform.settings import Settings


def main(command: str, arguments: list[str] | None = None) -> NoReturn:
    """Run the command line.

    Args:
        command: The path of the project's `logs.py`.
        arguments: The words after it; None takes those of the process.

    Raises:
        SystemExit: Always: 0 done, 1 trouble (also: nothing is known of the id), 2 wrong usage.
    """
    own = find(command)
    parser = outcome.parser("The prediction log: find one request, keep what was logged.")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    one = action(actions, "find", "everything about one request, or about a unit's last requests")
    one.add_argument("id", help="a request id, a unit, or the id that a unit is the hash of")
    one.add_argument("--last", type=int, default=5, metavar="N", help="requests of a unit that are shown (5)")
    compact = action(actions, "compact", "move lines to Parquet; safe at any moment, as often as you like")
    compact.add_argument("--wait-s", type=float, default=5.0, help="seconds to wait for another compaction (5)")
    schema = action(actions, "schema", "the JSON Schema of a line")
    schema.add_argument("log", nargs="?", choices=("predictions", "outcomes"), default="predictions")
    options = parser.parse_args(arguments)
    raise SystemExit(outcome.finish(options, lambda: done(own, options)))


def done(own: Project, options: argparse.Namespace) -> Outcome:
    """What an action did."""
    known = settings.read(own.root / settings.NAME)
    if options.action == "schema":
        from nbexport_runtime.platform.lines import schemas

        return Outcome((schemas.text(options.log),), schemas.schema(options.log))
    if options.action == "find":
        from nbexport_runtime.platform.lines import finding

        return finding.found(own, known.log, known.log.salt, known.outcomes.window_days, options.id, options.last)
    return compacted(own, known, options.wait_s)


def compacted(own: Project, known: Settings, wait_s: float) -> Outcome:
    """What a compaction did."""
    from nbexport_runtime.platform.lines import compaction, live, upkeep
    from nbexport_runtime.platform.lines.archive import Archive

    archive = Archive(known.log.archive, own.root)
    taken = compaction.take(own, known.log, archive, wait_s=wait_s)
    logs = live.folder(own.root)
    kept = upkeep.Kept()
    if logs is not None and logs.is_dir():
        with compaction.alone(logs, wait_s), compaction.staging(archive, logs) as staged:
            kept = upkeep.keep(archive, known.log, staged)
    damaged = sum(one.lines for one in taken.damaged)
    lines = [
        (
            f"archived {taken.lines['predictions']:,} predictions and {taken.lines['outcomes']:,} outcomes "
            f"in `{known.log.archive}`; freed {taken.freed_bytes:,} bytes of live files"
        )
    ]
    lines += [f"{one.lines:,} damaged lines in `{one.file}`, the first: {one.text}" for one in taken.damaged]
    if kept.merged:
        lines.append(f"merged {kept.merged:,} small files")
    if kept.expired_rows:
        lines.append(
            f"removed {kept.expired_rows:,} lines of {kept.expired_days:,} days: keep_days = {known.log.keep_days}"
        )
    if kept.redacted:
        lines.append(f"removed the values of {', '.join(known.log.redact)} from {kept.redacted:,} archived files")
    facts = {
        "archive": known.log.archive,
        "archived": taken.lines,
        "damaged": damaged,
        "parts": taken.parts,
        "freed_bytes": taken.freed_bytes,
        "merged": kept.merged,
        "expired_rows": kept.expired_rows,
        "redacted_files": kept.redacted,
    }
    return Outcome(tuple(lines), facts)
