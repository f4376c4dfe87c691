"""The scores that stand in a notebook, how much each looks like its result, and which of them is chosen.

accuracy_score(y_train, tree.predict(X_train))     on rows that were seen: rank 1
accuracy_score(y_test, tree.predict(X_test))       on held-out rows: rank 3
cross_val_score(tree, X, y)                        of copies, which nobody keeps
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.lift.slicing import PLOT_MODULES
from nbexport.propose import tables
from nbexport.propose.flow import Flow
from nbexport.propose.kinds import Kinds
from nbexport.record import record

_HELD_OUT = re.compile(
    r"(?:^|_|\b|\d)(?:x|y)?_?(?:test|val|valid|validation|holdout|held|unseen|dev|te)(?:_|\b|\d|$)", re.IGNORECASE
)
_SEEN = re.compile(r"(?:^|_|\b)(?:train|training|tr)(?:_|\b|$)", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w.])[-+]?\d+\.\d+(?:e[-+]?\d+)?(?![\w.])", re.IGNORECASE)


@record(eq=False)
class Score:
    """One statement that scores something."""

    unit: int
    name: str
    node: ast.expr | None
    """What is scored; None for an assert."""
    rank: int
    fits: frozenset[int]
    key: str
    value: float | None
    copies: bool = False
    """Whether it scores copies of a model, which it fits itself and throws away."""


def scores_in(analysis: Analysis, flow: Flow, kinds: Kinds, units: Iterable[int]) -> Iterator[Score]:
    """The scores of these statements, and the asserts on what a fitted model gives."""
    for unit in units:
        sign = kinds.scores(unit)
        if sign is None or _draws_only(analysis, unit):
            continue
        fits = frozenset(needed for needed in flow.reach(unit) if kinds.trains(needed))
        yield Score(
            unit,
            sign.score,
            sign.node,
            _rank(analysis, kinds, unit, sign.score, sign.node),
            fits,
            _key(sign.score, sign.node),
            _stored(analysis, kinds, unit),
            scores_copies(analysis, flow, kinds, unit),
        )
    for unit in units:
        node = analysis.units[unit].node
        if isinstance(node, ast.Assert) and kinds.scores(unit) is None:
            fits = frozenset(needed for needed in flow.reach(unit) if kinds.trains(needed))
            if fits and not any(isinstance(part, ast.Attribute) and part.attr == "shape" for part in ast.walk(node)):
                yield Score(unit, "assert", None, 4, fits, "assert", None)


def scores_copies(analysis: Analysis, flow: Flow, kinds: Kinds, unit: int) -> bool:
    """Whether a score is, or is made of, what cross validation gives and nothing else."""
    scoring = [at for at in flow.reach(unit) if kinds.scores(at) is not None]
    known = [
        {(analysis.full_name(at, part.func) or "") for part in analysis.units[at].nodes if isinstance(part, ast.Call)}
        for at in scoring
    ]
    return any(names & tables.CROSS_VALIDATIONS for names in known) and all(
        bool(names & tables.CROSS_VALIDATIONS) or at == unit for names, at in zip(known, scoring, strict=True)
    )


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


def chosen(scores: list[Score]) -> Score:
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


def candidates(scores: list[Score], fits: Collection[int], baselines: Collection[int]) -> list[Score]:
    """The scores that may be the result: those of a fitted model, where one is fitted.

    Args:
        scores: All scores of the notebook.
        fits: The statements that fit a model.
        baselines: Those of them that fit a dummy, which counts only where nothing else is fitted.
    """
    if fits:
        seen = [score for score in scores if score.fits and not score.copies]
        return seen if set(fits) <= set(baselines) else [score for score in seen if not score.fits <= set(baselines)]
    return [score for score in scores if not score.copies] or scores


def _draws_only(analysis: Analysis, unit: int) -> bool:
    """Whether the statement is a plotting call that happens to score."""
    node = analysis.units[unit].node
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return False
    full = analysis.full_name(unit, node.value.func) or ""
    return full.partition(".")[0] in PLOT_MODULES
