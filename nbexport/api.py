"""The composition root: what the shell, the server and the exporters call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from nbexport import rules
from nbexport.analysis import analyse
from nbexport.model import Finding, Notebook, Plan, Program, Severity
from nbexport.read import read


@dataclass(frozen=True, slots=True)
class Refused:
    """An export that was refused: the findings say why."""

    notebook: Notebook
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Lifted:
    """A notebook that can be exported, and what there is to say about it all the same."""

    notebook: Notebook
    program: Program
    findings: tuple[Finding, ...]


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
    notebook = read(path)
    return notebook, _findings(notebook, level=level, select=tuple(select), ignore=tuple(ignore))


def _findings(
    notebook: Notebook, *, level: int | None, select: tuple[str, ...] = (), ignore: tuple[str, ...] = ()
) -> tuple[Finding, ...]:
    if notebook.language != "python":
        return ()
    analysis = analyse(notebook, level=level)
    found = rules.run(analysis)
    if analysis.units and not analysis.whole:
        from nbexport.lift.placing import refusals

        found = rules.merged(found, "NBX206", refusals(analysis))
    return tuple(
        finding
        for finding in found
        if (not select or finding.code.startswith(select)) and not (ignore and finding.code.startswith(ignore))
    )


def lift(path: Path | str, *, level: int) -> Lifted | Refused:
    """The lifted program, or the findings that stand against it.

    Raises:
        NbexportError: The file is not a notebook, or not a Python one.
    """
    from nbexport import style
    from nbexport.errors import NbexportError
    from nbexport.lift.program import lift as make

    notebook = read(path)
    if notebook.language != "python":
        raise NbexportError(
            f"`{Path(path).name}` is a {notebook.language} notebook", mend="nbexport exports Python notebooks"
        )
    analysis = analyse(notebook, level=level)
    findings = rules.run(analysis)
    made = make(analysis, name=Path(path).name)
    if not isinstance(made, Program):
        findings = rules.merged(findings, "NBX206", made)
    if any(finding.severity is Severity.ERROR for finding in findings) or not isinstance(made, Program):
        return Refused(notebook, findings)
    return Lifted(notebook, style.tidied(made), findings)


def plan(path: Path | str, *, level: int, output: Path, fix: bool = False) -> Plan | Refused:
    """What an export would write, or why there is none; writes nothing.

    Args:
        path: The notebook.
        level: Maturity level, 1 to 4.
        output: Folder of the project.
        fix: Hoist the literals that the notebook's stages hold into parameters first.

    Raises:
        NbexportError: The notebook, the level or the folder cannot be used.
    """
    from nbexport import disk, emit

    lifted = lift(path, level=level)
    if isinstance(lifted, Refused):
        return lifted
    project = emit.project(lifted.program, level=level, root=Path(path).resolve().parent)
    return disk.plan(
        project.artifacts,
        output,
        notes=project.notes,
        notebook=Path(path).name,
        digest=lifted.notebook.digest,
        level=level,
    )


def apply(plan: Plan, *, force: bool = False) -> None:
    """Write a plan; all of it or nothing.

    Raises:
        NbexportError: The folder cannot be written, or the plan has conflicts and `force` is not given.
    """
    from nbexport import disk

    disk.apply(plan, force=force)
