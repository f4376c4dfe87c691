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
from collections.abc import Iterator

from nbexport.analysis.bindings import State
from nbexport.analysis.notebook import Analysis
from nbexport.errors import NbexportError
from nbexport.model import Role
from nbexport.propose import tables
from nbexport.propose.flow import Flow
from nbexport.propose.kinds import Evidence, Kinds
from nbexport.propose.result import Result, fitted_names
from nbexport.record import record

_VERBS = re.compile(r"^(?:compute|calculate|get|comp)_|_(?:score|fn)$")
_CLASSIFIES = re.compile(r"Classif|Logistic|SVC|NB$|Perceptron|Discriminant")
_REGRESSES = re.compile(r"Regress|Ridge|Lasso|SVR|ElasticNet|Lars$")
_LOSS = re.compile(r"(?:^|_)loss(?:es)?(?:_|$)", re.IGNORECASE)
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
        self.imports: dict[str, None] = {}
        self.reasons: list[str] = []
        self.place = place_below(analysis, result, binds_metrics=not result.is_metrics)
        """The last statement above the new cell."""

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
            entries = self._of_model(held_back_only=bool(lost))
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
        return MetricsCell("\n".join(lines), self.analysis.units[self.place].cell, tuple(self.reasons))

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
        return known and self._is_held(node, unit) and not any(k.arg == "return_dict" for k in node.keywords)

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
            if self._is_kept(bound, unit):
                return bound, self._number(unit, score, bound)
        if isinstance(score, ast.Name):
            return (score.id, f"float({score.id})") if self._is_kept(score.id, unit) else (score.id, "")
        if isinstance(node, ast.For | ast.While | ast.If | ast.Try) or not self._is_held(score, unit):
            return called, ""
        if last == "best_score_":
            return "best_score", f"float({ast.unparse(score)})"
        if last == "score" and isinstance(score, ast.Call) and isinstance(score.func, ast.Attribute):
            called = self._measure(score.func.value, self.analysis.before[unit])
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
        if len(arguments) < 2 or not all(self._is_held(argument, unit) for argument in arguments):
            return name, ""
        full = f"sklearn.metrics.{function}"
        known = next((n for n, ds in self._there().items() if any(d.module == full for d in ds)), "")
        if not known:
            self.imports[f"from sklearn.metrics import {function}"] = None
        text = ", ".join(ast.unparse(argument) for argument in arguments)
        self._say(unit, f"`{report}` is a table; `{function}` is its number")
        return name, f"float({known or function}({text}))"

    def _measure(self, model: ast.expr, state: State) -> str:
        """What `model.score` gives, by the model's class."""
        for unit, value in self._made(model.id if isinstance(model, ast.Name) else "", state):
            for part in ast.walk(value):
                last = (self.analysis.full_name(unit, part) or "") if isinstance(part, ast.expr) else ""
                last = last.rpartition(".")[2]
                if last and _CLASSIFIES.search(last):
                    return "accuracy"
                if last and _REGRESSES.search(last):
                    return "r2"
        return "score"

    # ------------------------------------------------------------------ where nothing is scored

    def _of_model(self, *, held_back_only: bool) -> dict[str, str]:
        """A score of the last fitted model: on rows that were held back, else on those it was fitted to.

        Args:
            held_back_only: Whether the notebook scores the model, for whose score one on other rows would be mistaken.
        """
        reached = {at for unit in self.result.units for at in self.flow.reach(unit)}
        for unit in sorted((unit for unit in reached if self.kinds.trains(unit)), reverse=True):
            models = [name for name in fitted_names(self.analysis, self.kinds, [unit]) if self._is_kept(name, unit)]
            fit = next((sign.node for sign in self.kinds.evidence(unit) if sign.fits), None)
            if models and isinstance(fit, ast.Call) and (figure := self._of_results(models[-1], fit, unit)):
                return {figure: f"float({models[-1]}.{figure})"}
            if models and isinstance(fit, ast.Call) and (found := self._of_structure(models[-1], fit, unit)):
                return found
            if models and isinstance(fit, ast.Call) and isinstance(fit.func, ast.Attribute) and len(fit.args) >= 2:
                names = [argument.id if isinstance(argument, ast.Name) else "" for argument in fit.args[:2]]
                made = self._maker(models[-1])
                if made.partition(".")[0] in ("sklearn", "xgboost", "lightgbm", "catboost"):
                    held_back = [self._held_back(name, unit) for name in names]
                    owner = ast.Name(models[-1])
                    if all(held_back):
                        self._say(unit, f"`{models[-1]}` is scored on `{held_back[0]}`, which it was not fitted to")
                        measure = self._measure(owner, self._there())
                        return {measure: f"float({models[-1]}.score({', '.join(held_back)}))"}
                    if made in tables.SEARCHES:
                        self._say(unit, f"`{models[-1]}` keeps the mean score of its best setting, by cross validation")
                        return {"best_score": f"float({models[-1]}.best_score_)"}
                    if not held_back_only and all(self._is_held(argument, unit) for argument in fit.args[:2]):
                        rows = ", ".join(ast.unparse(argument) for argument in fit.args[:2])
                        self._say(unit, f"to check: `{models[-1]}` is scored on the rows that it was fitted to")
                        measure = self._measure(owner, self._there())
                        return {f"train_{measure}": f"float({models[-1]}.score({rows}))"}
            losses = [name for name in self.analysis.bound_in.get(unit, ()) if _LOSS.search(name)]
            for name in losses:
                if name == "loss" and self._is_kept(name, unit):
                    self._say(unit, "to check: `loss` is that of the last step of the training")
                    steps = [p.func for p in self.analysis.units[unit].nodes if isinstance(p, ast.Call)]
                    tensor = any(ast.unparse(step) == "loss.backward" for step in steps)
                    return {"loss": "loss.item()" if tensor else "float(loss)"}
        return {}

    def _of_structure(self, name: str, fit: ast.Call, unit: int) -> dict[str, str]:
        """What a model found that learns without a target; nothing for another model."""
        made = self._maker(name)
        figure, text = tables.UNSUPERVISED.get(made.rpartition(".")[2], ("", ""))
        needs_rows = "{rows}" in text
        if not text or not made.startswith("sklearn.") or (needs_rows and not fit.args):
            return {}
        if needs_rows and not self._is_held(fit.args[0], unit):
            return {}
        self._say(unit, f"to check: `{figure}` says what `{name}` found in the rows that it was fitted to")
        rows = ast.unparse(fit.args[0]) if needs_rows else ""
        return {figure: f"float({text.format(model=name, rows=rows)})"}

    def _of_results(self, name: str, fit: ast.Call, unit: int) -> str:
        """The attribute of statistical results that says how well they fit: one that the notebook shows, else usual."""
        node, at = (fit.func.value if isinstance(fit.func, ast.Attribute) else fit), unit
        if isinstance(node, ast.Name):
            definitions = [d for d in self.analysis.before[unit].get(node.id, ()) if d.op is not None]
            node, at = (
                (definitions[0].op.value or node, definitions[0].unit)
                if len(definitions) == 1 and definitions[0].op
                else (node, at)
            )
        full = (self.analysis.full_name(at, node.func) or "") if isinstance(node, ast.Call) else ""
        if not full.startswith(tables.GIVE_RESULTS):
            return ""
        shown = {
            part.attr
            for found_unit in self.analysis.units
            for part in found_unit.nodes
            if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == name
        }
        last = full.rpartition(".")[2].lower()
        usual = "rsquared" if last in tables.R_SQUARED else "aic" if last in tables.AKAIKE else ""
        figure = next((one for one in tables.FIT_FIGURES if one in shown), usual)
        if figure:
            self._say(unit, f"to check: `{figure}` says how well `{name}` fits the rows that it was fitted to")
        return figure

    def _maker(self, name: str) -> str:
        """The full name of the library's class or function that made what a name stands for; empty where none did."""
        for at, made in self._made(name, self._there()):
            value: ast.expr | None = made
            while isinstance(value, ast.Call):
                if full := self.analysis.full_name(at, value.func):
                    return full
                value = value.func.value if isinstance(value.func, ast.Attribute) else None
        return ""

    def _made(self, name: str, state: State) -> Iterator[tuple[int, ast.expr]]:
        """What a name was bound to, and where; that of `model = model.fit(…)` is what `model` was before, too."""
        for definition in state.get(name, ()):
            value = definition.op.value if definition.op is not None else None
            if value is not None:
                yield definition.unit, value
            if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and definition.unit >= 0:
                if isinstance(value.func.value, ast.Name) and value.func.value.id == name:
                    earlier = {d for d in self.analysis.before[definition.unit].get(name, ()) if d != definition}
                    yield from self._made(name, {name: frozenset(d for d in earlier if d.unit < definition.unit)})

    def _held_back(self, name: str, unit: int) -> str:
        """The other half of the split that made a name, where it still stands for that half."""
        for definition in self.analysis.before[unit].get(name, ()):
            if definition.unit < 0:
                continue
            statement = self.analysis.units[definition.unit].node
            if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Call):
                continue
            full = self.analysis.full_name(definition.unit, statement.value.func) or ""
            target = statement.targets[0]
            if full.rpartition(".")[2] not in tables.SPLIT_NAMES or not isinstance(target, ast.Tuple):
                continue
            names = [part.id if isinstance(part, ast.Name) else "" for part in target.elts]
            if name in names and names.index(name) % 2 == 0 and names.index(name) + 1 < len(names):
                other = names[names.index(name) + 1]
                return other if self._is_kept(other, definition.unit) else ""
        return ""

    # ------------------------------------------------------------------ what can be read there

    def _there(self) -> State:
        below = self.place + 1
        return self.analysis.before[below] if below < len(self.analysis.units) else self.analysis.final

    def _is_kept(self, name: str, unit: int) -> bool:
        """Whether a name that a statement binds or reads stands for the same where the cell goes."""
        there = self._there().get(name, frozenset())
        own = {d for d in self.analysis.definitions.get(name, ()) if d.unit == unit}
        return bool(there & (own or self.analysis.before[unit].get(name, frozenset())))

    def _is_held(self, node: ast.expr, unit: int) -> bool:
        """Whether an expression gives the same where the cell goes."""
        bound = {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
        names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)} - bound
        there, before = self._there(), self.analysis.before[unit]
        return all(
            self.analysis.is_provided(name, unit) or there.get(name, frozenset()) == before.get(name) for name in names
        )


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
