"""The registry: one file per rule, and everything about a rule comes from its file.

`nbx101_undefined_name.py` is rule `NBX101`, called `undefined-name`; its docstring is its documentation, `GOOD` and
`BAD` are its tests. Nothing is listed by hand, so a new file is a new rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Literal

from nbexport.analysis.notebook import Analysis
from nbexport.model import Finding, Problem, Severity
from nbexport.record import record, replace

LEVELLED = frozenset({"NBX201", "NBX208", "NBX209"})
"""Rules that ask for which level the notebook is judged."""
_FILE_NAME = re.compile(r"(nbx\d{3})_([a-z0-9_]+)")


@record
class Rule:
    """One rule, as its file states it."""

    code: str
    slug: str
    title: str
    """First line of the docstring, without its full stop."""
    severity: Severity
    scope: Literal["notebook", "lift", "file"]
    """`lift` rules speak only where roles stand or a level is asked for. What `file` rules say is about a cell as it is
    stored: an export that takes nothing from the cell does not hear it."""
    doc: str
    """The whole docstring, Markdown."""
    good: str
    bad: str
    find: Callable[[Analysis], Iterator[Problem]]


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, in the order of the codes."""
    # pkgutil would find them too, but it imports `inspect`
    names = sorted(path.stem for path in Path(__file__).parent.glob("nbx*.py") if _FILE_NAME.fullmatch(path.stem))
    return tuple(_rule(name) for name in names)


def find_rule(code: str) -> Rule | None:
    """The rule with this code or slug, however it is cased; None when there is none."""
    wanted = code.strip()
    return next((rule for rule in all_rules() if wanted.upper() == rule.code or wanted.lower() == rule.slug), None)


def run(analysis: Analysis) -> tuple[Finding, ...]:
    """What every rule has to say, sorted by place."""
    return _sorted(
        Finding(rule.code, rule.severity, problem) for rule in judging(analysis) for problem in rule.find(analysis)
    )


def run_levels(analysis: Analysis, levels: Iterable[int | None]) -> dict[int | None, tuple[Finding, ...]]:
    """What `run` would say at each of several levels; rules that do not ask for the level run once.

    Args:
        analysis: The notebook's; its own level does not count.
        levels: The levels, None for a plain check.
    """
    same = {rule: list(rule.find(analysis)) for rule in all_rules() if rule.code not in LEVELLED}
    found: dict[int | None, tuple[Finding, ...]] = {}
    for level in levels:
        at = replace(analysis, level=level)
        found[level] = _sorted(
            Finding(rule.code, rule.severity, problem)
            for rule in judging(at)
            for problem in (same[rule] if rule in same else rule.find(at))
        )
    return found


def judging(analysis: Analysis) -> tuple[Rule, ...]:
    """The rules that judge this notebook: those of scope `lift` only where roles stand or a level is given."""
    contract = not analysis.whole or bool(analysis.level)
    return tuple(rule for rule in all_rules() if rule.scope != "lift" or contract)


def refusing(findings: Iterable[Finding], analysis: Analysis) -> tuple[Finding, ...]:
    """The errors that stand against an export of the notebook."""
    stored = {rule.code for rule in all_rules() if rule.scope == "file"}
    about = set(concerning(findings, analysis))
    return tuple(
        finding
        for finding in findings
        if finding.severity is Severity.ERROR and (finding.code not in stored or finding in about)
    )


def concerning(findings: Iterable[Finding], analysis: Analysis) -> tuple[Finding, ...]:
    """The findings about what an export is made of: its contract, and the cells that it takes something from."""
    exported = {analysis.units[unit].cell for unit in analysis.lifted}
    contract = {rule.code for rule in all_rules() if rule.scope == "lift"}
    return tuple(finding for finding in findings if finding.code in contract or finding.problem.cell in exported)


def merged(findings: Iterable[Finding], code: str, problems: Iterable[Problem]) -> tuple[Finding, ...]:
    """The findings and the problems of one more rule, which a later stage reports on its behalf.

    Raises:
        KeyError: No rule has this code.
    """
    rule = find_rule(code)
    if rule is None:
        raise KeyError(code)
    return _sorted([*findings, *(Finding(rule.code, rule.severity, problem) for problem in problems)])


def _sorted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    unique = {_place(finding): finding for finding in findings}
    return tuple(unique[place] for place in sorted(unique))


def _place(finding: Finding) -> tuple[int, int, int, str, str]:
    problem = finding.problem
    return problem.cell, problem.span.row, problem.span.column, finding.code, problem.message


def _rule(module_name: str) -> Rule:
    named = _FILE_NAME.fullmatch(module_name)
    if named is None:
        raise ValueError(module_name)
    module = import_module(f"{__name__}.{module_name}")
    doc = module.__doc__ or ""
    return Rule(
        code=named[1].upper(),
        slug=named[2].replace("_", "-"),
        title=doc.split("\n", 1)[0].rstrip("."),
        severity=module.SEVERITY,
        scope=module.SCOPE,
        doc=doc,
        good=module.GOOD,
        bad=module.BAD,
        find=module.find,
    )
