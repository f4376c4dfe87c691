"""The command `rollout.py`: a share of the traffic for a candidate, and more and more of it."""

from __future__ import annotations

from typing import NoReturn

from nbexport_runtime.pipeline import outcome, retraining, rollout
from nbexport_runtime.pipeline.project import find

ACTIONS = ("start", "set", "finish", "abort", "status", "manifest")
URGENT = ("set", "abort")
"""What works without the store."""
FIRST_PERCENT = 10.0
"""What a candidate gets at the start."""


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
    parser.add_argument("action", choices=ACTIONS)
    parser.add_argument("percent", nargs="?", type=float, help="of `start` and `set`: 0 to 100")
    parser.add_argument("--percent", dest="share", type=float, metavar="NUMBER")
    parser.add_argument(
        "--version",
        default="",
        help="of `start`: another version than models/candidate, as registry.py names it",
    )
    options = parser.parse_args(arguments)
    percent = options.share if options.percent is None else options.percent
    if options.action == "set" and percent is None:
        parser.error("set takes a percentage")
    if percent is not None and not 0 <= percent <= 100:
        parser.error("a percentage is from 0 to 100")

    def work() -> outcome.Outcome:
        if options.action == "status":
            return rollout.status(own)
        if options.action == "manifest":
            return rollout.gateway(own)
        with retraining.alone(own, 0.0, urgent=options.action in URGENT):
            if options.action == "start":
                return rollout.start(own, options.version, FIRST_PERCENT if percent is None else percent)
            if options.action == "set":
                return rollout.change(own, float(percent or 0.0))
            return rollout.finish(own) if options.action == "finish" else rollout.abort(own)

    raise SystemExit(outcome.finish(options, work))
