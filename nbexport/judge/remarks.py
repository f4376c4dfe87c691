"""What there is to say about an export that was made all the same, as sentences for its plan."""

from __future__ import annotations

from collections.abc import Iterable

from nbexport.model import Finding, Notebook, Role, Severity, Trait
from nbexport.rules import find_rule


def remarks(notebook: Notebook, findings: Iterable[Finding]) -> tuple[str, ...]:
    """Sentences about cells that were left out on purpose, about warnings, and about literals that could be options.

    Assumptions are not remarks: a plan lists them apart.

    Args:
        notebook: What was exported.
        findings: What concerns the export.
    """
    concerning = tuple(finding for finding in findings if not _assumes(finding))
    skipped = [str(cell.number) for cell in notebook.cells if Role.SKIP in cell.roles]
    sentences = [f"tagged `skip` and left out: cell {', '.join(skipped)}"] if skipped else []
    for finding in concerning:
        if finding.severity is not Severity.ADVICE:
            sentences.append(f"{finding.code} cell {finding.problem.cell}: {finding.problem.message}")
    hoistable = sum(finding.problem.hoistable for finding in concerning)
    if hoistable:
        what = (
            "literal in the stages could be an option" if hoistable == 1 else "literals in the stages could be options"
        )
        them = "it a parameter" if hoistable == 1 else "them parameters"
        sentences.append(f"{hoistable} {what} of train.py: `--fix` makes {them}")
    return tuple(sentences)


def doubts(findings: Iterable[Finding], *, verified: bool) -> tuple[Finding, ...]:
    """The findings for which a strict export is refused: warnings, and assumptions that nothing has settled.

    Args:
        findings: What concerns the export.
        verified: Whether notebook and project were run and compute the same.
    """
    return tuple(
        finding for finding in findings if finding.severity is Severity.WARNING and not (verified and _assumes(finding))
    )


def _assumes(finding: Finding) -> bool:
    rule = find_rule(finding.code)
    return rule is not None and Trait.ASSUMES in rule.traits
