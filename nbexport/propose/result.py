"""The result that a notebook works towards, from which the backward slice starts.

In this order: the dict `metrics`, with the asserts on it; what the function `predict` needs, with the scores of the
same model; the scores that stand in the notebook, those on held-out data first, the best of those that are comparable,
else the last; and where nothing is scored, the last fit.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from nbexport.analysis.bindings import Definition
from nbexport.analysis.notebook import Analysis
from nbexport.errors import NbexportError
from nbexport.lift.slicing import PLOT_MODULES
from nbexport.model import Role
from nbexport.names.operations import Function
from nbexport.propose import tables
from nbexport.propose.flow import Flow
from nbexport.propose.kinds import Kinds
from nbexport.record import field, record

_HELD_OUT = re.compile(
    r"(?:^|_|\b|\d)(?:x|y)?_?(?:test|val|valid|validation|holdout|held|unseen|dev|te)(?:_|\b|\d|$)", re.IGNORECASE
)
_SEEN = re.compile(r"(?:^|_|\b)(?:train|training|tr)(?:_|\b|$)", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w.])[-+]?\d+\.\d+(?:e[-+]?\d+)?(?![\w.])", re.IGNORECASE)


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


@record(eq=False)
class _Score:
    """One statement that scores something."""

    unit: int
    name: str
    node: ast.expr | None
    """What is scored; None for an assert."""
    rank: int
    fits: frozenset[int]
    key: str
    value: float | None


def find_result(analysis: Analysis, flow: Flow, kinds: Kinds) -> Result | None:
    """The result of a notebook; None when nothing in it is scored or fitted."""
    open_units = [unit for unit in range(len(analysis.units)) if Role.SKIP not in analysis.roles_of(unit)]
    served = predict_units(analysis, flow, open_units)
    scores = list(_scores(analysis, flow, kinds, open_units))
    metrics = _metrics(analysis)
    if metrics:
        units = sorted({d.unit for d in metrics} | flow.changes_after(metrics) | set(_asserts(analysis, metrics)))
        units = [unit for unit in units if Role.SKIP not in analysis.roles_of(unit)]
        if units:
            rivals = frozenset(score.unit for score in scores) - set(units)
            return Result("`metrics`", tuple(units), "it is the notebook's `metrics`", 1.0, "", served, rivals, True)
    if served:
        fits = {unit for unit in flow.slice(_state_units(analysis, flow, served)) if kinds.trains(unit)}
        mine = [score for score in scores if score.fits & fits] or [score for score in scores if not score.fits]
        if mine:
            best = _chosen(mine)
            return _of_scores(best, scores, "it scores the model that `predict` uses", 0.95, served)
        return Result("`predict`", tuple(sorted(fits)) or served, "the notebook ends in `predict`", 0.85, "", served)
    if scores:
        best = _chosen(scores)
        compared = [score for score in scores if score.key == best.key and score.rank == best.rank]
        if len({score.fits for score in compared}) > 1 and all(score.value is not None for score in compared):
            why = "it is the best of the comparable scores"
            sure = 0.75
        else:
            why = "it is the last score on held-out data" if best.rank >= 3 else "it is the last score in the notebook"
            sure = {4: 0.9, 3: 0.85, 2: 0.7, 1: 0.6}.get(best.rank, 0.5)
        return _of_scores(best, scores, why, sure, ())
    fits_found = [unit for unit in open_units if kinds.trains(unit)]
    if not fits_found:
        fits_found = [u for u in open_units if any(sign.fits for sign in kinds.evidence(u))]
    if not fits_found:
        return None
    return Result("the last fitted model", (fits_found[-1],), "nothing is scored, and this is the last fit", 0.4)


def target_result(analysis: Analysis, flow: Flow, name: str) -> Result:
    """The result that was asked for by name.

    Raises:
        NbexportError: No cell binds the name.
    """
    found = {d for d in analysis.final.get(name, ()) if d.unit >= 0 and not d.marker}
    found = found or {d for d in analysis.definitions.get(name, ())[-1:] if not d.marker}
    if not found:
        from difflib import get_close_matches

        names = sorted(n for n, ds in analysis.definitions.items() if any(not d.module and not d.marker for d in ds))
        close = get_close_matches(name, names, 3)
        meant = f"did you mean {' or '.join(f'`{other}`' for other in close)}?"
        raise NbexportError(f"no cell binds `{name}`", fix=meant if close else "name a variable of the notebook")
    units = {d.unit for d in found} | flow.changes_after(found) | set(_asserts(analysis, found))
    functions = [d.function for d in found if d.function is not None]
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
        if state and not isinstance(function.node, ast.Lambda):
            return (definition.unit,)
        return ()
    return ()


def _state_units(analysis: Analysis, flow: Flow, served: Iterable[int]) -> set[int]:
    """What a `predict` that is called after the last cell needs, changes in place included."""
    found: set[int] = set(served)
    for unit in served:
        for function in _functions(analysis, unit):
            state = flow.free_state(function)
            found |= {d.unit for d in state} | flow.changes_after(d for d in state if not d.module)
    return found


def needed_by_predict(analysis: Analysis, flow: Flow, served: Iterable[int]) -> set[int]:
    """The statements that bind what `predict` reads."""
    return {d.unit for unit in served for f in _functions(analysis, unit) for d in flow.free_state(f)} | set(served)


def _functions(analysis: Analysis, unit: int) -> tuple[Function, ...]:
    return analysis.units[unit].functions


def _metrics(analysis: Analysis) -> set[Definition]:
    """The bindings of a dict called `metrics` that hold at the end."""
    found: set[Definition] = set()
    for definition in analysis.final.get("metrics", ()):
        value = definition.op.value if definition.op is not None else None
        if definition.unit >= 0 and not definition.module and isinstance(value, ast.Dict | ast.DictComp | ast.Call):
            found.add(definition)
    return found


def _asserts(analysis: Analysis, definitions: set[Definition]) -> Iterator[int]:
    for unit, found in enumerate(analysis.units):
        if isinstance(found.node, ast.Assert):
            if any(use.definitions & definitions for use in analysis.uses_by_unit.get(unit, ())):
                yield unit


# --------------------------------------------------------------------------- scores


def _scores(analysis: Analysis, flow: Flow, kinds: Kinds, units: Iterable[int]) -> Iterator[_Score]:
    for unit in units:
        sign = kinds.scores(unit)
        if sign is None or _draws_only(analysis, unit):
            continue
        fits = frozenset(needed for needed in flow.reach(unit) if kinds.trains(needed))
        yield _Score(
            unit,
            sign.score,
            sign.node,
            _rank(analysis, kinds, unit, sign.score, sign.node),
            fits,
            _key(sign.score, sign.node),
            _stored(analysis, kinds, unit),
        )
    for unit in units:
        node = analysis.units[unit].node
        if isinstance(node, ast.Assert) and kinds.scores(unit) is None:
            fits = frozenset(needed for needed in flow.reach(unit) if kinds.trains(needed))
            if fits and not any(isinstance(part, ast.Attribute) and part.attr == "shape" for part in ast.walk(node)):
                yield _Score(unit, "assert", None, 4, fits, "assert", None)


def _rank(analysis: Analysis, kinds: Kinds, unit: int, name: str, score: ast.expr | None) -> int:
    """How much a score looks like the notebook's result, 0 to 4."""
    if kinds.trains(unit) and not _is_simple(analysis.units[unit].node):
        return 0
    if name in tables.REPORTS:
        return 1
    text = " ".join(_words(score if score is not None else analysis.units[unit].node))
    around = " ".join(_words(analysis.units[unit].node))
    if _HELD_OUT.search(text) or (_HELD_OUT.search(around) and not _SEEN.search(text)):
        return 3
    return 1 if _SEEN.search(text) else 2


def _is_simple(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr | ast.Assign | ast.AnnAssign)


def _words(node: ast.AST) -> Iterator[str]:
    """Names, and words in strings, that say which rows a score is about."""
    called = {id(part.func) for part in ast.walk(node) if isinstance(part, ast.Call)}
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and id(part) not in called:
            yield part.id
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def _key(name: str, node: ast.expr | None) -> str:
    """What makes two scores comparable: the same function on the same right answers."""
    if not isinstance(node, ast.Call):
        return name
    arguments = [ast.unparse(argument) for argument in node.args if isinstance(argument, ast.Name | ast.Subscript)]
    owner = isinstance(node.func, ast.Attribute) and name == "score"
    return f"{name}({', '.join(arguments if owner else arguments[:1])})"


def _stored(analysis: Analysis, kinds: Kinds, unit: int) -> float | None:
    """The number that the cell shows, where it scores once and shows one number."""
    cell = analysis.cell_of(unit)
    same = [other for other in analysis.units_of(cell.number) if kinds.scores(other)]
    if len(same) != 1:
        return None
    text = ""
    for output in cell.outputs:
        shown = output.get("text") if output.get("output_type") == "stream" else None
        data = output.get("data")
        if isinstance(data, dict):
            shown = data.get("text/plain")
        text += "".join(shown) if isinstance(shown, list) else str(shown or "")
    numbers = _NUMBER.findall(text)
    return float(numbers[0]) if len(numbers) == 1 else None


def _chosen(scores: list[_Score]) -> _Score:
    """The best of the last comparable scores of the highest rank, else the last."""
    top = max(score.rank for score in scores)
    last = [score for score in scores if score.rank == top][-1]
    group = [score for score in scores if score.rank == top and score.key == last.key]
    known = [(score.value, score) for score in group if score.value is not None]
    if len(known) < len(group):
        return last
    sign = -1.0 if last.name in tables.LOWER_IS_BETTER else 1.0
    best = max(sign * value for value, _ in known)
    return [score for value, score in known if sign * value == best][-1]


def _of_scores(best: _Score, scores: list[_Score], why: str, sure: float, served: tuple[int, ...]) -> Result:
    """The result with the other scores of the same fitted model on the same footing."""
    alike = [score for score in scores if score.fits == best.fits and score.name not in tables.REPORTS]
    same = [score for score in alike if score.rank >= 3 and best.rank >= 3]
    units = tuple(sorted({best.unit, *(score.unit for score in same if score.fits)}))
    text = ast.unparse(best.node) if best.node is not None else ""
    shown = f"the score with `{best.name}`" if best.node is not None else "what the last assert checks"
    rivals = frozenset(score.unit for score in scores) - set(units)
    return Result(shown, units, why, sure, text, served, rivals)


def _draws_only(analysis: Analysis, unit: int) -> bool:
    """Whether the statement is a plotting call that happens to score."""
    node = analysis.units[unit].node
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return False
    full = analysis.full_name(unit, node.value.func) or ""
    return full.partition(".")[0] in PLOT_MODULES
