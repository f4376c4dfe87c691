"""The one list of options; the command line, its help, shell completion and configuration keys are made from it."""

from __future__ import annotations

from typing import Any, Literal

from nbexport.levels import CI_SYSTEMS, LEVELS, PIPELINE, RUNTIMES
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
    "eject",
    "update-runtime",
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


_LEVELS = tuple(level.number for level in LEVELS)
TEXT_FORMATS = ("full", "concise")
"""Output formats for people, coloured on a terminal."""
OUTPUT_FORMATS = (*TEXT_FORMATS, "json", "sarif", "github", "gitlab", "junit")
"""All output formats; `report_NAME.py` writes each that is for tools."""
SELECTION, FIXES, OUTPUT, CONFIGURATION = "what is reported", "fixes", "output", "configuration and input"

OPTIONS: tuple[Option, ...] = (
    Option("level", ("export",), "maturity level of the project", int, 1, metavar="N", choices=_LEVELS[1:]),
    Option(
        "level",
        ("check",),
        "judge by what this level needs, also when no cell has a role",
        int,
        metavar="N",
        choices=_LEVELS,
        config=True,
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
    Option(
        "ci",
        ("export",),
        f"where a project is checked, and from level {PIPELINE} on retrained: {' or '.join(CI_SYSTEMS)}; "
        f"the default is what the last export used, or {CI_SYSTEMS[0]}",
        metavar="NAME",
        choices=CI_SYSTEMS,
    ),
    Option(
        "runtime",
        ("export",),
        f"how the project has nbexport_runtime: {RUNTIMES[0]}, as a folder, or {RUNTIMES[1]}, as a wheel that it "
        f"installs; the default is what the last export used, or {RUNTIMES[0]}",
        metavar="NAME",
        choices=RUNTIMES,
    ),
    Option(
        "runtime-wheel",
        ("export",),
        f"the wheel for `--runtime {RUNTIMES[1]}`, built in the repository of nbexport; it is copied into the project. "
        "The default is the one that lies there",
        metavar="FILE",
    ),
    Option(
        "fix",
        ("export",),
        "make parameters of the literals that stages hold (`epochs = 10`), and export the statements of untagged cells "
        "that the result depends on",
        bool,
        False,
    ),
    Option("strict", ("export",), "refuse an export that warnings or assumptions concern", bool, False),
    Option("dry-run", ("export", "eject", "update-runtime"), "show the plan and write nothing", bool, False),
    Option(
        "diff", ("export", "eject", "update-runtime"), "show what would change as a diff and write nothing", bool, False
    ),
    Option("remove", ("export",), "go down to a lower level, which removes files of the project", bool, False),
    Option(
        "force",
        ("export", "eject"),
        "overwrite files edited by hand; each is kept beside it as `.orig`",
        bool,
        False,
    ),
    Option(
        "force",
        ("update-runtime",),
        "go back to an older runtime too, and overwrite files edited by hand; each is kept beside it as `.orig`",
        bool,
        False,
    ),
    Option(
        "select",
        ("check",),
        "report only these codes or beginnings of codes",
        metavar="CODES",
        repeated=True,
        config=True,
        group=SELECTION,
    ),
    Option(
        "ignore",
        ("check",),
        "leave out these codes; of two that match, the longer one decides",
        metavar="CODES",
        repeated=True,
        config=True,
        group=SELECTION,
    ),
    Option(
        "extend-select",
        ("check",),
        "report these codes beside the selected ones",
        metavar="CODES",
        repeated=True,
        config=True,
        group=SELECTION,
    ),
    Option(
        "per-file-ignores",
        ("check",),
        "leave out a code in the files that a pattern matches",
        metavar="PATTERN:CODE",
        repeated=True,
        table=True,
        config=True,
        group=SELECTION,
    ),
    Option(
        "exclude",
        ("check",),
        "files and folders that a search leaves out, as patterns",
        metavar="PATTERNS",
        repeated=True,
        config=True,
        group=SELECTION,
    ),
    Option(
        "jobs",
        ("check",),
        "how many processes check at the same time; by default one for each core",
        int,
        short="j",
        metavar="N",
        group=CONFIGURATION,
    ),
    Option(
        "no-cache",
        ("check",),
        "ignore the cache: check also what has not changed since the last check",
        bool,
        False,
        group=CONFIGURATION,
    ),
    Option("fix", ("check",), "fix what can be fixed without changing what is computed", bool, False, group=FIXES),
    Option("unsafe-fixes", ("check",), "fix also where the results may change", bool, False, config=True, group=FIXES),
    Option("diff", ("check",), "show what `--fix` would change and write nothing", bool, False, group=FIXES),
    Option(
        "output-format",
        ("check", "export"),
        "how findings are shown",
        default="full",
        metavar="FORMAT",
        choices=OUTPUT_FORMATS,
        config=True,
        group=OUTPUT,
    ),
    Option("output-file", ("check",), "write the report to this file", metavar="FILE", group=OUTPUT),
    Option("statistics", ("check",), "count the findings of each rule", bool, False, group=OUTPUT),
    Option("strict", ("check",), "warnings and assumptions fail the check too", bool, False, config=True, group=OUTPUT),
    Option("exit-zero", ("check",), "exit 0 whatever is found", bool, False, group=OUTPUT),
    Option(
        "config",
        ("check",),
        "read this configuration file; by default nbexport.toml, or `[tool.nbexport]` in pyproject.toml, "
        "in the notebook's folder or the nearest one above",
        metavar="FILE",
        group=CONFIGURATION,
    ),
    Option("isolated", ("check",), "read no configuration file", bool, False, group=CONFIGURATION),
    Option(
        "stdin-filename",
        ("check",),
        "name of the notebook that is read from standard input (path `-`)",
        metavar="NAME",
        group=CONFIGURATION,
    ),
    Option(
        "output",
        ("sync",),
        "folder of the project; by default one named after the notebook, beside it",
        short="o",
        metavar="DIR",
        folder=True,
    ),
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
    Option(
        "timeout",
        ("verify",),
        "most seconds that each process may run: the notebook, a training, the service; 0 is no limit",
        float,
        3600.0,
        metavar="S",
    ),
    Option(
        "memory",
        ("verify",),
        "most gigabytes of memory that each process may hold, with all that it starts; by default four fifths of this "
        "machine's, 0 is no limit",
        float,
        metavar="GB",
    ),
    Option(
        "level",
        ("verify",),
        f"{PIPELINE}: rehearse the workflows of the project too, each command line in a fresh copy and environment; "
        "this installs its requirements and takes minutes",
        int,
        metavar="N",
        choices=(PIPELINE,),
    ),
    Option("check", ("sync",), "write nothing; exit 1 where a project has fallen behind", bool, False),
    Option(
        "runtime-wheel",
        ("update-runtime",),
        "the wheel of the new runtime, where the project installs it; built in the repository of nbexport",
        metavar="FILE",
    ),
    Option("target", ("tag",), "propose what this variable or function needs, and nothing else", metavar="NAME"),
    Option("apply", ("tag",), "write the tags into the notebook", bool, False),
    Option(
        "output-format",
        ("tag", "init-predict"),
        "how proposals are shown",
        default="full",
        metavar="FORMAT",
        choices=("full", "json"),
    ),
    Option(
        "verbose",
        ("export", "check", "verify", "tag", "init-predict", "sync", "eject", "update-runtime"),
        "show the traceback when nbexport itself fails",
        bool,
        False,
        short="v",
    ),
)


def options_of(command: Command) -> tuple[Option, ...]:
    """The options that a command takes, in the order of its help."""
    return tuple(option for option in OPTIONS if command in option.commands)
