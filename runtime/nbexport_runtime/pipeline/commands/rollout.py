"""The command `rollout.py`: a share of the traffic for a candidate, and more and more of it."""

from __future__ import annotations

import argparse
from typing import NoReturn

from nbexport_runtime.pipeline import emergency, outcome, turns
from nbexport_runtime.pipeline.outcome import Outcome
from nbexport_runtime.pipeline.project import Project, find

ACTIONS = ("start", "shadow", "set", "finish", "abort", "status", "manifest")
URGENT = ("set", "abort")
"""What needs no lock, network, registry or store."""
FIRST_PERCENT = 10.0
"""What a candidate gets at the start, and the sample of a shadow."""


def main(command: str, arguments: list[str] | None = None) -> NoReturn:
    """Run the command line.

    Args:
        command: The path of the project's `rollout.py`.
        arguments: The words after it; None takes those of the process.

    Raises:
        SystemExit: Always: 0 done, 10 refused, 1 trouble, 2 wrong usage.
    """
    own = find(command)
    parser = outcome.parser("Give a share of the traffic to a candidate.")
    parser.add_argument("action", choices=ACTIONS, help="`set` and `abort` need no lock, network or registry")
    parser.add_argument("value", nargs="?", help="of `start` and `set`: 0 to 100; of `shadow`: a version")
    parser.add_argument("--percent", dest="share", type=float, metavar="NUMBER")
    parser.add_argument(
        "--sample", dest="share", type=float, metavar="NUMBER", help="of `shadow`: how many per cent are copied"
    )
    parser.add_argument(
        "--version",
        default="",
        help="of `start` and `shadow`: another version than models/candidate, as registry.py names it",
    )
    parser.add_argument("--wait-s", type=float, default=0.0, help="seconds to wait for another run")
    options = parser.parse_args(arguments)
    percent = options.share
    if options.value is not None and options.action == "shadow":
        options.version = options.value
    elif options.value is not None:
        try:
            percent = float(options.value)
        except ValueError:
            parser.error(f"{options.action} takes a percentage, and `{options.value}` is not a number")
    if options.action == "set" and percent is None:
        parser.error("set takes a percentage")
    if percent is not None and not 0 <= percent <= 100:
        parser.error("a percentage is from 0 to 100")
    if options.action not in URGENT:
        raise SystemExit(outcome.finish(options, lambda: calm(own, options, percent)))
    work = emergency.Work(own, lambda: urgent(own, options.action, percent or 0.0), options.wait_s)
    raise SystemExit(outcome.finish(options, work.do, work.send))


def urgent(own: Project, action: str, percent: float) -> Outcome:
    """What is done with what is here."""
    if action == "abort":
        return emergency.abort(own)
    return emergency.change(own, percent)


def calm(own: Project, options: argparse.Namespace, percent: float | None) -> Outcome:
    """What takes its time, and the store and the registry where they are needed."""
    # an emergency does not wait for what this imports
    from nbexport_runtime.pipeline import retraining, rollout

    if options.action == "status":
        return rollout.status(own)
    if options.action == "manifest":
        return rollout.gateway(own)
    with turns.alone(own, options.wait_s):
        if options.action == "finish":
            return rollout.finish(own)
        if options.action == "shadow":
            return rollout.shadow(own, options.version, FIRST_PERCENT if percent is None else percent)
        decision = rollout.start(own, options.version, FIRST_PERCENT if percent is None else percent)
        return rollout.status(own) if decision.accepted else retraining.ended(decision)
