"""The commands `nbexport NOTEBOOK` and `nbexport sync`: plans shown, and written where nothing stands against it."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from nbexport import api, disk
from nbexport.errors import NbexportError
from nbexport.model import Action, Assumption, ExportRequest, Fix, Outcome, Plan, Refused
from nbexport.options import TEXT_FORMATS
from nbexport.record import record
from nbexport.report import plans
from nbexport.report.findings import FORMATS
from nbexport.report.printable import printable
from nbexport.shell.codes import ExitCode, worse
from nbexport.shell.terminal import say, warn


@record
class Manner:
    """How a plan is shown, and whether it is written."""

    dry_run: bool = False
    diff: bool = False
    force: bool = False
    remove: bool = False
    output_format: str = "full"


@record
class Drift:
    """How far an exported project has fallen behind its notebook."""

    level: int
    behind: tuple[str, ...] = ()
    """What differs, as sentences; empty when the project is up to date."""
    assumptions: tuple[Assumption, ...] = ()
    """What the project, which is up to date, takes to be harmless."""
    verified: bool = False
    """Whether notebook and project were run and compute the same."""


def run(options: Namespace) -> ExitCode:
    """The exit code of `nbexport NOTEBOOK…`.

    Raises:
        NbexportError: Two notebooks would be exported to one folder.
    """
    manner = Manner(options.dry_run, options.diff, options.force, options.remove, options.output_format)
    code = ExitCode.OK
    for notebook, output in _targets(options):
        request = ExportRequest(
            notebook,
            output,
            options.level,
            ci=options.ci,
            fix=options.fix,
            strict=options.strict,
            runtime=options.runtime,
            runtime_wheel=Path(options.runtime_wheel) if options.runtime_wheel is not None else None,
        )
        try:
            code = worse(code, _export(request, manner))
        except NbexportError as error:
            code = worse(code, _trouble(error))
    return code


def sync(options: Namespace) -> ExitCode:
    """The exit code of `nbexport sync`.

    Raises:
        NbexportError: Two notebooks would be exported to one folder.
    """
    code = ExitCode.OK
    for notebook, output in _targets(options):
        name = printable(notebook.name)
        try:
            drift = drift_of(notebook, output=output)
            if drift is None:
                say(f"`{name}`: no project in `{printable(str(output))}`")
            elif not drift.behind:
                settled_by = _settling(notebook, output, verified=drift.verified)
                assumed = plans.assumed(drift.assumptions, settled_by=settled_by)
                say("\n".join([f"`{name}`: its project is up to date", *assumed]))
            elif options.check:
                say("\n".join([f"`{name}`: its project has fallen behind", *(f"  {line}" for line in drift.behind)]))
                warn(f"fix: nbexport sync {notebook}{f' --output {output}' if options.output else ''}")
                code = worse(code, ExitCode.FOUND)
            else:
                code = worse(code, _export(ExportRequest(notebook, output, drift.level), Manner()))
        except NbexportError as error:
            code = worse(code, _trouble(error))
    return code


def drift_of(notebook: Path, *, output: Path) -> Drift | None:
    """How far an exported project has fallen behind its notebook; None where nothing was exported.

    A project that an older or newer nbexport wrote of this very notebook is up to date, and so is one that a person
    has edited; one whose modules beside the notebook have changed is not.

    Args:
        notebook: The notebook.
        output: Folder of the project.

    Raises:
        NbexportError: The notebook or the project cannot be read, or the project is another notebook's.
    """
    from nbexport.read.notebook import read

    last = disk.written(output)
    if last is None:
        return None
    if last.notebook != notebook.name:
        raise NbexportError(
            f"`{output}` was exported from `{last.notebook}`, not from `{notebook.name}`",
            fix="say with --output where the project of this notebook lies",
        )
    missing = [file for file, known in last.files.items() if known.owned and not (output / file).is_file()]
    if missing:
        return Drift(last.level, tuple(f"`{file}` is missing" for file in sorted(missing)))
    digest = read(notebook).digest
    if digest == last.digest:
        changed = _changed_modules(notebook, output, disk.differing(last, notebook.parent))
        if changed:
            return Drift(last.level, changed)
        verified = bool(last.assumptions) and disk.verified(last, notebook=digest, project=disk.project_digest(output))
        return Drift(last.level, (), last.assumptions, verified)
    plan = api.plan(ExportRequest(notebook, output, last.level))
    if not isinstance(plan, Plan):
        first = plan.against[0]
        return Drift(last.level, (f"the notebook can no longer be exported: {first.code} {first.problem.message}",))
    own = (disk.LOCK, disk.BASE)
    changes = (change for change in plan.changes if change.action is not Action.SAME and change.path not in own)
    behind = tuple(f"`{change.path}` would be {plans.OUTCOMES[change.action]}" for change in changes)
    return Drift(last.level, behind, plan.assumptions, plan.verified)


def _changed_modules(notebook: Path, output: Path, differing: tuple[str, ...]) -> tuple[str, ...]:
    """In words, the modules beside a notebook that are no longer what its project carries.

    Args:
        notebook: The notebook.
        output: Folder of the project.
        differing: Files of the project beside the notebook that hold something else; few are modules that it carries.
    """
    if not differing or output.resolve() == notebook.parent.resolve():
        return ()
    last = disk.written(output)
    made = api.project(notebook, level=last.level if last is not None else 1)
    if isinstance(made, Refused):
        return ()
    beside = {file: (notebook.parent / file).read_bytes() for file in differing}
    carried = sorted(file.path for file in made.artifacts if file.owned and beside.get(file.path) == file.content)
    return tuple(f"`{file}` would be {plans.OUTCOMES[Action.UPDATE]}" for file in carried)


def _export(request: ExportRequest, manner: Manner) -> ExitCode:
    plan = api.plan(request)
    name = printable(request.notebook.name)
    if not isinstance(plan, Plan):
        outcome = Outcome(ExitCode.FOUND, request.strict)
        if manner.output_format == "json":
            _say_json(plan, request, written=False)
        else:
            text = FORMATS[manner.output_format]([(plan.notebook, plan.findings)], outcome)
            say(text, painted=manner.output_format in TEXT_FORMATS)
        warn(f"`{name}` is not exported; nothing was written")
        fixes = [finding.problem.fix for finding in plan.against]
        if any(fix is not None and fix.safe and fix.parts for fix in fixes):
            warn("fix: repeat the command with `--fix` to export the statements that the result depends on too")
        return ExitCode.FOUND
    code = _write(plan, request, manner)
    if request.fix and code is ExitCode.OK and not (manner.dry_run or manner.diff):
        applied = write_fixed(request)
        if any(fix.parameters for fix in applied):
            _remark(f"`{name}` now has these literals in its `parameters` cell.", manner)
        if any(fix.parts for fix in applied):
            _remark(f"`{name}` now has tags on the statements that were taken along.", manner)
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


def _write(plan: Plan, request: ExportRequest, manner: Manner) -> ExitCode:
    lowers = bool(plan.lowered_from) and not manner.remove
    stopped = lowers or (bool(plan.conflicts) and not manner.force)
    if manner.diff:
        say(plans.diff(plan))
        return ExitCode.CONFLICT if stopped else ExitCode.OK
    as_json = manner.output_format == "json"
    if as_json and (stopped or manner.dry_run):
        _say_json(plan, request, written=False)
    elif not as_json:
        settled_by = _settling(request.notebook, request.output, verified=plan.verified)
        say("\n".join([plans.lines(plan), *plans.assumed(plan.assumptions, settled_by=settled_by)]))
    if lowers:
        warn(plans.lowering_advice(plan, level=request.level))
        return ExitCode.CONFLICT
    if stopped:
        _remark(plans.conflict_diff(plan), manner)
        warn(plans.conflict_advice(plan))
        return ExitCode.CONFLICT
    if manner.dry_run:
        _remark("Nothing was written (--dry-run).", manner)
        return ExitCode.OK
    api.apply(plan, force=manner.force)
    if as_json:
        _say_json(plan, request, written=True)
    else:
        say(plans.done(plan, notebook=request.notebook.name, level=request.level))
    return ExitCode.OK


def _say_json(answer: Plan | Refused, request: ExportRequest, *, written: bool) -> None:
    from nbexport.report import plan_json

    notebook, folder = str(request.notebook), str(request.output)
    text = plan_json.text(answer, notebook=notebook, folder=folder, level=request.level, written=written)
    say(text, painted=False)


def _remark(text: str, manner: Manner) -> None:
    """Say something beside the plan, which has standard output for itself where a program reads it."""
    if manner.output_format == "json":
        warn(text)
    else:
        say(text)


def _settling(notebook: Path, output: Path, *, verified: bool) -> str:
    """The command that settles what an export assumes; empty where that is done."""
    from shlex import quote

    project = "" if output == notebook.parent / notebook.stem else f" --project {quote(printable(str(output)))}"
    return "" if verified else f"nbexport verify {quote(printable(str(notebook)))}{project}"


def _targets(options: Namespace) -> list[tuple[Path, Path]]:
    """Each notebook with the folder of its project."""
    paths = [Path(word) for word in options.words]
    if options.output is None:
        targets = [(path, path.parent / path.stem) for path in paths]
    elif len(paths) == 1:
        targets = [(paths[0], Path(options.output))]
    else:
        targets = [(path, Path(options.output) / path.stem) for path in paths]
    taken: dict[Path, Path] = {}
    for path, output in targets:
        if (other := taken.setdefault(output.absolute(), path)) is not path:
            raise NbexportError(
                f"`{other}` and `{path}` would both be exported to `{output}`",
                fix="export them one by one, each with its own --output",
            )
    return targets


def _trouble(error: NbexportError) -> ExitCode:
    warn(f"error: {error}")
    return ExitCode.TROUBLE
