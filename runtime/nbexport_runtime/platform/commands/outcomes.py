"""The command `outcomes.py`: what became of predictions, and the quality that follows."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NoReturn

from nbexport_runtime.pipeline import outcome
from nbexport_runtime.pipeline.outcome import Outcome
from nbexport_runtime.pipeline.project import Project, find
from nbexport_runtime.platform import settings
from nbexport_runtime.platform.commands.actions import action

COLUMNS = {
    "request_id": "column of request ids (request_id)",
    "row": "column of the rows of batches (row)",
    "key": "column of the ids that requests were sent with (key, rollout_key, user_id, customer_id)",
    "unit": "column of units, as the log has them (unit)",
    "value": "column of the values (value, label, outcome, target, y)",
    "time": "column that says when it happened (time, timestamp, event_time, at, date)",
}
"""Option → its help, with the names that are found without it."""
PERIODS = ("day", "week", "month")


def main(command: str, arguments: list[str] | None = None) -> NoReturn:
    """Run the command line.

    Args:
        command: The path of the project's `outcomes.py`.
        arguments: The words after it; None takes those of the process.

    Raises:
        SystemExit: Always: 0 done, 10 rows were refused, 1 trouble, 2 wrong usage.
    """
    own = find(command)
    parser = outcome.parser("What became of predictions, and the quality that follows.")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = action(actions, "add", "add the outcomes of a file; giving it twice changes nothing")
    add.add_argument("file", type=Path, help="CSV, JSON lines or Parquet")
    for name, what in COLUMNS.items():
        add.add_argument(f"--{name.replace('_', '-')}", default="", metavar="COLUMN", help=what)
    add.add_argument("--name-column", dest="name_column", default="", metavar="COLUMN", help="column of names (name)")
    add.add_argument("--name", default="", help="what happened, where no column says so")
    quality = action(actions, "quality", "how right the answers were, and how many labels are missing")
    quality.add_argument("--name", default="", help="the outcome; the default is that of platform.toml")
    quality.add_argument("--slice", action="append", default=[], metavar="INPUT", help="by this member of the input")
    quality.add_argument("--period", choices=PERIODS, default="week", help="over time by this (week)")
    quality.add_argument("--days", type=float, default=0.0, help="predictions of the last days only")
    options = parser.parse_args(arguments)
    raise SystemExit(outcome.finish(options, lambda: done(own, options)))


def done(own: Project, options: argparse.Namespace) -> Outcome:
    """What an action did."""
    known = settings.read(own.root / settings.NAME)
    if options.action == "quality":
        from nbexport_runtime.platform.outcomes.quality import quality

        return quality(
            own,
            known.log,
            known.outcomes,
            name=options.name,
            slices=options.slice,
            period=options.period,
            days=options.days,
        )
    from nbexport_runtime.platform.outcomes.adding import add

    columns = {name: getattr(options, name) for name in COLUMNS}
    return add(own, known.log, known.outcomes, options.file, {**columns, "name": options.name_column}, options.name)
