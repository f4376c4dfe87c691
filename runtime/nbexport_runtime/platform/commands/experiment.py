"""The command `experiment.py`: A/B tests of models, from the plan to the decision."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from nbexport_runtime.pipeline import emergency, outcome, turns
from nbexport_runtime.pipeline.files import write_text
from nbexport_runtime.pipeline.outcome import REFUSED, Outcome, PipelineError
from nbexport_runtime.pipeline.project import Project, find
from nbexport_runtime.platform import settings
from nbexport_runtime.platform.experiments import drafts, plan, running

if TYPE_CHECKING:
    from nbexport_runtime.platform.experiments.analysis import Analysis

ACTIONS = ("plan", "start", "status", "stop", "report")
FORMATS = ("text", "json", "markdown", "html")


def main(command: str, arguments: list[str] | None = None) -> NoReturn:
    """Run the command line.

    Args:
        command: The path of the project's `experiment.py`.
        arguments: The words after it; None takes those of the process.

    Raises:
        SystemExit: Always: 0 done, 10 refused, 1 trouble, 2 wrong usage.
    """
    parser = outcome.parser("Test models on people, and decide by a rule that was written down before.")
    parser.add_argument("action", choices=ACTIONS, help="`stop` needs no lock, network or registry")
    parser.add_argument("name", nargs="?", default="", help="the experiment; `status` without one shows all")
    written = parser.add_argument_group("plan")
    written.add_argument("--file", type=Path, metavar="TOML", help="the plan; options of the command line win")
    written.add_argument("--hypothesis", metavar="TEXT", help="what you expect, and why")
    written.add_argument("--unit", metavar="WORD", help="what the id of a request stands for, as customer")
    written.add_argument(
        "--arm",
        action="append",
        metavar="NAME=VERSION:PERCENT",
        help="the control first; a version is `production`, `candidate` or an id",
    )
    written.add_argument("--primary", metavar="METRIC", help='"outcome:bought direction=up window_days=1"')
    written.add_argument("--secondary", action="append", metavar="METRIC", help="explains, and never decides")
    written.add_argument("--guard-rail", action="append", metavar="METRIC", help='vetoes: "latency tolerance=5"')
    written.add_argument("--minimum-effect", type=float, metavar="NUMBER", help="the smallest difference that matters")
    written.add_argument("--horizon-units", type=int, metavar="COUNT", help="it ends after so many exposed units")
    written.add_argument("--baseline", type=float, metavar="RATE", help="today's rate: computes --horizon-units")
    ends = parser.add_argument_group("stop")
    ends.add_argument("--ship", action="store_true", help="make the winner production; refused where there is none")
    ends.add_argument("--reason", default="", metavar="TEXT", help="why, for the journal")
    shows = parser.add_argument_group("report")
    shows.add_argument("--format", choices=FORMATS, default="text")
    shows.add_argument("--output", type=Path, metavar="FILE", help="write it there")
    parser.add_argument("--wait-s", type=float, default=0.0, help="seconds to wait for another run")
    options = parser.parse_args(arguments)
    if not options.name and options.action != "status":
        parser.error(f"{options.action} takes the name of an experiment")
    own = find(command)
    if options.action == "stop" and not options.ship:
        reason = options.reason or "somebody stopped it"
        work = emergency.Work(own, lambda: running.stop(own, options.name, reason), options.wait_s)
        raise SystemExit(outcome.finish(options, work.do, work.send))
    raise SystemExit(outcome.finish(options, lambda: calm(own, options)))


def calm(own: Project, options: argparse.Namespace) -> Outcome:
    """What is not urgent."""
    if options.action == "status":
        return running.status(own, options.name)
    if options.action == "plan":
        return planned(own, options)
    if options.action == "report":
        return reported(own, options)
    with turns.alone(own, options.wait_s):
        if options.action == "start":
            # an emergency does not wait for what this imports
            from nbexport_runtime.platform.experiments import beginning

            return beginning.start(own, options.name)
        return shipped(own, options)


def planned(own: Project, options: argparse.Namespace) -> Outcome:
    """Write a plan."""
    content: dict[str, Any] = {} if options.file is None else drafts.file(options.file)
    keys = {"arm": "arms", "guard_rail": "guard_rails"}
    metrics = ("primary", "secondary", "guard_rail")
    for name in ("hypothesis", "unit", "arm", *metrics, "minimum_effect", "horizon_units", "baseline"):
        value = getattr(options, name)
        if value is not None:
            content[keys.get(name, name)] = value
    fresh = drafts.written(own, options.name, content, settings.read(own.root / settings.NAME).experiments)
    lines = [f"{fresh.name} is planned in `{plan.path_of(own, fresh.name)}`; it can be changed until it starts"]
    lines += running.shown(own, running.standing(own, fresh.name))[1:]
    lines.append(f"  ends after {fresh.horizon_units:,} exposed units; looking at it earlier costs nothing")
    lines.append(f"begin with `python experiment.py start {fresh.name}`")
    return Outcome(tuple(lines), {"plan": fresh.facts(), "sha256": fresh.sha256})


def analyzed(own: Project, name: str) -> Analysis:
    """The analysis of an experiment that has begun; its figures for Prometheus are written.

    Raises:
        PipelineError: It has not begun, its plan was changed since, or the log cannot be read.
    """
    stand = running.standing(own, name)
    frozen = running.frozen(own, stand)
    if stand.state == running.PLANNED:
        raise PipelineError(f"`{name}` has not begun; begin it with `python experiment.py start {name}`")
    from nbexport_runtime.platform.experiments import analysis, gauges
    from nbexport_runtime.platform.lines import tables

    before = timedelta(days=max(metric.pre_period_days for metric in frozen.metrics))
    since = datetime.fromisoformat(stand.started) - before
    with tables.connect(own, settings.read(own.root / settings.NAME).log, since=since) as connection:
        known = analysis.analyze(connection, frozen, stand)
    try:
        gauges.write(own, [known])
    except OSError as error:
        print(f"warning: the figures for Prometheus cannot be written: {error}", file=sys.stderr)
    return known


def reported(own: Project, options: argparse.Namespace) -> Outcome:
    """Show, or write, what an experiment says."""
    from nbexport_runtime.platform.experiments import page, report

    known = analyzed(own, options.name)
    facts = known.facts()
    if options.format == "text":
        shown = "\n".join(report.text(known))
    elif options.format == "json":
        import json

        shown = json.dumps(facts, indent=2)
    else:
        shown = (report.markdown if options.format == "markdown" else page.html)(known).rstrip("\n")
    if options.output is None:
        return Outcome((shown,), facts)
    try:
        write_text(options.output, shown + "\n")
    except OSError as error:
        raise PipelineError(f"`{options.output}` cannot be written: {error.strerror}; name another file") from None
    return Outcome((f"{options.name}: {known.verdict.answer}; written to `{options.output}`",), facts)


def shipped(own: Project, options: argparse.Namespace) -> Outcome:
    """Make the winner production."""
    from nbexport_runtime.platform.experiments import journal, report, shipping
    from nbexport_runtime.platform.experiments.verdict import SHIP

    stand = running.standing(own, options.name)
    if stand.state == journal.SHIPPED or (stand.state == running.STOPPING and stand.version):
        # an interrupted one goes on with the version that it had decided for
        return shipping.ship(own, options.name, stand.version, stand.reason)
    known = analyzed(own, options.name)
    if known.verdict.answer != SHIP:
        lines = ("nothing is shipped: the report says otherwise", *report.text(known))
        return Outcome(lines, known.facts(), REFUSED)
    reason = options.reason or "; ".join(known.verdict.reasons)
    return shipping.ship(own, options.name, known.verdict.version, reason)
