"""The composition root: read → judge → lift → emit → plan, and nothing else. The doors meet only here.

check      read → judge
lift       read → judge → lift
project    … → emit
plan       … → disk, which compares with what lies there; `apply` writes it
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from nbexport.judge.judgement import check_text, judge
from nbexport.levels import CI_SYSTEMS, settled
from nbexport.model import ExportRequest, Finding, Lifted, Notebook, Plan, Project, Refused, Wheel
from nbexport.read.notebook import python_notebook, read_bytes
from nbexport.record import replace
from nbexport.recursion import at_any_depth

if TYPE_CHECKING:
    from nbexport.verify.limits import Limits
    from nbexport.verify.stopping import Stop
    from nbexport.verify.verification import Verification

__all__ = ["Lifted", "Project", "Refused", "apply", "check", "check_text", "lift", "plan", "project", "verify"]


def check(
    path: Path | str, *, select: Iterable[str] = (), ignore: Iterable[str] = (), level: int | None = None
) -> tuple[Notebook, tuple[Finding, ...]]:
    """The notebook and what the rules say about it; runs none of its code.

    Args:
        path: A `.ipynb` or py:percent file.
        select: Codes or beginnings of codes to report; all when empty.
        ignore: Codes or beginnings of codes to leave out.
        level: The maturity level to judge by.

    Raises:
        NbexportError: The file is not a notebook.
    """
    selection = None
    if select or ignore:
        from nbexport.judge.selection import Selection

        selection = Selection(tuple(select), tuple(ignore))
    return check_text(read_bytes(path), str(path), selection=selection, level=level)


@at_any_depth
def lift(path: Path | str, *, level: int, text: str | None = None) -> Lifted | Refused:
    """The lifted program, or the findings that stand against it.

    Args:
        path: The notebook.
        level: Maturity level.
        text: What the file is taken to hold; None reads it.

    Raises:
        NbexportError: The file is not a notebook, or not a Python one.
    """
    judgement = judge(python_notebook(path, text=text), levels=(level,))
    if (against := judgement.against(level)) or judgement.placed.layout.problems:
        return Refused(judgement.notebook, judgement.exported(level), against, judgement.assumptions)
    from nbexport.lift import program, style

    lifted = replace(program.lift(judgement.placed, name=Path(path).name), assumptions=judgement.assumptions)
    tidied = style.tidied(lifted, Path(path).resolve().parent)
    return Lifted(judgement.notebook, tidied, judgement.concerning(level), judgement.needed)


def project(
    path: Path | str, *, level: int, text: str | None = None, ci: str = CI_SYSTEMS[0], wheel: Wheel | None = None
) -> Project | Refused:
    """Every file that an export makes, or why there is none.

    Args:
        path: The notebook; data beside it is copied along.
        level: Maturity level.
        text: What the notebook is taken to hold; None reads it.
        ci: Where the project is checked, and from level 3 on retrained.
        wheel: The runtime as a package; None vendors it.

    Raises:
        NbexportError: The notebook or the level cannot be used.
    """
    from nbexport import emit
    from nbexport.judge.remarks import remarks

    lifted = lift(path, level=level, text=text)
    if isinstance(lifted, Refused):
        return lifted
    files = emit.project(lifted.program, level=level, root=Path(path).resolve().parent, ci=ci, wheel=wheel)
    return Project(files.artifacts, (*files.notes, *remarks(lifted.notebook, lifted.findings)), lifted, files.ejected)


def plan(request: ExportRequest) -> Plan | Refused:
    """What an export would write, or why there is none; writes nothing.

    Raises:
        NbexportError: The notebook, the level or the folder cannot be used.
    """
    from nbexport import disk, emit
    from nbexport.judge.remarks import doubts

    text, last = request.text, disk.written(request.output)
    options = settled(request, last.options if last is not None else {})
    wheel = emit.wheel_for(request, options, last.files if last is not None else ())
    if request.fix:
        from nbexport.judge.fixing import for_export

        data = read_bytes(request.notebook) if text is None else text.encode("utf-8", "surrogatepass")
        text = for_export(data, str(request.notebook), level=request.level).after
    made = project(request.notebook, level=request.level, text=text, ci=options.get("ci", CI_SYSTEMS[0]), wheel=wheel)
    if isinstance(made, Refused):
        return made
    lifted = made.lifted
    planned = disk.plan(
        made.artifacts,
        request.output,
        notes=made.notes,
        notebook=request.notebook.name,
        digest=lifted.notebook.digest,
        level=request.level,
        options=options,
        assumptions=lifted.program.assumptions,
        ejected=made.ejected,
    )
    if request.strict and (against := doubts(lifted.findings, verified=planned.verified)):
        return Refused(lifted.notebook, lifted.findings, against, lifted.program.assumptions)
    return replace(planned, notes=(*planned.notes, *emit.unfinished(planned)))


def apply(plan: Plan, *, force: bool = False) -> None:
    """Write a plan; all of it or nothing.

    Raises:
        NbexportError: The folder cannot be written, or the plan has conflicts and `force` is not given.
    """
    from nbexport import disk

    disk.apply(plan, force=force)


def verify(
    path: Path | str,
    *,
    project: Path,
    tolerance: float = 0.0,
    workflows: bool = False,
    limits: Limits | None = None,
    progress: Callable[[str], None] = lambda step: None,
    stop: Stop | None = None,
    python: str = sys.executable,
) -> Verification:
    """Run the notebook, and its project twice, in clean processes and compare.

    Writes `verification.json`, and, where nothing differs, what is verified into the lock and `tests/verified.json`.

    Args:
        path: The notebook. Its code is run.
        project: Folder of the exported project. Its code is run.
        tolerance: Largest relative difference between floats that counts as equal.
        workflows: Also run every command line of the project's workflows, in fresh copies and environments.
        limits: What each process may use; the usual limits when None.
        progress: Told what runs.
        stop: Ends what runs when it is asked to.
        python: Interpreter that runs the project.

    Raises:
        StoppedError: It was asked to stop.
        NbexportError: One of the two does not run, or the notebook cannot be exported.
    """
    from nbexport import disk
    from nbexport.errors import NbexportError
    from nbexport.verify.comparison import compare
    from nbexport.verify.recording import recorded

    lifted = lift(path, level=1)
    if isinstance(lifted, Refused):
        first, name, fix = lifted.against[0], Path(path).name, f"run `nbexport check {Path(path).name}`"
        why = f"{first.code} in cell {first.problem.cell}: {first.problem.message}"
        raise NbexportError(f"`{name}` cannot be exported, so there is nothing to compare with", why=why, fix=fix)
    verification = compare(
        lifted.notebook,
        lifted.program,
        project=project,
        needed=lifted.cells,
        tolerance=tolerance,
        workflows=workflows,
        limits=limits,
        edited=disk.edited(project),
        progress=progress,
        stop=stop,
        python=python,
    )
    return recorded(verification, project)
