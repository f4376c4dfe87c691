"""What there is to say about an export that was made all the same, as sentences for its plan."""

from __future__ import annotations

from collections.abc import Iterable

from nbexport.model import Finding, Notebook, Role, Severity


def remarks(notebook: Notebook, findings: Iterable[Finding]) -> tuple[str, ...]:
    """Sentences about cells that were left out on purpose, about warnings, and about literals that could be options.

    Args:
        notebook: What was exported.
        findings: What concerns the export.
    """
    concerning = tuple(findings)
    skipped = [str(cell.number) for cell in notebook.cells if Role.SKIP in cell.roles]
    sentences = [f"tagged `skip` and left out: cell {', '.join(skipped)}"] if skipped else []
    for finding in concerning:
        if finding.severity is not Severity.ADVICE:
            sentences.append(f"{finding.code} cell {finding.problem.cell}: {finding.problem.message}")
    hoistable = sum(finding.problem.hoistable for finding in concerning)
    if hoistable:
        sentences.append(
            f"{hoistable} literals in the stages could be options of train.py: `--fix` makes them parameters"
        )
    return tuple(sentences)
