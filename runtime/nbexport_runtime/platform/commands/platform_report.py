"""The command `platform_report.py`: the state of everything, on one page."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NoReturn

from nbexport_runtime.pipeline import outcome
from nbexport_runtime.pipeline.outcome import Outcome, PipelineError
from nbexport_runtime.pipeline.project import Project, find
from nbexport_runtime.platform import settings
from nbexport_runtime.platform.commands.drift import moment
from nbexport_runtime.traffic import clock, durable

DAYS = 14.0


def main(command: str, arguments: list[str] | None = None) -> NoReturn:
    """Run the command line.

    Args:
        command: The path of the project's `platform_report.py`.
        arguments: The words after it; None takes those of the process.

    Raises:
        SystemExit: Always: 0 written, 1 trouble, 2 wrong usage.
    """
    own = find(command)
    parser = outcome.parser("Write the state of everything: what needs attention, and plots of the rest.")
    parser.epilog = "exit codes: 0 written, 1 trouble, 2 wrong usage"
    parser.add_argument("--output", type=Path, metavar="FILE", help="the page (default with html: report.html)")
    parser.add_argument("--format", choices=("html", "text", "json"), default="html")
    parser.add_argument("--days", type=float, default=DAYS, help=f"length of the period (default: {DAYS:g})")
    parser.add_argument("--until", type=moment, metavar="TIME", help="end of the period (default: now)")
    options = parser.parse_args(arguments)
    if not 0 < options.days <= 3_650:
        parser.error("days are above 0 and at most 3650")
    if options.output and options.format != "html":
        parser.error("--output is for the page; what other formats say goes to standard output")
    options.json = options.json or options.format == "json"
    raise SystemExit(outcome.finish(options, lambda: report(own, options)))


def report(own: Project, options: argparse.Namespace) -> Outcome:
    """Gather the state and write it."""
    from nbexport_runtime.platform.lines import tables
    from nbexport_runtime.platform.page import exposition, gathering, html, words

    chosen = settings.read(own.root / settings.NAME)
    now = options.until or clock.now().replace(tzinfo=None)
    with tables.connect(own, chosen.log) as connection:
        state = gathering.gather(own, connection, chosen, now=now, days=options.days)
    try:
        exposition.write(own.models, state)
    except OSError as error:
        # the page matters more
        print(f"warning: `{own.models / exposition.METRICS}` cannot be written: {error.strerror}", file=sys.stderr)
    output = options.output
    if options.format == "html" and not options.json:
        output = output or Path("report.html")
    if output is None:
        return Outcome(words.lines(state), state.facts())
    try:
        durable.replace(output.absolute(), html.page(state, min_psi=chosen.drift.min_psi).encode())
    except OSError as error:
        raise PipelineError(f"`{output}` cannot be written: {error.strerror}; choose another --output") from None
    address = output.absolute().as_uri()
    return Outcome((words.headline(state), f"  {address}"), {"page": address, **state.facts()})
