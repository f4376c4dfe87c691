"""The command `nbexport sync`: projects that have fallen behind their notebooks are named, or exported again."""

from __future__ import annotations

import os
import re
from argparse import Namespace
from pathlib import Path

from nbexport import api, disk, levels
from nbexport.command.codes import ExitCode, worse
from nbexport.errors import NbexportError
from nbexport.model import Assumption
from nbexport.plan import Action, Change, ExportRequest, Plan
from nbexport.program import Refused
from nbexport.record import record
from nbexport.report import pasting, plans
from nbexport.report.printable import printable
from nbexport.shell.export import export, trouble
from nbexport.shell.terminal import say, warn
from nbexport.shell.walk import folders_in
from nbexport.shell.writing import Manner, settling

_VERSIONS = re.compile(r"(?<=[\w\]])[ ]*[=<>!~]=?=?[^\n\";]*")
"""In a requirement, all behind the name and the extras."""


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
    """The exit code of `nbexport sync`.

    Raises:
        NbexportError: What lies in a searched folder is damaged.
    """
    code = ExitCode.OK
    wanted: list[tuple[Path, tuple[Path, ...]]]
    if options.output is not None:
        wanted = [(Path(word), (Path(options.output),)) for word in options.words]
    else:
        wanted = [(notebook, ()) for notebook in _notebooks(options.words)]
    done: set[str] = set()
    for notebook, outputs in wanted:
        try:
            for output in outputs or disk.projects_of(notebook) or (disk.usual(notebook),):
                # several notebooks may have become this project
                if (place := os.path.realpath(output)) not in done or _is_alone(output):
                    done.add(place)
                    code = worse(code, _sync(notebook, output, check=options.check))
        except NbexportError as error:
            code = worse(code, trouble(error))
    return code


def _sync(notebook: Path, output: Path, *, check: bool) -> ExitCode:
    """The exit code for one project."""
    drift = drift_of(notebook, output=output)
    if drift is None:
        say(f"`{printable(notebook.name)}`: no project in `{printable(str(output))}`")
        return ExitCode.OK
    if not drift.behind:
        settled_by = settling(notebook, output, verified=drift.verified)
        assumed = plans.assumed(drift.assumptions, settled_by=settled_by)
        say("\n".join([f"{_named(notebook, output)} is up to date", *assumed]))
        return ExitCode.OK
    if not check:
        return export(_request(notebook, output, drift.level), Manner())
    say("\n".join([f"{_named(notebook, output)} has fallen behind", *(f"  {line}" for line in drift.behind)]))
    where = [] if output == disk.usual(notebook) else ["--output", pasting.word(output)]
    warn(f"fix: {pasting.command('sync', notebook, *where)}")
    return ExitCode.FOUND


def _is_alone(output: Path) -> bool:
    """Whether one notebook by itself became a project."""
    last = disk.written(output)
    return last is None or not last.notebooks


def _request(notebook: Path, output: Path, level: int) -> ExportRequest:
    """The export again of a project, with all its notebooks."""
    last = disk.written(output)
    *before, main = disk.members(notebook, last)
    return ExportRequest(main, output, level, before=tuple(before))


def _named(notebook: Path, output: Path) -> str:
    """A notebook's project, in words; with its folder where that is not the usual one."""
    where = "" if output == disk.usual(notebook) else f" in `{printable(str(output))}`"
    return f"`{printable(notebook.name)}`: its project{where}"


def _notebooks(words: list[str]) -> list[Path]:
    """The notebooks of a command line: those that are named, and in each folder those that have a project."""
    notebooks: dict[str, Path] = {}
    for word in words:
        path = Path(word)
        if not path.is_dir():
            notebooks.setdefault(os.path.realpath(path), path)
            continue
        exported = [one for folder in folders_in(path) for one in disk.notebooks_at(folder) if one.is_file()]
        for one in exported:
            if disk.projects_of(one):
                notebooks.setdefault(os.path.realpath(one), one)
        if not exported:
            warn(f"warning: no exported projects in `{printable(word)}`")
    return list(notebooks.values())


def drift_of(notebook: Path, *, output: Path) -> Drift | None:
    """How far an exported project has fallen behind its notebook; None where nothing was exported.

    A project that an older or newer nbexport wrote of this very notebook is up to date, and so is one that a person
    has edited; one whose modules beside the notebook have changed is not. Nor does it count which versions are
    installed here: a hook runs where the notebook's libraries are not.

    Args:
        notebook: The notebook.
        output: Folder of the project.

    Raises:
        NbexportError: The notebook or the project cannot be read, or the project is another notebook's.
    """
    from nbexport.read.bringing import in_place
    from nbexport.read.joining import joined
    from nbexport.read.notebook import read

    last = disk.written(output)
    if last is None:
        return None
    if not last.is_of(notebook.name):
        raise NbexportError(
            f"`{output}` was exported from `{last.notebook}`, not from `{notebook.name}`",
            fix="say with --output where the project of this notebook lies",
        )
    missing = [file for file, known in last.files.items() if known.owned and not (output / file).is_file()]
    if missing:
        return Drift(last.level, tuple(f"`{file}` is missing" for file in sorted(missing)))
    members = [read(path) for path in disk.members(notebook, last)]
    digest = (in_place(members[0]) if len(members) == 1 else joined(members)).digest
    if digest == last.digest:
        if changed := _changed_modules(notebook, output, last):
            return Drift(last.level, changed)
        verified = bool(last.assumptions) and disk.verified(last, notebook=digest, project=disk.project_digest(output))
        return Drift(last.level, (), last.assumptions, verified)
    plan = api.plan(_request(notebook, output, last.level))
    if not isinstance(plan, Plan):
        first = plan.against[0]
        return Drift(last.level, (f"the notebook can no longer be exported: {first.code} {first.problem.message}",))
    changes = (change for change in plan.changes if change.action is not Action.SAME and not _is_of_here(change))
    behind = tuple(f"`{change.path}` would be {plans.OUTCOMES[change.action]}" for change in changes)
    return Drift(last.level, behind, plan.assumptions, plan.verified)


def _is_of_here(change: Change) -> bool:
    """Whether a change says nothing of the notebook: nbexport's records and runtime, installed versions."""
    if change.vendored or change.path in (disk.LOCK, disk.BASE):
        return True
    if change.path != "pyproject.toml" and not change.path.startswith(plans.REQUIREMENTS):
        return False
    both = [_VERSIONS.sub("", (text or b"").decode(errors="replace")) for text in (change.before, change.after)]
    return change.after is not None and both[0] == both[1]


def _changed_modules(notebook: Path, output: Path, last: disk.Record) -> tuple[str, ...]:
    """In words, the notebook's own modules that are no longer what its project carries.

    They lie beside the notebook or where it looks for modules; where no module and no other file can be one, nothing
    is exported to find out.

    Args:
        notebook: The notebook.
        output: Folder of the project.
        last: What the last export wrote there.
    """
    if output.resolve() == notebook.parent.resolve():
        return ()
    differing = disk.differing(last, notebook.parent)
    if not differing and not any(map(_is_module, last.files)):
        return ()
    made = api.project(disk.members(notebook, last), level=last.level)
    if isinstance(made, Refused):
        return ()
    beside = {file: (notebook.parent / file).read_bytes() for file in differing}
    modules = {file.path.partition("/")[0] for file in made.artifacts if not file.vendored and _is_module(file.path)}
    changed = []
    for file in sorted(made.artifacts, key=lambda file: file.path):
        known = last.files.get(file.path)
        is_new = known is None or not disk.is_as_written(file.content, known)
        is_carried = file.path.partition("/")[0] in modules or beside.get(file.path) == file.content
        if file.owned and is_carried and is_new:
            action = Action.CREATE if known is None else Action.UPDATE
            changed.append(f"`{file.path}` would be {plans.OUTCOMES[action]}")
    return tuple(changed)


def _is_module(path: str) -> bool:
    """Whether a file of a project is, by its place, a module of the notebook's own."""
    top = path.partition("/")[0]
    generated = {name for level in levels.LEVELS for name in level.modules}
    return path.endswith(".py") and top.removesuffix(".py") not in {*generated, "tests", "scripts"} and top[0] != "."
