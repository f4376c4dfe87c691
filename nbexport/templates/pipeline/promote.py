"""Make a candidate production if it is better; or go back to what was production before.

python promote.py --candidate models/candidate --min-improvement 0.02
python promote.py --rollback
"""

from __future__ import annotations

import sys
from pathlib import Path

from nbexport_runtime.pipeline import judgement, outcome, promotion, retraining
from nbexport_runtime.pipeline.registry import Registry
from nbexport_runtime.pipeline.settings import CANDIDATE


def main(arguments: list[str] | None = None) -> int:
    """The command line; the exit code."""
    parser = outcome.parser("Make a candidate production if it is better.")
    parser.add_argument("--candidate", type=Path, default=CANDIDATE, metavar="BUNDLE")
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
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="append the decision as Markdown"
    )
    parser.add_argument(
        "--wait-s", type=float, default=0.0, help="seconds to wait for another run"
    )
    options = parser.parse_args(arguments)

    def work() -> outcome.Outcome:
        with retraining.alone(options.wait_s):
            registry = Registry()
            if options.rollback is not None:
                decision = promotion.back(options.rollback, registry)
                judgement.tell(options.report, decision)
                return outcome.Outcome(decision.lines(), decision.facts())
            decision = retraining.promote(
                options.candidate, registry, options.min_improvement, options.report
            )
        return retraining.ended(decision)

    return outcome.finish(options, work)


if __name__ == "__main__":
    sys.exit(main())
