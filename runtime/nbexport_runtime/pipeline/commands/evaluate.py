"""The command `evaluate.py`: compare a candidate with production, which changes nothing; or hold back other rows."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

from nbexport_runtime.pipeline import decisions, judgement, outcome, renewal, retraining, turns
from nbexport_runtime.pipeline.project import find


def main(command: str, arguments: list[str] | None = None) -> NoReturn:
    """Run the command line.

    Args:
        command: The path of the project's `evaluate.py`.
        arguments: The words after it; None takes those of the process.

    Raises:
        SystemExit: Always: 0 better, 10 not better, 1 trouble, 2 wrong usage.
    """
    own = find(command)
    parser = outcome.parser("Compare a candidate with production.")
    parser.add_argument("--candidate", type=Path, default=own.candidate, metavar="BUNDLE")
    parser.add_argument(
        "--baseline",
        type=Path,
        metavar="BUNDLE",
        help="what it must be better than (default: production, or baselines where there is none)",
    )
    parser.add_argument("--min-improvement", type=float, metavar="NUMBER")
    parser.add_argument("--report", type=Path, metavar="FILE", help="append the comparison as Markdown")
    parser.add_argument(
        "--renew-holdout",
        metavar="REASON",
        help="hold back the evaluation rows of the newest data from now on, and record why; compares nothing",
    )
    parser.add_argument("--wait-s", type=float, default=0.0, help="of --renew-holdout: seconds to wait for another run")
    options = parser.parse_args(arguments)
    if options.renew_holdout is not None and not options.renew_holdout.strip():
        parser.error("--renew-holdout takes a reason, which is recorded")

    def work() -> outcome.Outcome:
        if options.renew_holdout is not None:
            with turns.alone(own, options.wait_s):
                decision = renewal.renew(own, options.renew_holdout.strip())
                decisions.kept(own.decisions, decision, options.report)
            return outcome.Outcome(decision.lines(), decision.facts())
        gates = own.settings().gates
        asked = gates.min_improvement if options.min_improvement is None else options.min_improvement
        # the folder follows the journal, which says what is in production
        named = (
            options.baseline if options.baseline and options.baseline.resolve() != own.production.resolve() else None
        )
        baseline = named or own.current
        decision = judgement.judge(own, options.candidate, baseline, gates, asked)
        decisions.append(options.report, decision)
        return retraining.ended(decision)

    raise SystemExit(outcome.finish(options, work))
