"""The list of options → the parser of one command."""

from __future__ import annotations

import os
import sys
from argparse import SUPPRESS, ArgumentParser, RawDescriptionHelpFormatter
from typing import Any

from nbexport import __version__
from nbexport.options import Command, Option, options_of
from nbexport.record import record


@record
class Usage:
    """What a command says of itself and of its positional arguments."""

    help: str
    positional: str = ""
    many: bool = False
    what: str = ""
    default: str | None = None
    """What the positional argument is where none is given; None requires one."""


def parser_of(command: Command, usage: Usage, *, epilog: str) -> ArgumentParser:
    """The parser of a command.

    Args:
        command: Its name.
        usage: What it says of itself.
        epilog: What its help ends in.
    """
    # argparse asks for the terminal's width once per option, and imports shutil for it
    width = min(_columns(), 100)
    parser = ArgumentParser(
        prog="nbexport" if command == "export" else f"nbexport {command}",
        description=usage.help,
        epilog=epilog,
        formatter_class=lambda prog: RawDescriptionHelpFormatter(prog, width=width),
        allow_abbrev=False,
    )
    if usage.positional:
        count, default = _count(usage)
        parser.add_argument("words", metavar=usage.positional, nargs=count, default=default, help=usage.what)
    groups: dict[str, Any] = {"": parser}
    for option in options_of(command):
        if option.group not in groups:
            groups[option.group] = parser.add_argument_group(option.group)
        _add(groups[option.group], option, only_given=command == "check")
    if command == "export":
        parser.add_argument("--version", action="version", version=f"nbexport {__version__}")
    return parser


def _count(usage: Usage) -> tuple[str | None, str | list[str] | None]:
    """How many positional arguments a command takes, as argparse says it, and what they are where none is given."""
    if usage.many:
        return ("+", None) if usage.default is None else ("*", [usage.default])
    return (None if usage.default is None else "?"), usage.default


def _columns() -> int:
    try:
        return int(os.environ.get("COLUMNS", "0")) or os.get_terminal_size(sys.stdout.fileno()).columns
    except (ValueError, OSError, AttributeError):
        return 80


def _add(parser: Any, option: Option, *, only_given: bool) -> None:
    """Add an option; with `only_given` one that is not on the command line leaves no trace: a file may set it."""
    flags = [f"--{option.name}", *([f"-{option.short}"] if option.short else [])]
    shown = f" (default: {option.default})" if option.default not in (None, False, 0.0) else ""
    default = SUPPRESS if only_given else [] if option.repeated else option.default
    if option.type is bool:
        parser.add_argument(*flags, action="store_true", default=default, help=option.help)
    elif option.repeated:
        parser.add_argument(*flags, action="append", default=default, metavar=option.metavar, help=option.help)
    else:
        parser.add_argument(
            *flags,
            type=option.type,
            default=default,
            choices=option.choices or None,
            metavar=option.metavar,
            help=f"{option.help}{shown}; one of {', '.join(map(str, option.choices))}"
            if len(option.choices) > 1
            else f"{option.help}{shown}",
        )
