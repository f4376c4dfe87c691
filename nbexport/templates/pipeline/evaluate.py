"""Compare a candidate with production on the rows held back; nothing is changed.

python evaluate.py --candidate models/candidate --baseline models/production
"""

from __future__ import annotations

import sys
from pathlib import Path

from nbexport_runtime.pipeline import judgement, outcome, retraining
from nbexport_runtime.pipeline.settings import CANDIDATE, PRODUCTION, settings


def main(arguments: list[str] | None = None) -> int:
    """The command line; the exit code."""
    parser = outcome.parser("Compare a candidate with production.")
    parser.add_argument("--candidate", type=Path, default=CANDIDATE, metavar="BUNDLE")
    parser.add_argument(
        "--baseline",
        type=Path,
        default=PRODUCTION,
        metavar="BUNDLE",
        help="what it must be better than; where nothing is there, the absolute gates decide alone",
    )
    parser.add_argument("--min-improvement", type=float, metavar="NUMBER")
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="append the comparison as Markdown"
    )
    options = parser.parse_args(arguments)

    def work() -> outcome.Outcome:
        gates = settings().gates
        asked = options.min_improvement
        baseline = options.baseline
        if not (baseline / "manifest.json").is_file():
            baseline = None
        decision = judgement.judge(
            options.candidate,
            baseline,
            gates,
            gates.min_improvement if asked is None else asked,
        )
        judgement.tell(options.report, decision)
        return retraining.ended(decision)

    return outcome.finish(options, work)


if __name__ == "__main__":
    sys.exit(main())
