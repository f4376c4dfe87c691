"""What only the panel asks for: where an unsaved notebook stands on the ladder, and an export with files left out."""

from __future__ import annotations

from collections.abc import Iterable

from nbexport.judge.brought import of_file, own_numbers
from nbexport.judge.judgement import judge
from nbexport.judge.selection import Selection
from nbexport.lab.flow import CellFlow, by_cell, flow
from nbexport.levels import LEVELS
from nbexport.model import Finding, Notebook
from nbexport.names.cell import remembered
from nbexport.plan import Action, Plan
from nbexport.program import Parameter
from nbexport.read.bringing import in_place
from nbexport.record import record, replace
from nbexport.recursion import at_any_depth


@record
class Standing:
    """Where a notebook stands on the ladder."""

    notebook: Notebook
    findings: tuple[Finding, ...]
    against: dict[int, tuple[Finding, ...]]
    """For each level that can be exported, what prevents it; nothing where it is reached."""
    parameters: tuple[Parameter, ...]
    """The options of `train.py`; none while no level is reached."""
    flow: tuple[CellFlow, ...] = ()
    """What each code cell binds and reads."""


@at_any_depth
def standing(notebook: Notebook, *, selection: Selection | None = None) -> Standing:
    """What a check says of a notebook that may not be saved, and which levels it reaches; runs none of its code.

    Args:
        notebook: What was read.
        selection: What is reported; all when None. What prevents a level does so whether reported or not.
    """
    levels = [level.number for level in LEVELS if level.emitters]
    # one judgement for all levels, which only a few rules ask for: this runs while somebody types
    document = in_place(notebook)
    judgement = judge(document, levels=[None, *levels], parse=remembered)
    if judgement.analysis is None:
        return Standing(notebook, (), {}, ())
    findings = of_file(document, judgement.checked())
    numbers = own_numbers(document)
    placed = judgement.placed
    return Standing(
        notebook,
        findings if selection is None else selection.of(findings, notebook.path),
        {level: of_file(document, judgement.against(level)) for level in levels},
        () if placed.layout.problems else tuple(replace(one, cell=numbers[one.cell]) for one in placed.options),
        by_cell(flow(judgement.analysis), numbers),
    )


@at_any_depth
def standing_together(document: Notebook, *, selection: Selection | None = None) -> Standing:
    """What a check says of several notebooks that become one project, and which levels they reach together.

    Args:
        document: The notebooks as one document, whose cells know their notebook.
        selection: What is reported; all when None.
    """
    levels = [level.number for level in LEVELS if level.emitters]
    judgement = judge(document, levels=[None, *levels], parse=remembered)
    findings, placed = judgement.checked(), judgement.placed
    return Standing(
        judgement.notebook,
        findings if selection is None else selection.of(findings, document.path),
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
