"""What to say besides the roles: what the notebook lacks for an export, and what would be refused as proposed."""

from __future__ import annotations

import ast

from nbexport.analysis.notebook import Analysis
from nbexport.judge.judgement import Judgement
from nbexport.model import Role, Severity, Trait
from nbexport.propose import tables
from nbexport.propose.result import Result
from nbexport.rules import all_rules

LEVEL = 1
"""The level that the proposals are judged by."""
_SHOWN = 5


def advice(analysis: Analysis, judgement: Judgement, result: Result, target: str | None) -> tuple[str, ...]:
    """Sentences to show under the proposals.

    Args:
        analysis: The notebook as it is.
        judgement: What is to be said about the notebook with the proposed roles.
        result: What the proposals lead to.
        target: The result that was asked for; None when the notebook told.
    """
    retagged = judgement.placed.layout.analysis
    notes = [] if target is not None else [*_metrics(retagged, result), *_predict(analysis, retagged)]
    findings = judgement.everything(LEVEL)
    promotable = list(dict.fromkeys(finding.problem.name for finding in findings if finding.problem.hoistable))
    if promotable:
        names = ", ".join(f"`{name}`" for name in promotable)
        notes.append(f"literals worth promoting to `parameters`: {names}; `nbexport NOTEBOOK --fix` does it")
    supplied = {rule.code for rule in all_rules() if Trait.PROPOSED in rule.traits}
    errors = [finding for finding in findings if finding.severity is Severity.ERROR and finding.code not in supplied]
    notes += [
        f"as proposed, {finding.code} stands against an export, cell {finding.problem.cell}: {finding.problem.message}"
        for finding in errors[:_SHOWN]
    ]
    if len(errors) > _SHOWN:
        notes.append(f"… and {len(errors) - _SHOWN} more: `nbexport check --level 1` says them all")
    return tuple(notes)


def _metrics(retagged: Analysis, result: Result) -> list[str]:
    if any(d.unit in retagged.lifted and not d.module for d in retagged.definitions.get("metrics", ())):
        return []
    last = max((retagged.units[unit].cell for unit in result.units), default=1)
    name, value = _score(retagged, result)
    said = f'add a cell after cell {last}, tagged `evaluate`, with `metrics = {{"{name}": {value}}}`'
    return [f"there is no dict `metrics`: {said}"]


def _score(retagged: Analysis, result: Result) -> tuple[str, str]:
    """(name, expression) of the score that was found; the name it is bound to where it has one."""
    if not result.score:
        return "score", "…"
    called, _, arguments = result.score.partition("(")
    name = called.rpartition(".")[2].strip("_").removesuffix("_score").removesuffix("_fn")
    for verb in ("compute_", "calculate_", "get_", "comp_"):
        name = name.removeprefix(verb)
    if name in tables.REPORTS:
        return "accuracy", f"accuracy_score({arguments}"
    for unit in reversed(result.units):
        node = retagged.units[unit].node
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            return node.targets[0].id, node.targets[0].id
    return ("score" if name in ("", "cross_val") else name), result.score


def _predict(analysis: Analysis, retagged: Analysis) -> list[str]:
    if any(Role.PREDICT in cell.roles for cell in retagged.notebook.cells):
        return []
    trained = [
        d.name
        for definitions in retagged.definitions.values()
        for d in definitions
        if d.unit in retagged.lifted and {Role.MODEL, Role.TRAIN} & set(retagged.roles_of(d.unit)) and d.op is not None
        if isinstance(d.op.value, ast.Call)
    ]
    model = next((name for name in reversed(trained) if name in ("model", "clf", "net", "classifier")), None)
    uses = f" that asks `{model}`" if model else ""
    wanted = f"a cell, tagged `predict`, with one annotated function `predict(…)`{uses}"
    return [f"there is no `predict`: level 2 needs {wanted}"]
