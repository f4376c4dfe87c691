"""The one list of options; the command line, its help, shell completion and configuration keys are made from it.

Each command's options are in the module of its kind, and only that one is loaded when the command runs.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Literal

from nbexport.levels import LEVELS
from nbexport.record import record

Command = Literal[
    "export",
    "check",
    "verify",
    "tag",
    "init-predict",
    "explain",
    "rules",
    "completion",
    "sync",
    "undo",
    "pull",
    "eject",
    "update-runtime",
    "mcp",
    "lsp",
]


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
    table: bool = False
    """Takes `PATTERN:CODE`; in a configuration file a table of pattern → codes."""
    config: bool = False
    """Also a key of `[tool.nbexport]`; what the command line says wins."""
    group: str = ""
    """Heading under which the help shows it."""


LEVEL_NUMBERS = tuple(level.number for level in LEVELS)
TEXT_FORMATS = ("full", "concise")
"""Output formats for people, coloured on a terminal."""
OUTPUT_FORMATS = (*TEXT_FORMATS, "json", "sarif", "github", "gitlab", "junit")
"""All output formats; `report/NAME.py` writes each that is for tools."""
SELECTION, FIXES, OUTPUT, CONFIGURATION = "what is reported", "fixes", "output", "configuration and input"
OTHER_CODE = "code that nbexport did not write"

FINDINGS_FORMAT = Option(
    "output-format",
    ("check", "export"),
    "how findings are shown",
    default="full",
    metavar="FORMAT",
    choices=OUTPUT_FORMATS,
    config=True,
    group=OUTPUT,
)
VERBOSE = Option(
    "verbose",
    (
        *("export", "check", "verify", "tag", "init-predict", "sync", "undo", "pull", "eject", "update-runtime"),
        *("mcp", "lsp"),
    ),
    "show the traceback when nbexport itself fails",
    bool,
    False,
    short="v",
)

_MODULES = {
    "check": "checking",
    "verify": "verifying",
    **dict.fromkeys(("export", "sync", "undo", "eject", "update-runtime"), "exporting"),
}
_OTHERS = "others"


def options_of(command: Command) -> tuple[Option, ...]:
    """The options that a command takes, in the order of its help."""
    options = (*_in(_MODULES.get(command, _OTHERS)), VERBOSE)
    return tuple(option for option in options if command in option.commands)


def all_options() -> tuple[Option, ...]:
    """Every option of every command, and the keys that only a configuration file has."""
    modules = dict.fromkeys((*_MODULES.values(), _OTHERS))
    return tuple(dict.fromkeys(option for module in modules for option in (*_in(module), VERBOSE)))


def _in(module: str) -> tuple[Option, ...]:
    options: tuple[Option, ...] = import_module(f"nbexport.options.{module}").OPTIONS
    return options
