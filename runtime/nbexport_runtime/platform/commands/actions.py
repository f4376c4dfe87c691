"""What the command lines with several actions have in common."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Actions = argparse._SubParsersAction[argparse.ArgumentParser]


def action(actions: Actions, name: str, what: str) -> argparse.ArgumentParser:
    """An action's part of a command line; `--json` may stand before or behind its name.

    Args:
        actions: What `add_subparsers` gives.
        name: The word.
        what: What it does.
    """
    sentence = f"{what[0].upper()}{what[1:]}."
    parser = actions.add_parser(name, help=what, description=sentence, allow_abbrev=False)
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print the outcome as JSON")
    return parser
