"""A `metrics` for a notebook that has none, made of the scores that it computes.

    print(accuracy_score(y_test, model.predict(X_test)))        metrics = {
    f1 = f1_score(y_test, predicted)                                "accuracy": float(accuracy_score(y_test, …)),
                                                                    "f1": float(f1),
                                                                }

A report is replaced by the number that belongs to it. Where nothing is scored, or no score can be read below its cell,
the fitted model scores the rows that a split held back from its fit; one that learns without a target says what it
found in its rows.
"""

from __future__ import annotations

import ast
import re

from nbexport.analysis.notebook import Analysis
from nbexport.errors import NbexportError
from nbexport.model import Role
from nbexport.propose import tables
from nbexport.propose.flow import Flow
from nbexport.propose.kinds import Evidence, Kinds
from nbexport.propose.result import Result
from nbexport.propose.standing import Standing
from nbexport.propose.unscored import Unscored, measure
from nbexport.record import record

_VERBS = re.compile(r"^(?:compute|calculate|get|comp)_|_(?:score|fn)$")
_FOR_REPORTS = {
    "confusion_matrix": ("accuracy", "accuracy_score"),
    "multilabel_confusion_matrix": ("accuracy", "accuracy_score"),
    "classification_report": ("accuracy", "accuracy_score"),
    "roc_curve": ("roc_auc", "roc_auc_score"),
    "precision_recall_curve": ("average_precision", "average_precision_score"),
    "silhouette_samples": ("silhouette", "silhouette_score"),
}
"""Report → the name and the function of the number that belongs to it."""


@record
class MetricsCell:
    """A proposed cell, where it goes and what it rests on."""

    source: str
    below: int
    reasons: tuple[str, ...]


def metrics_cell(analysis: Analysis, flow: Flow, kinds: Kinds, result: Result | None) -> MetricsCell:
    """The proposed cell that fills `metrics`.

    Raises:
        NbexportError: Nothing is scored or fitted, or what is scored cannot be written as one expression.
    """
    if result is None:
        raise NbexportError(
            "nothing is scored or fitted here, so no `metrics` can be proposed",
            fix='fit a model and write `metrics = {"name": value}` below it',
        )
    return _Writer(analysis, flow, kinds, result).cell()


class _Writer:
    def __init__(self, analysis: Analysis, flow: Flow, kinds: Kinds, result: Result) -> None:
        self.analysis, self.flow, self.kinds, self.result = analysis, flow, kinds, result
        place = place_below(analysis, result, binds_metrics=not result.is_metrics)
        self.standing = Standing(analysis, place)
        self.imports: dict[str, None] = {}
        self.reasons: list[str] = []

    def cell(self) -> MetricsCell:
        entries: dict[str, str] = {}
        whole = ""
        lost = ""
        for unit, sign in self._signs():
            if sign.node is None:
                continue
            if self._gives_dict(sign.node, unit):
                whole = f"{ast.unparse(sign.node)[:-1]}, return_dict=True)"
                continue
            name, value = self._entry(unit, sign.node, sign.score)
            if value:
                entries.setdefault(name, value)
                self._say(unit, f"`{name}` is the score with `{sign.score}`")
            else:
                lost = f"`{sign.score}` in cell {self.analysis.units[unit].cell}"
        if not entries and not whole:
            unscored = Unscored(self.standing, self.flow, self.kinds, self.result)
            entries = unscored.figure(held_back_only=bool(lost))
            self.reasons += unscored.reasons
            if lost:
                self.reasons.append(f"to check: the score with {lost} cannot be read below its cell")
        if not entries and not whole:
            raise NbexportError(
                f"the score with {lost} cannot be read below its cell, so no `metrics` can be proposed"
                if lost
                else "no score of the fitted model can be told from the notebook",
                fix='write `metrics = {"name": value}` where the score is computed',
            )
        if self.result.copies_only:
            self.reasons.append("to check: cross validation keeps no fitted model: fit one before level 2")
        lines = [*self.imports]
        if whole:
            lines.append(f"metrics = {whole}")
            lines += [f'metrics["{name}"] = {value}' for name, value in entries.items()]
        elif len(entries) == 1:
            [(name, value)] = entries.items()
            lines.append(f'metrics = {{"{name}": {value}}}')
        else:
            lines += ["metrics = {", *(f'    "{name}": {value},' for name, value in entries.items()), "}"]
        return MetricsCell("\n".join(lines), self.analysis.units[self.standing.place].cell, tuple(self.reasons))

    def _signs(self) -> list[tuple[int, Evidence]]:
        """The scores of the result: all of a statement that shows several, the figure of one that computes it."""
        all_signs = []
        for unit in self.result.units:
            signs = [sign for sign in self.kinds.evidence(unit) if sign.role is Role.EVALUATE and sign.weight >= 4]
            if not isinstance(self.analysis.units[unit].node, ast.Expr):
                signs = signs[:1]
            all_signs += [(unit, sign) for sign in sorted(signs, key=lambda sign: getattr(sign.node, "col_offset", 0))]
        return all_signs

    def _say(self, unit: int, text: str) -> None:
        self.reasons.append(f"cell {self.analysis.units[unit].cell}: {text}")

    def _gives_dict(self, node: ast.expr, unit: int) -> bool:
        """Whether a score is Keras' `evaluate`, which gives one number or a list."""
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "evaluate":
            return False
        known = any(
            d.module.partition(".")[0] in ("keras", "tensorflow") for ds in self.analysis.final.values() for d in ds
        )
        return known and self.standing.is_held(node, unit) and not any(k.arg == "return_dict" for k in node.keywords)

    # ------------------------------------------------------------------ one score

    def _entry(self, unit: int, score: ast.expr, name: str) -> tuple[str, str]:
        """(name, expression) of one score; an empty expression where it cannot be written below its cell."""
        last = name.rpartition(".")[2]
        if self._gives_nothing(score, unit):
            return _VERBS.sub("", last.strip("_")) or "score", ""
        if last in tables.REPORTS and isinstance(score, ast.Call):
            return self._of_report(unit, score, last)
        node = self.analysis.units[unit].node
        called = _VERBS.sub("", last.strip("_")) or "score"
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            bound = node.targets[0].id
            if self.standing.is_kept(bound, unit):
                return bound, self._number(unit, score, bound)
        if isinstance(score, ast.Name):
            return (score.id, f"float({score.id})") if self.standing.is_kept(score.id, unit) else (score.id, "")
        if isinstance(node, ast.For | ast.While | ast.If | ast.Try) or not self.standing.is_held(score, unit):
            return called, ""
        if last == "best_score_":
            return "best_score", f"float({ast.unparse(score)})"
        if last == "score" and isinstance(score, ast.Call) and isinstance(score.func, ast.Attribute):
            called = measure(self.standing, score.func.value, self.analysis.before[unit])
        return called, self._number(unit, score, ast.unparse(score))

    def _gives_nothing(self, score: ast.expr, unit: int) -> bool:
        """Whether a score is a call of the notebook's own function that returns nothing: it prints or draws."""
        if not isinstance(score, ast.Call) or not isinstance(score.func, ast.Name):
            return False
        functions = [d.function for d in self.analysis.before[unit].get(score.func.id, ()) if d.function is not None]
        return any(not function.is_class and not _returns(function.node) for function in functions)

    def _number(self, unit: int, score: ast.expr, text: str) -> str:
        full = self.analysis.full_name(unit, score.func) if isinstance(score, ast.Call) else None
        if full in tables.CROSS_VALIDATIONS:
            return f'float({text}["test_score"].mean())' if full.endswith("validate") else f"float({text}.mean())"
        return f"float({text})"

    def _of_report(self, unit: int, score: ast.Call, report: str) -> tuple[str, str]:
        name, function = _FOR_REPORTS[report]
        arguments = score.args[:2]
        by_name = {k.arg: k.value for k in score.keywords if k.arg in ("y_true", "y_pred", "y_score")}
        arguments = arguments or [by_name[key] for key in ("y_true", "y_pred", "y_score") if key in by_name]
        if len(arguments) < 2 or not all(self.standing.is_held(argument, unit) for argument in arguments):
            return name, ""
        full = f"sklearn.metrics.{function}"
        known = next((n for n, ds in self.standing.there.items() if any(d.module == full for d in ds)), "")
        if not known:
            self.imports[f"from sklearn.metrics import {function}"] = None
        text = ", ".join(ast.unparse(argument) for argument in arguments)
        self._say(unit, f"`{report}` is a table; `{function}` is its number")
        return name, f"float({known or function}({text}))"


def place_below(analysis: Analysis, result: Result | None, *, binds_metrics: bool) -> int:
    """The last statement of the result's last cell; the notebook's, where there is none.

    Where the new cell is to bind `metrics`, no cell below it may read that as a module.
    """
    last = max(result.units if result is not None else (), default=len(analysis.units) - 1)
    for use in analysis.uses if binds_metrics else ():
        if use.name == "metrics" and use.unit > last and any(d.module for d in use.definitions):
            last = use.unit
    return max(analysis.units_of(analysis.units[last].cell), default=last) if analysis.units else -1


def _returns(function: ast.AST) -> bool:
    """Whether a function returns a value; what its inner functions return does not count."""
    inner = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    if isinstance(function, ast.Lambda):
        return True
    parts = list(ast.iter_child_nodes(function))
    while parts:
        part = parts.pop()
        if (isinstance(part, ast.Return) and part.value is not None) or isinstance(part, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(part, inner):
            parts += ast.iter_child_nodes(part)
    return False
