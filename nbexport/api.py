"""The composition root: what the shell, the server and the exporters call."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from nbexport import rules
from nbexport.analysis.notebook import analyse
from nbexport.levels import CI_SYSTEMS, PIPELINE
from nbexport.model import Artifact, Finding, Notebook, Plan, Program, Role, Severity
from nbexport.read.notebook import decoded, read, read_bytes, read_text
from nbexport.record import record

if TYPE_CHECKING:
    from nbexport.fix.rounds import Fixed
    from nbexport.judge.selection import Selection
    from nbexport.propose import Suggestion
    from nbexport.propose.prediction import Prediction
    from nbexport.verify.stopping import Stop
    from nbexport.verify.verification import Verification


@record
class Refused:
    """An export that was refused: the findings say why."""

    notebook: Notebook
    findings: tuple[Finding, ...]
    against: tuple[Finding, ...]
    """Those of the findings that stand against the export."""


@record
class Lifted:
    """A notebook that can be exported, and what there is to say about it all the same."""

    notebook: Notebook
    program: Program
    findings: tuple[Finding, ...]
    """What concerns the export; of the cells that stay behind a check speaks."""


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


def check_text(
    text: bytes | str, name: str, *, selection: Selection | None = None, level: int | None = None
) -> tuple[Notebook, tuple[Finding, ...]]:
    """The notebook in a text that may not be saved, and what is reported about it.

    Args:
        text: The file's text or bytes.
        name: The name it goes by.
        selection: What is reported; all when None.
        level: The maturity level to judge by.

    Raises:
        NbexportError: The text is no notebook.
    """
    notebook = read_text(text, name)
    found = _findings(notebook, level=level)
    return notebook, found if selection is None else selection.of(found, name)


def _findings(notebook: Notebook, *, level: int | None) -> tuple[Finding, ...]:
    if notebook.language != "python":
        return ()
    analysis = analyse(notebook, level=level)
    found = rules.run(analysis)
    if analysis.units and not analysis.whole:
        from nbexport.lift.placing import refusals

        found = rules.merged(found, "NBX206", refusals(analysis))
    if may_suppress(notebook):
        from nbexport.judge import suppression

        found = suppression.applied(found, notebook, judged={rule.code for rule in rules.judging(analysis)})
    return found


def may_suppress(notebook: Notebook) -> bool:
    """Whether there is anything that looks like a suppression; few notebooks need what reads them."""
    return any(
        "noqa" in cell.source or "nbexport:" in cell.source or "NOQA" in cell.source or "nbexport" in cell.metadata
        for cell in notebook.cells
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
    from nbexport.errors import NbexportError
    from nbexport.lift import style
    from nbexport.lift.program import lift as make

    notebook = read(path) if text is None else read_text(text, str(path))
    if notebook.language != "python":
        raise NbexportError(
            f"`{Path(path).name}` is a {notebook.language} notebook", fix="nbexport exports Python notebooks"
        )
    analysis = analyse(notebook, level=level)
    findings = rules.run(analysis)
    made = make(analysis, name=Path(path).name)
    if not isinstance(made, Program):
        findings = rules.merged(findings, "NBX206", made)
    if may_suppress(notebook):
        from nbexport.judge import suppression

        findings = suppression.for_export(findings, notebook)
    against = rules.refusing(findings, analysis)
    if against or not isinstance(made, Program):
        return Refused(notebook, findings, against)
    return Lifted(notebook, style.tidied(made, Path(path).resolve().parent), rules.concerning(findings, analysis))


def fix(
    data: bytes, name: str, *, selection: Selection | None = None, level: int | None = None, unsafe: bool = False
) -> Fixed:
    """The notebook with its fixes applied, until none is left; writes nothing.

    Args:
        data: What the file holds.
        name: The name it goes by.
        selection: What is reported, all when None; only that is fixed.
        level: The maturity level to judge by.
        unsafe: Apply also the fixes that may change what the notebook computes.

    Raises:
        NbexportError: It is no notebook.
    """
    from nbexport.fix.rounds import apply_fixes

    return apply_fixes(
        decoded(data, name),
        lambda text: check_text(text, name, selection=selection, level=level),
        wanted=lambda fix: fix.safe or unsafe,
    )


def write_fixed(path: Path | str, fixed: Fixed) -> None:
    """Write a fixed notebook in place, whole or not at all.

    Raises:
        NbexportError: It cannot be written.
    """
    from nbexport import disk

    disk.write_file(Path(path), fixed.content)


def write_report(path: Path | str, text: str) -> None:
    """Write a report to a file, whole or not at all.

    Raises:
        NbexportError: It cannot be written.
    """
    from nbexport import disk

    disk.write_file(Path(path), f"{text}\n".encode("utf-8", "backslashreplace"))


def _hoisted(path: Path | str, *, level: int | None) -> Fixed:
    """The notebook with the literals of its stages as parameters; no other fix is applied."""
    from nbexport.fix.rounds import apply_fixes

    name = str(path)
    return apply_fixes(
        decoded(read_bytes(path), name),
        lambda text: check_text(text, name, level=level),
        wanted=lambda fix: fix.safe and bool(fix.parameters),
    )


def plan(
    path: Path | str,
    *,
    level: int,
    output: Path,
    fix: bool = False,
    text: str | None = None,
    ci: str | None = None,
) -> Plan | Refused:
    """What an export would write, or why there is none; writes nothing.

    Args:
        path: The notebook.
        level: Maturity level, 1 to 4.
        output: Folder of the project.
        fix: Hoist the literals that the notebook's stages hold into parameters first.
        text: What the notebook is taken to hold; None reads it.
        ci: Where a level 3 project is retrained; None leaves it where it is.

    Raises:
        NbexportError: The notebook, the level or the folder cannot be used.
    """
    from nbexport import disk

    options = _scheduled(level, output, ci)
    if fix:
        text = _hoisted(path, level=level).after
    made = project(path, level=level, text=text, **options)
    if isinstance(made, Refused):
        return made
    return disk.plan(
        made.artifacts,
        output,
        notes=made.notes,
        notebook=Path(path).name,
        digest=made.digest,
        level=level,
        options=options,
    )


def _scheduled(level: int, output: Path, ci: str | None) -> dict[str, str]:
    """Where the project is retrained, as an option of its lock; empty below level 3.

    Raises:
        NbexportError: The level has nothing to schedule, or the lock cannot be read.
    """
    from nbexport import disk
    from nbexport.errors import NbexportError

    if level < PIPELINE:
        if ci is not None:
            raise NbexportError(
                f"`--ci {ci}` goes with `--level {PIPELINE}`",
                why=f"nothing is retrained at level {level}",
                fix="leave it out, or choose that level",
            )
        return {}
    if ci is None:
        last = disk.written(output)
        ci = last.options.get("ci") if last is not None else None
    return {"ci": ci if ci in CI_SYSTEMS else CI_SYSTEMS[0]}


@record
class Made:
    """The files of an exported project, before anything is written."""

    artifacts: tuple[Artifact, ...]
    notes: tuple[str, ...]
    digest: str
    """Digest of the notebook."""


def project(path: Path | str, *, level: int, text: str | None = None, ci: str = CI_SYSTEMS[0]) -> Made | Refused:
    """Every file that an export makes, or why there is none.

    Args:
        path: The notebook; data beside it is copied along.
        level: Maturity level.
        text: What the notebook is taken to hold; None reads it.
        ci: Where a level 3 project is retrained.

    Raises:
        NbexportError: The notebook or the level cannot be used.
    """
    from nbexport import emit

    lifted = lift(path, level=level, text=text)
    if isinstance(lifted, Refused):
        return lifted
    found = emit.project(lifted.program, level=level, root=Path(path).resolve().parent, ci=ci)
    return Made(found.artifacts, (*found.notes, *_remarks(lifted)), lifted.notebook.digest)


def _remarks(lifted: Lifted) -> list[str]:
    """Sentences about what was exported all the same, and about cells that were left out on purpose."""
    skipped = [str(cell.number) for cell in lifted.notebook.cells if Role.SKIP in cell.roles]
    said = [f"tagged `skip` and left out: cell {', '.join(skipped)}"] if skipped else []
    for finding in lifted.findings:
        if finding.severity is not Severity.ADVICE:
            said.append(f"{finding.code} cell {finding.problem.cell}: {finding.problem.message}")
    hoistable = sum(finding.code == "NBX207" for finding in lifted.findings)
    if hoistable:
        said.append(f"{hoistable} literals in the stages could be options of train.py: `--fix` makes them parameters")
    return said


def hoist(path: Path | str, *, level: int | None = None) -> bool:
    """Write the notebook with the literals of its stages in its `parameters` cell; whether anything changed.

    Raises:
        NbexportError: The file is not a notebook or cannot be written.
    """
    fixed = _hoisted(path, level=level)
    if fixed.applied:
        write_fixed(path, fixed)
    return bool(fixed.applied)


def suggest(path: Path | str, target: str | None = None, *, text: str | None = None) -> Suggestion:
    """The roles proposed for the cells of a notebook, and why; runs none of its code.

    Args:
        path: A `.ipynb` or py:percent file.
        target: Name to slice back from; None lets the notebook tell what it works towards.
        text: What the notebook is taken to hold; None reads it.

    Raises:
        NbexportError: The file is not a Python notebook, or no cell binds the target.
    """
    from nbexport import propose

    return propose.suggest(analyse(_python_notebook(path, text)), target=target)


def suggest_predict(path: Path | str) -> Prediction:
    """A `predict` proposed for a notebook that has none; runs none of its code and writes nothing.

    Args:
        path: A `.ipynb` or py:percent file.

    Raises:
        NbexportError: The file is not a Python notebook, has a `predict`, or nothing tells what one would be.
    """
    from nbexport.propose.prediction import predict_cell

    return predict_cell(analyse(_python_notebook(path)))


def _python_notebook(path: Path | str, text: str | None = None) -> Notebook:
    from nbexport.errors import NbexportError

    notebook = read(path) if text is None else read_text(text, str(path))
    if notebook.language != "python":
        raise NbexportError(
            f"`{Path(path).name}` is a {notebook.language} notebook", fix="nbexport exports Python notebooks"
        )
    return notebook


def apply_tags(path: Path | str, suggestion: Suggestion) -> int:
    """Write the proposed tags into the notebook, and nothing else; how many cells got one.

    Raises:
        NbexportError: The file cannot be written, or has changed since it was read.
    """
    from nbexport import disk
    from nbexport.errors import NbexportError
    from nbexport.fix.tags import tagged

    notebook = suggestion.notebook
    tags = suggestion.tags
    if not tags:
        return 0
    data = Path(path).read_bytes()
    if read_text(data, str(path)).digest != notebook.digest:
        raise NbexportError(f"`{Path(path).name}` has changed since it was read", fix="run the command again")
    disk.write_file(Path(path), tagged(data, notebook, tags))
    return len(tags)


def apply(plan: Plan, *, force: bool = False) -> None:
    """Write a plan; all of it or nothing.

    Raises:
        NbexportError: The folder cannot be written, or the plan has conflicts and `force` is not given.
    """
    from nbexport import disk

    disk.apply(plan, force=force)


@record
class Drift:
    """How far an exported project has fallen behind its notebook."""

    level: int
    behind: tuple[str, ...] = ()
    """What differs, as sentences; empty when the project is up to date."""


def drift(path: Path | str, *, output: Path) -> Drift | None:
    """How far an exported project has fallen behind its notebook; None where nothing was exported.

    A project that an older or newer nbexport wrote of this very notebook is up to date, and so is one that a person
    has edited.

    Args:
        path: The notebook.
        output: Folder of the project.

    Raises:
        NbexportError: The notebook or the project cannot be read, or the project is another notebook's.
    """
    from nbexport import disk
    from nbexport.errors import NbexportError
    from nbexport.model import Action

    last = disk.written(output)
    if last is None:
        return None
    name = Path(path).name
    if last.notebook != name:
        raise NbexportError(
            f"`{output}` was exported from `{last.notebook}`, not from `{name}`",
            fix="say with --output where the project of this notebook lies",
        )
    missing = [file for file, known in last.files.items() if known.owned and not (output / file).is_file()]
    if missing:
        return Drift(last.level, tuple(f"`{file}` is missing" for file in sorted(missing)))
    if read(path).digest == last.digest:
        return Drift(last.level)
    made = plan(path, level=last.level, output=output)
    if isinstance(made, Refused):
        first = made.against[0]
        return Drift(last.level, (f"the notebook can no longer be exported: {first.code} {first.problem.message}",))
    own = (disk.LOCK, disk.BASE)
    changed = tuple(
        f"`{change.path}` would be {_OUTCOMES[change.action]}"
        for change in made.changes
        if change.action is not Action.SAME and change.path not in own
    )
    return Drift(last.level, changed)


_OUTCOMES = {
    "create": "created",
    "update": "updated",
    "merge": "merged",
    "conflict": "in conflict",
    "orphan": "removed",
}
"""What would happen to a file, in the words of a report."""


def verify(
    path: Path | str,
    *,
    project: Path,
    tolerance: float = 0.0,
    workflows: bool = False,
    progress: Callable[[str], None] = lambda step: None,
    stop: Stop | None = None,
    python: str = sys.executable,
) -> Verification:
    """Run the notebook and its project in clean processes and compare; writes `verification.json` into the project.

    Args:
        path: The notebook. Its code is run.
        project: Folder of the exported project. Its code is run.
        tolerance: Largest relative difference between floats that counts as equal.
        workflows: Also run every command line of the project's workflows, in fresh copies and environments.
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

    lifted = lift(path, level=1)
    if isinstance(lifted, Refused):
        first = lifted.against[0]
        raise NbexportError(
            f"`{Path(path).name}` cannot be exported, so there is nothing to compare with",
            why=f"{first.code} in cell {first.problem.cell}: {first.problem.message}",
            fix=f"run `nbexport check {Path(path).name}`",
        )
    verification = compare(
        lifted.notebook,
        lifted.program,
        project=project,
        tolerance=tolerance,
        workflows=workflows,
        edited=disk.edited(project),
        progress=progress,
        stop=stop,
        python=python,
    )
    disk.write_file(project / "verification.json", verification.as_json().encode("utf-8"))
    return verification
