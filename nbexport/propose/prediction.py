"""A `predict` for a notebook that has none, as text to look through and paste: from the score back to the raw input.

    texts, labels = df["text"], df["label"]
    X = words.fit_transform(texts)                                    def predict(text: str) -> dict:
    X_train, X_test, … = train_test_split(X, labels)                      features = words.transform([text])
    model.fit(X_train, y_train)                                           return {"answer": model.predict(features)[0]}
    accuracy_score(y_test, model.predict(X_test))

The score names the model's call on held-out data. What it was given is followed backwards: a split is passed through,
fitted steps and conversions are noted, and where the data begins it says what one input looks like (`inputs`). Here the
function is written of it.
"""

from __future__ import annotations

import ast
import keyword

from nbexport.analysis.notebook import Analysis
from nbexport.errors import NbexportError
from nbexport.names.nodes import root_name
from nbexport.propose.inputs import InputKind, ModelInput, alias, model_input
from nbexport.record import record

_MAX_ARGUMENTS = 12


@record
class Prediction:
    """A proposed cell and what to check in it."""

    source: str
    """Text of the cell."""
    cell: int
    """The cell that it is to stand behind."""
    reasons: tuple[str, ...]
    """Where each part comes from, and what could not be told."""


def predict_cell(analysis: Analysis) -> Prediction:
    """The proposed cell.

    Raises:
        NbexportError: There is a `predict` already, or no call of a trained model from which one could be made.
    """
    for definition in reversed(analysis.definitions.get("predict", ())):
        if definition.function is not None:
            cell = analysis.units[definition.unit].cell
            raise NbexportError(
                f"cell {cell} defines `predict` already",
                fix="tag that cell `predict`, and call it once below with an input as an example",
            )
    traced = model_input(analysis)
    if traced is None:
        raise NbexportError(
            "no call of a trained model is found from which a `predict` could be made",
            why="it is looked for in the scores of the notebook: `model.predict(X_test)`, `model(X_test)`",
            fix="write a function `predict` that takes one input and returns the model's answer",
        )
    return _cell(analysis, traced)


def _cell(analysis: Analysis, traced: ModelInput) -> Prediction:
    network = isinstance(traced.call.func, ast.Name)
    pandas = alias(analysis, "pandas")
    named = traced.kind is InputKind.COLUMNS and len(traced.columns) <= _MAX_ARGUMENTS
    named = named and all(c.isidentifier() and not keyword.iskeyword(c) for c in traced.columns) and bool(pandas)
    shown = ast.unparse(traced.node)
    if named:
        arguments = ", ".join(f"{column}: float" for column in traced.columns)
        first = f"{pandas}.DataFrame([{{{', '.join(f'{c!r}: {c}' for c in traced.columns)}}}])"
        values = ", ".join(f"{column}=0.0" for column in traced.columns)
        example, note = f"predict({values})", "give each argument its type, and the example real values"
    elif traced.kind in (InputKind.COLUMNS, InputKind.FRAME) and pandas:
        arguments, first = "row: dict", f"{pandas}.DataFrame([row])"
        example, note = f"predict({shown}.iloc[0].to_dict())", "a service checks `row` better as a TypedDict"
    elif traced.kind is InputKind.TEXT:
        arguments, first = "text: str", "[text]"
        example, note = f"predict({shown}[0])", "the input is taken to be text"
    else:
        numpy = alias(analysis, "numpy")
        arguments = "values: list" if network else "values: list[float]"
        first = f"{numpy}.array([values])" if numpy else "[values]"
        example, note = f"predict({shown}[0].tolist())", "the input is taken to be a row of numbers"
        if isinstance(traced.node, ast.List) and traced.node.elts:
            example = f"predict({ast.unparse(traced.node.elts[0])})"
    reasons = [*traced.reasons, f"to check: {note}"]
    body = [f"features = {first}"]
    body += [f"features = {step.format('features')}" for step in reversed(traced.steps)]
    body += _network(analysis, traced) if network else _estimator(analysis, traced.owner)
    if network and len(traced.call.args) + len(traced.call.keywords) > 1:
        reasons.append(f"to check: `{traced.owner}` takes more than one argument; only the first is made here")
    cell = analysis.units[-1].cell if analysis.units else 0
    text = "\n".join(
        [
            f"def predict({arguments}) -> dict:",
            '    """Say here what the answer means."""',
            *(f"    {line}" for line in body),
            "",
            "",
            example,
        ]
    )
    return Prediction(text, cell, tuple(reasons))


def _network(analysis: Analysis, traced: ModelInput) -> list[str]:
    torch = alias(analysis, "torch") or "torch"
    own = traced.steps and not traced.is_tensor
    convert = [] if own or traced.is_tensor else [f"features = {torch}.tensor(features, dtype={torch}.float32)"]
    return [
        *convert,
        f"{traced.owner}.eval()",
        f"with {torch}.no_grad():",
        f"    scores = {traced.owner}(features)[0]",
        'return {"scores": scores.tolist()}',
    ]


def _estimator(analysis: Analysis, owner: str) -> list[str]:
    used = {
        part.func.attr
        for unit in analysis.units
        for part in unit.nodes
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute)
        if (root := root_name(part.func)) is not None and root.id == owner
    }
    answer = [f'"prediction": {owner}.predict(features).tolist()[0]']
    if "predict_proba" in used:
        answer.append(f'"probabilities": {owner}.predict_proba(features)[0].tolist()')
    return [f"return {{{', '.join(answer)}}}"]
