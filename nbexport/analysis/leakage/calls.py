"""Calls: what splits, fits, selects, copies and judges."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence

from nbexport.analysis.leakage import LeakKind, tables
from nbexport.analysis.leakage.judging import COPYING, Judging
from nbexport.analysis.leakage.values import (
    NOTHING,
    Estimator,
    Fit,
    Rows,
    RowSets,
    Side,
    Value,
    around,
    contain,
    fresh,
    part_of,
    together,
)
from nbexport.names.effects import MUTATING_METHODS

Keywords = dict[str | None, ast.expr]
_STRONGEST = (LeakKind.MODEL, LeakKind.SELECTED, LeakKind.FITTED)
"""What a chain of steps does is what the first of these does that is among them."""
_SHOWN = 60
"""Up to so many characters of what computes a mean are shown."""


class Calls(Judging, ABC):
    """The part of the reader that knows the libraries' calls."""

    name_of: Callable[[ast.expr], str | None]
    env: dict[str, Value]

    @abstractmethod
    def value(self, node: ast.expr) -> Value:
        """What an expression stands for; see the reader."""

    @abstractmethod
    def forget_columns(self, node: ast.expr) -> None:
        """The columns of a table, or a list of them, may have changed; see the reader."""

    @abstractmethod
    def drop(self, name: str, columns: tuple[str, ...] | None) -> None:
        """A table loses columns; see the reader."""

    def call(self, node: ast.Call) -> Value:
        """What a call gives, and the leaks that it brings to light."""
        given: Keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        full = self.name_of(node.func)
        if full is not None and full.startswith(tables.ELSEWHERE):
            return NOTHING
        if full is not None:
            values = [self.value(argument) for argument in node.args]
            named = {name: self.value(argument) for name, argument in given.items()}
            return self.library(node, full, values, given, named)
        if isinstance(node.func, ast.Attribute):
            base = self.value(node.func.value)
            values = [self.value(argument) for argument in node.args]
            for argument in given.values():
                self.value(argument)
            if base.estimator is not None:
                return self.estimator_method(node, base, base.estimator, values, given)
            if base.texts is not None and node.func.attr in MUTATING_METHODS:
                self.forget_columns(node.func.value)
            if base.rows:
                return self.table_method(node, node.func, base, values, given)
            return Value(learned=base.learned) if node.func.attr in tables.PASSED_ON else NOTHING
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        arguments = [*node.args, *given.values()]
        values = [self.value(argument) for argument in arguments]
        if name not in tables.HARMLESS:
            for argument in arguments:
                self.forget_columns(argument)
        return together(values) if name in tables.ELEMENTWISE else NOTHING

    def library(
        self, node: ast.Call, full: str, values: Sequence[Value], given: Keywords, named: dict[str | None, Value]
    ) -> Value:
        """A function or class of a library."""
        last = full.rpartition(".")[2]
        first = values[0] if values else NOTHING
        if full.startswith("sklearn.") and last == "train_test_split":
            return self.split(values)
        if full.startswith("sklearn.") and last in tables.CROSS_VALIDATION:
            self.judge_folds(values[1] if len(values) > 1 else named.get("X", NOTHING))
            return NOTHING
        if full in ("sklearn.utils.resample", "sklearn.utils.shuffle"):
            parts = tuple(self.resampled(node, value, given, last) for value in values)
            return parts[0] if len(parts) == 1 else Value(parts=parts)
        if full.startswith(tables.ESTIMATOR_LIBRARIES) and (last[:1].isupper() or last in tables.COMPOSED):
            return Value(estimator=_estimator(last, [*values, *named.values()]))
        if full in tables.SIDE_BY_SIDE:
            return together(first.parts)
        if full in tables.ONE_BELOW_OTHER:
            return self.stacked(node, full, first, given)
        if full in ("numpy.repeat", "numpy.tile") and first.rows:
            return self.copied(node, first, full) if _is(given.get("axis"), 0) else NOTHING
        if full in tables.SAME_ROWS_FUNCTIONS:
            kept = first if full in ("pandas.DataFrame", "numpy.array", "numpy.asarray") else together([first])
            return kept._replace(parts=(), texts=None)
        return NOTHING

    # ------------------------------------------------------------------ splits

    def split(self, values: Sequence[Value]) -> Value:
        """`train_test_split`: the train and the test part of each argument."""
        for fit in values[0].learned if values else ():
            if fit.target and (len(values) < 2 or not fit.target & (values[1].columns or frozenset())):
                continue
            if fit.kind is not LeakKind.NOTHING and (fit.kind in COPYING or contain(fit.rows, values[0].rows)):
                self.leak(fit, self.unit)
        made: dict[RowSets, tuple[RowSets, RowSets]] = {}
        parts: list[Value] = []
        for value in values:
            if value.rows not in made:
                sides = part_of(value.rows, Side.TRAIN), part_of(value.rows, Side.TEST)
                made[value.rows] = sides
                for rows in sides:
                    for one in rows:
                        self.split_at[one] = (value.rows, self.unit)
            told = frozenset(fit for fit in value.learned if fit.target)
            plain = value._replace(learned=told, parts=(), texts=None, estimator=None)
            parts += [plain._replace(rows=rows) for rows in made[value.rows]]
        return Value(parts=tuple(parts))

    # ------------------------------------------------------------------ estimators

    def estimator_method(
        self, node: ast.Call, base: Value, estimator: Estimator, values: Sequence[Value], given: Keywords
    ) -> Value:
        """A method of an estimator."""
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        table = values[0] if values else self.value(given["X"]) if "X" in given else NOTHING
        target = values[1] if len(values) > 1 else self.value(given["y"]) if "y" in given else None
        if method in ("fit", "fit_transform", "fit_resample", "fit_sample"):
            fit = Fit(estimator.kind, estimator.name, self.unit, node, table.rows)
            estimator.fit = fit
            self.judge_refit(fit, table)
            self.judge_means(table, target)
            if method == "fit":
                if target is not None and estimator.kind is LeakKind.MODEL:
                    self.judge_target(estimator, table, target, node)
                return base
            if method == "fit_transform":
                return self.transformed(table, estimator)
            parts = [value for value in (table, target) if value is not None]
            learned = frozenset({fit}) if estimator.kind is LeakKind.OVERSAMPLED else frozenset()
            return Value(parts=tuple(_added(value, part_of(value.rows), learned) for value in parts))
        if method == "transform":
            return self.transformed(table, estimator)
        if method in ("score", "predict", "predict_proba", "decision_function"):
            self.judge_model(estimator, table)
            return Value(rows=table.rows)
        if method == "get_support":
            return self.fitted_attribute(base, "support_")
        return base if method in ("set_params", "set_output") else NOTHING

    def transformed(self, table: Value, estimator: Estimator) -> Value:
        """What `transform` gives; rows of a split show whether the fit has seen both of its sides."""
        fit = estimator.fit
        if fit is None or fit.kind not in (LeakKind.FITTED, LeakKind.SELECTED):
            return table._replace(table=None, parts=(), texts=None)
        for one in around(table.rows):
            whole, at = self.split_at.get(one, (frozenset(), 0))
            if contain(fit.rows, whole) or (one in self.split_at and self.saw_both_sides(fit, at)):
                self.leak(fit, at)
        kept = table.table if fit.kind is LeakKind.FITTED and not estimator.column_wise else None
        return _added(table, table.rows, frozenset({fit}))._replace(table=kept)

    def fitted_attribute(self, base: Value, name: str) -> Value:
        """What an estimator shows of its fit."""
        estimator = base.estimator
        if estimator is None or estimator.fit is None:
            return NOTHING
        if name in ("best_estimator_", "estimator_"):
            return base
        if estimator.kind is LeakKind.SELECTED and name in ("support_", "ranking_", "scores_", "pvalues_"):
            return Value(learned=frozenset({estimator.fit}))
        return NOTHING

    # ------------------------------------------------------------------ tables

    def table_method(
        self, node: ast.Call, func: ast.Attribute, base: Value, values: Sequence[Value], given: Keywords
    ) -> Value:
        """A method of a table or array."""
        method = func.attr
        if base.grouped:
            return self.by_group(node, base, method)
        if method == "groupby":
            return base._replace(grouped=True, texts=None, parts=())
        name = func.value.id if isinstance(func.value, ast.Name) else ""
        if method == "drop":
            return self.dropped(base, name, values, given)
        if method == "pop":
            column = values[0].texts if values else None
            self.drop(name, column)
            return base._replace(columns=frozenset(column), dropped=frozenset()) if column else NOTHING
        if method == "sample":
            if _is(given.get("replace"), True):
                return self.copied(node, base, "sample", LeakKind.OVERSAMPLED)
            return base if _is(given.get("frac"), 1) else base._replace(rows=part_of(base.rows))
        if method in tables.FEWER_ROWS:
            kept = (
                frozenset(f for f in base.learned if f.kind is not LeakKind.COPIED)
                if method == "drop_duplicates"
                else None
            )
            return base._replace(rows=part_of(base.rows), learned=base.learned if kept is None else kept)
        if method in tables.SAME_ROWS:
            known = None if method in tables.NEW_COLUMNS else base.table
            told = [value.learned for value in values] if method in tables.LOOKED_UP else []
            return base._replace(table=known, learned=base.learned.union(*told))
        if method in ("merge", "join", "append"):
            every = [base, *values]
            # whatever else is put beside them, the rows of the left table stay
            rows = base.rows if method != "append" and _is(given.get("how"), "left") else frozenset({Rows()})
            return together(every)._replace(rows=rows)
        if _is(given.get("inplace"), True):
            self.forget_columns(func.value)
        return NOTHING

    def by_group(self, node: ast.Call, base: Value, method: str) -> Value:
        """One figure of a column for each group of rows, or for each row that of its group."""
        if method not in tables.AGGREGATING or base.columns is None:
            return NOTHING
        fit = Fit(LeakKind.FITTED, ast.unparse(node)[:_SHOWN], self.unit, node, base.rows, base.columns)
        if method == "transform":
            return _added(base, base.rows, frozenset({fit}))._replace(grouped=False, table=None)
        return Value(learned=frozenset({fit}))

    def dropped(self, base: Value, name: str, values: Sequence[Value], given: Keywords) -> Value:
        """`df.drop(…)`: without columns, or without rows."""
        labels = values[0] if values else NOTHING
        for keyword in ("labels", "columns"):
            if keyword in given:
                labels = self.value(given[keyword])
        axis = given.get("axis")
        columns = "columns" in given or _is(axis, 1) or _is(axis, "columns")
        if _is(given.get("inplace"), True):
            if name:
                self.drop(name, labels.texts if columns else ())
            return NOTHING
        if not columns and (axis is not None or len(values) > 1):
            return base._replace(table=None)
        if not columns:
            return base._replace(rows=part_of(base.rows))
        if labels.texts is None:
            return base._replace(table=None)
        left = base.columns - frozenset(labels.texts) if base.columns is not None else None
        return base._replace(columns=left, dropped=base.dropped | frozenset(labels.texts))

    def resampled(self, node: ast.Call, value: Value, given: Keywords, function: str) -> Value:
        """`shuffle` and `resample` of scikit-learn."""
        if function == "shuffle":
            return value
        if _is(given.get("replace"), False) or "n_samples" not in given:
            return value._replace(rows=part_of(value.rows))
        return self.copied(node, value, "resample", LeakKind.OVERSAMPLED)

    def stacked(self, node: ast.Call, full: str, first: Value, given: Keywords) -> Value:
        """Tables one below the other; the same one twice is a copy of its rows."""
        axis = given.get("axis")
        listed = node.args[0] if node.args else None
        repeated = isinstance(listed, ast.BinOp) and isinstance(listed.op, ast.Mult)
        if isinstance(listed, ast.BinOp) and isinstance(listed.left, ast.List):
            first, listed = self.value(listed.left), listed.left
        below = together(first.parts)
        if axis is not None and not _is(axis, 0):
            return below
        rows = frozenset({Rows(members=tuple(below.rows))})
        elements = listed.elts if isinstance(listed, ast.List | ast.Tuple) else []
        texts = [ast.dump(element) for element in elements if isinstance(element, ast.Name | ast.Attribute)]
        whole = Value(rows=rows, learned=below.learned, table=object())
        if len(set(texts)) < len(texts) or (repeated and texts):
            return self.copied(node, whole, full)._replace(rows=rows)
        return whole

    def copied(self, node: ast.Call, value: Value, what: str, kind: LeakKind = LeakKind.COPIED) -> Value:
        """Rows that stand there more than once."""
        fit = Fit(kind, what.rpartition(".")[2], self.unit, node, value.rows)
        return _added(value, part_of(value.rows), frozenset({fit}))


def _added(value: Value, rows: RowSets, learned: frozenset[Fit]) -> Value:
    return value._replace(rows=rows or fresh().rows, learned=value.learned | learned, parts=(), texts=None)


def _estimator(name: str, values: Sequence[Value]) -> Estimator:
    inner = list(_inner(values))
    composed = name in tables.COMPOSED
    # a step that is not known may leave columns out
    unknown = not all(map(_is_known, _steps(values))) if composed else name in tables.SEARCHES and not inner
    column_wise = unknown or name in tables.COLUMN_WISE or any(one.column_wise for one in inner)
    if composed:
        kinds = [one.kind for one in inner]
        return Estimator(next((kind for kind in _STRONGEST if kind in kinds), LeakKind.NOTHING), name, column_wise)
    for names, kind in (
        (tables.FITTED, LeakKind.FITTED),
        (tables.SELECTING, LeakKind.SELECTED),
        (tables.OVERSAMPLING, LeakKind.OVERSAMPLED),
        (tables.ROW_BY_ROW, LeakKind.NOTHING),
    ):
        if name in names:
            return Estimator(kind, name, column_wise)
    return Estimator(LeakKind.MODEL, name, column_wise)


def _steps(values: Sequence[Value]) -> Sequence[Value]:
    """The steps of `Pipeline([…])` or of `make_pipeline(…)`."""
    return values[0].parts if values and values[0].parts else values


def _is_known(step: Value) -> bool:
    return any(True for _ in _inner([step]))


def _inner(values: Sequence[Value]) -> Iterator[Estimator]:
    for value in values:
        if value.estimator is not None:
            yield value.estimator
        yield from _inner(value.parts)


def _is(node: ast.expr | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is type(value) and node.value == value
