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
_LOSS = re.compile(r"(?:^|_)loss(?:es)?(?:_|$)", re.IGNORECASE)


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
        """A score of the last fitted model: on rows that were held back, else on those it was fitted to.

        Args:
            held_back_only: Whether the notebook scores the model, for whose score one on other rows would be mistaken.
        """
        reached = {at for unit in self.result.units for at in self.flow.reach(unit)}
        for unit in sorted((unit for unit in reached if self.kinds.trains(unit)), reverse=True):
            models = [
                name for name in fitted_names(self.analysis, self.kinds, [unit]) if self.standing.is_kept(name, unit)
            ]
            fit = next((sign.node for sign in self.kinds.evidence(unit) if sign.fits), None)
            if models and isinstance(fit, ast.Call) and (fit_figure := self._of_results(models[-1], fit, unit)):
                return {fit_figure: f"float({models[-1]}.{fit_figure})"}
            if models and isinstance(fit, ast.Call) and (found := self._of_structure(models[-1], fit, unit)):
                return found
            if models and isinstance(fit, ast.Call) and isinstance(fit.func, ast.Attribute) and len(fit.args) >= 2:
                names = [argument.id if isinstance(argument, ast.Name) else "" for argument in fit.args[:2]]
                made = self.standing.maker(models[-1])
                if made.partition(".")[0] in ("sklearn", "xgboost", "lightgbm", "catboost"):
                    held_back = [self._held_back(name, unit) for name in names]
                    owner = ast.Name(models[-1])
                    if all(held_back):
                        self._say(unit, f"`{models[-1]}` is scored on `{held_back[0]}`, which it was not fitted to")
                        named = measure(self.standing, owner, self.standing.there)
                        return {named: f"float({models[-1]}.score({', '.join(held_back)}))"}
                    if made in tables.SEARCHES:
                        self._say(unit, f"`{models[-1]}` keeps the mean score of its best setting, by cross validation")
                        return {"best_score": f"float({models[-1]}.best_score_)"}
                    if not held_back_only and all(self.standing.is_held(argument, unit) for argument in fit.args[:2]):
                        rows = ", ".join(ast.unparse(argument) for argument in fit.args[:2])
                        self._say(unit, f"to check: `{models[-1]}` is scored on the rows that it was fitted to")
                        named = measure(self.standing, owner, self.standing.there)
                        return {f"train_{named}": f"float({models[-1]}.score({rows}))"}
            losses = [name for name in self.analysis.bound_in.get(unit, ()) if _LOSS.search(name)]
            for name in losses:
                if name == "loss" and self.standing.is_kept(name, unit):
                    self._say(unit, "to check: `loss` is that of the last step of the training")
                    steps = [p.func for p in self.analysis.units[unit].nodes if isinstance(p, ast.Call)]
                    tensor = any(ast.unparse(step) == "loss.backward" for step in steps)
                    return {"loss": "loss.item()" if tensor else "float(loss)"}
        return {}

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
