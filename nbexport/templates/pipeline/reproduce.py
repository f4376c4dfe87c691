"""Train a registered model again from its code, its data and its parameters, and compare what was learnt.

python reproduce.py production
"""

from __future__ import annotations

import sys

from nbexport_runtime.pipeline import outcome, reproduction


def main(arguments: list[str] | None = None) -> int:
    """The command line; the exit code: 0 the same model, 10 another one."""
    parser = outcome.parser("Train a registered model again and compare the weights.")
    parser.add_argument(
        "version", help="its id, the beginning of it, its number, or an alias"
    )
    options = parser.parse_args(arguments)
    return outcome.finish(options, lambda: reproduction.reproduce(options.version))


if __name__ == "__main__":
    sys.exit(main())
