"""Fetch the data, train, compare with production, promote if better: what runs on schedule, and by hand the same.

python retrain.py
python retrain.py --source new.csv -- --epochs 20
"""

from __future__ import annotations

import sys
from pathlib import Path

from nbexport_runtime.pipeline import outcome, retraining


def main(arguments: list[str] | None = None) -> int:
    """The command line; the exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    at = given.index("--") if "--" in given else len(given)
    parser = outcome.parser(
        "Fetch, validate, train, compare, promote. What stands after -- goes to train.py."
    )
    parser.add_argument(
        "--source",
        default="",
        help="a file, a folder or an https:// address (default: as pipeline.toml says)",
    )
    parser.add_argument("--min-improvement", type=float, metavar="NUMBER")
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="append the decision as Markdown"
    )
    parser.add_argument(
        "--wait-s",
        type=float,
        default=0.0,
        help="seconds to wait for another run (default: not at all)",
    )
    options = parser.parse_args(given[:at])
    return outcome.finish(
        options,
        lambda: retraining.retrain(
            source=options.source,
            options=given[at + 1 :],
            min_improvement=options.min_improvement,
            report=options.report,
            wait_s=options.wait_s,
        ),
    )


if __name__ == "__main__":
    sys.exit(main())
