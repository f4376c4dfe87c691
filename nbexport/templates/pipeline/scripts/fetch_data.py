"""Bring the data in as a data set with an id, compare it with the schema, and put it where training reads it.

python scripts/fetch_data.py --output data/train
python scripts/fetch_data.py --output data/train --version d-0123456789ab
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from nbexport_runtime.pipeline import datasets, outcome, retraining


def main(arguments: list[str] | None = None) -> int:
    """The command line; the exit code."""
    parser = outcome.parser("Bring the data in as a versioned data set.")
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("data/train"),
        help="folder to put it (default: %(default)s)",
    )
    parser.add_argument(
        "--source",
        default="",
        help="a file, a folder or an https:// address (default: as pipeline.toml says)",
    )
    parser.add_argument(
        "--version",
        default="",
        help="an earlier data set by its id, instead of a new one",
    )
    options = parser.parse_args(arguments)

    def work() -> outcome.Outcome:
        with retraining.alone(0.0):
            if options.version:
                record = datasets.record(datasets.place(options.version))
            else:
                record = datasets.fetch(options.source)
            datasets.put(record["id"], options.output.absolute())
        report = retraining.valid(options.output)
        lines = [
            f"{record['id']} from {record['source']} is in {options.output}",
            *(f"  error: {text}" for text in report.errors),
            *(f"  warning: {text}" for text in report.warnings),
        ]
        facts = {**record, "validation": report.facts()}
        code = outcome.DONE if report.valid else outcome.REFUSED
        return outcome.Outcome(tuple(lines), facts, code)

    return outcome.finish(options, work)


if __name__ == "__main__":
    sys.exit(main())
