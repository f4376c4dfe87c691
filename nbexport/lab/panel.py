"""What only the panel asks for: an unsaved notebook judged for all levels, one fix, an export with files left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from nbexport import rules
from nbexport.analysis.analyse import analyse
from nbexport.api import check_text, may_suppress
from nbexport.errors import NbexportError
from nbexport.fix.rounds import apply_fixes
from nbexport.judge import suppression
from nbexport.judge.selection import Selection
from nbexport.levels import LEVELS
from nbexport.lift.program import lift as make
from nbexport.model import Action, Finding, Notebook, Parameter, Plan, Program
from nbexport.names.cell import remembered
from nbexport.read.notebook import decoded, read_text
from nbexport.record import record, replace


@record
class Standing:
    """Where a notebook stands on the ladder."""

    notebook: Notebook
    findings: tuple[Finding, ...]
    against: dict[int, tuple[Finding, ...]]
    """For each level that can be exported, what stands against it; nothing where it is reached."""
    parameters: tuple[Parameter, ...]
    """The options of `train.py`; none while no level is reached."""


def standing(text: str, name: str, *, selection: Selection | None = None) -> Standing:
    """What a check says of a notebook that may not be saved, and which levels it reaches; runs none of its code.

    Args:
        text: The notebook's text.
        name: The file it will be saved as.
        selection: What is reported; all when None. What stands against a level does so whether reported or not.

    Raises:
        NbexportError: The text is no notebook.
    """
    notebook = read_text(text, name)
    if notebook.language != "python":
        return Standing(notebook, (), {}, ())
    # one analysis and one lift for all levels, which only a few rules ask for: this runs while somebody types
    analysis = analyse(notebook, parse=remembered)
    made = make(analysis, name=Path(name).name)
    refused = () if isinstance(made, Program) else made
    levels = [level.number for level in LEVELS if level.emitters]
    found = rules.run_levels(analysis, [None, *levels])
    findings = found[None]
    if analysis.units and not analysis.whole:
        findings = rules.merged(findings, "NBX206", refused)
    against = {level: rules.merged(found[level], "NBX206", refused) for level in levels}
    if may_suppress(notebook):
        findings = suppression.applied(findings, notebook, judged={rule.code for rule in rules.judging(analysis)})
        against = {level: suppression.for_export(said, notebook) for level, said in against.items()}
    against = {level: rules.refusing(said, analysis) for level, said in against.items()}
    findings = findings if selection is None else selection.of(findings, name)
    return Standing(notebook, findings, against, made.parameters if isinstance(made, Program) else ())


def fix_one(text: str, name: str, chosen: Callable[[Finding], bool]) -> Notebook:
    """The notebook after the fix of one finding; writes nothing.

    Args:
        text: The notebook's text.
        name: The file it is saved as.
        chosen: Which finding.

    Raises:
        NbexportError: It is no notebook, or has no such finding with a fix.
    """
    data = text.encode("utf-8", "surrogatepass")
    wanted = [finding.problem.fix for finding in check_text(text, name)[1] if chosen(finding)]
    if not wanted or wanted[0] is None:
        raise NbexportError("this finding has no fix any more", fix="check the notebook again")
    # findings are made anew for each round: the fix is known by what it does
    once = iter([True])
    result = apply_fixes(
        decoded(data, name),
        lambda now: check_text(now, name),
        wanted=lambda fix: fix == wanted[0] and next(once, False),
    )
    return result.notebook


def keep(plan: Plan, paths: Iterable[str]) -> Plan:
    """The plan without the changes of some files: those on disk stay as they are."""
    kept = set(paths)
    return replace(
        plan,
        changes=tuple(
            replace(change, action=Action.SAME, after=change.before, note="kept") if change.path in kept else change
            for change in plan.changes
        ),
    )
