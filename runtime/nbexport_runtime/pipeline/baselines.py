"""Models that take no effort, in the place of a first model: a constant, and a rule on one column.

    model.predict_proba(X_test)    [[0.9, 0.1], [0.2, 0.8]]     the model
                                   [[0.6, 0.4], [0.6, 0.4]]     the constant: how often each label occurs
                                   [[0.7, 0.3], [0.4, 0.6]]     one rule: `tenure_months` alone, in at most 8 steps

Their answers stand in for the model's while the notebook's own evaluation runs, so it may be any metric. The constant
knows the labels of the rows held back, so it is the best one there is; what a model of scikit-learn or a module of
torch answers says which kind is needed. The rule is learned from the rows that the model was fitted on: the training
stage runs until it calls `fit`, and no further.

Source: Holte, Very Simple Classification Rules Perform Well on Most Commonly Used Datasets, Machine Learning 1993;
Breck et al., The ML Test Score, 2017, Model 5 (a simpler model is not better).
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from nbexport_runtime.masking import masked
from nbexport_runtime.pipeline.evaluation import Evaluation
from nbexport_runtime.pipeline.holdout import hold_back
from nbexport_runtime.pipeline.remembering import Call as Asked
from nbexport_runtime.pipeline.replay import Call
from nbexport_runtime.pipeline.rows import PARTS, as_array, detail, length, plain, width
from nbexport_runtime.pipeline.stages import Stages

STEPS = 8
"""Leaves of the rule."""
COLUMNS = 200
"""Of a wider table, so many columns are tried, evenly spread."""
CATEGORIES = 50
"""A column of texts with more of them makes no rule."""
FIT = "fit"
SMOOTH = 1e-6
"""So that a label that is always there has a finite logarithm."""


@dataclass(frozen=True)
class Baseline:
    """A model that takes no effort."""

    name: str
    answers: tuple[Any, ...]
    """One for each recorded call of the model, one row each."""


class CapturedError(BaseException):
    """The training calls `fit`; nothing of the notebook catches it."""

    def __init__(self, rows: Any, labels: Any) -> None:
        super().__init__()
        self.rows, self.labels = rows, labels


class NoBaselineError(Exception):
    """Why there is none."""


def found(
    table: Stages, call: Call, evaluation: Evaluation, frozen: Mapping[str, Any]
) -> tuple[list[Baseline], list[str]]:
    """The baselines of a model, and why others cannot be computed.

    Args:
        table: All stages.
        call: Calls one of them.
        evaluation: Of the model, on the rows held back.
        frozen: These rows, by name.
    """
    calls = [asked for asked in evaluation.memory.calls if asked.method != "transform"]
    if not calls or len(calls) < len(evaluation.memory.calls):
        asked = "its evaluation reads no predictions of a model that could be replaced"
        return [], [f"constant: {asked}"]
    baselines: list[Baseline] = []
    why_not: list[str] = []
    try:
        baselines += constants(calls, evaluation)
    except NoBaselineError as why:
        why_not.append(f"constant: {why}")
    try:
        baselines.append(one_rule(table, call, calls, evaluation, frozen))
    except NoBaselineError as why:
        why_not.append(f"one rule: {why}")
    except Exception as error:  # noqa: BLE001 - the notebook's code, and scikit-learn, may raise anything
        why_not.append(masked(f"one rule: {type(error).__name__}: {error}"))
    return baselines, why_not


# ---------------------------------------------------------------------- the constant


def constants(calls: Sequence[Asked], evaluation: Evaluation) -> list[Baseline]:
    """The best constant answers: how often each label occurs, or mean and median.

    Raises:
        NoBaselineError: The labels are not known.
    """
    numpy = importlib.import_module("numpy")
    models = evaluation.memory.models
    labels = [labels_of(asked, models[asked.owner], evaluation) for asked in calls]
    kinds = [classes_of(asked, models[asked.owner], own) for asked, own in zip(calls, labels, strict=True)]
    known = [kind for kind in kinds if kind is not None]
    if len(known) == len(kinds):
        rows = []
        for asked, own, classes in zip(calls, labels, known, strict=True):
            shares = numpy.array([float((own == one).mean()) for one in classes])
            rows.append(like(asked.answer, constant_class(asked, shares, numpy.array(classes))))
        return [Baseline("constant", tuple(rows))]
    if known:
        raise NoBaselineError("its models answer both classes and numbers")
    return [
        Baseline(
            f"constant {name}",
            tuple(
                like(asked.answer, getattr(numpy, name)(own.astype("float64")))
                for asked, own in zip(calls, labels, strict=True)
            ),
        )
        for name in ("mean", "median")
    ]


def labels_of(asked: Asked, model: Any, evaluation: Evaluation) -> Any:
    """The labels of the rows that a model was asked about, as an array.

    Raises:
        NoBaselineError: There are none, or it is not clear which they are.
    """
    count = length(asked.answer)
    names = [name for name in evaluation.moving.get(count, ()) if evaluation.values[name] is not asked.rows]
    columns: list[tuple[str, Any]] = []
    for name in names:
        value = evaluation.values[name]
        if not hasattr(value, "columns") and width(value) == 1 and detail(value) < PARTS:
            columns.append((f"`{name}`", as_array(value).reshape(-1)))
    if not columns:
        for name in names:
            value = evaluation.values[name]
            if hasattr(value, "columns"):
                columns += [(f"column `{column}` of `{name}`", as_array(value[column])) for column in value.columns]
    fitting = [(name, array) for name, array in columns if fits(asked, model, array)]
    different = [fitting[0]] if fitting else []
    different += [(name, array) for name, array in fitting[1:] if not bool((array == fitting[0][1]).all())]
    if not different:
        raise NoBaselineError("no value that the evaluation reads looks like the labels")
    if len(different) > 1:
        raise NoBaselineError(f"the labels may be {' or '.join(name for name, _ in different)}")
    return different[0][1]


def fits(asked: Asked, model: Any, array: Any) -> bool:
    """Whether an array can hold the labels that a model predicts."""
    classes = getattr(model, "classes_", None)
    if classes is not None:
        return {plain(value) for value in array.tolist()} <= {plain(value) for value in as_array(classes).tolist()}
    if array.dtype.kind not in "biuf":
        return False
    answer = as_array(asked.answer)
    if answer.ndim == 2 and answer.shape[1] > 1:
        return array.dtype.kind in "biu" and array.min() >= 0 and array.max() < answer.shape[1]
    return True


def classes_of(asked: Asked, model: Any, labels: Any) -> list[Any] | None:
    """The classes that a model tells apart, in the order of its answers; None where it predicts numbers.

    Raises:
        NoBaselineError: It predicts several numbers for a row.
    """
    classes = getattr(model, "classes_", None)
    if classes is not None:
        return list(as_array(classes).tolist())
    answer = as_array(asked.answer)
    if answer.ndim == 2 and answer.shape[1] > 1:
        if labels.dtype.kind not in "biu":
            raise NoBaselineError("the model predicts several numbers for a row")
        return list(range(answer.shape[1]))
    # one number for each row: of two classes where it comes from a module of torch and the labels are 0 and 1
    two = asked.method == "forward" and set(labels.tolist()) <= {0, 1}
    return [0, 1] if two else None


def constant_class(asked: Asked, shares: Any, classes: Any) -> Any:
    """The row of an answer that a constant classifier gives.

    Args:
        asked: The call of the model.
        shares: How often each class occurs.
        classes: The classes.
    """
    numpy = importlib.import_module("numpy")
    logs = numpy.log(numpy.clip(shares, SMOOTH, 1 - SMOOTH))
    answer = as_array(asked.answer)
    one = answer.ndim == 1 or answer.shape[1] == 1
    if asked.method == "predict":
        return classes[int(shares.argmax())]
    if asked.method == "predict_proba":
        return shares
    if asked.method == "predict_log_proba":
        return logs
    if asked.method == "forward" and not one:
        is_share = answer.min() >= 0 and bool((abs(answer.sum(axis=1) - 1) < 1e-3).all())
        return shares if is_share else logs
    if asked.method == "forward" and answer.min() >= 0 and answer.max() <= 1:
        return shares[1]
    return logs[1] - logs[0] if one else logs


def like(answer: Any, row: Any) -> Any:
    """An answer of the same kind and shape as another, with the same row again and again."""
    numpy = importlib.import_module("numpy")
    array = as_array(answer)
    kind = array.dtype if array.dtype.kind == "f" else None
    filled = numpy.broadcast_to(numpy.asarray(row, dtype=kind), array.shape).copy()
    return as_answer(answer, filled)


def as_answer(answer: Any, array: Any) -> Any:
    """An array as what a model gave: a tensor where it gave one."""
    if hasattr(answer, "detach"):
        return importlib.import_module("torch").as_tensor(array, dtype=answer.dtype, device=answer.device)
    return array


# ---------------------------------------------------------------------- the rule on one column


def one_rule(
    table: Stages, call: Call, calls: Sequence[Asked], evaluation: Evaluation, frozen: Mapping[str, Any]
) -> Baseline:
    """The best rule on one column of the table that the model was fitted on.

    Raises:
        NoBaselineError: The model is not one of scikit-learn that is fitted on a table.
    """
    models = evaluation.memory.models
    owners = {asked.owner for asked in calls}
    model = models[calls[0].owner]
    if len(owners) > 1 or not hasattr(model, "fit") or "sklearn" not in sys.modules:
        raise NoBaselineError("the model is not one of scikit-learn")
    base = importlib.import_module("sklearn.base")
    is_classifier = base.is_classifier(model)
    if not is_classifier and not base.is_regressor(model):
        raise NoBaselineError("the model is neither a classifier nor a regressor of scikit-learn")
    fitted = captured(table, call, type(model), frozen)
    trained = columns(fitted.rows)
    tree = importlib.import_module("sklearn.tree")
    kind = tree.DecisionTreeClassifier if is_classifier else tree.DecisionTreeRegressor
    few = max(10, length(fitted.rows) // 50)
    how = {"criterion": "entropy"} if is_classifier else {}
    best: tuple[float, str, Any, Encoder] | None = None
    for name, values in trained.items():
        encoder = Encoder(values, as_array(fitted.labels), is_classifier)
        if not encoder.usable:
            continue
        rule = kind(max_leaf_nodes=STEPS, min_samples_leaf=few, random_state=0, **how)
        rule.fit(encoder.of(values), as_array(fitted.labels))
        gain = purity(rule)
        if best is None or gain > best[0]:
            best = gain, name, rule, encoder
    if best is None:
        raise NoBaselineError("no column of its table has few categories or numbers")
    _, name, rule, encoder = best
    answers = []
    for asked in calls:
        own = columns(asked.rows)
        if name not in own:
            raise NoBaselineError(f"`{asked.owner}.{asked.method}` is not asked about the table that it was fitted on")
        if not hasattr(rule, asked.method):
            raise NoBaselineError(f"a rule has no `{asked.method}`")
        answers.append(getattr(rule, asked.method)(encoder.of(own[name])))
    return Baseline(f"rule on `{name}` alone", tuple(answers))


def purity(rule: Any) -> float:
    """How much less mixed the leaves of a tree are than its root."""
    inner = rule.tree_
    leaves = inner.children_left == -1
    mixed = (inner.impurity * inner.weighted_n_node_samples)[leaves].sum() / inner.weighted_n_node_samples[0]
    return float(inner.impurity[0] - mixed)


class Encoder:
    """A column as numbers: categories in the order of their mean label."""

    def __init__(self, values: Any, labels: Any, is_classifier: bool) -> None:
        numpy = importlib.import_module("numpy")
        array = as_array(values)
        self.codes: dict[Any, int] | None = None
        self.usable = array.dtype.kind in "biuf"
        if self.usable or array.dtype.kind not in "OUS":
            return
        cells = [plain(cell) for cell in array.tolist()]
        kinds = set(cells)
        if not 2 <= len(kinds) <= CATEGORIES:
            return
        most = max(set(labels.tolist()), key=lambda label: (labels == label).sum()) if is_classifier else None
        target = (labels != most).astype(float) if is_classifier else labels.astype(float)
        rows = numpy.array([list(kinds).index(cell) for cell in cells])
        means = {kind: float(target[rows == number].mean()) for number, kind in enumerate(list(kinds))}
        order = sorted(means, key=lambda kind: (means[kind], str(kind)))
        self.codes = {kind: number for number, kind in enumerate(order)}
        self.usable = True

    def of(self, values: Any) -> Any:
        """The column as a table of one number per row; what is unknown is missing."""
        numpy = importlib.import_module("numpy")
        array = as_array(values)
        if self.codes is not None:
            array = numpy.array([self.codes.get(plain(cell), numpy.nan) for cell in array.tolist()])
        numbers = array.astype("float64").reshape(-1, 1)
        numbers[~numpy.isfinite(numbers)] = numpy.nan
        return numbers


def columns(rows: Any) -> dict[str, Any]:
    """Name → column of a table; at most `COLUMNS` of them.

    Raises:
        NoBaselineError: It is not a table.
    """
    if hasattr(rows, "columns"):
        names = list(rows.columns)
        chosen = names[:: -(-len(names) // COLUMNS)] if names else []
        return {str(name): rows[name] for name in chosen}
    if hasattr(rows, "shape") and not hasattr(rows, "tocsr") and len(rows.shape) == 2:
        array = as_array(rows)
        step = -(-array.shape[1] // COLUMNS) or 1
        return {f"column {number}": array[:, number] for number in range(0, array.shape[1], step)}
    raise NoBaselineError("the model is not fitted on a table")


def captured(table: Stages, call: Call, kind: type, frozen: Mapping[str, Any]) -> CapturedError:
    """What the training fits a model on: its stages run until then.

    Raises:
        NoBaselineError: It fits no such model.
    """
    values: dict[str, Any] = {}
    data = list(table.data)
    try:
        with stopped_at_fit(kind):
            for stage in table.stages:
                if stage.role == "evaluate":
                    continue
                values |= call(stage, values)
                if data and stage == data[-1]:
                    values, _ = hold_back(values, frozen)
    except CapturedError as fitted:
        if fitted.labels is None:
            raise NoBaselineError("the model is fitted without labels") from None
        return fitted
    raise NoBaselineError(f"the training does not call `fit` of `{kind.__name__}`")


@contextmanager
def stopped_at_fit(kind: type) -> Iterator[None]:
    """Stop where a kind of model is fitted, or where a search over such models begins."""
    search = importlib.import_module("sklearn.model_selection._search")

    def fit(self: Any, X: Any, y: Any = None, *args: Any, **kwargs: Any) -> Any:  # noqa: N803 - as scikit-learn calls it
        raise CapturedError(X, y)

    own = {owner: owner.__dict__.get(FIT) for owner in (kind, search.BaseSearchCV)}
    try:
        for owner in own:
            setattr(owner, FIT, fit)
        yield
    finally:
        for owner, before in own.items():
            if before is None:
                delattr(owner, FIT)
            else:
                setattr(owner, FIT, before)
