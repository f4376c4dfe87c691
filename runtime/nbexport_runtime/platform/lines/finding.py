"""`logs.py find`: everything about one request on one screen: prediction, model, data set, features, outcome."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from nbexport_runtime.pipeline.outcome import Outcome, PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.lines import tables
from nbexport_runtime.platform.lines.settings import Log
from nbexport_runtime.platform.units import unit_of

if TYPE_CHECKING:
    import duckdb

WIDEST = 160
"""Characters of a value that are shown to people; `--json` has all."""
MOST_LINES = 20
"""Lines of one request that are shown to people: a batch may have thousands."""
JSONS = ("input", "output", "meant", "features", "unusual", "reasons")


@dataclass
class Found:
    """What is known of an id."""

    id: str
    by: str
    """`request` or `unit`."""
    lines: list[dict[str, Any]]
    """Predictions, newest first, each with its `outcomes` and `model`."""
    total: int = 0
    """Predictions of the id, also those that are not in `lines`."""
    damaged: list[tables.Damaged] = field(default_factory=list)


def found(project: Project, log: Log, salt: str, window_days: float, wanted: str, last: int = 5) -> Outcome:
    """What is known of an id, as a command ends with it.

    Args:
        project: The project.
        log: What `platform.toml` says of the log.
        salt: What units are hashed with.
        window_days: How long after a prediction an outcome of its unit belongs to it.
        wanted: A request id, a unit, or an id that is hashed to a unit.
        last: How many predictions of a unit are looked at.

    Raises:
        PipelineError: Nothing is known of it.
    """
    connection = tables.connect(project, log)
    try:
        known = look(project, connection, salt, window_days, wanted, last)
        if not known.lines:
            raise PipelineError(nothing(connection, wanted))
    finally:
        connection.close()
    facts = {"id": known.id, "by": known.by, "total": known.total, "predictions": known.lines}
    return Outcome(tuple(shown(known)), facts)


def look(
    project: Project, connection: duckdb.DuckDBPyConnection, salt: str, window_days: float, wanted: str, last: int
) -> Found:
    """The predictions of an id, with outcomes and models."""
    rows = records(connection, "SELECT * FROM predictions WHERE request_id = ? ORDER BY time DESC, row", [wanted])
    known = Found(wanted, "request", rows, len(rows), tables.damaged(connection))
    for unit in () if rows else (unit_of(salt, wanted), wanted):
        # one equality a query: Bloom filters answer that, and no list; and few columns, for it is in many places
        places = connection.execute(
            "SELECT request_id, date FROM predictions WHERE unit = ? ORDER BY time DESC, row", [unit]
        ).fetchall()
        if places:
            known.by, known.total = "unit", len(places)
            chosen = dict.fromkeys(places[: max(1, last)])
            lines = [line for place in chosen for line in at(connection, unit, *place)]
            known.lines = sorted(lines, key=lambda line: str(line["time"]), reverse=True)[: max(1, last)]
            break
    of_requests, of_units = [
        {
            subject: outcomes(connection, column, subject)
            for subject in {line[column] for line in known.lines if line[column]}
        }
        for column in ("request_id", "unit")
    ]
    models: dict[str, Any] = {}
    for line in known.lines:
        version = str(line["model_version"] or "")
        if version not in models:
            models[version] = model(project, version)
        line["model"] = models[version]
        line["outcomes"] = belonging(line, of_requests[line["request_id"]], of_units.get(line["unit"], []), window_days)
    return known


def at(connection: duckdb.DuckDBPyConnection, unit: str, request_id: str, day: date) -> list[dict[str, Any]]:
    """The predictions of a unit in one request of one day."""
    return records(
        connection,
        "SELECT * FROM predictions WHERE request_id = ? AND date = ? AND unit = ? ORDER BY time DESC, row",
        [request_id, day, unit],
    )


def records(connection: duckdb.DuckDBPyConnection, query: str, values: list[Any]) -> list[dict[str, Any]]:
    """Rows as objects, without members that have no value; JSON is parsed, times say that they are UTC."""
    cursor = connection.execute(query, values)
    names = [column[0] for column in cursor.description or ()]
    rows = []
    for row in cursor.fetchall():
        line = dict(zip(names, row, strict=True))
        for name in JSONS:
            if line.get(name) is not None:
                line[name] = json.loads(line[name])
        rows.append({name: aware(value) for name, value in line.items()})
    return rows


def aware(value: Any) -> Any:
    """A time of a table with its zone; other values as they are."""
    return value.replace(tzinfo=UTC).isoformat() if isinstance(value, datetime) else value


def outcomes(connection: duckdb.DuckDBPyConnection, column: str, subject: str) -> list[dict[str, Any]]:
    """The outcomes of a request, or those of a unit that name no request, oldest first.

    Args:
        connection: One of `tables.connect`.
        column: `request_id` or `unit`.
        subject: Its value.
    """
    alone = "AND request_id IS NULL" if column == "unit" else ""
    return records(
        connection,
        f"SELECT row, name, value, time, received FROM (SELECT * FROM outcome_lines WHERE {column} = ? {alone}) "  # noqa: S608
        f"{tables.LAST} ORDER BY time",
        [subject],
    )


def belonging(
    line: dict[str, Any], of_request: list[dict[str, Any]], of_unit: list[dict[str, Any]], window_days: float
) -> list[dict[str, Any]]:
    """The outcomes of a prediction, of its row or of its unit within the window, each with the days until it was known.

    Args:
        line: The prediction.
        of_request: The outcomes of its request.
        of_unit: The outcomes of its unit.
        window_days: How long after it an outcome of its unit belongs to it.
    """
    time = datetime.fromisoformat(line["time"])
    end = time + timedelta(days=window_days)
    own = [{**one, "by_unit": False} for one in of_request if one["row"] == line["row"]]
    own += [{**one, "by_unit": True} for one in of_unit if time <= datetime.fromisoformat(one["time"]) <= end]
    for one in own:
        del one["row"]
        delay = datetime.fromisoformat(one["received"]) - time
        one["delay_days"] = round(delay.total_seconds() / 86_400, 3)
    return own


def model(project: Project, version: str) -> dict[str, Any] | None:
    """What a version says of itself: when and on what it was trained, and its metrics; None where it is not here."""
    for place in (project.versions / version, project.candidate, project.models / "latest"):
        try:
            facts = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(facts, dict) and str(facts.get("version")) == version:
            data = facts.get("data_set") or facts.get("data")
            return {
                "version": version,
                "created": facts.get("created"),
                "data_set": data if isinstance(data, dict) else None,
                "metrics": facts.get("metrics") or {},
                "git": facts.get("git"),
            }
    return None


# ---------------------------------------------------------------------- for people


def shown(known: Found) -> list[str]:
    """Lines for people."""
    lines = []
    if known.by == "unit":
        lines.append(f"{known.total:,} predictions of the unit {known.lines[0]['unit']}, the last {len(known.lines)}:")
    for line in known.lines[:MOST_LINES]:
        lines += of_prediction(line)
    more = len(known.lines) - MOST_LINES
    if more > 0:
        lines.append(f"and {more:,} more lines; `--json` shows all")
    lines += of_damaged(known.damaged)
    return lines


def of_prediction(line: dict[str, Any]) -> list[str]:
    """Lines for people about one prediction."""
    row = f", row {line['row']}" if line["row"] is not None else ""
    who = f" by {line['caller']}" if line["caller"] else ""
    latency = f"{line['latency_ms']:.1f} ms" if line["latency_ms"] is not None else "latency unknown"
    lines = [
        f"request     {line['request_id']}{row}",
        f"time        {line['time']}  {line['route'] or ''}{who}",
        f"prediction  {short(line['output'])}  ({line['outcome']}, {latency})",
        f"model       {line['model_version']} ({line['arm']})",
    ]
    facts = line["model"]
    if facts is None:
        lines.append("            its bundle is not here: `python registry.py sync` fetches it")
    else:
        metrics = ", ".join(f"{name} {number(value)}" for name, value in facts["metrics"].items())
        lines.append(f"            trained {facts['created']}; {metrics or 'no metrics'}")
        data = facts["data_set"] or {}
        name = data.get("id") or data.get("path") or "unknown"
        lines.append(f"data set    {name}  sha256 {str(data.get('sha256') or '?')[:16]}")
    if line["meant"]:
        lines.append(f"meant for   {short(line['meant'])}")
    lines.append(f"input       {short(line['input'])}")
    if line["features"]:
        at = f"  as of {line['feature_time']}" if line["feature_time"] else ""
        lines.append(f"features    {short(line['features'])}{at}")
    lines += [f"{name:<11} {short(line[name])}" for name in ("unusual", "reasons", "error") if line[name]]
    if line["unit"]:
        lines.append(f"unit        {line['unit']}")
    if line["experiment"]:
        lines.append(f"experiment  {line['experiment']}, arm {line['experiment_arm'] or '?'}")
    for one in line["outcomes"]:
        how = " of its unit" if one["by_unit"] else ""
        lines.append(
            f"outcome     {one['name']} = {number(one['value'])}{how} at {one['time']}; "
            f"known {number(one['delay_days'])} days after the prediction"
        )
    if not line["outcomes"]:
        lines.append("outcome     none yet")
    return [*lines, ""]


def of_damaged(damaged: list[tables.Damaged]) -> list[str]:
    """Lines for people about lines that cannot be read."""
    return [f"note: {one.lines:,} lines of `{one.file}` cannot be read, the first: {one.text}" for one in damaged]


def short(value: Any) -> str:
    """A value as JSON, cut where it is too long for a screen."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"


def number(value: Any) -> str:
    """A number with four digits, anything else as it is."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def nothing(connection: duckdb.DuckDBPyConnection, wanted: str) -> str:
    """What was searched, where nothing was found."""
    count, first, last = connection.execute("SELECT count(*), min(time), max(time) FROM predictions").fetchall()[0]
    if not count:
        return f"nothing is known of `{wanted}`: the log is empty; set LOG_DIR to the folder that the service logs to"
    text = (
        f"nothing is known of `{wanted}`: it is neither a request id nor a unit of the {count:,} predictions "
        f"from {aware(first)} to {aware(last)}; look for the `X-Request-ID` of the answer"
    )
    return "\n".join([text, *of_damaged(tables.damaged(connection))])
