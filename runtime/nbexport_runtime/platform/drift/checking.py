"""A check of drift: the newest windows of a version's predictions against its reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.drift import columns, counting, judging, measures, references
from nbexport_runtime.platform.drift.columns import Column
from nbexport_runtime.platform.drift.counting import Window
from nbexport_runtime.platform.drift.judging import FEWEST_ROWS, Judged
from nbexport_runtime.platform.drift.references import Reference
from nbexport_runtime.platform.drift.settings import Drift
from nbexport_runtime.traffic import clock

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LOOKED_AT = 200
"""Lines whose columns are looked for; a column that occurs in none of them is not compared."""
TIMELESS = "dates are compared by their missing values alone: time goes on"


@dataclass(frozen=True)
class Verdict:
    """What a check says of one column."""

    column: Column
    reference: Reference
    status: str
    """`drift`, `watch` (drifted, in too few windows to speak), `steady`, or `too few rows`."""
    p: float
    """Over all windows, adjusted for the number of columns."""
    windows: tuple[Judged, ...]
    new_values: tuple[str, ...] = ()

    @property
    def last(self) -> Judged | None:
        """The newest window with enough rows."""
        return self.windows[-1] if self.windows else None

    @property
    def reasons(self) -> tuple[str, ...]:
        """What is different, by the newest window in which something is."""
        return next((window.reasons for window in reversed(self.windows) if window.reasons), ())

    def facts(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "name": self.column.name,
            "part": self.column.part,
            "kind": self.reference.kind,
            "status": self.status,
            "p": measures.plain(self.p),
            "reference": self.reference.source,
            "reasons": list(self.reasons),
            "new_values": list(self.new_values),
            "windows": [window.facts() for window in self.windows],
        }


@dataclass(frozen=True)
class Report:
    """What a check found."""

    version: str
    settings: Drift
    length_s: float
    windows: tuple[Window, ...]
    verdicts: tuple[Verdict, ...]
    not_compared: Mapping[str, str]
    """Column → why."""
    rows_needed: int | None
    """Rows of a window with which a check does not miss what `min_share` allows; None: no reference is that large."""

    @property
    def drifted(self) -> tuple[Verdict, ...]:
        """The columns that have drifted."""
        return tuple(verdict for verdict in self.verdicts if verdict.status == "drift")

    def facts(self) -> dict[str, Any]:
        """The same for programs; what the journal keeps."""
        return {
            "version": self.version,
            "alarm": bool(self.drifted),
            "drifted": [verdict.column.name for verdict in self.drifted],
            "alpha": self.settings.alpha,
            "needed": self.settings.needed,
            "window_s": self.length_s,
            "windows": [
                {"begin": window.begin.isoformat(), "end": window.end.isoformat(), "rows": window.rows}
                for window in self.windows
            ],
            "rows_needed": self.rows_needed,
            "columns": [verdict.facts() for verdict in self.verdicts],
            "not_compared": dict(self.not_compared),
        }


def check(
    project: Project,
    tables: DuckDBPyConnection,
    settings: Drift,
    version: str,
    *,
    length_s: float,
    until: datetime | None = None,
    first: bool = True,
) -> Report:
    """Compare what a version is asked, and answers, with its reference.

    Args:
        project: The project.
        tables: The view `predictions`.
        settings: The table `[drift]`.
        version: The version.
        length_s: Length of a window.
        until: The end of the newest window, in UTC without a zone; None is now.
        first: Whether the first predictions are a reference where training left none.
    """
    end = until or clock.now().replace(tzinfo=None)
    begin = end - timedelta(seconds=length_s * settings.windows)
    known, not_compared = looked(project, tables, settings, version, begin, end, first=first)
    newest = counting.windows(tables, version, known, until=end, length_s=length_s, number=settings.windows)
    judged = {
        column: tuple(
            judging.judge(of, window.columns[column], settings)
            for window in newest
            if column in window.columns and window.columns[column].rows >= FEWEST_ROWS
        )
        for column, of in known.items()
    }
    able = {column: windows for column, windows in judged.items() if len(windows) >= settings.needed}
    adjusted = measures.holm(
        {
            str(at): measures.of_windows([window.p for window in windows], settings.needed)
            for at, windows in enumerate(able.values())
        }
    )
    probability = {column: adjusted[str(at)] for at, column in enumerate(able)}
    needed = rows_needed(settings, known, max(1, len(able)))
    verdicts = []
    for column, of in known.items():
        p = probability.get(column, 1.0)
        status = status_of(settings, judged[column], p, needed, len(able))
        fresh: list[str] = []
        if status in ("drift", "watch") and of.kind == "category" and any(window.new for window in judged[column]):
            fresh = counting.new_values(tables, version, column, of, newest[0].begin, end)
        verdicts.append(Verdict(column, of, status, p, judged[column], tuple(fresh)))
    return Report(version, settings, length_s, tuple(newest), tuple(verdicts), not_compared, needed)


def looked(
    project: Project,
    tables: DuckDBPyConnection,
    settings: Drift,
    version: str,
    begin: datetime,
    end: datetime,
    *,
    first: bool,
) -> tuple[dict[Column, Reference], dict[str, str]]:
    """The columns that can be compared with their references, and why others cannot."""
    lines = tables.execute(
        f"""SELECT CAST(input AS VARCHAR), CAST(output AS VARCHAR), CAST(features AS VARCHAR) FROM predictions
        WHERE time >= ? AND time < ? AND date BETWEEN ?::DATE AND ?::DATE AND model_version = ? AND outcome = 'ok'
        LIMIT {LOOKED_AT}""",  # noqa: S608 - a number
        [begin, end, begin, end, version],
    ).fetchall()
    present, redacted = columns.found(dict(zip(columns.PARTS, line, strict=True)) for line in lines)
    wanted = [column for column in present if column.name not in settings.ignore]
    known, without = references.find(project, tables, version, wanted, first=first)
    not_compared = dict.fromkeys(settings.ignore, "platform.toml ignores it")
    not_compared |= dict.fromkeys(redacted, "the log hides its values") | without
    not_compared |= {column.name: TIMELESS for column, of in known.items() if of.kind == "date"}
    return known, not_compared


def rows_needed(settings: Drift, known: Mapping[Column, Reference], number: int) -> int | None:
    """Rows of a window with which a move of `min_share` is found; by the smallest reference."""
    sizes = [int(of.facts["n"]) for of in known.values() if of.kind in ("number", "text", "category")]
    alpha = settings.alpha * settings.needed / settings.windows / number / max(judging.TESTS.values())
    return measures.rows_needed(alpha, settings.min_share, min(sizes)) if sizes else None


def status_of(settings: Drift, windows: tuple[Judged, ...], p: float, needed: int | None, number: int) -> str:
    """What is said of a column."""
    if len(windows) >= settings.needed and p <= settings.alpha:
        return "drift"
    # by itself, a window that would speak
    if any(window.p <= settings.alpha / max(1, number) for window in windows):
        return "watch"
    if len(windows) < settings.needed or needed is None:
        return "too few rows"
    enough = sum(window.rows >= needed for window in windows)
    return "steady" if enough >= settings.needed else "too few rows"
