"""A figure for a notebook that scores nothing, or whose scores cannot be read below their cells.

model.fit(X_train, y_train)      float(model.score(X_test, y_test))         the rows that a split held back
search.fit(X, y)                 float(search.best_score_)                  what cross validation found
clusters.fit(X)                  float(clusters.inertia_)                   what is learned without a target
results = OLS(y, X).fit()        float(results.rsquared)                    statistical results
"""

from __future__ import annotations

import ast
import re

from nbexport.analysis.bindings import State
from nbexport.propose import tables
from nbexport.propose.flow import Flow
from nbexport.propose.kinds import Kinds
from nbexport.propose.result import Result, fitted_names
from nbexport.propose.standing import Standing

_CLASSIFIES = re.compile(r"Classif|Logistic|SVC|NB$|Perceptron|Discriminant")
_REGRESSES = re.compile(r"Regress|Ridge|Lasso|SVR|ElasticNet|Lars$")
_WITH_SCORE = ("sklearn", "xgboost", "lightgbm", "catboost")
"""Libraries whose models have a `score`."""


def measure(standing: Standing, model: ast.expr, state: State) -> str:
    """What `model.score` gives, by the model's class."""
    for unit, value in standing.made(model.id if isinstance(model, ast.Name) else "", state):
        for part in ast.walk(value):
            last = (standing.analysis.full_name(unit, part) or "") if isinstance(part, ast.expr) else ""
            last = last.rpartition(".")[2]
            if last and _CLASSIFIES.search(last):
                return "accuracy"
            if last and _REGRESSES.search(last):
                return "r2"
    return "score"


class Unscored:
    """Finds the figure, and says why it is that one.

    Args:
        standing: The notebook's names where the cell goes.
        flow: Its data flow.
        kinds: What its statements do.
        result: What it works towards.
    """

    def __init__(self, standing: Standing, flow: Flow, kinds: Kinds, result: Result) -> None:
        self.standing, self.analysis = standing, standing.analysis
        self.flow, self.kinds, self.result = flow, kinds, result
        self.reasons: list[str] = []

    def figure(self, *, held_back_only: bool) -> dict[str, str]:
        """A figure of the last fitted model, by its name; nothing where none can be told.

        Args:
            held_back_only: Whether the notebook scores the model, for whose score one on other rows would be mistaken.
        """
        reached = {at for unit in self.result.units for at in self.flow.reach(unit)}
        for unit in sorted((unit for unit in reached if self.kinds.trains(unit)), reverse=True):
            fitted = fitted_names(self.analysis, self.kinds, [unit])
            kept = [name for name in fitted if self.standing.is_kept(name, unit)]
            fit = next((sign.node for sign in self.kinds.evidence(unit) if sign.fits), None)
            found = {}
            if kept and isinstance(fit, ast.Call):
                found = (
                    self._of_results(kept[-1], fit, unit)
                    or self._of_structure(kept[-1], fit, unit)
                    or self._of_score(kept[-1], fit, unit, held_back_only=held_back_only)
                )
            if found := found or self._of_loss(unit):
                return found
        return {}

    def _of_score(self, name: str, fit: ast.Call, unit: int, *, held_back_only: bool) -> dict[str, str]:
        """What `model.score` gives: on rows that were held back, else on those that the model was fitted to."""
        made = self.standing.maker(name)
        if made.partition(".")[0] not in _WITH_SCORE or not isinstance(fit.func, ast.Attribute) or len(fit.args) < 2:
            return {}
        rows = fit.args[:2]
        held_back = [self._held_back(part.id, unit) if isinstance(part, ast.Name) else "" for part in rows]
        named = measure(self.standing, ast.Name(name), self.standing.there)
        if all(held_back):
            self._say(unit, f"`{name}` is scored on `{held_back[0]}`, which it was not fitted to")
            return {named: f"float({name}.score({', '.join(held_back)}))"}
        if made in tables.SEARCHES:
            self._say(unit, f"`{name}` keeps the mean score of its best setting, by cross validation")
            return {"best_score": f"float({name}.best_score_)"}
        if held_back_only or not all(self.standing.is_held(part, unit) for part in rows):
            return {}
        self._say(unit, f"to check: `{name}` is scored on the rows that it was fitted to")
        return {f"train_{named}": f"float({name}.score({', '.join(map(ast.unparse, rows))}))"}

    def _of_loss(self, unit: int) -> dict[str, str]:
        """The loss that a training ends with."""
        if "loss" not in self.analysis.bound_in.get(unit, ()) or not self.standing.is_kept("loss", unit):
            return {}
        self._say(unit, "to check: `loss` is that of the last step of the training")
        calls = [part.func for part in self.analysis.units[unit].nodes if isinstance(part, ast.Call)]
        tensor = any(ast.unparse(call) == "loss.backward" for call in calls)
        return {"loss": "loss.item()" if tensor else "float(loss)"}

    def _of_structure(self, name: str, fit: ast.Call, unit: int) -> dict[str, str]:
        """What a model found that learns without a target; nothing for another model."""
        made = self.standing.maker(name)
        figure, text = tables.UNSUPERVISED.get(made.rpartition(".")[2], ("", ""))
        needs_rows = "{rows}" in text
        if not text or not made.startswith("sklearn.") or (needs_rows and not fit.args):
            return {}
        if needs_rows and not self.standing.is_held(fit.args[0], unit):
            return {}
        self._say(unit, f"to check: `{figure}` says what `{name}` found in the rows that it was fitted to")
        rows = ast.unparse(fit.args[0]) if needs_rows else ""
        return {figure: f"float({text.format(model=name, rows=rows)})"}

    def _of_results(self, name: str, fit: ast.Call, unit: int) -> dict[str, str]:
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
            return {}
        shown = {
            part.attr
            for found_unit in self.analysis.units
            for part in found_unit.nodes
            if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == name
        }
        last = full.rpartition(".")[2].lower()
        usual = "rsquared" if last in tables.R_SQUARED else "aic" if last in tables.AKAIKE else ""
        figure = next((one for one in tables.FIT_FIGURES if one in shown), usual)
        if not figure:
            return {}
        self._say(unit, f"to check: `{figure}` says how well `{name}` fits the rows that it was fitted to")
        return {figure: f"float({name}.{figure})"}

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
                return other if self.standing.is_kept(other, definition.unit) else ""
        return ""

    def _say(self, unit: int, text: str) -> None:
        self.reasons.append(f"cell {self.analysis.units[unit].cell}: {text}")
