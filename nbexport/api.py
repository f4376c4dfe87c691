"""The composition root: read → judge → lift → emit → plan, and nothing else. The doors meet only here.

check, lift, project    read → judge │ → lift │ → emit: each goes one step further
plan                    … → disk, which compares with what lies there; `apply` writes it
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from nbexport.judge.judgement import check_text, judge
from nbexport.levels import CI_SYSTEMS, settled
from nbexport.model import Finding, Notebook
from nbexport.plan import ExportRequest, Means, Plan, Project
from nbexport.program import Lifted, Refused
from nbexport.read.joining import Notebooks, Texts, held, in_order, python_notebooks
from nbexport.read.notebook import read_bytes
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
        path: A notebook file.
        select: Codes or beginnings of codes to report; all when empty.
        ignore: Codes or beginnings of codes to leave out.
        level: The maturity level to judge by.

    Raises:
        NbexportError: The file is not a notebook.
    """
    from nbexport.judge.selection import Selection

    selection = Selection(tuple(select), tuple(ignore)) if select or ignore else None
    return check_text(read_bytes(path), str(path), selection=selection, level=level)


@at_any_depth
def lift(path: Notebooks, *, level: int, text: Texts = None) -> Lifted | Refused:
    """The lifted program, or the findings that prevent its export.

    Args:
        path: The notebook, or several in the order in which they run.
        level: Maturity level.
        text: What the file, or some of several by name, is taken to hold; None reads it.

    Raises:
        NbexportError: The file is not a notebook, or not a Python one.
    """
    judgement, last = judge(python_notebooks(path, text=text), levels=(level,)), in_order(path)[-1]
    if (against := judgement.against(level)) or judgement.placed.layout.problems:
        return Refused(judgement.notebook, judgement.exported(level), against, judgement.assumptions)
    from nbexport.lift import program, style

    lifted = replace(program.lift(judgement.explicit, name=last.name), assumptions=judgement.assumptions)
    tidied = style.tidied(lifted, last.resolve().parent)
    return Lifted(judgement.notebook, tidied, judgement.concerning(level), judgement.needed)


def project(
    path: Notebooks, *, level: int, text: Texts = None, ci: str = CI_SYSTEMS[0], means: Means | None = None
) -> Project | Refused:
    """Every file that an export makes, or why there is none.

    Args:
        path: The notebook, or several in the order in which they run; data beside them is copied along.
        level: Maturity level.
        text: What the notebook, or some of several by name, is taken to hold; None reads it.
        ci: Where the project is checked, and from level 3 on retrained.
        means: What of this machine the export uses; the usual when None.

    Raises:
        NbexportError: The notebook or the level cannot be used.
    """
    from nbexport import emit
    from nbexport.judge.remarks import remarks

    lifted = lift(path, level=level, text=text)
    if isinstance(lifted, Refused):
        return lifted
    files = emit.project(lifted.program, level=level, root=in_order(path)[-1].resolve().parent, ci=ci, means=means)
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
    means = Means(emit.wheel_for(request, options, last.files if last is not None else ()), request.within)
    if request.fix:
        from nbexport.judge.fixing import text_for_export

        text = text_for_export(request.notebook, held(text, request.notebook), level=request.level)
    made = project(request.notebooks, level=request.level, text=text, ci=options.get("ci", CI_SYSTEMS[0]), means=means)
    if isinstance(made, Refused):
        return made
    lifted = made.lifted
    planned = disk.plan(
        made.artifacts,
        request.output,
        notes=made.notes,
        notebook=[path.name for path in request.notebooks],
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
    path: Notebooks,
    *,
    project: Path,
    text: Texts = None,
    tolerance: float = 0.0,
    to_rehearse: int = 0,
    fresh: bool = False,
    limits: Limits | None = None,
    progress: Callable[[str], None] = lambda step: None,
    stop: Stop | None = None,
    python: str = sys.executable,
) -> Verification:
    """Run the notebook, and its project twice, in clean processes and compare.

    Writes `verification.json`, and, where nothing differs, what is verified into the lock and `tests/verified.json`.

    Args:
        path: The notebook, or several in the order in which they run. Their code is run, and that of the project.
        project: Folder of the exported project.
        text: What the notebook, or some of several by name, is taken to hold; None reads it.
        tolerance: Largest relative difference between floats that counts as equal.
        to_rehearse: The level whose workflows run too (3), and of whose traffic a few days are simulated (4).
        fresh: Run the project, and its tests, in an empty environment made from its requirements alone.
        limits: What each process may use; the usual limits when None.
        progress: Told what runs.
        stop: Ends what runs when it is asked to.
        python: Interpreter that runs the project.

    Raises:
        StoppedError: It was asked to stop.
        NbexportError: One of the two does not run, or the notebook cannot be exported.
    """
    from nbexport import disk
    from nbexport.verify.comparison import compare, not_exported
    from nbexport.verify.recording import recorded

    lifted = lift(path, level=1, text=text)
    if isinstance(lifted, Refused):
        raise not_exported(lifted, Path(lifted.notebook.path).name)
    verification = compare(
        lifted.notebook,
        lifted.program,
        project=project,
        needed=lifted.cells,
        tolerance=tolerance,
        to_rehearse=to_rehearse,
        fresh=fresh,
        limits=limits,
        edited=disk.edited(project),
        progress=progress,
        stop=stop,
        python=python,
    )
    return recorded(verification, project)
