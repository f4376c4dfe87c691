"""Text → the terminal, coloured by rich where there is one to colour; plain everywhere else."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

STYLES = {
    r"^(NBX\d{3})\b": "bold red",
    r"^.*?:\d+: (NBX\d{3}) ": "bold red",
    r"^ *(-->) ": "blue",
    r"^( *\d* \|)(?: |$)": "blue",
    r"^ *\| +(\^+)$": "bold red",
    r"^help:": "bold cyan",
    r"^(?:error|mend|why|warning):": "bold",
    r"^(?:create|update|merge|orphan) ": "green",
    r"^conflict ": "bold red",
    r"^same ": "dim",
    r"^\+.*$": "green",
    r"^-(?!->).*$": "red",
}
"""What is coloured, and how: plain text stays the one truth, so that a file or a pipe gets the same words."""


def say(text: str) -> None:
    """Print the result of a command."""
    _print(text, sys.stdout)


def put(content: bytes) -> None:
    """Write bytes to standard output as they are."""
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def warn(text: str) -> None:
    """Print what is not the result: trouble and advice."""
    _print(text, sys.stderr)


@contextmanager
def progress(text: str) -> Iterator[Callable[[str], None]]:
    """Something to call with each step of long work: shown while it runs on a terminal, one line each elsewhere."""
    warn(text)
    if not is_coloured(sys.stderr):
        yield warn
        return
    from rich.console import Console

    with Console(stderr=True).status(text) as status:
        yield status.update


def is_coloured(stream: TextIO) -> bool:
    """Whether a person reads this stream on a terminal and has not asked for plain text."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


def _print(text: str, stream: TextIO) -> None:
    if not is_coloured(stream):
        stream.write(f"{text}\n")
        return
    from rich.console import Console
    from rich.text import Text

    painted = Text(text)
    for pattern, style in STYLES.items():
        for match in re.finditer(pattern, text, re.MULTILINE):
            painted.stylize(style, *match.span(match.lastindex or 0))
    Console(file=stream, soft_wrap=True).print(painted, highlight=False, markup=False)
