"""`outcomes.py add`: outcomes from a file, added once however often it is given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from nbexport_runtime.pipeline import outcome as ending
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.lines import live, tables
from nbexport_runtime.platform.lines.settings import Log
from nbexport_runtime.platform.outcomes import joining, texts
from nbexport_runtime.platform.outcomes.record import Outcome, trouble
from nbexport_runtime.platform.outcomes.settings import Outcomes
from nbexport_runtime.platform.outcomes.writing import Sink
from nbexport_runtime.traffic import clock

OBVIOUS: Mapping[str, tuple[str, ...]] = {
    "request_id": ("request_id", "requestid", "x_request_id"),
    "row": ("row",),
    "key": ("key", "rollout_key", "user_id", "customer_id"),
    "unit": ("unit",),
    "name": ("name",),
    "value": ("value", "label", "outcome", "target", "y"),
    "time": ("time", "timestamp", "event_time", "at", "date"),
}
"""What a column may be called so that nobody has to name it."""
TOGETHER = 1000
"""Outcomes that are written at once."""
SHOWN = 10
"""Refused rows that are shown to people; `--json` has all."""


@dataclass
class Added:
    """What became of the rows of a file."""

    rows: int = 0
    added: int = 0
    corrected: int = 0
    """Rows with another value than the one that was known."""
    known: int = 0
    """Rows that were known already, or stand in the file twice."""
    refused: list[dict[str, Any]] = field(default_factory=list)
    """Number of the row from 1, and why."""
    unmatched: int = 0
    """Outcomes that were added and belong to no prediction of the log here."""
    no_zone: bool = False
    """Whether times had no zone, and were taken for UTC."""


def add(
    project: Project,
    log: Log,
    settings: Outcomes,
    file: Path,
    columns: Mapping[str, str],
    name: str = "",
    now: datetime | None = None,
) -> ending.Outcome:
    """Add the outcomes of a file, as a command ends with it.

    Args:
        project: The project.
        log: What `platform.toml` says of the log.
        settings: What it says of outcomes.
        file: CSV, JSON lines or Parquet.
        columns: What is wanted → the column that has it, where that is not obvious.
        name: What happened, where no column says so.
        now: The present, with a zone; None takes the clock's.

    Raises:
        PipelineError: The file cannot be read, or a column is missing.
    """
    now = now or clock.now()
    logs = live.folder(project.root)
    if logs is None:
        raise PipelineError("LOG_DIR is `-`, standard output: set it to the folder of the logs")
    chosen, rows = read(file, columns)
    known = values_of(project, log)
    done, sink = Added(), Sink(logs)
    waiting: dict[str, Outcome] = {}

    def write() -> None:
        if not waiting:
            return
        try:
            sink.add(list(waiting.values()), now)
        except OSError as error:
            raise PipelineError(
                f"outcomes cannot be written to `{logs}`: {error.strerror}; {done.added + done.corrected:,} were added "
                "before; make room and give the file again, none counts twice"
            ) from None
        for key, one in waiting.items():
            done.corrected += key in known
            done.added += key not in known
            known[key] = one.value
        waiting.clear()

    for number, row in enumerate(rows, start=1):
        done.rows += 1
        done.no_zone |= texts.without_zone(row.get("time"))
        try:
            one = texts.parsed(row, log.salt, name or settings.name, now)
        except ValueError as error:
            done.refused.append({"row": number, "reason": str(error)})
            continue
        # a day is meant until its end, and today's is not over
        problem = trouble(one, datetime.combine(now.date(), texts.END) if one.time.timetz() == texts.END else now)
        if problem is not None:
            done.refused.append({"row": number, "reason": " ".join(problem)})
            continue
        before = waiting[one.id].value if one.id in waiting else known.get(one.id)
        if before == one.value:
            done.known += 1
            continue
        waiting[one.id] = one
        if len(waiting) >= TOGETHER:
            write()
    write()
    if done.added or done.corrected:
        done.unmatched = strangers(project, log, now)
    return outcome_of(done, file, chosen)


def read(file: Path, columns: Mapping[str, str]) -> tuple[dict[str, str], Iterator[dict[str, str | None]]]:
    """The columns that a file has of what is wanted, and its rows as text.

    Raises:
        PipelineError: The file cannot be read, or a column is missing.
    """
    if not file.is_file():
        raise PipelineError(f"`{file}` is not there")
    kind = file.suffix.lower()
    calls = {
        ".csv": "read_csv(?, all_varchar=true, header=true)",
        ".jsonl": "read_json_auto(?, format='newline_delimited')",
        ".ndjson": "read_json_auto(?, format='newline_delimited')",
        ".parquet": "read_parquet(?)",
    }
    if kind not in calls:
        raise PipelineError(f"`{file}` is of no kind that is known here: name it .csv, .jsonl or .parquet")
    import duckdb

    connection = tables.fresh_connection()
    try:
        relation = connection.execute(f"SELECT * FROM {calls[kind]} LIMIT 0", [str(file)])  # noqa: S608
        there = [str(column[0]) for column in relation.description or ()]
        chosen = matched(there, columns, file)
        listed = ", ".join(f'CAST("{column}" AS VARCHAR)' for column in chosen.values())
        cursor = connection.execute(f"SELECT {listed} FROM {calls[kind]}", [str(file)])  # noqa: S608
    except duckdb.Error as error:
        connection.close()
        raise PipelineError(f"`{file}` cannot be read: {str(error).splitlines()[0]}") from None

    def rows() -> Iterator[dict[str, str | None]]:
        try:
            while batch := cursor.fetchmany(10_000):
                for row in batch:
                    yield dict(zip(chosen, row, strict=True))
        except duckdb.Error as error:
            raise PipelineError(f"`{file}` cannot be read to its end: {str(error).splitlines()[0]}") from None
        finally:
            connection.close()

    return chosen, rows()


def matched(there: list[str], columns: Mapping[str, str], file: Path) -> dict[str, str]:
    """What is wanted → the column that has it.

    Raises:
        PipelineError: A column that was named is not there, or one that is needed is not obvious.
    """
    lower = {name.lower(): name for name in there}
    by_id: dict[str, str] = {}
    for wanted, names in OBVIOUS.items():
        named = columns.get(wanted, "")
        if named and named not in there:
            raise PipelineError(f"`{file}` has no column `{named}`; it has {', '.join(f'`{name}`' for name in there)}")
        column = named or next((lower[name] for name in names if name in lower), "")
        if column and column not in by_id.values():
            by_id[wanted] = column
    if "value" not in by_id:
        raise PipelineError(f"`{file}` has no obvious column of values: name it with --value")
    if not by_id.keys() & {"request_id", "key", "unit"}:
        raise PipelineError(
            f"`{file}` does not say whose outcomes these are: name a column with --request-id, --key or --unit"
        )
    return by_id


def values_of(project: Project, log: Log) -> dict[str, float]:
    """Id → value of each outcome that is known."""
    connection = tables.connect(project, log)
    try:
        return dict(connection.execute("SELECT id, value FROM outcomes").fetchall())
    finally:
        connection.close()


def strangers(project: Project, log: Log, now: datetime) -> int:
    """How many outcomes that came now belong to no prediction of the log."""
    connection = tables.connect(project, log)
    try:
        return joining.unmatched_since(connection, now)
    finally:
        connection.close()


def outcome_of(done: Added, file: Path, chosen: Mapping[str, str]) -> ending.Outcome:
    """What the command says."""
    read_as = ", ".join(
        wanted if wanted == column else f"{wanted} from `{column}`" for wanted, column in chosen.items()
    )
    lines = [
        f"`{file}`: {done.rows:,} rows ({read_as})",
        (
            f"added {done.added:,}, corrected {done.corrected:,}, known before {done.known:,}, "
            f"refused {len(done.refused):,}"
        ),
    ]
    if done.unmatched:
        lines.append(f"{done.unmatched:,} of those added belong to no prediction of the log here: check their ids")
    if done.no_zone:
        lines.append("times without a zone were taken for UTC")
    if done.refused:
        reasons = Counter(one["reason"] for one in done.refused)
        lines += [f"  {count:,} times: {reason}" for reason, count in reasons.most_common(SHOWN)]
        rows = ", ".join(str(one["row"]) for one in done.refused[:SHOWN])
        more = " …" if len(done.refused) > SHOWN else ""
        lines.append(f"  refused rows: {rows}{more}; correct them and give the file again, none counts twice")
    facts = {
        "file": str(file),
        "columns": dict(chosen),
        "rows": done.rows,
        "added": done.added,
        "corrected": done.corrected,
        "known": done.known,
        "refused": done.refused,
        "unmatched": done.unmatched,
        "no_zone": done.no_zone,
    }
    return ending.Outcome(tuple(lines), facts, ending.REFUSED if done.refused else ending.DONE)
