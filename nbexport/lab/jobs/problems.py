"""An error → the words of a panel: no place on the server's disk, no command line, nothing that marks code."""

from __future__ import annotations

import os
from pathlib import Path

from nbexport import disk
from nbexport.errors import NbexportError
from nbexport.lab.wire.types import WireProblem


def problem_of(error: NbexportError, *, root: Path) -> WireProblem:
    """What went wrong, for a person in a browser.

    Args:
        error: What was raised.
        root: The server's root folder.
    """
    if isinstance(error, disk.NotWrittenError):
        return {
            "message": "The project cannot be written there; everything is as it was before.",
            "why": error.reason,
            "fix": "Choose another folder, or make room and see to its permissions.",
        }
    # code in an action is a command line, or an option of one
    is_command = "`" in error.fix or "--" in error.fix
    return {
        "message": plain(error.what, root),
        "why": plain(error.why, root),
        "fix": "" if is_command else plain(error.fix, root),
    }


def plain(text: str, root: Path) -> str:
    """A text without marks of code, with places as the browser knows them.

    Args:
        text: What is said.
        root: The server's root folder.
    """
    for name in dict.fromkeys([str(root), os.path.realpath(root)]):
        text = text.replace(f"{name.rstrip(os.sep)}{os.sep}", "")
    return text.replace("`", "")
