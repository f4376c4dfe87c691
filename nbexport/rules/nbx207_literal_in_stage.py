"""A literal inside a stage that could be a parameter.

## What it does
Points at `epochs = 300` above a loop, `lr=0.01` in a call and `for epoch in range(20)` in exported cells.

## Why is this bad
It is not: the export is sound. But the value cannot be given on the command line of `train.py`.

## How to fix
`nbexport NOTEBOOK --fix` moves such literals into the `parameters` cell; so does moving them by hand.

## Limits
Assignments count when the name is bound once in the notebook; arguments when their name is a known hyperparameter and
stands with one value only.

## Source
PRODUCT rule: parameters live inside stage cells in practically every real notebook.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from nbexport.analysis.notebook import Analysis
from nbexport.model import STAGE_ROLES, Edit, Fix, Problem, Severity, Span

SEVERITY = Severity.ADVICE
SCOPE = "lift"

GOOD = """\
# %% tags=["parameters"]
epochs = 3
# %% tags=["train", "evaluate"]
total = 0
for epoch in range(epochs):
    total += epoch
metrics = {"total": total}
"""

BAD = """\
# %% tags=["train", "evaluate"]
epochs = 3  # <- here
total = 0
for epoch in range(epochs):
    total += epoch
metrics = {"total": total}
"""

ARGUMENTS = {
    "lr": "learning_rate",
    **{
        name: name
        for name in (
            "learning_rate batch_size epochs num_epochs n_epochs n_estimators max_depth min_samples_leaf "
            "min_samples_split weight_decay momentum test_size n_neighbors n_clusters n_components max_iter alpha "
            "dropout hidden_size embedding_dim num_layers max_features min_df max_df l1_ratio learning_rate_init"
        ).split()
    },
}
"""Argument names that are hyperparameters wherever they stand → the parameter's name."""


class _Literal(NamedTuple):
    """One literal that may be hoisted."""

    unit: int
    name: str
    node: ast.expr
    assignment: bool


def find(analysis: Analysis) -> Iterator[Problem]:
    """Literals of exported stages that could be options."""
    literals = [*_assigned(analysis), *_arguments(analysis)]
    counts: dict[str, int] = {}
    for literal in literals:
        counts[literal.name] = counts.get(literal.name, 0) + 1
    for literal in literals:
        taken = not literal.assignment and literal.name in analysis.definitions
        if counts[literal.name] > 1 or taken:
            continue
        unit = analysis.units[literal.unit]
        text = ast.unparse(literal.node)
        span = unit.span(None if literal.assignment else literal.node)
        yield Problem(
            f"`{literal.name}` = {text} could be a parameter",
            "move it to the `parameters` cell, or run `nbexport NOTEBOOK --fix`",
            unit.cell,
            span,
            literal.name,
            Fix(
                f"make `{literal.name}` a parameter",
                (_edit(analysis, literal),),
                parameters=(f"{literal.name} = {text}{_comment(analysis, literal)}",),
            ),
        )


def _assigned(analysis: Analysis) -> Iterator[_Literal]:
    """`name = number` on a line of its own, the name's only binding."""
    deleted = {
        target.id
        for _, unit in analysis.statements_near("del")
        for part in unit.nodes
        if isinstance(part, ast.Delete)
        for target in part.targets
        if isinstance(target, ast.Name)
    }
    for index in sorted(analysis.lifted):
        node = analysis.units[index].node
        if not _in_stage(analysis, index) or not isinstance(node, ast.Assign) or len(node.targets) != 1:
            continue
        target = node.targets[0]
        if isinstance(target, ast.Name) and _is_number(node.value) and _alone(analysis, index):
            changed = any(change.name == target.id for change in analysis.changes if change.unit in analysis.lifted)
            if len(analysis.definitions.get(target.id, ())) == 1 and not changed and target.id not in deleted:
                yield _Literal(index, target.id, node.value, True)


def _arguments(analysis: Analysis) -> Iterator[_Literal]:
    """`lr=0.01` in a call, and the number of rounds of a training loop."""
    for index in sorted(analysis.lifted):
        if not _in_stage(analysis, index):
            continue
        for node in analysis.units[index].nodes:
            if isinstance(node, ast.Call):
                for keyword in node.keywords:
                    if keyword.arg in ARGUMENTS and _is_number(keyword.value):
                        yield _Literal(index, ARGUMENTS[keyword.arg], keyword.value, False)
            elif isinstance(node, ast.For) and isinstance(node.target, ast.Name) and node.target.id.startswith("epoch"):
                rounds = node.iter
                if isinstance(rounds, ast.Call) and isinstance(rounds.func, ast.Name) and rounds.func.id == "range":
                    if len(rounds.args) == 1 and _is_number(rounds.args[0]):
                        yield _Literal(index, "epochs", rounds.args[0], False)


def _in_stage(analysis: Analysis, unit: int) -> bool:
    return not analysis.whole and any(role in STAGE_ROLES for role in analysis.roles_of(unit))


def _is_number(node: ast.expr) -> bool:
    inner = node.operand if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) else node
    return isinstance(inner, ast.Constant) and type(inner.value) in (int, float, bool)


def _alone(analysis: Analysis, unit: int) -> bool:
    """Whether the statement has its lines to itself, in a cell whose columns are those of the source."""
    statement = analysis.units[unit]
    span = statement.code_span()
    before = statement.lines[span.row - 1][: span.column - 1].strip()
    after = statement.lines[span.end_row - 1][span.end_column - 1 :].strip()
    return not before and (not after or after.startswith("#"))


def _edit(analysis: Analysis, literal: _Literal) -> Edit:
    unit = analysis.units[literal.unit]
    if not literal.assignment:
        return Edit(unit.cell, unit.span(literal.node), literal.name)
    span = unit.span()
    last = span.end_row >= len(unit.lines)
    whole = Span(span.row, 1, span.end_row, len(unit.lines[span.end_row - 1]) + 1)
    return Edit(unit.cell, whole if last else Span(span.row, 1, span.end_row + 1, 1), "")


def _comment(analysis: Analysis, literal: _Literal) -> str:
    unit = analysis.units[literal.unit]
    span = unit.code_span()
    after = unit.lines[span.end_row - 1][span.end_column - 1 :].strip()
    return f"  {after}" if literal.assignment and after.startswith("#") else ""
