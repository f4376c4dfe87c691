"""Findings → what a report shows of them: one of each missing name, with all its places, and errors first.

    cell 3   `np` is bound nowhere         cell 3   `np` is bound nowhere
    cell 5   `np` is bound nowhere    ─►            also missing in cells 5 and 8
    cell 8   `np` is bound nowhere

Findings themselves stay one for each place: a comment silences one place, and the panel underlines each.
"""

from __future__ import annotations

from collections.abc import Sequence

from nbexport.model import Finding, Notebook, Related, Results, Severity
from nbexport.record import replace

_WEIGHTS = {severity: weight for weight, severity in enumerate(Severity)}


def together(results: Results) -> list[tuple[Notebook, tuple[Finding, ...]]]:
    """The results with one finding for each missing name; done twice it changes nothing."""
    return [(notebook, _merged(findings)) for notebook, findings in results]


def errors_first(findings: Sequence[Finding]) -> list[Finding]:
    """The findings by weight, and in each weight by place."""
    return sorted(findings, key=lambda finding: _WEIGHTS[finding.severity])


def _merged(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    places: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        if finding.problem.missing:
            places.setdefault((finding.code, finding.problem.name), []).append(finding)
    if all(len(alike) == 1 for alike in places.values()):
        return tuple(findings)
    shown = []
    for finding in findings:
        alike = places.get((finding.code, finding.problem.name), []) if finding.problem.missing else [finding]
        if finding is alike[0]:
            shown.append(_with_places(finding, alike[1:]))
    return tuple(shown)


def _with_places(finding: Finding, others: Sequence[Finding]) -> Finding:
    """A finding that names the places of others, and has the first fix of them."""
    if not others:
        return finding
    problem = finding.problem
    fix = next((one.problem.fix for one in (finding, *others) if one.problem.fix is not None), None)
    more = [
        Related(one.problem.cell, one.problem.span, f"`{problem.name}` is missing here too", missing=True)
        for one in others
    ]
    # what else an other place says (where it is called) is about that place alone
    return replace(finding, problem=replace(problem, fix=fix, related=(*problem.related, *more)))
