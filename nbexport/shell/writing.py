"""A plan → what is said of it, and the files of the project where nothing prevents that."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from nbexport import api, disk
from nbexport.command.codes import ExitCode
from nbexport.errors import NbexportError
from nbexport.model import Outcome
from nbexport.options import TEXT_FORMATS
from nbexport.plan import Action, ExportRequest, Plan
from nbexport.program import Refused
from nbexport.record import record
from nbexport.report import pasting, plans
from nbexport.report.findings import FORMATS
from nbexport.report.printable import printable
from nbexport.report.several import by_notebook
from nbexport.shell.terminal import say, warn


@record
class Manner:
    """How a plan is shown, and whether it is written."""

    dry_run: bool = False
    diff: bool = False
    force: bool = False
    remove: bool = False
    output_format: str = "full"


def write(plan: Plan, request: ExportRequest, manner: Manner, *, agreed: Callable[[], bool] = lambda: True) -> ExitCode:
    """The exit code of one export that nothing in the notebook prevents.

    Args:
        plan: What would be written.
        request: What was asked for.
        manner: How it is shown.
        agreed: Asked last, when all has been shown; nothing is written where it says no.

    Raises:
        NbexportError: The folder cannot be written.
    """
    lowers = bool(plan.lowered_from) and not manner.remove
    stopped = lowers or (bool(plan.conflicts) and not manner.force)
    if manner.diff:
        say(plans.diff(plan))
        return ExitCode.CONFLICT if stopped else ExitCode.OK
    as_json = manner.output_format == "json"
    if as_json and (stopped or manner.dry_run):
        say_json(plan, request, written=False)
    elif not as_json:
        settled_by = settling(request.notebook, request.output, verified=plan.verified)
        say("\n".join([plans.lines(plan), *plans.assumed(plan.assumptions, settled_by=settled_by)]))
    if lowers:
        warn(plans.lowering_advice(plan, level=request.level))
        return ExitCode.CONFLICT
    if stopped:
        remark(plans.conflict_diff(plan), manner)
        warn(plans.conflict_advice(plan))
        return ExitCode.CONFLICT
    if manner.dry_run:
        remark("Nothing was written (--dry-run).", manner)
        return ExitCode.OK
    if not agreed():
        return ExitCode.FOUND
    api.apply(plan, force=manner.force)
    if as_json:
        say_json(plan, request, written=True)
    else:
        say(plans.done(plan, notebooks=named(request), level=request.level, python=python()))
    _remember(request, manner)
    return ExitCode.OK


def carry_out(plan: Plan, options: Namespace, done: str) -> ExitCode:
    """Show a plan of a project without its notebook, and write it where nothing prevents it.

    Args:
        plan: What would be written.
        options: `diff`, `dry_run` and `force`.
        done: What to say when it is written.

    Raises:
        NbexportError: The folder cannot be written.
    """
    stopped = bool(plan.conflicts) and not options.force
    if options.diff:
        say(plans.diff(plan))
        return ExitCode.CONFLICT if stopped else ExitCode.OK
    say(plans.lines(plan))
    if stopped:
        say(plans.conflict_diff(plan))
        names = ", ".join(f"`{printable(change.path)}`" for change in plan.conflicts)
        warn(f"error: {names} would lose what was written by hand; nothing was written")
        warn("fix: overwrite with `--force` (yours is kept beside it as `.orig`)")
        return ExitCode.CONFLICT
    if options.dry_run:
        say("Nothing was written (--dry-run).")
        return ExitCode.OK
    api.apply(plan, force=options.force)
    changed = any(change.action is not Action.SAME for change in plan.changes)
    say(printable(done) if changed else f"`{printable(plan.folder)}` is up to date.")
    pinned = any(change.path.startswith("requirements") and change.action is not Action.SAME for change in plan.changes)
    if pinned and any(Path(plan.folder).glob("requirements*.lock")):
        say("Next: `make lock`, as what the locks install has changed.")
    return ExitCode.OK


def refused(refusal: Refused, request: ExportRequest, manner: Manner) -> ExitCode:
    """The exit code of an export that findings prevent.

    Args:
        refusal: What prevents it.
        request: What was asked for.
        manner: How it is shown.
    """
    if manner.output_format == "json":
        say_json(refusal, request, written=False)
    else:
        outcome = Outcome(ExitCode.FOUND, request.strict)
        text = FORMATS[manner.output_format](by_notebook(refusal.notebook, refusal.findings), outcome)
        say(text, painted=manner.output_format in TEXT_FORMATS)
    warn(f"{named(request)} {'are' if request.before else 'is'} not exported; nothing was written")
    fixes = [finding.problem.fix for finding in refusal.against]
    if not request.before and any(fix is not None and fix.safe and fix.parts for fix in fixes):
        warn("fix: repeat the command with `--fix` to export the statements that the result depends on too")
    return ExitCode.FOUND


def named(request: ExportRequest) -> str:
    """The notebooks of an export, in words."""
    names = [f"`{printable(path.name)}`" for path in request.notebooks]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def say_json(answer: Plan | Refused, request: ExportRequest, *, written: bool) -> None:
    """Say for a program what an export would do, or did, or why there is none."""
    from nbexport.report import plan_json

    notebook, folder = str(request.notebook), str(request.output)
    text = plan_json.text(answer, notebook=notebook, folder=folder, level=request.level, written=written)
    say(text, painted=False)


def remark(text: str, manner: Manner) -> None:
    """Say something beside the plan, which has standard output for itself where a program reads it."""
    if manner.output_format == "json":
        warn(text)
    else:
        say(text)


def settling(notebook: Path, output: Path, *, verified: bool) -> str:
    """The command that settles what an export assumes; empty where that is done.

    Args:
        notebook: The notebook.
        output: Folder of its project.
        verified: Whether the two were run and compute the same.
    """
    if verified:
        return ""
    project = [] if output == disk.usual(notebook) else ["--project", pasting.word(output)]
    return pasting.command("verify", notebook, *project)


def python() -> str:
    """The command that starts Python here; some systems have no `python`."""
    from shutil import which

    return "python" if which("python") or not which("python3") else "python3"


def _remember(request: ExportRequest, manner: Manner) -> None:
    """Write down where the project lies, for `nbexport sync`; without that it only asks for `--output`."""
    try:
        files = [disk.remember(notebook, request.output) for notebook in request.notebooks]
    except NbexportError as error:
        warn(f"warning: `nbexport sync` needs `--output {pasting.word(request.output)}` for this project: {error}")
        return
    for file in {file for file in files if file is not None}:
        remark(f"`{printable(str(file))}` names this folder for `nbexport sync`: commit it too.", manner)
