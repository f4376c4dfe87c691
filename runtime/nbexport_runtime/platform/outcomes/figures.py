"""Metrics of predictions with labels, by groups, computed where the rows are.

0 and 1 as labels: `rate`, and with scores `auc`, and with scores between 0 and 1 `log_loss` and `brier`; with answers
that are 0 and 1 themselves `accuracy`. Other labels: `mae`, `rmse`, `bias`. What cannot be computed is left out.

**Source**: AUC as the Mann-Whitney statistic with average ranks: Hanley and McNeil, The meaning and use of the area
under a receiver operating characteristic curve, Radiology 143, 1982. Log loss is clipped at 1e-15.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbexport_runtime.platform.outcomes.joining import JOINED

if TYPE_CHECKING:
    import duckdb

CLIP = 1e-15


@dataclass(frozen=True)
class Figures:
    """One group of predictions."""

    group: list[str]
    predictions: int
    labeled: int
    metrics: dict[str, float]


@dataclass(frozen=True)
class Kind:
    """What all labels and predictions of a join are."""

    binary: bool
    """Whether each label is 0 or 1."""
    shares: bool
    """Whether each prediction is from 0 to 1."""
    hard: bool
    """Whether each prediction is 0 or 1."""


def kind(connection: duckdb.DuckDBPyConnection) -> Kind:
    """What labels and predictions are; the metrics of all groups are the same ones."""
    row = connection.execute(
        "SELECT bool_and(label IN (0, 1)), bool_and(predicted BETWEEN 0 AND 1), bool_and(predicted IN (0, 1)) "  # noqa: S608
        f"FROM {JOINED} WHERE label IS NOT NULL AND predicted IS NOT NULL"
    ).fetchall()[0]
    return Kind(*(bool(value) for value in row))


def by(connection: duckdb.DuckDBPyConnection, groups: Sequence[str], *, only_labeled: bool = False) -> list[Figures]:
    """The metrics of each group, sorted by its names.

    Args:
        connection: Holds the table of `joining.join`.
        groups: What rows are grouped by, for a SELECT.
        only_labeled: Whether predictions without a label are left out.
    """
    of = kind(connection)
    names = [f"g{number}" for number in range(len(groups))]
    listed = ", ".join(names)
    chosen = ", ".join(f"{group} AS {name}" for group, name in zip(groups, names, strict=True))
    where = "WHERE label IS NOT NULL" if only_labeled else ""
    both = "label IS NOT NULL AND predicted IS NOT NULL"
    clipped = f"least(greatest(predicted, {CLIP!r}), 1 - {CLIP!r})"
    rows = connection.execute(
        f"WITH grouped AS (SELECT {chosen}, predicted, label FROM {JOINED} {where}), "  # noqa: S608
        f"ranked AS (SELECT *, CASE WHEN {both} THEN rank() OVER (PARTITION BY {listed}, {both} ORDER BY predicted) "
        f"+ (count(*) OVER (PARTITION BY {listed}, {both}, predicted) - 1) / 2.0 END AS place FROM grouped) "
        f"SELECT {listed}, count(*), count(label), avg(label), avg(predicted) FILTER ({both}), "
        f"sum(place) FILTER (label = 1), count(*) FILTER ({both} AND label = 1), "
        f"count(*) FILTER ({both} AND label = 0), "
        f"-avg(ln(CASE WHEN label = 1 THEN {clipped} ELSE 1 - {clipped} END)) FILTER ({both} AND {of.shares}), "
        f"avg((predicted - label) ^ 2) FILTER ({both}), avg(abs(predicted - label)) FILTER ({both}), "
        f"avg(predicted - label) FILTER ({both}) FROM ranked GROUP BY {listed} ORDER BY {listed}"
    ).fetchall()
    width = len(names)
    return [
        Figures([shown(name) for name in row[:width]], row[width], row[width + 1], metrics(of, row[width + 1 :]))
        for row in rows
    ]


def shown(name: Any) -> str:
    """A name of a group as text; a leading digit and space only sort."""
    text = str(name)
    return text[2:] if text[:1].isdigit() and text[1:2] == " " else text


def metrics(of: Kind, row: Sequence[Any]) -> dict[str, float]:
    """The metrics of a group.

    Args:
        of: What labels and predictions are.
        row: Labels, their mean, the mean prediction, the ranks of the positive, their number, that of the negative,
            log loss, mean square, mean distance and mean difference.
    """
    labels, rate, mean, ranks, positive, negative, loss, square, distance, difference = row
    values: dict[str, float | None] = {}
    if not labels:
        return {}
    if not of.binary:
        root = None if square is None else math.sqrt(square)
        values = {"mean": rate, "mae": distance, "rmse": root, "bias": difference}
    else:
        values["rate"] = rate
        values["predicted"] = mean
        if positive and negative and ranks is not None:
            values["auc"] = (ranks - positive * (positive + 1) / 2) / (positive * negative)
        if of.hard:
            values["accuracy"] = None if distance is None else 1 - distance
        elif of.shares:
            values |= {"log_loss": loss, "brier": square}
    return {name: float(value) for name, value in values.items() if value is not None}
