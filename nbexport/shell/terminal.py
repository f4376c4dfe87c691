"""Text → the terminal, coloured by rich where there is one to colour; plain everywhere else."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

STYLES = {
    r"^(NBX\d{3})\b": "bold red",
    r"^.*?:\d+: (NBX\d{3}) ": "bold red",
    r"^(NBX\d{3})\b.* \(warning\); fix: ": "bold yellow",
    r"^.*?:\d+: (NBX\d{3}) .* \(warning\); fix: ": "bold yellow",
    r"^(NBX\d{3})\b.* \(advice\); fix: ": "bold cyan",
    r"^.*?:\d+: (NBX\d{3}) .* \(advice\); fix: ": "bold cyan",
    r"^ *(-->|:::) ": "bold blue",
    r"^( *\d* \|)(?: |$)": "bold blue",
    r"^ *\| +(\^+)$": "bold red",
    r"^ *\| +(-+ .*)$": "bold blue",
    r"^(?:error|fix|why|warning):": "bold",
    r"^(?:create|update|merge|orphan) ": "green",
    r"^conflict ": "bold red",
    r"^same ": "dim",
    r"^\+.*$": "green",
    r"^-(?!->).*$": "red",
}
"""What is coloured, and how: plain text stays the one truth, so that a file or a pipe gets the same words."""


def say(text: str, *, painted: bool = True) -> None:
    """Print the result of a command.

    Args:
        text: What to print.
        painted: Whether it is for people, and may be coloured; what tools read is not.
    """
    _print(text, sys.stdout, painted=painted)


def put(content: bytes) -> None:
    """Write bytes to standard output as they are."""
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def warn(text: str) -> None:
    """Print what is not the result: trouble and advice."""
    _print(text, sys.stderr, painted=True)


def internal_error(error: Exception, *, path: Path | None = None) -> str:
    """What to say when nbexport itself is at fault.

    Args:
        error: What was raised.
        path: The notebook that was worked on, where it is known.
    """
    about = f"`{path.name}`: " if path is not None else ""
    return (
        f"{about}internal error, please report it: {type(error).__name__}: {error}\n"
        "fix: run the same command with `--verbose` and report what it prints"
    )


@contextmanager
def progress(text: str) -> Iterator[Callable[[str], None]]:
    """Something to call with each step of long work: shown while it runs on a terminal, one line each elsewhere."""
    warn(text)
    if not (sys.stderr.isatty() and is_coloured(sys.stderr)):
        yield warn
        return
    from rich.console import Console

    with Console(stderr=True).status(text) as status:
        yield status.update


def is_coloured(stream: TextIO) -> bool:
    """Whether a person reads this stream on a terminal or asks for colours, and has not asked for plain text."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def _print(text: str, stream: TextIO, *, painted: bool) -> None:
    if not painted or not is_coloured(stream):
        stream.write(f"{text}\n")
        return
    from rich.console import Console
    from rich.text import Text

    coloured = Text(text)
    for pattern, style in STYLES.items():
        for match in re.finditer(pattern, text, re.MULTILINE):
            coloured.stylize(style, *match.span(match.lastindex or 0))
    # told, not asked: rich would take FORCE_COLOR on a dumb terminal for no colours
    console = Console(file=stream, soft_wrap=True, force_terminal=True, color_system="standard")
    console.print(coloured, highlight=False, markup=False)
