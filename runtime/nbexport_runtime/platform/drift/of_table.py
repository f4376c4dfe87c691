"""A table that was scored against what its model was trained on: all of its rows are one window."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.drift import checking
from nbexport_runtime.platform.drift.checking import Report
from nbexport_runtime.platform.drift.columns import quoted
from nbexport_runtime.platform.drift.settings import Drift
from nbexport_runtime.platform.drift.telling import MARKS, told
from nbexport_runtime.platform.lines.tables import fresh_connection

DAY = datetime(2000, 1, 1)  # noqa: DTZ001 - the tables have times without a zone
"""When all rows are taken to have been asked: a table says nothing of times."""
LONGEST_LINE_BYTES = 2**30


def judged(project: Project, lines: Path, settings: Drift, version: str) -> tuple[tuple[str, ...], dict[str, Any]]:
    """What is said of a table: lines for people, facts for programs.

    Args:
        project: The project.
        lines: A file with `input`, and `features` where there are some, of each row.
        settings: The table `[drift]`.
        version: The version that answered.
    """
    with closing(fresh_connection()) as connection:
        # answers have no reference of training, so they are not compared
        connection.execute(
            f"""CREATE VIEW predictions AS SELECT TIMESTAMP '{DAY:%Y-%m-%d}' AS time, DATE '{DAY:%Y-%m-%d}' AS date,
            {quoted(version)} AS model_version, 'ok' AS outcome, input, features, NULL::JSON AS output
            FROM read_json({quoted(str(lines))}, format='newline_delimited', maximum_object_size={LONGEST_LINE_BYTES},
            columns={{input: 'JSON', features: 'JSON'}})"""  # noqa: S608 - quoted
        )
        day = timedelta(days=1)
        report = checking.check(
            project,
            connection,
            replace(settings, windows=1, needed=1),
            version,
            length_s=day.total_seconds(),
            until=DAY + day,
            first=False,
        )
    return said(report), {"drift": report.facts()}


def said(report: Report) -> tuple[str, ...]:
    """What differs from training, in lines."""
    number, drifted = len(report.verdicts), report.drifted
    if not number:
        return ("drift: no column of the table has a reference of training",)
    names = ", ".join(verdict.column.name for verdict in drifted)
    head = (
        f"{len(drifted)} of {number} columns differ from training: {names}"
        if drifted
        else (f"none of {number} columns differs from training")
    )
    few = sum(verdict.status == "too few rows" for verdict in report.verdicts)
    return (
        f"drift: {head}" + (f"; {few} have too few rows to say so" if few else ""),
        *(f"  {MARKS[verdict.status]}  {verdict.column.name}  {told(verdict)}" for verdict in drifted),
    )
