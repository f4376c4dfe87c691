"""A `predict` for a notebook that has none, as text to look through and paste: from the score back to the raw input.

    texts, labels = df["text"], df["label"]
    X = words.fit_transform(texts)                                    def predict(text: str) -> dict:
    X_train, X_test, … = train_test_split(X, labels)                      features = words.transform([text])
    model.fit(X_train, y_train)                                           return {"answer": model.predict(features)[0]}
    accuracy_score(y_test, model.predict(X_test))

The result says which model is asked (`asked`). What it was given is followed backwards (`trail`) to rows that the
notebook still has, and `inputs` says how one of them is handed over. Here the function is written of it.
"""

from __future__ import annotations

import ast
from pathlib import Path

from nbexport.analysis.notebook import Analysis
from nbexport.errors import NbexportError
from nbexport.model import Role
from nbexport.names.nodes import root_name
from nbexport.propose import tables
from nbexport.propose.asked import Asked, Asking
from nbexport.propose.flow import Flow
from nbexport.propose.inputs import Input, Inputs
from nbexport.propose.kinds import Kinds
from nbexport.propose.looks import Looks
from nbexport.propose.metrics import place_below
from nbexport.propose.places import Place, Places
from nbexport.propose.result import Result, find_result
from nbexport.propose.steps import HOLE
from nbexport.propose.trail import Begin, Trail
from nbexport.record import record

_ASKS_NOTHING_NEW = frozenset(
    "DBSCAN OPTICS AgglomerativeClustering SpectralClustering TSNE MDS FeatureAgglomeration HDBSCAN RecursiveLS".split()
)
"""Models that know the rows they were fitted to, and no others."""
_MOST_CALLS = 12
_MOST_STEPS = 100


@record
class Prediction:
    """A proposed cell and what to check in it."""

    source: str
    """Text of the cell."""
    cell: int
    """The cell that it is to stand below."""
    reasons: tuple[str, ...]
    """Where each part comes from, and what could not be told."""


def predict_cell(analysis: Analysis, *, within: Path | None = None) -> Prediction:
    """The proposed cell.

    Args:
        analysis: The notebook.
        within: The folder outside of which no data file is read for an example; None for no such limit.

    Raises:
        NbexportError: There is a `predict` already, or no call of a trained model from which one could be made.
    """
    flow, kinds = Flow(analysis), Kinds(analysis)
    result = find_result(analysis, flow, kinds)
    helpers = [d for d in analysis.definitions.get("predict", ()) if d.function is not None]
    tagged = [d for d in helpers if Role.PREDICT in analysis.roles_of(d.unit)]
    served = tagged[-1].unit if tagged else result.predict[-1] if result is not None and result.predict else None
    if served is not None:
        raise _defined(analysis.units[served].cell)
    last = place_below(analysis, result, binds_metrics=False)
    for helper in helpers:
        # cells that call the helper by this name stand above the new function
        last = max([last, *(use.unit for use in analysis.uses if helper in use.definitions)])
    last = max(analysis.units_of(analysis.units[last].cell), default=last) if analysis.units else -1
    writer = _Writer(analysis, flow, kinds, result, Places(analysis, last), within)
    try:
        made = writer.cell()
    except NbexportError:
        if helpers:
            raise _defined(analysis.units[helpers[-1].unit].cell) from None
        raise
    if not helpers:
        return made
    cell = analysis.units[helpers[-1].unit].cell
    note = (
        f"cell {cell} has a helper `predict` that is given the model: the function of the cell tagged `predict` counts"
    )
    return Prediction(made.source, made.cell, (*made.reasons, note))


def _defined(cell: int) -> NbexportError:
    return NbexportError(
        f"cell {cell} defines `predict` already",
        fix="tag that cell `predict`, and call it once below with an input as an example",
    )


class _Writer:
    def __init__(
        self,
        analysis: Analysis,
        flow: Flow,
        kinds: Kinds,
        result: Result | None,
        places: Places,
        within: Path | None,
    ) -> None:
        self.analysis, self.flow, self.kinds, self.result, self.places = analysis, flow, kinds, result, places
        self.within = within
        self.looks = Looks(analysis, places)

    def cell(self) -> Prediction:
        """The cell for the first call that can be followed back.

        Raises:
            NbexportError: None can be.
        """
        for name in reversed(self.result.models if self.result is not None else ()):
            if ahead := self._ahead(name):
                return ahead
        asking = Asking(self.analysis, self.flow, self.kinds, self.places, self.result)
        refused: NbexportError | None = None
        for count, asked in enumerate(asking.calls()):
            if count == _MOST_CALLS:
                break
            why = self._not_askable(asked)
            trail = Trail(self.analysis, self.places, self.looks)
            begin = trail.follow(asked.given, asked.place) if not why else None
            if begin is None:
                refused = refused or self._refused(asked, why, trail)
                continue
            return self._of(asked, begin, trail)
        if refused is not None:
            raise refused
        raise NbexportError(
            "no call of a trained model is found from which a `predict` could be made",
            why="it is looked for in the scores of the notebook: `model.predict(X_test)`, `model(X_test)`",
            fix="write a function `predict` that takes one input and returns the model's answer",
        )

    def _ahead(self, name: str) -> Prediction | None:
        """The cell that asks the model of one series for the steps that follow it; None for any other model.

        Raises:
            NbexportError: The series depends on other values, which have to be given for each step.
        """
        made = self._constructed(name)
        full = (self.analysis.full_name(made[1].unit, made[0].func) or "") if made is not None else ""
        last = full.rpartition(".")[2].lower()
        if made is None or not full.startswith(tables.GIVE_RESULTS) or last not in tables.AHEAD:
            return None
        call, place = made
        if any(k.arg in ("exog", None) for k in call.keywords) or (last in tables.EXOG_SECOND and len(call.args) > 1):
            raise NbexportError(
                f"`{name}` depends on `exog`, which has to be known for each step that is asked for",
                fix=f"write a function `predict` that takes these values and returns `{name}.forecast(steps, exog=…)`",
            )
        source = (
            'def predict(steps: int) -> dict:\n    """Say here what the answer means."""\n'
            f"    steps = max(1, min(steps, {_MOST_STEPS}))\n"
            f'    return {{"prediction": {name}.forecast(steps).tolist()}}\n\n\npredict(3)'
        )
        check = f"to check: {_MOST_STEPS} steps at most, so that no request keeps the service busy"
        reason = (
            f"cell {self.analysis.units[place.unit].cell}: `{name}` is a model of one series, "
            "which is asked for the steps that follow it"
        )
        return Prediction(source, self.analysis.units[self.places.last].cell, (reason, check))

    def _constructed(self, name: str) -> tuple[ast.Call, Place] | None:
        """The library call that made what a name stands for in the new cell, and where it is."""
        definitions = [d for d in self.places.there.get(name, ()) if not d.marker]
        bound = self.places.value_of(definitions[0]) if len(definitions) == 1 else None
        return self.looks.constructed(bound.value, bound.place) if bound is not None else None

    def _refused(self, asked: Asked, why: str, trail: Trail) -> NbexportError:
        cell = self.analysis.units[asked.place.unit].cell
        shown = ast.unparse(asked.given)
        what = why or f"what `{asked.name}` is given in cell {cell}, `{shown}`, cannot be read any more below it"
        return NbexportError(
            what,
            why=trail.stopped,
            fix="write a function `predict` that takes one input and returns the model's answer",
        )

    def _not_askable(self, asked: Asked) -> str:
        """Why a model cannot be asked about one new row; empty where it can."""
        made = self.looks.maker(ast.Name(asked.name), asked.place).rpartition(".")[2]
        call = self._constructed(asked.name) if not made else None
        if call is not None:
            made = (self.analysis.full_name(call[1].unit, call[0].func) or "").rpartition(".")[2]
        if made in _ASKS_NOTHING_NEW:
            return f"`{asked.name}` is a `{made}`, which cannot be asked about rows that it was not fitted to"
        if asked.more:
            return f"`{asked.name}` takes {asked.more + 1} inputs, and only one can be followed"
        return ""

    def _of(self, asked: Asked, begin: Begin, trail: Trail) -> Prediction:
        called = ast.unparse(asked.call)
        verb = "is fitted by" if asked.is_fit else "is given to" if asked.is_handed else "is called as"
        cell = self.analysis.units[asked.place.unit].cell
        reasons = [f"cell {cell}: the model {verb} `{_short(called)}`", *begin.reasons]
        inputs = Inputs(self.analysis, self.flow, self.places, self.looks, trail, begin, asked, self.within)
        given = inputs.given()
        reasons += given.reasons
        body = [f"{given.name} = {given.first}"]
        body += [f"{given.name} = {step.replace(HOLE, given.name)}" for step in given.steps]
        body += self._network(asked, given) if asked.is_network else self._estimator(asked, given)
        imports = [*given.imports, "", ""] if given.imports else []
        text = "\n".join(
            [
                *imports,
                f"def predict({given.arguments}) -> dict:",
                '    """Say here what the answer means."""',
                *(f"    {row}" for line in body for row in line.split("\n")),
                "",
                "",
                given.example,
            ]
        )
        below = self.analysis.units[self.places.last].cell if self.analysis.units else 0
        return Prediction(text, below, tuple(dict.fromkeys(reasons)))

    def _network(self, asked: Asked, given: Input) -> list[str]:
        torch = self.places.module("torch") or "torch"
        return [
            f"{asked.owner}.eval()",
            f"with {torch}.no_grad():",
            f"    scores = {asked.owner}({given.name})[0]",
            'return {"scores": scores.tolist()}',
        ]

    def _estimator(self, asked: Asked, given: Input) -> list[str]:
        used = {
            part.func.attr
            for unit in self.analysis.units
            for part in unit.nodes
            if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute)
            if (root := root_name(part.func)) is not None and root.id in (asked.name, *asked.place.given)
        }
        made = self.looks.maker(ast.Name(asked.name), asked.place)
        silent = ", verbose=0" if made.startswith(("keras.", "tensorflow.")) else ""
        answer = [f'"prediction": {asked.owner}.predict({given.name}{silent}).tolist()[0]']
        if "predict_proba" in used and not silent:
            answer.append(f'"probabilities": {asked.owner}.predict_proba({given.name})[0].tolist()')
        return [f"return {{{', '.join(answer)}}}"]


def _short(text: str, most: int = 80) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
