"""The command `nbexport undo`: the last exports to a project are taken back, or listed."""

from __future__ import annotations

from argparse import Namespace
from datetime import datetime
from pathlib import Path

from nbexport import disk
from nbexport.command.codes import ExitCode
from nbexport.errors import NbexportError
from nbexport.report.printable import printable
from nbexport.shell.terminal import say
from nbexport.shell.writing import carry_out

_AGAIN = "The notebook itself has not changed; to take back an undo, export it again."


def run(options: Namespace) -> ExitCode:
    """The exit code of `nbexport undo`.

    Raises:
        NbexportError: The folder holds nothing that can be taken back, or it cannot be read or written.
    """
    folder = Path(options.words)
    if options.list:
        say("\n".join(listed(folder)))
        return ExitCode.OK
    known = len(disk.exports(folder))
    if options.steps < 1 or (known and options.steps > known):
        count = "1 export" if known == 1 else f"{known} exports"
        raise NbexportError(
            f"`--steps {options.steps}` is not possible: {count} to `{folder}` can be taken back",
            fix=f"repeat with a number from 1 to {max(known, 1)}",
        )
    if options.steps > 1 and (options.dry_run or options.diff):
        raise NbexportError("only the last export can be shown before it is taken back", fix="leave `--steps` out")
    code = ExitCode.OK
    for step in range(options.steps):
        said = f"Took back {step + 1} of {options.steps} exports to `{folder}`."
        done = f"{said} {_AGAIN}" if step + 1 == options.steps else said
        code = carry_out(disk.undo(folder), options, done)
        if code is not ExitCode.OK:
            break
    return code


def listed(folder: Path) -> list[str]:
    """The exports that can be taken back, one line each, with how many `--steps` that takes.

    Raises:
        NbexportError: The folder or what is kept in it cannot be read.
    """
    steps = disk.exports(folder)
    if not steps:
        return [f"No export to `{printable(str(folder))}` can be taken back."]
    return [f"{number:>3}  {_line(step)}" for number, step in enumerate(steps, start=1)]


def _line(step: disk.Step) -> str:
    at = datetime.fromisoformat(step.at).astimezone()
    counts = {"created": 0, "changed": 0, "removed": 0}
    for path, touched in step.files.items():
        if path not in (disk.LOCK, disk.BASE):
            what = "created" if touched.before is None else "removed" if touched.after is None else "changed"
            counts[what] += 1
    files = ", ".join(f"{count} {what}" for what, count in counts.items() if count) or "records only"
    notebook = f"{printable(step.notebook)}, level {step.level}" if step.notebook else "no export"
    return f"{at:%Y-%m-%d %H:%M:%S}  {notebook}: {files}"
