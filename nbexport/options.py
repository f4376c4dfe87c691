"""The one list of options; the command line, its help and shell completion are made from it."""

from __future__ import annotations

from typing import Any, Literal

from nbexport.levels import LEVELS
from nbexport.record import record

Command = Literal["export", "check", "verify", "tag", "explain", "rules", "completion"]


@record
class Option:
    """One option: its flag, its type and its help, stated once."""

    name: str
    """Long flag without the dashes; with `_` for `-` it is the name in Python."""
    commands: tuple[Command, ...]
    help: str
    type: type[str] | type[int] | type[float] | type[bool] = str
    """`bool` is a flag that takes no value."""
    default: Any = None
    short: str = ""
    metavar: str = ""
    choices: tuple[Any, ...] = ()
    repeated: bool = False
    """Takes a comma-separated list and may be given more than once."""
    folder: bool = False
    """Completed with the names of folders."""


_LEVELS = tuple(level.number for level in LEVELS)
OUTPUT_FORMATS = ("full", "concise", "json")

OPTIONS: tuple[Option, ...] = (
    Option("level", ("export",), "maturity level of the project", int, 1, metavar="N", choices=_LEVELS[1:]),
    Option(
        "level",
        ("check",),
        "judge by what this level needs, also when no cell has a role",
        int,
        metavar="N",
        choices=_LEVELS,
    ),
    Option(
        "output",
        ("export",),
        "folder of the project; by default one named after the notebook, beside it. "
        "With several notebooks: the folder that gets one project each",
        short="o",
        metavar="DIR",
        folder=True,
    ),
    Option("fix", ("export",), "make parameters of the literals that stages hold (`epochs = 10`)", bool, False),
    Option("dry-run", ("export",), "show the plan and write nothing", bool, False),
    Option("diff", ("export",), "show what would change as a diff and write nothing", bool, False),
    Option("force", ("export",), "overwrite files edited by hand; each is kept beside it as `.orig`", bool, False),
    Option("select", ("check",), "report only these codes or beginnings of codes", metavar="CODES", repeated=True),
    Option("ignore", ("check",), "leave out these codes or beginnings of codes", metavar="CODES", repeated=True),
    Option(
        "output-format",
        ("check", "export"),
        "how findings are shown",
        default="full",
        metavar="FORMAT",
        choices=OUTPUT_FORMATS,
    ),
    Option("strict", ("check",), "warnings fail the check too", bool, False),
    Option("exit-zero", ("check",), "exit 0 whatever is found", bool, False),
    Option(
        "project",
        ("verify",),
        "folder of the exported project; by default the one named after the notebook, beside it",
        metavar="DIR",
        folder=True,
    ),
    Option(
        "tolerance",
        ("verify",),
        "largest relative difference that counts as equal; by default values must be exactly equal",
        float,
        0.0,
        metavar="X",
    ),
    Option("target", ("tag",), "propose what this variable or function needs, and nothing else", metavar="NAME"),
    Option("apply", ("tag",), "write the tags into the notebook", bool, False),
    Option(
        "output-format",
        ("tag",),
        "how proposals are shown",
        default="full",
        metavar="FORMAT",
        choices=("full", "json"),
    ),
    Option(
        "verbose",
        ("export", "check", "verify", "tag"),
        "show the traceback when nbexport itself fails",
        bool,
        False,
        short="v",
    ),
)


def options_of(command: Command) -> tuple[Option, ...]:
    """The options that a command takes, in the order of its help."""
    return tuple(option for option in OPTIONS if command in option.commands)
