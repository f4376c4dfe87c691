"""Paths and steps → command lines that work when they are pasted into a shell."""

from __future__ import annotations

from pathlib import Path
from shlex import quote

from nbexport.report.printable import printable


def word(path: Path | str) -> str:
    """A path as one word of a command line: quoted where it must be, and never taken for an option.

    >>> word("my project"), word("-odd"), word("plain")
    ("'my project'", './-odd', 'plain')
    """
    text = printable(str(path))
    return quote(f"./{text}" if text.startswith("-") else text)


def command(name: str, notebook: Path | str, *options: str) -> str:
    """A command line of nbexport about a notebook, options last.

    Args:
        name: The command; empty for the export.
        notebook: The notebook's path.
        options: What follows, each already fit for a shell.
    """
    return " ".join(["nbexport", *([name] if name else []), word(notebook), *options])
