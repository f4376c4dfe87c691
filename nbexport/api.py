"""The composition root: what the shell, the server and the exporters call."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from nbexport import rules
from nbexport.analysis import analyse
from nbexport.model import Finding, Notebook, Plan, Program, Role, Severity
from nbexport.read import read, read_text
from nbexport.record import record

if TYPE_CHECKING:
    from nbexport.propose import Suggestion
    from nbexport.verify import Verification


@record
class Refused:
    """An export that was refused: the findings say why."""

    notebook: Notebook
    findings: tuple[Finding, ...]


@record
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


def lift(path: Path | str, *, level: int, text: str | None = None) -> Lifted | Refused:
    """The lifted program, or the findings that stand against it.

    Args:
        path: The notebook.
        level: Maturity level.
        text: What the file is taken to hold; None reads it.

    Raises:
        NbexportError: The file is not a notebook, or not a Python one.
    """
    from nbexport import style
    from nbexport.errors import NbexportError
    from nbexport.lift.program import lift as make

    notebook = read(path) if text is None else read_text(text, str(path))
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
    return Lifted(notebook, style.tidied(made, Path(path).resolve().parent), findings)


def fixed(path: Path | str, *, level: int | None = None) -> str | None:
    """The notebook's text with every safe fix applied; None when there is nothing to fix.

    Raises:
        NbexportError: The file is not a notebook.
    """
    from nbexport import fixes

    notebook, findings = check(path, level=level)
    found = [finding.problem.fix for finding in findings if finding.problem.fix is not None]
    if not found:
        return None
    return fixes.fixed_text(fixes.read_source(Path(path)), notebook, [fix for fix in found if fix.safe])


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

    text = fixed(path, level=level) if fix else None
    lifted = lift(path, level=level, text=text)
    if isinstance(lifted, Refused):
        return lifted
    project = emit.project(lifted.program, level=level, root=Path(path).resolve().parent)
    return disk.plan(
        project.artifacts,
        output,
        notes=(*project.notes, *_remarks(lifted)),
        notebook=Path(path).name,
        digest=lifted.notebook.digest,
        level=level,
    )


def _remarks(lifted: Lifted) -> list[str]:
    """Sentences about what was exported all the same, and about cells that were left out on purpose."""
    skipped = [str(cell.number) for cell in lifted.notebook.cells if Role.SKIP in cell.roles]
    said = [f"tagged `skip` and left out: cell {', '.join(skipped)}"] if skipped else []
    for finding in lifted.findings:
        if finding.severity is Severity.WARNING:
            said.append(f"{finding.code} cell {finding.problem.cell}: {finding.problem.message}")
    hoistable = sum(finding.code == "NBX207" for finding in lifted.findings)
    if hoistable:
        said.append(f"{hoistable} literals in the stages could be options of train.py: `--fix` makes them parameters")
    return said


def apply_fixes(path: Path | str, *, level: int | None = None) -> bool:
    """Write the notebook with every safe fix applied; whether anything changed.

    Raises:
        NbexportError: The file is not a notebook or cannot be written.
    """
    from nbexport import disk

    text = fixed(path, level=level)
    if text is None:
        return False
    disk.write_file(Path(path), text.encode("utf-8"))
    return True


def suggest(path: Path | str, target: str | None = None) -> Suggestion:
    """The roles proposed for the cells of a notebook, and why; runs none of its code.

    Args:
        path: A `.ipynb` or py:percent file.
        target: Name to slice back from; None lets the notebook tell what it works towards.

    Raises:
        NbexportError: The file is not a Python notebook, or no cell binds the target.
    """
    from nbexport import propose
    from nbexport.errors import NbexportError

    notebook = read(path)
    if notebook.language != "python":
        raise NbexportError(
            f"`{Path(path).name}` is a {notebook.language} notebook", mend="nbexport exports Python notebooks"
        )
    return propose.suggest(analyse(notebook), target=target)


def apply_tags(path: Path | str, suggestion: Suggestion) -> int:
    """Write the proposed tags into the notebook, and nothing else; how many cells got one.

    Raises:
        NbexportError: The file cannot be written, or has changed since it was read.
    """
    from nbexport import disk, tagging
    from nbexport.errors import NbexportError

    notebook = suggestion.notebook
    roles = {proposal.cell: proposal.roles for proposal in suggestion.proposals if not proposal.tagged}
    tags = tagging.tags_for(notebook, roles)
    if not tags:
        return 0
    data = Path(path).read_bytes()
    if read_text(data, str(path)).digest != notebook.digest:
        raise NbexportError(f"`{Path(path).name}` has changed since it was read", mend="run the command again")
    disk.write_file(Path(path), tagging.tagged(data, notebook, tags))
    return len(tags)


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
    progress: Callable[[str], None] = lambda step: None,
    python: str = sys.executable,
) -> Verification:
    """Run the notebook and its project in clean processes and compare; writes `verification.json` into the project.

    Args:
        path: The notebook. Its code is run.
        project: Folder of the exported project. Its code is run.
        tolerance: Largest relative difference between floats that counts as equal.
        progress: Told what runs.
        python: Interpreter that runs the project.

    Raises:
        NbexportError: One of the two does not run, or the notebook cannot be exported.
    """
    from nbexport import disk
    from nbexport.errors import NbexportError
    from nbexport.verify import verify as compare

    lifted = lift(path, level=1)
    if isinstance(lifted, Refused):
        first = next(finding for finding in lifted.findings if finding.severity is Severity.ERROR)
        raise NbexportError(
            f"`{Path(path).name}` cannot be exported, so there is nothing to compare with",
            why=f"{first.code} in cell {first.problem.cell}: {first.problem.message}",
            mend=f"run `nbexport check {Path(path).name}`",
        )
    verification = compare(
        lifted.notebook,
        lifted.program,
        project=project,
        tolerance=tolerance,
        edited=disk.edited(project),
        progress=progress,
        python=python,
    )
    disk.write_file(project / "verification.json", verification.as_json().encode("utf-8"))
    return verification
