"""The command `reproduce.py`: train a registered model again and compare the weights."""

from __future__ import annotations

from typing import NoReturn

from nbexport_runtime.pipeline import outcome, reproduction
from nbexport_runtime.pipeline.project import find


def main(command: str, arguments: list[str] | None = None) -> NoReturn:
    """Run the command line.

    Args:
        command: The path of the project's `reproduce.py`.
        arguments: The words after it; None takes those of the process.

    Raises:
        SystemExit: Always: 0 the same model, 10 another one, 1 trouble, 2 wrong usage.
    """
    own = find(command)
    parser = outcome.parser("Train a registered model again and compare the weights.")
    parser.add_argument("version", help="its id, the beginning of it, its number, or an alias")
    options = parser.parse_args(arguments)
    raise SystemExit(outcome.finish(options, lambda: reproduction.reproduce(own, options.version)))
