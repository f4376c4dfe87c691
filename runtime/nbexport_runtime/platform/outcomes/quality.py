"""`outcomes.py quality`: how right the answers were by version, time, slice and delay, and how much is not known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from nbexport_runtime.pipeline.outcome import Outcome
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.lines import tables
from nbexport_runtime.platform.lines.settings import Log
from nbexport_runtime.platform.outcomes import figures, joining
from nbexport_runtime.platform.outcomes.figures import Figures
from nbexport_runtime.platform.outcomes.predicted import path_of
from nbexport_runtime.platform.outcomes.settings import Outcomes
from nbexport_runtime.traffic import clock

if TYPE_CHECKING:
    import duckdb

PERIODS = ("day", "week", "month")
MOST_GROUPS = 12
"""Groups of a kind that are shown to people; `--json` has all."""
DELAYS = "CASE WHEN delay_s < 3600 THEN '1 under 1 hour' WHEN delay_s < 86400 THEN '2 under 1 day' "
DELAYS += "WHEN delay_s < 604800 THEN '3 under 1 week' ELSE '4 1 week and more' END"
"""How long a label took; the number sorts."""
AGES = (("under 1 day", 1.0), ("under 1 week", 7.0))


@dataclass(frozen=True)
class Missing:
    """Predictions without a label, of one version."""

    version: str
    predictions: int
    labeled: int
    by_age: dict[str, int]
    """Age of the prediction → how many have no label; the oldest are past the window."""


@dataclass(frozen=True)
class Report:
    """The quality of the answers."""

    name: str
    since: str
    versions: list[Figures]
    periods: list[Figures]
    delays: list[Figures]
    slices: dict[str, list[Figures]]
    missing: list[Missing]
    unmatched: int
    """Outcomes that belong to no prediction."""
    damaged: list[tables.Damaged] = field(default_factory=list)


def quality(
    project: Project,
    log: Log,
    settings: Outcomes,
    *,
    name: str = "",
    slices: Sequence[str] = (),
    period: str = "week",
    days: float = 0.0,
    now: datetime | None = None,
) -> Outcome:
    """The quality of the answers, as a command ends with it.

    Args:
        project: The project.
        log: What `platform.toml` says of the log.
        settings: What `platform.toml` says of outcomes.
        name: The outcome; empty takes that of the settings.
        slices: Members of the input.
        period: `day`, `week` or `month`.
        days: How far back predictions are looked at; 0 takes all.
        now: The present, with a zone; None takes the clock's.

    Raises:
        PipelineError: The answers have no number to compare with.
    """
    now = now or clock.now()
    since = now - timedelta(days=days) if days else None
    connection = tables.connect(project, log, since=since)
    try:
        report = measured(connection, settings, name=name, slices=slices, period=period, since=since, now=now)
    finally:
        connection.close()
    facts = asdict(report)
    facts["damaged"] = sum(one.lines for one in report.damaged)
    return Outcome(tuple(shown(report, settings.window_days)), facts)


def measured(
    connection: duckdb.DuckDBPyConnection,
    settings: Outcomes,
    *,
    name: str = "",
    slices: Sequence[str] = (),
    period: str = "week",
    since: datetime | None = None,
    now: datetime,
) -> Report:
    """The quality of the answers of a connection.

    Args:
        connection: One of `lines.tables.connect`.
        settings: What `platform.toml` says of outcomes.
        name: The outcome; empty takes that of the settings.
        slices: Members of the input.
        period: `day`, `week` or `month`.
        since: From when on predictions are looked at, with a zone; None takes all.
        now: The present, with a zone.

    Raises:
        PipelineError: The answers have no number to compare with.
    """
    where = "outcome = 'ok'"
    if since is not None:
        where += f" AND time >= TIMESTAMP '{naive(since).isoformat(sep=' ')}'"
    joining.join(connection, settings, name=name, where=where)
    version = "coalesce(model_version, '')"
    return Report(
        name or settings.name,
        since.isoformat() if since is not None else "",
        figures.by(connection, [version]),
        figures.by(connection, [f"strftime(date_trunc('{period}', time), '%Y-%m-%d')", version]),
        figures.by(connection, [DELAYS, version], only_labeled=True),
        {column: figures.by(connection, [sliced(column), version]) for column in slices},
        missing(connection, settings.window_days, now),
        joining.unmatched(connection) if since is None else 0,
        tables.damaged(connection),
    )


def sliced(column: str) -> str:
    """The value of an input's member as text, for a SELECT."""
    return f"coalesce(json_extract_string(input, {path_of(column)}), '(none)')"


def naive(time: datetime) -> datetime:
    """A time as the tables have it: UTC without saying so."""
    return time.astimezone(UTC).replace(tzinfo=None)


def missing(connection: duckdb.DuckDBPyConnection, window_days: float, now: datetime) -> list[Missing]:
    """Predictions without a label, by version and age."""
    ages = [(text, days) for text, days in AGES if days < window_days]
    ages.append((f"under {window_days:g} days", window_days))
    cases = " ".join(f"WHEN age < {days!r} THEN '{text}'" for text, days in ages)
    rows = connection.execute(
        "SELECT coalesce(model_version, ''), CASE WHEN label IS NOT NULL THEN '' "  # noqa: S608
        f"{cases} ELSE 'past the window' END AS bucket, count(*) FROM "
        f"(SELECT *, epoch(?::TIMESTAMP - time) / 86400 AS age FROM {joining.JOINED}) GROUP BY ALL ORDER BY ALL",
        [naive(now)],
    ).fetchall()
    counts: dict[str, dict[str, int]] = {}
    for version, bucket, count in rows:
        counts.setdefault(version, {})[bucket] = count
    order = [*(text for text, _ in ages), "past the window"]
    return [
        Missing(version, sum(of.values()), of.get("", 0), {text: of[text] for text in order if text in of})
        for version, of in counts.items()
    ]


# ---------------------------------------------------------------------- for people


def shown(report: Report, window_days: float) -> list[str]:
    """Lines for people."""
    lines = []
    if not report.missing:
        lines.append("no predictions are in the log")
    for one in report.missing:
        unknown = one.predictions - one.labeled
        ages = ", ".join(f"{count:,} {text}" for text, count in one.by_age.items())
        lines.append(
            f"{one.version}: {one.predictions:,} predictions, {one.labeled:,} with `{report.name}`, "
            f"{unknown:,} without" + (f" ({ages})" if unknown else "")
        )
    if any("past the window" in one.by_age for one in report.missing):
        lines.append(f"  predictions older than {window_days:g} days get no label by their unit any more")
    if report.unmatched:
        lines.append(f"  {report.unmatched:,} outcomes belong to no prediction of the log: check their ids and rows")
    sections = [
        ("by version", report.versions),
        ("over time", report.periods),
        ("by delay of the label", report.delays),
        *((f"by `{column}`", figures) for column, figures in report.slices.items()),
    ]
    if any(one.labeled for one in report.versions):
        for title, figures in sections:
            lines += section(title, figures)
    lines += [f"note: {one.lines:,} lines of `{one.file}` cannot be read" for one in report.damaged]
    return lines


def section(title: str, all_figures: Sequence[Figures]) -> list[str]:
    """Lines for people about one kind of groups."""
    rows = [(" ".join(one.group), one) for one in all_figures]
    width = max((len(name) for name, _ in rows), default=0)
    lines = ["", title]
    for name, one in rows[-MOST_GROUPS:]:
        values = "  ".join(f"{metric} {value:.4g}" for metric, value in one.metrics.items())
        lines.append(f"  {name:<{width}}  {one.labeled:>9,} of {one.predictions:,}  {values}".rstrip())
    if len(rows) > MOST_GROUPS:
        lines.append(f"  and {len(rows) - MOST_GROUPS:,} more before these; `--json` shows all")
    return lines
