"""What a fit, a split or a score brings to light: each leak is noted once it is certain."""

from __future__ import annotations

import ast

from nbexport.analysis.leakage import Leak, LeakKind, tables
from nbexport.analysis.leakage.values import Estimator, Fit, Rows, RowSets, Side, Value, contain, side_of, within

COPYING = (LeakKind.OVERSAMPLED, LeakKind.COPIED)


class Judging:
    """The part of the reader that says what leaks."""

    def __init__(self) -> None:
        self.unit = 0
        self.found: list[Leak] = []
        self.split_at: dict[Rows, tuple[RowSets, int]] = {}
        """For each side of a split: the rows that were split, and where."""
        self.fitted_on_train: set[tuple[str, RowSets, int]] = set()
        """Transformers that were fitted on the train side of a split."""

    def leak(self, fit: Fit, other: int, kind: LeakKind | None = None) -> None:
        """Note a leak."""
        self.found.append(Leak(kind or fit.kind, fit.what, fit.unit, fit.node, other))

    def judge_folds(self, value: Value) -> None:
        """Cross-validation splits what it is given."""
        for fit in value.learned:
            if fit.kind is LeakKind.SELECTED or fit.kind in COPYING:
                self.leak(fit, self.unit)

    def judge_refit(self, fit: Fit, table: Value) -> None:
        """Whether a transformer that was fitted on one side of a split is fitted again on the other."""
        side = side_of(table.rows)
        if fit.kind is not LeakKind.FITTED or side is None or fit.what in tables.DRAWN:
            return
        key = (fit.what, *self.split_at[side])
        if side.side is Side.TRAIN:
            self.fitted_on_train.add(key)
        elif key in self.fitted_on_train:
            self.leak(fit, self.unit, LeakKind.REFITTED)

    def judge_means(self, table: Value, target: Value | None) -> None:
        """Whether a model is given means of its target that were computed before the rows were split."""
        side = side_of(table.rows)
        if side is None or target is None or not target.columns:
            return
        whole, at = self.split_at[side]
        for fit in table.learned:
            if fit.target & target.columns and contain(fit.rows, whole):
                self.leak(fit, at)

    def saw_both_sides(self, fit: Fit, at: int) -> bool:
        """Whether a fit was given the train rows and the test rows of a split, put together again."""
        sides = {one.side for one in within(fit.rows) if one in self.split_at and self.split_at[one][1] == at}
        return len(sides) > 1

    def judge_target(self, estimator: Estimator, table: Value, target: Value, node: ast.Call) -> None:
        """Whether a model is given its target among the features."""
        if table.table is None or table.table is not target.table or estimator.column_wise:
            return
        if target.columns is None or len(target.columns) != 1:
            return
        (column,) = target.columns
        if column not in table.dropped and (table.columns is None or column in table.columns):
            self.found.append(Leak(LeakKind.TARGET, column, self.unit, node, self.unit))

    def judge_model(self, estimator: Estimator, table: Value) -> None:
        """Whether a model is judged on rows that it was fitted on."""
        fit = estimator.fit
        side = side_of(table.rows)
        supervised = fit is not None and isinstance(fit.node, ast.Call) and _has_target(fit.node)
        if (
            fit is None
            or estimator.kind is not LeakKind.MODEL
            or not supervised
            or side is None
            or side.side is not Side.TEST
        ):
            return
        if contain(fit.rows, {side}):
            self.leak(fit, self.unit, LeakKind.TEST)


def _has_target(node: ast.Call) -> bool:
    return len(node.args) > 1 or any(keyword.arg == "y" for keyword in node.keywords)
