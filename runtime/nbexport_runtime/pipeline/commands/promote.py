"""The command `promote.py`: make a candidate production if it is better, or return to an earlier production."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

from nbexport_runtime.pipeline import decisions, outcome, promotion, retraining
from nbexport_runtime.pipeline.project import find
from nbexport_runtime.pipeline.registry import Registry


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
        help="go back to the production before this one, or to VERSION",
    )
    parser.add_argument("--report", type=Path, metavar="FILE", help="append the decision as Markdown")
    parser.add_argument("--wait-s", type=float, default=0.0, help="seconds to wait for another run")
    options = parser.parse_args(arguments)

    def work() -> outcome.Outcome:
        if options.rollback is not None:
            with retraining.alone(own, options.wait_s, urgent=True):
                decision = promotion.back(own, options.rollback)
                decisions.append(options.report, decision)
            return outcome.Outcome(decision.lines(), decision.facts())
        with retraining.alone(own, options.wait_s):
            asked = options.min_improvement
            decision = retraining.promote(own, options.candidate, Registry(own), asked, options.report)
        return retraining.ended(decision)

    raise SystemExit(outcome.finish(options, work))
