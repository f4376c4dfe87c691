"""`python -m nbexport_runtime.bundle FOLDER`: whether all of a bundle comes back equal."""

from __future__ import annotations

import sys
from pathlib import Path

from nbexport_runtime.bundle import BundleError, check


def main(arguments: list[str]) -> int:
    """Check the bundle named on the command line: 0 when all comes back equal, 1 when not."""
    if len(arguments) != 1:
        print("usage: python -m nbexport_runtime.bundle FOLDER", file=sys.stderr)
        return 2
    try:
        different = check(Path(arguments[0]))
    except BundleError as error:
        different = [str(error)]
    for line in different:
        print(line)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
