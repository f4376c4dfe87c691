"""Whether the definitions in `platform.toml` fit their tables, and the arguments of `predict`."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbexport_runtime.pipeline.outcome import REFUSED, Outcome, PipelineError
from nbexport_runtime.platform.features.expressions import of, quoted
from nbexport_runtime.platform.features.newest import micros, plain
from nbexport_runtime.platform.features.offline import Tables
from nbexport_runtime.platform.features.places import places
from nbexport_runtime.platform.features.settings import FILL, View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import BaseModel

SAMPLE = 1_000
"""Distinct values of a feature that are compared with what `predict` takes."""


@dataclass
class Report:
    """What is known of one view."""

    view: str
    entity: str
    source: str
    columns: dict[str, str] = field(default_factory=dict)
    """Feature → type."""
    rows: int = 0
    entities: int = 0
    problems: list[str] = field(default_factory=list)
    """What keeps the view from being used."""
    remarks: list[str] = field(default_factory=list)
    """What one should know."""


def apply(root: Path, views: Sequence[View], request: type[BaseModel] | None) -> Outcome:
    """Look at every view; refused where one cannot be used.

    Args:
        root: The folder of the project.
        views: The views.
        request: The arguments of `predict`; None where they are not known.
    """
    reports = []
    for view in views:
        tables = Tables(root)
        try:
            reports.append(looked_at(tables, view, request))
        finally:
            tables.close()
    lines = [line for report in reports for line in lines_of(report)]
    bad = any(report.problems for report in reports)
    lines.append(
        "correct platform.toml or the tables" if bad else "the definitions fit; python features.py materialize"
    )
    return Outcome(tuple(lines), {"views": [asdict(report) for report in reports]}, REFUSED if bad else 0)


def lines_of(report: Report) -> list[str]:
    """A report for people."""
    shown = ", ".join(f"{name} {kind}" for name, kind in report.columns.items())
    return [
        f"{report.view}: {report.rows} rows of {report.entities} `{report.entity}` from `{report.source}`",
        *([f"  features: {shown}"] if shown else []),
        *(f"  problem: {text}" for text in report.problems),
        *(f"  note: {text}" for text in report.remarks),
    ]


def looked_at(tables: Tables, view: View, request: type[BaseModel] | None) -> Report:
    """What is known of one view."""
    report = Report(view.name, view.entity, view.source)
    try:
        types = tables.columns(view)
        lacking = tables.lacking(view)
        report.problems += [f"the source has no column `{column}`" for column in lacking]
        if lacking:
            return report
        report.columns = {column: types[column] for column in view.columns}
        count_rows(tables, view, report)
        count_twice(tables, view, report)
        compare(tables, view, report, request)
    except PipelineError as error:
        report.problems.append(str(error))
    return report


def count_rows(tables: Tables, view: View, report: Report) -> None:
    """Count rows, and those without an id or a time."""
    ((rows, ids, events, created),) = tables.ask(
        f"SELECT count(*), count(id), count(event), count(created) FROM ({tables.parsed(view)})"
    )
    report.rows = rows
    if not rows:
        report.problems.append("the source has no rows")
    if ids < rows:
        report.problems.append(f"{rows - ids} rows have no `{view.entity}`")
    named = [(view.event_time, events)] if view.day is None else []
    named += [(view.created, created)] if view.created else []
    for column, parsed in named:
        ((present,),) = tables.ask(f"SELECT count({quoted(column)}) FROM {tables.source(view)}")
        if present > parsed:
            report.problems.append(f"{present - parsed} values of `{column}` are not times; write 2026-03-01T12:00:00Z")
        if present < rows:
            report.problems.append(f"{rows - present} rows have no `{column}`")
    now = micros(datetime.now(UTC))
    ((entities, late, coming),) = tables.ask(
        "SELECT count(DISTINCT id), count(*) FILTER (created > event), count(*) FILTER (known > $1) "
        f"FROM {tables.read(view)}",
        [now],
    )
    report.entities = entities
    if late:
        report.remarks.append(f"{late} rows became known after their event time; before that nobody gets them")
    if coming:
        report.remarks.append(f"{coming} rows are of the future; until then nobody gets them")


def count_twice(tables: Tables, view: View, report: Report) -> None:
    """Count rows that are there twice, and those that contradict each other."""
    ((twice, against),) = tables.ask(
        "SELECT coalesce(sum(rows - 1), 0), count(*) FILTER (kinds > 1) FROM "
        f"(SELECT count(*) AS rows, count(DISTINCT row({of(view)})) AS kinds FROM {tables.read(view)} "
        "GROUP BY id, event, created HAVING count(*) > 1)"
    )
    if twice:
        report.remarks.append(f"{twice} rows are there again, with the same `{view.entity}` and times")
    if against:
        report.remarks.append(
            f"{against} times an entity has different values at the same time; the largest one counts, add `created` "
            "to say which is right"
        )


def compare(tables: Tables, view: View, report: Report, request: type[BaseModel] | None) -> None:
    """Compare values with what `predict` takes."""
    if request is None:
        return
    by_column = places(request, view.columns)
    if not by_column:
        report.remarks.append("`predict` takes none of these features; the service does not read them")
    for number, column in enumerate(view.columns):
        if column not in by_column:
            continue
        values: list[Any] = [
            plain(value)
            for (value,) in tables.ask(
                f"SELECT DISTINCT f{number} FROM {tables.read(view)} ORDER BY f{number} NULLS FIRST LIMIT {SAMPLE}"
            )
        ]
        place = by_column[column]
        if None in values and not place.nullable:
            report.remarks.append(f"`{column}` has gaps, which `predict` does not take; such a row is missing")
        wrong = [value for value in values if value is not None and not place.takes(value)]
        if wrong:
            report.problems.append(
                f"`{column}` is {report.columns[column]}, and `predict` takes another type; name it by `types`"
            )
        if view.missing == FILL and not place.takes(view.fill[column]):
            report.problems.append(f"`predict` does not take the value that `fill` has for `{column}`; correct it")
