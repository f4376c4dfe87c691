"""The command `nbexport verify NOTEBOOK --against CODE`: a notebook compared with code that nbexport did not write."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from nbexport import api, disk
from nbexport.command.codes import ExitCode
from nbexport.errors import NbexportError
from nbexport.options import OTHER_CODE, options_of
from nbexport.report import against as report
from nbexport.shell.comparable import limits_of
from nbexport.shell.terminal import progress, say, warn
from nbexport.verify.against.comparison import compare
from nbexport.verify.against.sides import Subject
from nbexport.verify.against.target import Form, target_of
from nbexport.verify.against.work import Wish
from nbexport.verify.stopping import ends_with_its_children

OF_PROJECTS = ("project", "level", "fresh")
"""Options that concern an exported project alone."""


def concerns(options: Namespace) -> bool:
    """Whether a command line asks for a comparison with code that nbexport did not write.

    A project of nbexport is compared as one, also where it is named with `--against`.

    Raises:
        NbexportError: Options for such code stand without it, or beside those for projects.
    """
    own = [option.name for option in options_of("verify") if option.group == OTHER_CODE and option.name != "against"]
    given = [name for name in own if _of(options, name)]
    if options.against is None:
        if given:
            raise NbexportError(
                f"`--{given[0]}` is for code that is named with --against", fix="name it: --against CODE"
            )
        return False
    beside = [name for name in OF_PROJECTS if _of(options, name)]
    if beside:
        raise NbexportError(
            f"`--{beside[0]}` is for exported projects, `--against` for other code", fix="leave out one of the two"
        )
    folder = Path(options.against)
    if folder.is_dir() and disk.written(folder) is not None:
        if given:
            raise NbexportError(
                f"`{options.against}` is a project of nbexport, and `--{given[0]}` is for other code",
                fix=f"leave it out, or name a file of the project: --against {folder / 'train.py'}",
            )
        warn(f"`{options.against}` is a project of nbexport: compared as with --project")
        options.project = options.against
        return False
    return True


def run(options: Namespace) -> ExitCode:
    """The exit code of the comparison: 0 equal, 1 different.

    Raises:
        NbexportError: One of the two does not run, or there is nothing to compare.
    """
    limits = limits_of(options)
    path = Path(options.words)
    wish = Wish(
        subject=Subject(str(subject)) if (subject := _of(options, "as")) else None,
        metrics=_listed(options.metric),
        metrics_file=options.metrics,
        answer_fields=_listed(options.answer_field),
        call=options.call or "",
        tolerance=options.tolerance,
    )
    target = target_of(options.against, folder=Path(options.folder) if options.folder is not None else None)
    for name in ("python", "folder") if target.form is Form.SERVICE else ():
        if _of(options, name):
            raise NbexportError(f"`--{name}` does not concern a service", why="it runs elsewhere", fix="leave it out")
    lifted = api.lift(path, level=1)
    with ends_with_its_children(), progress(f"verify runs the code of `{path.name}` and `{target.text}`") as step:
        verdict = compare(lifted, target, wish, python=options.python or sys.executable, limits=limits, progress=step)
    if options.output_format == "json":
        say(verdict.as_json(), painted=False)
    else:
        say(report.lines(verdict))
    return ExitCode.OK if verdict.equal else ExitCode.FOUND


def _of(options: Namespace, name: str) -> object:
    """The value of an option; `as` is a word of Python's."""
    return getattr(options, name.replace("-", "_"))


def _listed(words: list[str]) -> tuple[str, ...]:
    """The entries of an option that takes a list, and may be given more than once."""
    return tuple(entry.strip() for word in words for entry in word.split(",") if entry.strip())
