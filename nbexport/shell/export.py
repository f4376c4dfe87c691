"""The command `nbexport NOTEBOOK`: plans shown, and written where nothing prevents it."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path

from nbexport import api, disk
from nbexport.command.codes import ExitCode
from nbexport.errors import NbexportError
from nbexport.model import Fix
from nbexport.plan import ExportRequest
from nbexport.program import Refused
from nbexport.report.printable import printable
from nbexport.shell.terminal import warn
from nbexport.shell.writing import Manner, refused, remark, write


def run(options: Namespace) -> ExitCode:
    """The exit code of `nbexport NOTEBOOK…`: several notebooks become one project, in the order in which they run.

    Raises:
        NbexportError: A notebook, the level or the folder cannot be used.
    """
    manner = Manner(options.dry_run, options.diff, options.force, options.remove, options.output_format)
    *before, notebook = together(tuple(map(Path, options.words)))
    if before and options.fix:
        raise NbexportError(
            "`--fix` works on one notebook", fix="run `nbexport check --fix` on each of them, then export them together"
        )
    request = ExportRequest(
        notebook,
        Path(options.output) if options.output is not None else disk.usual(notebook),
        options.level,
        ci=options.ci,
        fix=options.fix,
        strict=options.strict,
        runtime=options.runtime,
        runtime_wheel=Path(options.runtime_wheel) if options.runtime_wheel is not None else None,
        before=tuple(before),
    )
    return export(request, manner)


def together(notebooks: tuple[Path, ...]) -> tuple[Path, ...]:
    """The notebooks that are exported with those of a command line: for one, all that its configuration names with it.

    Raises:
        NbexportError: The configuration is wrong.
    """
    if len(notebooks) > 1:
        return notebooks
    from nbexport.shell.settings import Finder

    (own,) = notebooks
    named = Finder({}).of(own.parent).notebooks if own.is_file() else ()
    places = [os.path.realpath(path) for path in named]
    if os.path.realpath(own) not in places:
        return notebooks
    return tuple(own if place == os.path.realpath(own) else path for place, path in zip(places, named, strict=True))


def export(request: ExportRequest, manner: Manner) -> ExitCode:
    """The exit code of one export.

    Raises:
        NbexportError: The notebook, the level or the folder cannot be used.
    """
    plan = api.plan(request)
    if isinstance(plan, Refused):
        from nbexport.shell import guide

        answer = guide.guided(request, manner) if guide.helps(plan, manner) and not request.before else None
        return refused(plan, request, manner) if answer is None else answer
    name = printable(request.notebook.name)
    code = write(plan, request, manner)
    if request.fix and code is ExitCode.OK and not (manner.dry_run or manner.diff):
        applied = write_fixed(request)
        if any(fix.parameters for fix in applied):
            remark(f"`{name}` now has these literals in its `parameters` cell.", manner)
        if any(fix.parts for fix in applied):
            remark(f"`{name}` now has tags on the statements that were taken along.", manner)
    return code


def write_fixed(request: ExportRequest) -> list[Fix]:
    """Write the notebook as it was fixed for the export; what was applied.

    Raises:
        NbexportError: The file is not a notebook or cannot be written.
    """
    from nbexport.judge import fixing
    from nbexport.read.notebook import read_bytes

    fixed = fixing.for_export(read_bytes(request.notebook), str(request.notebook), level=request.level)
    if fixed.applied:
        disk.write_file(request.notebook, fixed.content)
    return [finding.problem.fix for finding in fixed.applied if finding.problem.fix is not None]


def trouble(error: NbexportError) -> ExitCode:
    """Say what is wrong; the exit code of that."""
    warn(f"error: {error}")
    return ExitCode.TROUBLE
