"""The command `retrain.py`: fetch the data, train, compare with production, promote if better."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

from nbexport_runtime.pipeline import outcome, retraining
from nbexport_runtime.pipeline.project import find


def main(command: str, arguments: list[str] | None = None) -> NoReturn:
    """Run the command line.

    Args:
        command: The path of the project's `retrain.py`.
        arguments: The words after it; None takes those of the process.

    Raises:
        SystemExit: Always: 0 promoted, 10 refused, 1 trouble, 2 wrong usage.
    """
    own = find(command)
    words = sys.argv[1:] if arguments is None else arguments
    end = words.index("--") if "--" in words else len(words)
    parser = outcome.parser("Fetch, validate, train, compare, promote. What follows -- goes to train.py.")
    parser.add_argument(
        "--source", default="", help="a file, a folder or an https:// address (default: as pipeline.toml says)"
    )
    parser.add_argument("--min-improvement", type=float, metavar="NUMBER")
    parser.add_argument("--report", type=Path, metavar="FILE", help="append the decision as Markdown")
    parser.add_argument(
        "--wait-s", type=float, default=0.0, help="seconds to wait for another run (default: not at all)"
    )
    parser.add_argument(
        "--rollout",
        nargs="?",
        type=float,
        const=0.0,
        metavar="PERCENT",
        help="an accepted candidate gets this share of the traffic instead of production; the next run with --rollout "
        "judges it again and gives it the next one, or ends it (default: the first of [rollout] steps)",
    )
    parser.add_argument("--first", action="store_true", help="there is no model yet, so the store may be empty")
    parser.add_argument("--because", default="", metavar="TEXT", help="why; the record of the decision has it")
    options = parser.parse_args(words[:end])
    share = options.rollout
    if share is not None and not 0 <= share <= 100:
        parser.error("a percentage is from 0 to 100")

    def work() -> outcome.Outcome:
        return retraining.retrain(
            own,
            source=options.source,
            options=words[end + 1 :],
            min_improvement=options.min_improvement,
            report=options.report,
            wait_s=options.wait_s,
            first=options.first,
            share=own.settings().rollout.steps[0] if share == 0 else share,
            because=options.because,
        )

    raise SystemExit(outcome.finish(options, work))
