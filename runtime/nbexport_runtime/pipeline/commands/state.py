"""The command `scripts/state.py`: bring back what the last run kept, where machines forget."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NoReturn

from nbexport_runtime.pipeline.state import StateError, freshness, restore


def main(command: str, arguments: list[str] | None = None) -> NoReturn:
    """Run the command line.

    Args:
        command: The path of the project's `scripts/state.py`.
        arguments: The words after it; None takes those of the process.

    Raises:
        SystemExit: Always: 0 done, 1 nothing could be brought back, 2 wrong usage.
    """
    parser = argparse.ArgumentParser(
        description="Bring back what the last run of the pipeline kept.", allow_abbrev=False
    )
    parser.add_argument("action", choices=["restore", "freshness"])
    parser.add_argument("--first", action="store_true", help="nothing was kept yet, and that is right")
    parser.add_argument("--max-age-days", type=float, default=9.0, metavar="DAYS")
    options = parser.parse_args(arguments)
    try:
        if options.action == "restore":
            print(restore(Path(command).resolve().parent.parent, first=options.first))
        else:
            print(freshness(days=options.max_age_days))
    except StateError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    raise SystemExit(0)
