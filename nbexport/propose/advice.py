"""What to say besides the roles: what the notebook lacks for an export, and what would be refused as proposed."""

from __future__ import annotations

from nbexport.analysis.notebook import Analysis
from nbexport.errors import NbexportError
from nbexport.judge.judgement import Judgement
from nbexport.model import Role, Severity, Trait
from nbexport.propose.flow import Flow
from nbexport.propose.kinds import Kinds
from nbexport.propose.metrics import metrics_cell
from nbexport.propose.result import Result
from nbexport.rules import all_rules

LEVEL = 1
"""The level that the proposals are judged by."""
_SHOWN = 5


Notes = tuple[str, ...]


def advice(flow: Flow, kinds: Kinds, judgement: Judgement, result: Result, target: str | None) -> tuple[Notes, Notes]:
    """Sentences to show under the proposals: what nbexport can write into the notebook, and all others.

    Args:
        flow: The data flow of the notebook as it is.
        kinds: What its statements do.
        judgement: What is to be said about the notebook with the proposed roles.
        result: What the proposals lead to.
        target: The result that was asked for; None when the notebook told.
    """
    retagged = judgement.placed.layout.analysis
    metrics = _metrics(retagged, flow, kinds, result) if target is None else []
    lacks = [*metrics, *(_predict(retagged, result) if target is None else [])]
    findings = judgement.everything(LEVEL)
    promotable = list(dict.fromkeys(finding.problem.name for finding in findings if finding.problem.hoistable))
    if promotable:
        names = ", ".join(f"`{name}`" for name in promotable)
        lacks.append(f"literals worth promoting to `parameters`: {names}; `nbexport NOTEBOOK --fix` does it")
    supplied = {rule.code for rule in all_rules() if Trait.PROPOSED in rule.traits}
    errors = [finding for finding in findings if finding.severity is Severity.ERROR and finding.code not in supplied]
    copies = "cross validation fits copies of a model and keeps none: fit the model itself in a cell of its own"
    notes = [copies] if result.copies_only and metrics else []
    notes += [
        f"as proposed, {finding.code} prevents an export, cell {finding.problem.cell}: {finding.problem.message}"
        for finding in errors[:_SHOWN]
    ]
    if len(errors) > _SHOWN:
        notes.append(f"… and {len(errors) - _SHOWN} more: `nbexport check --level 1` says them all")
    return tuple(lacks), tuple(notes)


def _metrics(retagged: Analysis, flow: Flow, kinds: Kinds, result: Result) -> list[str]:
    if any(d.unit in retagged.lifted and not d.module for d in retagged.definitions.get("metrics", ())):
        return []
    try:
        made = metrics_cell(flow.analysis, flow, kinds, result)
    except NbexportError as error:
        return [f"there is no dict `metrics`: {error.what}; {error.fix}"]
    rows = made.source.split("\n")
    code = rows[-1] if len(rows) < 3 else " ".join(row.strip() for row in rows)
    return [f"there is no dict `metrics`: add a cell after cell {made.below}, tagged `evaluate`, with `{code}`"]


def _predict(retagged: Analysis, result: Result) -> list[str]:
    if any(Role.PREDICT in cell.roles for cell in retagged.notebook.cells):
        return []
    uses = f" that asks `{result.models[-1]}`" if result.models else ""
    wanted = f"a cell, tagged `predict`, with one annotated function `predict(…)`{uses}"
    return [f"there is no `predict`: level 2 needs {wanted}"]
