"""The options of an export and of what is done to an exported project: sync, undo, eject, update-runtime."""

from __future__ import annotations

from nbexport.levels import CI_SYSTEMS, PIPELINE, RUNTIMES
from nbexport.options import CONFIGURATION, FINDINGS_FORMAT, LEVEL_NUMBERS, Option

OPTIONS: tuple[Option, ...] = (
    Option("level", ("export",), "maturity level of the project", int, 1, metavar="N", choices=LEVEL_NUMBERS[1:]),
    Option(
        "output",
        ("export",),
        "folder of the project; by default one named after the notebook, beside it. "
        "Several notebooks become one project, by default named after the last one",
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
    Option("dry-run", ("export", "undo", "eject", "update-runtime"), "show the plan and write nothing", bool, False),
    Option(
        "diff",
        ("export", "undo", "eject", "update-runtime"),
        "show what would change as a diff and write nothing",
        bool,
        False,
    ),
    Option("remove", ("export",), "go down to a lower level, which removes files of the project", bool, False),
    Option(
        "force",
        ("export", "undo", "eject"),
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
    FINDINGS_FORMAT,
    Option(
        "notebooks",
        (),
        "notebooks that become one project, in the order in which they run: exporting one of them exports all; "
        "only a key of the configuration file, relative to its folder",
        repeated=True,
        config=True,
        group=CONFIGURATION,
    ),
    Option(
        "output",
        ("sync",),
        "folder of the project; by default each that the notebook was exported to",
        short="o",
        metavar="DIR",
        folder=True,
    ),
    Option("steps", ("undo",), "how many exports to take back", int, 1, metavar="N"),
    Option("list", ("undo",), "show the exports that can be taken back, the newest first", bool, False),
    Option("check", ("sync",), "write nothing; exit 1 where a project has fallen behind", bool, False),
    Option(
        "runtime-wheel",
        ("update-runtime",),
        "the wheel of the new runtime, where the project installs it; built in the repository of nbexport",
        metavar="FILE",
    ),
)
