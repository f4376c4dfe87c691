"""The command `scripts/fetch_data.py`: bring the data in as a data set with an id, and compare it with the schema."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

from nbexport_runtime.pipeline import datasets, outcome, turns, validation
from nbexport_runtime.pipeline.project import find


def main(command: str, arguments: list[str] | None = None) -> NoReturn:
    """Run the command line.

    Args:
        command: The path of the project's `scripts/fetch_data.py`.
        arguments: The words after it; None takes those of the process.

    Raises:
        SystemExit: Always: 0 fetched, 10 not as the schema says, 1 trouble, 2 wrong usage.
    """
    own = find(command)
    parser = outcome.parser("Bring the data in as a versioned data set.")
    parser.add_argument(
        "--output", type=Path, default=Path("data/train"), help="folder to put it (default: %(default)s)"
    )
    parser.add_argument(
        "--source", default="", help="a file, a folder or an https:// address (default: as pipeline.toml says)"
    )
    parser.add_argument("--version", default="", help="an earlier data set by its id, instead of a new one")
    parser.add_argument("--wait-s", type=float, default=0.0, help="seconds to wait for another run")
    parser.add_argument("--first", action="store_true", help="there is no model yet, so the store may be empty")
    parser.add_argument(
        "--accept", metavar="REASON", help="let data_schema.json learn what changed, and record who accepted it and why"
    )
    options = parser.parse_args(arguments)

    def work() -> outcome.Outcome:
        with turns.alone(own, options.wait_s, first=options.first):
            if options.version:
                record = datasets.record(datasets.place(own, options.version))
            else:
                record = datasets.fetch(own, options.source)
            folder = datasets.place(own, record["id"])
            if options.accept is not None:
                report = validation.accept(own, folder, options.accept)
            else:
                report = validation.check(own, folder)
            if report.valid or options.version:
                datasets.put(own, record["id"], options.output.absolute())
                where = f"is in {options.output}"
            else:
                where = f"is refused, and {options.output} is as it was"
        lines = [f"{record['id']} from {record['source']} {where}", *report.lines()]
        facts = {**record, "validation": report.facts()}
        return outcome.Outcome(tuple(lines), facts, outcome.DONE if report.valid else outcome.REFUSED)

    raise SystemExit(outcome.finish(options, work))
