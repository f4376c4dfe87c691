"""Notebook → Judgement: analysed once, asked by every rule, with what the lift refuses; suppressed when it is read.

    train.ipynb ─ analyse ─► Analysis ─ every rule ─┐
                               └─ place ─ refusals ─┴─► findings by level ─ suppressions ─► what a check reports,
                                                                                            what an export hears

`check`, export, the panel and proposals all begin here, so none of them can hold another opinion than the others. Rules
that ask for the level run once for each level, all others once.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from nbexport.analysis.analyse import analyse
from nbexport.analysis.notebook import Analysis
from nbexport.judge.brought import of_file
from nbexport.levels import PIPELINE
from nbexport.levels import level as known_level
from nbexport.model import Assumption, Finding, Notebook, Problem, Role, Severity, Trait
from nbexport.names.cell import Parse
from nbexport.read.bringing import in_place
from nbexport.read.joining import parts
from nbexport.read.notebook import PYTHON, read_text
from nbexport.record import record, replace
from nbexport.recursion import at_any_depth
from nbexport.rules import Rule, all_rules, rule_with

if TYPE_CHECKING:
    from nbexport.judge.selection import Selection
    from nbexport.lift.placing import Placed


IN_ONE_KERNEL = ("NBX0", "NBX1")
"""The families that judge what one kernel runs: reading, hidden state."""


@record(eq=False)
class Judgement:
    """What is to be said about a notebook, before suppressions and selections."""

    notebook: Notebook
    analysis: Analysis | None
    """None for a notebook in another language, about which nothing is said."""
    by_level: Mapping[int | None, tuple[Finding, ...]]
    """For each level that was asked for (None: a plain check), what the rules say, sorted by place."""

    @cached_property
    def placed(self) -> Placed:
        """What the lift decided, and what it cannot place.

        Raises:
            ValueError: The notebook is not written in Python.
        """
        if self.analysis is None:
            raise ValueError(self.notebook.language)
        from nbexport.lift.placing import place  # most notebooks that are checked have no roles

        return place(self.analysis)

    @property
    def explicit(self) -> Placed:
        """The same, where the files that several notebooks hand on are values of stages.

        Only names of files are new in it, which no rule has anything to say about. Where the lift cannot place them,
        the stages open the files by their paths, as the notebooks do.
        """
        if not self.notebook.parts:
            return self.placed
        from nbexport.lift import handing, placing

        document = handing.explicit(self.placed.layout)
        named = placing.place(analyse(document)) if document is not None else None
        return self.placed if named is None or named.layout.problems else named

    @cached_property
    def assumptions(self) -> tuple[Assumption, ...]:
        """What an export takes to be harmless, whatever a comment silences; nothing where no cell has a role."""
        if self.analysis is None or self.analysis.whole:
            return ()
        from nbexport.analysis.effects.account import account
        from nbexport.analysis.joined import assumed

        return (*account(self.analysis).assumptions, *assumed(self.analysis))

    @property
    def needed(self) -> frozenset[int]:
        """The cells that have a role, or that an export takes a statement from."""
        with_role = {cell.number for cell in self.notebook.cells if set(cell.roles) - {Role.SKIP}}
        units = () if self.analysis is None else (self.analysis.units[unit] for unit in self.analysis.lifted)
        return frozenset(with_role | {unit.cell for unit in units})

    def checked(self, level: int | None = None) -> tuple[Finding, ...]:
        """What a check reports at a level: the lift speaks where roles stand, and suppressions are heard.

        At a level that can be exported they silence what they silence for an export: what passes is exported.
        """
        findings = self.by_level[level]
        if self.analysis is None:
            return findings
        if self.analysis.units and not self.analysis.whole:
            findings = merged(findings, Trait.OF_LIFT, self._refusals(level))
        if not may_suppress(self.notebook):
            return findings
        from nbexport.judge import suppression

        judging = {rule.code for rule in judges(self.analysis, level)}
        kept, unused = suppression.applied(findings, self.notebook, judged=judging)
        asked = known_level(level) if level is not None else None
        if asked is not None and asked.emitters:
            kept = suppression.for_export(findings, self.notebook)
        return merged(kept, Trait.OF_SUPPRESSION, unused)

    def everything(self, level: int) -> tuple[Finding, ...]:
        """What rules and lift say at a level, whatever a comment silences."""
        return merged(self.by_level[level], Trait.OF_LIFT, self._refusals(level))

    def _refusals(self, level: int | None) -> list[Problem]:
        """What the lift cannot place; at a level that serves `predict`, one that has to stay inside a stage too."""
        problems = list(self.placed.layout.problems)
        asked = known_level(level) if level is not None else None
        if self.analysis is None or asked is None or Role.PREDICT not in asked.roles:
            return problems
        if not problems and self.placed.predict is None:
            problems += _inner_predict(self.analysis)
        if not problems and asked.number >= PIPELINE and self.notebook.parts:
            from nbexport.lift.handing import unseen

            problems += unseen(self.placed.layout)
        return problems

    def exported(self, level: int) -> tuple[Finding, ...]:
        """What an export hears at a level: no comment silences what changes the result."""
        findings = self.everything(level)
        if not may_suppress(self.notebook):
            return findings
        from nbexport.judge import suppression

        return suppression.for_export(findings, self.notebook)

    def against(self, level: int) -> tuple[Finding, ...]:
        """The errors that prevent an export at a level; none where it is reached."""
        stored = {rule.code for rule in all_rules() if rule.scope == "file"}
        findings = self.exported(level)
        about = set(self._concerning(findings))
        return tuple(
            finding
            for finding in findings
            if finding.severity is Severity.ERROR and (finding.code not in stored or finding in about)
        )

    def concerning(self, level: int) -> tuple[Finding, ...]:
        """The findings about what an export is made of: its contract, and the cells that it takes something from."""
        return self._concerning(self.exported(level))

    def _concerning(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        if self.analysis is None:
            return ()
        exported = {self.analysis.units[unit].cell for unit in self.analysis.lifted}
        contract = {rule.code for rule in all_rules() if rule.scope == "lift"}
        return tuple(finding for finding in findings if finding.code in contract or finding.problem.cell in exported)


def judge(notebook: Notebook, *, levels: Sequence[int | None] = (None,), parse: Parse | None = None) -> Judgement:
    """What every rule says about a notebook; runs none of its code.

    Args:
        notebook: What was read.
        levels: The maturity levels to judge by; None for a plain check.
        parse: What reads the code of a cell, if not `names.cell.units_of_source`.
    """
    if notebook.language != PYTHON:
        return Judgement(notebook, None, dict.fromkeys(levels, ()))
    analysis = analyse(notebook, parse=parse)
    text = text_of(notebook)
    asking = [rule for rule in judges(analysis, *levels) if rule.may_speak(text)]
    same = {rule: list(rule.find(analysis)) for rule in asking if Trait.ASKS_LEVEL not in rule.traits}
    by_level: dict[int | None, tuple[Finding, ...]] = {}
    for level in levels:
        asked = replace(analysis, level=level)
        by_level[level] = _sorted(
            Finding(rule.code, rule.severity, problem)
            for rule in asking
            if rule.scope != "lift" or level or not analysis.whole
            for problem in (same[rule] if rule in same else rule.find(asked))
        )
    for part in parts(notebook):
        # each runs in a kernel of its own, where it has to be sound without the others
        hidden = [finding for finding in judge(part).by_level[None] if finding.code.startswith(IN_ONE_KERNEL)]
        by_level = {level: _sorted([*findings, *hidden]) for level, findings in by_level.items()}
    return Judgement(notebook, analysis, by_level)


@at_any_depth
def check_text(
    text: bytes | str, name: str, *, selection: Selection | None = None, level: int | None = None
) -> tuple[Notebook, tuple[Finding, ...]]:
    """The notebook in a text that may not be saved, and what is reported about it.

    Args:
        text: The file's text or bytes.
        name: The name it goes by; notebooks that it runs lie beside that.
        selection: What is reported; all when None.
        level: The maturity level to judge by.

    Raises:
        NbexportError: The text is not a notebook.
    """
    # a check makes many objects, nearly no cycles among them, and forgets them all at its end: looking for cycles
    # meanwhile took 44 % of the time of a large notebook
    collecting = gc.isenabled()
    gc.disable()
    try:
        notebook = read_text(text, name)
        document = in_place(notebook)
        findings = of_file(document, judge(document, levels=(level,)).checked(level))
    finally:
        if collecting:
            gc.enable()
    return notebook, findings if selection is None else selection.of(findings, name)


def _inner_predict(analysis: Analysis) -> Iterator[Problem]:
    """Each `predict` of a `predict` cell, which something else of that name keeps inside a stage."""
    definitions = [definition for definition in analysis.definitions.get("predict", ()) if definition.unit >= 0]
    for definition in definitions:
        unit = definition.unit
        if Role.PREDICT not in analysis.roles_of(unit) or definition.function is None:
            continue
        cell = analysis.units[unit].cell
        others = [other for other in definitions if other is not definition]
        cells = sorted({analysis.units[other.unit].cell for other in others} - {cell})
        yield Problem(
            f"`predict` in cell {cell} cannot stand outside of the run, which a service needs",
            f"give `predict` in cell {cells[0]} another name" if cells else "define `predict` once, at the top level",
            cell,
            analysis.span(unit),
            "predict",
            related=tuple(analysis.bound_here(other, "`predict` is bound here too") for other in others),
        )


def judges(analysis: Analysis, *levels: int | None) -> tuple[Rule, ...]:
    """The rules that judge a notebook: those of scope `lift` only where roles stand or one of the levels is given."""
    contract = not analysis.whole or any(levels)
    return tuple(rule for rule in all_rules() if rule.scope != "lift" or contract)


def text_of(notebook: Notebook) -> str:
    """The source of all code cells, which is searched for the words of rules."""
    text = "\n".join(cell.source for cell in notebook.cells if cell.kind == "code")
    if text.isascii():
        return text
    from unicodedata import normalize

    return f"{text}\n{normalize('NFKC', text)}"  # as Python reads names, whatever their width


def problems_with(analysis: Analysis, trait: Trait) -> Iterator[Problem]:
    """What the rules of a trait say about an analysis, without any level."""
    for rule in all_rules():
        if trait in rule.traits:
            yield from rule.find(analysis)


def merged(findings: Iterable[Finding], trait: Trait, problems: Iterable[Problem]) -> tuple[Finding, ...]:
    """The findings and the problems of the one rule with a trait, which another stage reports on its behalf."""
    rule = rule_with(trait)
    return _sorted([*findings, *(Finding(rule.code, rule.severity, problem) for problem in problems)])


def may_suppress(notebook: Notebook) -> bool:
    """Whether there is anything that looks like a suppression; few notebooks need what reads them."""
    return any(
        "noqa" in cell.source or "nbexport:" in cell.source or "NOQA" in cell.source or "nbexport" in cell.metadata
        for cell in notebook.cells
    )


def _sorted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    unique = {_place(finding): finding for finding in findings}
    return tuple(unique[place] for place in sorted(unique))


def _place(finding: Finding) -> tuple[int, int, int, str, str]:
    problem = finding.problem
    return problem.cell, problem.span.row, problem.span.column, finding.code, problem.message
