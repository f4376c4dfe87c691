"""The command `promote.py`: make a candidate production if it is better, or return to an earlier production."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NoReturn

from nbexport_runtime.pipeline import emergency, outcome, turns
from nbexport_runtime.pipeline.outcome import Outcome
from nbexport_runtime.pipeline.project import Project, find


def main(command: str, arguments: list[str] | None = None) -> NoReturn:
    """Run the command line.

    Args:
        command: The path of the project's `promote.py`.
        arguments: The words after it; None takes those of the process.

    Raises:
        SystemExit: Always: 0 promoted, 10 refused, 1 trouble, 2 wrong usage.
    """
    own = find(command)
    parser = outcome.parser("Make a candidate production if it is better.")
    parser.add_argument("--candidate", type=Path, default=own.candidate, metavar="BUNDLE")
    parser.add_argument(
        "--min-improvement",
        type=float,
        metavar="NUMBER",
        help="how much better it must be, in units of the metric (default: as pipeline.toml says)",
    )
    parser.add_argument(
        "--rollback",
        nargs="?",
        const="",
        metavar="VERSION",
        help="go back to the production before this one, or to VERSION; needs no lock, network or registry",
    )
    parser.add_argument("--report", type=Path, metavar="FILE", help="append the decision as Markdown")
    parser.add_argument("--wait-s", type=float, default=0.0, help="seconds to wait for another run")
    options = parser.parse_args(arguments)
    if options.rollback is None:
        raise SystemExit(outcome.finish(options, lambda: promoted(own, options)))
    work = emergency.Work(own, lambda: emergency.rollback(own, options.rollback, options.report), options.wait_s)
    raise SystemExit(outcome.finish(options, work.do, work.send))


def promoted(own: Project, options: argparse.Namespace) -> Outcome:
    """Judge the candidate, and promote it where it is good enough."""
    # an emergency does not wait for what this imports
    from nbexport_runtime.pipeline import promotion, retraining
    from nbexport_runtime.pipeline.registry import Registry

    with turns.alone(own, options.wait_s):
        asked = options.min_improvement
        decision = promotion.promote(own, options.candidate, Registry(own), asked, options.report)
    return retraining.ended(decision)
