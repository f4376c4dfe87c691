"""The command `evaluate.py`: compare a candidate with production; nothing is changed."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

from nbexport_runtime.pipeline import decisions, judgement, outcome, retraining
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
        default=own.production,
        metavar="BUNDLE",
        help="what it must be better than; where nothing is there, the absolute gates decide alone",
    )
    parser.add_argument("--min-improvement", type=float, metavar="NUMBER")
    parser.add_argument("--report", type=Path, metavar="FILE", help="append the comparison as Markdown")
    options = parser.parse_args(arguments)

    def work() -> outcome.Outcome:
        gates = own.settings().gates
        asked = gates.min_improvement if options.min_improvement is None else options.min_improvement
        baseline = options.baseline if (options.baseline / "manifest.json").is_file() else None
        decision = judgement.judge(own, options.candidate, baseline, gates, asked)
        decisions.append(options.report, decision)
        return retraining.ended(decision)

    raise SystemExit(outcome.finish(options, work))
