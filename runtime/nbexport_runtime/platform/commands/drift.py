"""The command `drift.py`: is the model asked for what it was trained on?"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NoReturn

from nbexport_runtime.pipeline import outcome
from nbexport_runtime.pipeline.outcome import DONE, REFUSED, Outcome, PipelineError, progress
from nbexport_runtime.pipeline.project import Project, find
from nbexport_runtime.platform import settings

if TYPE_CHECKING:
    from nbexport_runtime.platform.drift.checking import Report

UNITS_S = {"s": 1, "min": 60, "h": 3_600, "d": 86_400, "w": 604_800}
RETRAIN = "retrain.py"


def main(command: str, arguments: list[str] | None = None) -> NoReturn:
    """Run the command line.

    Args:
        command: The path of the project's `drift.py`.
        arguments: The words after it; None takes those of the process.

    Raises:
        SystemExit: Always: 0 no drift, 10 drift, 1 trouble, 2 wrong usage.
    """
    own = find(command)
    parser = outcome.parser("Compare what the model is asked, and answers, with what it was trained on.")
    parser.epilog = "exit codes: 0 no drift, 10 drift, 1 trouble, 2 wrong usage"
    parser.add_argument("action", choices=("check",))
    parser.add_argument("--window", type=seconds, default="1d", metavar="TIME", help="30min, 6h, 1d, 2w (default: 1d)")
    parser.add_argument("--version", default="", help="another version than the one in production")
    parser.add_argument("--until", type=moment, metavar="TIME", help="end of the newest window (default: now)")
    options = parser.parse_args(arguments)
    raise SystemExit(outcome.finish(options, lambda: check(own, options)))


def seconds(text: str) -> float:
    """A length of time, in seconds.

    Raises:
        ArgumentTypeError: It is not one.
    """
    known = re.fullmatch(r"(\d+(?:\.\d+)?)(s|min|h|d|w)", text.strip())
    if not known or not float(known[1]):
        raise argparse.ArgumentTypeError(f"`{text}` is not a length of time; write 30min, 6h, 1d or 2w")
    return float(known[1]) * UNITS_S[known[2]]


def moment(text: str) -> datetime:
    """A time in UTC, without a zone.

    Raises:
        ArgumentTypeError: It is not one.
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"`{text}` is not a time; write 2026-03-01T12:00:00") from None
    return time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time


def check(own: Project, options: argparse.Namespace) -> Outcome:
    """Check, write down what was found, and retrain where the settings say so."""
    from nbexport_runtime.platform.drift import checking, journal, telling
    from nbexport_runtime.platform.lines import tables

    chosen = settings.read(own.root / settings.NAME)
    wanted = chosen.drift
    placed = own.journal.production
    version = options.version or (placed.version if placed else "")
    if not version:
        raise PipelineError(
            "no model is in production; promote one with `python promote.py`, or name one with --version"
        )
    with tables.connect(own, chosen.log) as connection:
        report = checking.check(own, connection, wanted, version, length_s=options.window, until=options.until)
    if not any(window.rows for window in report.windows):
        raise PipelineError(
            f"no prediction of `{version}` is in the last {len(report.windows)} windows of "
            f"{telling.duration(options.window)}; take longer windows with --window, or another end with --until"
        )
    because = reason(own, report) if report.drifted else ""
    line = journal.keep(own, report, retrained=because if wanted.retrain else "")
    text_lines = telling.lines(report)
    facts = {**line}
    if because and wanted.retrain:
        facts["retrain_exit_code"] = retrain(own, because)
        text_lines += (f"  retrained because of it: exit code {facts['retrain_exit_code']}",)
    elif because:
        text_lines += (f'  fix: python {RETRAIN} --because "{because}"',)
    return Outcome(text_lines, facts, REFUSED if report.drifted else DONE)


def reason(own: Project, report: Report) -> str:
    """Why to train again, in words; empty where that was done for this version and nothing new has drifted since.

    Args:
        own: The project.
        report: A check that found drift.
    """
    from nbexport_runtime.platform.drift import journal

    names = {verdict.column.name for verdict in report.drifted}
    for line in journal.history(own.models / journal.NAME):
        if line.get("retrain") and line.get("version") == report.version:
            names -= set(line.get("drifted", ()))
    return f"drift of {', '.join(sorted(names))}" if names else ""


def retrain(own: Project, because: str) -> int:
    """Train again, as `retrain.py` does; its exit code."""
    progress(f"retraining because of {because}")
    # what it prints is not the outcome of this command
    done = subprocess.run([sys.executable, RETRAIN, "--because", because], cwd=own.code, stdout=sys.stderr, check=False)
    return done.returncode
