"""The result that a notebook works towards, from which the backward slice starts.

In this order: the dict `metrics`, with the asserts on it; what the function `predict` needs, with the scores of the
same model; the scores of fitted models that stand in the notebook, those on held-out data first, the best of those that
are comparable, else the last; and where nothing is scored, the last fit. Cross validation scores copies that nobody
keeps, so it counts only where no model is fitted at all.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from nbexport.analysis.bindings import Definition
from nbexport.analysis.notebook import Analysis
from nbexport.errors import NbexportError
from nbexport.model import Role
from nbexport.names.nodes import root_name
from nbexport.names.operations import Function
from nbexport.propose import tables
from nbexport.propose.flow import Flow
from nbexport.propose.kinds import TRAINS, Kinds
from nbexport.propose.objects import ObjectKind
from nbexport.propose.scores import Score, candidates, chosen, scores_in
from nbexport.record import field, record

_ASKS = ("predict", "predict_proba", "decision_function", "forward")


@record
class Result:
    """Where the slice starts, why there, and how sure that is (0 to 1)."""

    shown: str
    """The result in words: `metrics`, `the score with accuracy_score`."""
    units: tuple[int, ...]
    why: str
    confidence: float
    score: str = ""
    """Source text of the score, where it is not in `metrics` yet."""
    predict: tuple[int, ...] = ()
    """The statements that define a `predict` with the trained model in it."""
    rivals: frozenset[int] = field(default_factory=frozenset)
    """Statements that score something else than the result."""
    is_metrics: bool = False
    """Whether it is the dict `metrics`."""
    copies_only: bool = False
    """Whether only cross validation fits anything: copies, of which none is left to be served."""
    models: tuple[str, ...] = ()
    """Names of the fitted models that have part in it."""


def find_result(analysis: Analysis, flow: Flow, kinds: Kinds) -> Result | None:
    """The result of a notebook; None when nothing in it is scored or fitted."""
    open_units = [unit for unit in range(len(analysis.units)) if Role.SKIP not in analysis.roles_of(unit)]
    served = predict_units(analysis, flow, open_units)
    scores = list(scores_in(analysis, flow, kinds, open_units))
    result = _found(analysis, flow, kinds, open_units, served, scores)
    if result is None:
        return None
    fits = {needed for unit in result.units for needed in flow.reach(unit) if kinds.trains(needed)}
    values = {name: getattr(result, name) for name in Result.__annotations__}
    return Result(**{**values, "models": fitted_names(analysis, kinds, fits)})


def _found(
    analysis: Analysis,
    flow: Flow,
    kinds: Kinds,
    open_units: list[int],
    served: tuple[int, ...],
    scores: list[Score],
) -> Result | None:
    metrics = _metrics(analysis)
    if metrics:
        units = sorted({d.unit for d in metrics} | flow.changes_after(metrics) | set(_asserts(analysis, metrics)))
        units = [unit for unit in units if Role.SKIP not in analysis.roles_of(unit)]
        if units:
            rivals = frozenset(score.unit for score in scores) - set(units)
            return Result("`metrics`", tuple(units), "it is the notebook's `metrics`", 1.0, "", served, rivals, True)
    if served:
        fits = {unit for unit in flow.slice(_state_units(analysis, flow, kinds, served)) if kinds.trains(unit)}
        mine = [score for score in scores if score.fits & fits]
        if not mine and not fits:
            mine = [score for score in scores if not score.fits and not score.copies]
        if mine:
            best = chosen(mine)
            return _of_scores(analysis, best, scores, "it scores the model that `predict` uses", 0.95, served)
        return Result("`predict`", tuple(sorted(fits)) or served, "the notebook ends in `predict`", 0.85, "", served)
    fits_found = [unit for unit in open_units if kinds.trains(unit)]
    baselines = {unit for unit in fits_found if _fits_dummy(analysis, kinds, unit)}
    likely = candidates(scores, fits_found, baselines)
    if likely and all(score.rank == 0 for score in likely) and max(fits_found) > likely[-1].unit:
        # loops that fit and score compare settings, and what is fitted below them is kept
        likely = []
    if likely:
        best = chosen(likely)
        compared = [score for score in likely if score.key == best.key and score.rank == best.rank]
        if best.copies:
            why, sure = "it is the last cross validation, and no model is fitted", 0.4
        elif len({score.fits for score in compared}) > 1 and all(score.value is not None for score in compared):
            why, sure = "it is the best of the comparable scores", 0.75
        else:
            why = "it is the last score on held-out data" if best.rank >= 3 else "it is the last score in the notebook"
            sure = {4: 0.9, 3: 0.85, 2: 0.7, 1: 0.6}.get(best.rank, 0.5)
        return _of_scores(analysis, best, scores, why, sure, ())
    fits_found = [unit for unit in fits_found if unit not in baselines] or fits_found
    if not fits_found:
        fits_found = [u for u in open_units if any(sign.fits for sign in kinds.evidence(u))]
    if not fits_found:
        return None
    rivals = frozenset(score.unit for score in scores)
    why = "no score of a fitted model is found, and this is the last fit"
    return Result("the last fitted model", (fits_found[-1],), why, 0.4, rivals=rivals)


def _fits_dummy(analysis: Analysis, kinds: Kinds, unit: int) -> bool:
    """Whether a statement fits nothing but scikit-learn's dummies, which are there to be compared with."""
    names = fitted_names(analysis, kinds, [unit])
    made = [
        analysis.full_name(definition.unit, part.func) or ""
        for name in names
        for definition in analysis.definitions[name]
        if definition.unit == unit or definition in analysis.before[unit].get(name, ())
        for part in ast.walk(definition.op.value if definition.op is not None and definition.op.value else ast.Pass())
        if isinstance(part, ast.Call)
    ]
    known = [full for full in made if full]
    return bool(known) and all(full.startswith("sklearn.dummy.") for full in known)


def fitted_names(analysis: Analysis, kinds: Kinds, fits: Iterable[int]) -> tuple[str, ...]:
    """Names of the models that these statements fit, in order."""
    names: dict[str, None] = {}
    results: set[str] = set()
    for unit in sorted(fits):
        for sign in kinds.evidence(unit):
            if sign.role is not Role.TRAIN or sign.weight < TRAINS or not isinstance(sign.node, ast.Call):
                continue
            root = root_name(sign.node.func) if isinstance(sign.node.func, ast.Attribute) else None
            if root is not None and kinds.objects.gives_results(root, unit):
                results.add(root.id)
                root = None
            known = {d for d in analysis.before[unit].get(root.id, ()) if not d.module} if root is not None else set()
            if root is not None and any(kinds.objects.kind_of(d) is ObjectKind.MODEL for d in known):
                names[root.id] = None
                continue
            if sign.node is getattr(analysis.units[unit].node, "value", None) or not known:
                bound = [d for name in analysis.bound_in.get(unit, ()) for d in analysis.definitions[name]]
                models = [d.name for d in bound if d.unit == unit and kinds.objects.kind_of(d) is ObjectKind.MODEL]
                names.update(dict.fromkeys(models))
        changed = [c for c in analysis.changed_in.get(unit, ()) if not c.mode_only]
        for change in changed:
            if change.name in results:
                continue
            if any(kinds.objects.kind_of(d) is ObjectKind.MODEL for d in change.definitions):
                names[change.name] = None
    return tuple(names)


def target_result(analysis: Analysis, flow: Flow, name: str) -> Result:
    """The result that was asked for by name.

    Raises:
        NbexportError: No cell binds the name.
    """
    definitions = {d for d in analysis.final.get(name, ()) if d.unit >= 0 and not d.marker}
    definitions = definitions or {d for d in analysis.definitions.get(name, ())[-1:] if not d.marker}
    if not definitions:
        from difflib import get_close_matches

        names = sorted(n for n, ds in analysis.definitions.items() if any(not d.module and not d.marker for d in ds))
        close = get_close_matches(name, names, 3)
        meant = f"did you mean {' or '.join(f'`{other}`' for other in close)}?"
        raise NbexportError(f"no cell binds `{name}`", fix=meant if close else "name a variable of the notebook")
    units = {d.unit for d in definitions} | flow.changes_after(definitions) | set(_asserts(analysis, definitions))
    functions = [d.function for d in definitions if d.function is not None]
    for function in functions:
        units |= {d.unit for d in flow.free_state(function)}
    return Result(f"`{name}`", tuple(sorted(units)), "it is the target", 1.0, is_metrics=name == "metrics")


def predict_units(analysis: Analysis, flow: Flow, units: Iterable[int]) -> tuple[int, ...]:
    """The statement that defines `predict`, if it is the notebook's answer and not a helper of its training.

    A helper is given the model or the weights as an argument; the answer finds them in the notebook.
    """
    allowed = set(units)
    for definition in reversed(analysis.definitions.get("predict", ())):
        function = definition.function
        if function is None or function.is_class or definition.unit not in allowed:
            continue
        state = [d for d in flow.free_state(function) if not d.module and d.function is None]
        if state and isinstance(function.node, ast.FunctionDef | ast.AsyncFunctionDef) and not _is_given(function.node):
            return (definition.unit,)
        return ()
    return ()


def _is_given(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function asks a model that its caller hands to it."""
    arguments = [*node.args.posonlyargs, *node.args.args]
    names = {argument.arg for argument in arguments[: len(arguments) - len(node.args.defaults)]}
    for part in ast.walk(node):
        if isinstance(part, ast.Call):
            asks = isinstance(part.func, ast.Attribute) and part.func.attr in _ASKS
            owner = part.func.value if asks and isinstance(part.func, ast.Attribute) else part.func
            if isinstance(owner, ast.Name) and owner.id in names:
                return True
    return False


def _state_units(analysis: Analysis, flow: Flow, kinds: Kinds, served: Iterable[int]) -> set[int]:
    """What a `predict` needs where it is called last, changes in place included."""
    units: set[int] = set(served)
    last = _last_call(analysis, served, ())
    for unit in served:
        for function in _functions(analysis, unit):
            state = flow.free_state(function, after=last)
            changes = flow.changes_after(d for d in state if not d.module)
            before = {at for at in changes if at <= last}
            units |= {d.unit for d in state}
            # defined above the training and called nowhere: it is for what comes below
            units |= before if any(map(kinds.trains, before | {d.unit for d in state})) else changes
    return units


def _last_call(analysis: Analysis, served: Iterable[int], results: Iterable[int]) -> int:
    """The last statement of those that make the result, stand beside `predict` or read it."""
    units = {*served, *results}
    for unit in served:
        units |= set(analysis.units_of(analysis.units[unit].cell))
        defined = {d for name in analysis.bound_in.get(unit, ()) for d in analysis.definitions[name] if d.unit == unit}
        units |= {use.unit for use in analysis.uses if use.definitions & defined}
    return max(units, default=-1)


def needed_by_predict(analysis: Analysis, flow: Flow, result: Result) -> set[int]:
    """The statements that bind what `predict` reads, as the result finds it; what is bound later is another matter."""
    last = _last_call(analysis, result.predict, result.units)
    return {
        d.unit
        for unit in result.predict
        for function in _functions(analysis, unit)
        for d in flow.free_state(function, after=last)
    } | set(result.predict)


def _functions(analysis: Analysis, unit: int) -> tuple[Function, ...]:
    return analysis.units[unit].functions


def _metrics(analysis: Analysis) -> set[Definition]:
    """The bindings of a dict called `metrics` that hold at the end, or held last where the name means another thing."""
    made = [d for d in analysis.definitions.get("metrics", ()) if d.unit >= 0 and not d.module and not d.marker]
    dicts = [d for d in made if _is_dict(analysis, d)]
    results = dicts or [d for d in made if isinstance(d.op.value if d.op is not None else None, ast.Call)]
    open_ones = [d for d in results if Role.SKIP not in analysis.roles_of(d.unit)]
    return {d for d in open_ones if d in analysis.final.get("metrics", ())} or set(open_ones[-1:])


def _is_dict(analysis: Analysis, definition: Definition) -> bool:
    """Whether it binds a dict of values; a dict of functions is a list of what could be computed."""
    value = definition.op.value if definition.op is not None else None
    if isinstance(value, ast.Call):
        return isinstance(value.func, ast.Name) and value.func.id == "dict" and not value.args
    if isinstance(value, ast.Dict):
        known = [analysis.full_name(definition.unit, part) for part in value.values]
        return not value.values or not all(known)
    return isinstance(value, ast.DictComp)


def _asserts(analysis: Analysis, definitions: set[Definition]) -> Iterator[int]:
    for unit, statement in enumerate(analysis.units):
        if isinstance(statement.node, ast.Assert):
            if any(use.definitions & definitions for use in analysis.uses_by_unit.get(unit, ())):
                yield unit


def _of_scores(
    analysis: Analysis, best: Score, scores: list[Score], why: str, sure: float, served: tuple[int, ...]
) -> Result:
    """The result with the other scores of the same fitted model on the same footing."""
    alike = [score for score in scores if score.fits == best.fits and score.name not in tables.REPORTS]
    same = [score for score in alike if score.rank >= 3 and best.rank >= 3 and not score.copies]
    units = tuple(sorted({best.unit, *(score.unit for score in same if score.fits)}))
    text = ast.unparse(best.node) if best.node is not None else ""
    cell = analysis.units[best.unit].cell
    shown = f"`{best.name}` in cell {cell}" if best.node is not None else f"what the assert in cell {cell} checks"
    rivals = frozenset(score.unit for score in scores) - set(units)
    return Result(shown, units, why, sure, text, served, rivals, copies_only=best.copies)
