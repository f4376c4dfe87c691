"""Where the notebook asks its trained model: the call that a `predict` repeats, for the model that the result is about.

    rf.predict(X_test)                 not this one: the result is about `model`
    y_pred = model.predict(dtest)      this one, since the result is made of it
    roc_auc_score(y_test, y_pred)      the result

A call in a function of the notebook counts where a cell hands it the model. Where nothing asks the model, what it was
fitted to says what it is given.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.names.nodes import is_definition
from nbexport.propose import tables
from nbexport.propose.flow import Flow
from nbexport.propose.kinds import Kinds
from nbexport.propose.objects import ObjectKind
from nbexport.propose.places import Place, Places
from nbexport.propose.result import Result
from nbexport.record import record

_METHODS = ("predict_proba", "predict", "decision_function", "score", "evaluate", "forward")
_FITTED_TO = {"xgboost.train": 1, "lightgbm.train": 1}
"""Function that gives a trained model → which argument holds the rows."""


@record
class Asked:
    """One call of the model, or of its fit."""

    given: ast.expr
    """What the model is given."""
    place: Place
    owner: str
    """The model, as the new cell writes it."""
    name: str
    """The name of a cell that stands for the model."""
    call: ast.Call
    is_fit: bool = False
    is_handed: bool = False
    """Whether a function of a library is given the model."""
    more: int = 0
    """How many inputs besides the first the model is given."""

    @property
    def is_network(self) -> bool:
        """Whether the model itself is called, as torch's modules are."""
        called = not isinstance(self.call.func, ast.Attribute) or self.call.func.attr == "forward"
        return called and not self.is_fit and not self.is_handed


class Asking:
    """The calls of trained models in one notebook."""

    def __init__(self, analysis: Analysis, flow: Flow, kinds: Kinds, places: Places, result: Result | None) -> None:
        self.analysis, self.flow, self.kinds, self.places, self.result = analysis, flow, kinds, places, result
        self.models = frozenset(result.models) if result is not None else frozenset()

    def calls(self) -> Iterator[Asked]:
        """The calls, the likeliest first: those that the result is made of, others of its model, its fit, the rest."""
        made_of = self.flow.slice(self.result.units) if self.result is not None else set()
        units = [unit for unit in range(len(self.analysis.units)) if unit <= self.places.last]
        fits = {unit for unit in made_of if self.kinds.trains(unit)}
        near = [asked for unit in sorted(made_of, reverse=True) for asked in self._in(unit)]
        yield from (asked for asked in near if asked.name in self.models)
        others = [asked for unit in reversed(units) if unit not in made_of for asked in self._in(unit)]
        yield from (asked for asked in others if asked.name in self.models)
        yield from (asked for unit in sorted(fits, reverse=True) for asked in self._fit(unit))
        if not self.models:
            yield from near
            yield from others

    def _in(self, unit: int) -> Iterator[Asked]:
        node = self.analysis.units[unit].node
        if is_definition(node):
            return
        compound = isinstance(node, ast.For | ast.While | ast.With | ast.If | ast.Try)
        inner = {id(part) for fun in ast.walk(node) if isinstance(fun, ast.Lambda) for part in ast.walk(fun)}
        for part in self.analysis.units[unit].nodes:
            if isinstance(part, ast.Call) and id(part) not in inner:
                yield from self._call(part, Place(unit, row=part.lineno if compound else 0), 0)

    def _call(self, call: ast.Call, place: Place, depth: int) -> Iterator[Asked]:
        function = self.places.function(call, place) if depth < 3 else None
        if function is not None:
            parts = [part for part in ast.walk(function) if isinstance(part, ast.Call)]
            for part in sorted(parts, key=lambda part: -part.lineno):
                yield from self._call(part, self.places.inside(call, function, place, part.lineno), depth + 1)
            return
        if (self.analysis.full_name(place.unit, call.func) or "") in tables.ASK_FOR_US and len(call.args) > 1:
            yield from self._handed(call, place)
            return
        owner = call.func
        if isinstance(owner, ast.Attribute):
            if owner.attr not in _METHODS:
                return
            owner = owner.value
        first = _first(call)
        model = _root(owner)
        if first is None or model is None:
            return
        name = self._name(model, place)
        written = self.places.text(owner, place)
        if not name or written is None or not self._is_model(name, place, called=owner is call.func):
            return
        inputs = call.args if owner is call.func else call.args[:1]
        yield Asked(first, place, written, name, call, more=len(inputs) - 1)

    def _handed(self, call: ast.Call, place: Place) -> Iterator[Asked]:
        """The call of a library function that is given the model and rows, and asks the one about the others."""
        model = _root(call.args[0])
        name = self._name(model, place) if model is not None else ""
        written = self.places.text(call.args[0], place)
        if name and written is not None and self._is_model(name, place, called=False):
            yield Asked(call.args[1], place, written, name, call, is_handed=True)

    def _name(self, node: ast.Name, place: Place) -> str:
        """The name of a cell that an argument of a function stands for; itself in a cell."""
        for _ in range(4):
            if node.id not in place.given:
                return node.id
            value, place = place.given[node.id]
            if not isinstance(value, ast.Name):
                return ""
            node = value
        return ""

    def _is_model(self, name: str, place: Place, *, called: bool) -> bool:
        """Whether a name holds a model that is trained by then."""
        definitions = self.places.definitions(name, Place(place.unit))
        models = [d for d in definitions if self.kinds.objects.kind_of(d) is ObjectKind.MODEL]
        by_own = [d for d in definitions if self.kinds.trains(d.unit) and d.function is None and not d.module]
        if called:
            return bool(models) and all(d.function is None and not d.module for d in definitions)
        fitted = any(self.flow.changes_after([d]) or self.kinds.trains(d.unit) or self._is_part(d) for d in models)
        return fitted or bool(by_own) or any(self._is_part(d) for d in definitions)

    def _is_part(self, definition: object) -> bool:
        """Whether a binding takes the best estimator out of a search."""
        value = getattr(getattr(definition, "op", None), "value", None)
        made_by_fit = isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "fit"
        return made_by_fit or (isinstance(value, ast.Attribute) and value.attr == "best_estimator_")

    def _fit(self, unit: int) -> Iterator[Asked]:
        """What the fit of a statement gives the model."""
        for part in self.analysis.units[unit].nodes:
            if not isinstance(part, ast.Call):
                continue
            full = self.analysis.full_name(unit, part.func) or ""
            given: ast.expr | None = None
            name, where = "", unit
            if full in _FITTED_TO:
                at = _FITTED_TO[full]
                keywords = {k.arg: k.value for k in part.keywords}
                given = part.args[at] if len(part.args) > at else keywords.get("dtrain", keywords.get("train_set"))
                name = next(iter(self.analysis.bound_in.get(unit, ())), "")
            elif isinstance(part.func, ast.Attribute) and part.func.attr in ("fit", "fit_predict"):
                root = _root(part.func.value)
                bound = self.analysis.bound_in.get(unit, ())
                held = [one for one in bound if self._holds_model(one, unit)]
                name = root.id if root is not None else next(iter(held), "")
                given = _first(part)
                made, at = self._constructed(part.func.value, unit)
                if made is not None and self.kinds.objects.gives_results(made, at):
                    given, name, where = self._of_statsmodels(made, at), next(iter(held or bound), ""), at
            state = self.places.there.get(name, frozenset())
            if given is not None and name and any(d.unit >= 0 and not d.module and not d.marker for d in state):
                yield Asked(given, Place(where), name, name, part, is_fit=True)

    def _constructed(self, node: ast.expr, unit: int) -> tuple[ast.Call | None, int]:
        """The call that makes what is fitted, and its statement: `OLS(y, X).fit()`, or `m = …` for `m.fit()`."""
        if isinstance(node, ast.Name):
            bound = self.places.bound(node.id, Place(unit))
            if bound is None or bound.position is not None or bound.iterated:
                return None, unit
            node, unit = bound.value, bound.place.unit
        return (node if isinstance(node, ast.Call) else None), unit

    def _holds_model(self, name: str, unit: int) -> bool:
        definitions = [d for d in self.analysis.definitions.get(name, ()) if d.unit == unit]
        return any(self.kinds.objects.kind_of(d) is ObjectKind.MODEL for d in definitions)

    def _of_statsmodels(self, made: ast.Call, unit: int) -> ast.expr | None:
        """The rows of `sm.OLS(y, X).fit()`, or the frame of `smf.ols("y ~ x", data=df).fit()`."""
        full = self.analysis.full_name(unit, made.func) or ""
        if not full.startswith(tables.GIVE_RESULTS) or full.rpartition(".")[2].lower() in tables.AHEAD:
            return None
        keywords = {k.arg: k.value for k in made.keywords}
        if "data" in keywords:
            return keywords["data"]
        return made.args[1] if len(made.args) > 1 else keywords.get("exog")


def _first(call: ast.Call) -> ast.expr | None:
    """The first argument of a call, where it is one plain value."""
    if call.args:
        return None if isinstance(call.args[0], ast.Starred) else call.args[0]
    keyed = [k.value for k in call.keywords if k.arg in ("X", "x", "data", "exog")]
    return keyed[0] if keyed else None


def _root(node: ast.expr) -> ast.Name | None:
    """The name of `model`, `grid.best_estimator_` or `parts["model"]`."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node if isinstance(node, ast.Name) else None
