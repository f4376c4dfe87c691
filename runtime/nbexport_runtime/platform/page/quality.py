"""How right the answers were, as the room of outcomes has it, day by day."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from nbexport_runtime.platform.outcomes.figures import Figures
from nbexport_runtime.platform.outcomes.quality import measured
from nbexport_runtime.platform.outcomes.settings import Outcomes
from nbexport_runtime.platform.page.state import Day, Quality

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SHOWN = ("accuracy", "auc", "mae", "brier", "rate")
"""Metrics, the one that people read best first; every day has the same."""
NAMES = {
    "accuracy": "accuracy",
    "auc": "area under the curve",
    "mae": "mean error",
    "brier": "Brier score",
    "rate": "rate",
}


def quality(tables: DuckDBPyConnection, settings: Outcomes, begin: datetime, end: datetime) -> Quality | None:
    """The quality of the answers of a period; None where the log has no answer.

    Args:
        tables: A connection of `lines.tables.connect`.
        settings: What `platform.toml` says of outcomes.
        begin: Begin of the period, in UTC without a zone.
        end: Its end.

    Raises:
        PipelineError: The answers have no number to compare with.
    """
    report = measured(tables, settings, period="day", since=begin.replace(tzinfo=UTC), now=end.replace(tzinfo=UTC))
    if not report.versions:
        return None
    known = {name for figures in report.versions for name in figures.metrics}
    metric = next((name for name in SHOWN if name in known), "")
    days = tuple(
        Day(datetime.fromisoformat(figures.group[0]), figures.group[1], *counted(figures, metric))
        for figures in report.periods
    )
    versions = tuple(
        (figures.group[0], figures.predictions, figures.labeled, dict(figures.metrics)) for figures in report.versions
    )
    late = sum(one.by_age.get("past the window", 0) for one in report.missing)
    return Quality(settings.name, NAMES.get(metric, metric), metric, days, versions, late, report.unmatched)


def counted(figures: Figures, metric: str) -> tuple[int, int, float | None]:
    """Predictions, outcomes and the metric of a group."""
    return figures.predictions, figures.labeled, figures.metrics.get(metric)
