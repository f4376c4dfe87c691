"""What only the panel asks for: where an unsaved notebook stands on the ladder, and an export with files left out."""

from __future__ import annotations

from collections.abc import Iterable

from nbexport.judge.judgement import judge
from nbexport.judge.selection import Selection
from nbexport.levels import LEVELS
from nbexport.model import Action, Finding, Notebook, Parameter, Plan
from nbexport.names.cell import remembered
from nbexport.read.notebook import read_text
from nbexport.record import record, replace
from nbexport.recursion import at_any_depth


@record
class Standing:
    """Where a notebook stands on the ladder."""

    notebook: Notebook
    findings: tuple[Finding, ...]
    against: dict[int, tuple[Finding, ...]]
    """For each level that can be exported, what stands against it; nothing where it is reached."""
    parameters: tuple[Parameter, ...]
    """The options of `train.py`; none while no level is reached."""


@at_any_depth
def standing(text: str, name: str, *, selection: Selection | None = None) -> Standing:
    """What a check says of a notebook that may not be saved, and which levels it reaches; runs none of its code.

    Args:
        text: The notebook's text.
        name: The file it will be saved as.
        selection: What is reported; all when None. What stands against a level does so whether reported or not.

    Raises:
        NbexportError: The text is not a notebook.
    """
    levels = [level.number for level in LEVELS if level.emitters]
    # one judgement for all levels, which only a few rules ask for: this runs while somebody types
    judgement = judge(read_text(text, name), levels=[None, *levels], parse=remembered)
    if judgement.analysis is None:
        return Standing(judgement.notebook, (), {}, ())
    findings = judgement.checked()
    placed = judgement.placed
    return Standing(
        judgement.notebook,
        findings if selection is None else selection.of(findings, name),
        {level: judgement.against(level) for level in levels},
        () if placed.layout.problems else placed.options,
    )


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
