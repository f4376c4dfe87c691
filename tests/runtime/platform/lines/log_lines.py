"""Logs for tests: a project's folder, lines, and what is in the tables."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.lines import compaction, tables, upkeep
from nbexport_runtime.platform.lines.archive import Archive
from nbexport_runtime.platform.lines.settings import Log

START = datetime(2026, 11, 1, 12, tzinfo=UTC)


def project_in(folder: Path) -> Project:
    """An empty project, with commands."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "stages.py").write_text("", encoding="utf-8")
    (folder / "logs").mkdir(exist_ok=True)
    return Project(folder, folder)


def prediction(number: int, **members: Any) -> dict[str, Any]:
    """A line of the prediction log; each has a time and an id of its own."""
    return {
        "time": (START + timedelta(minutes=number)).isoformat(timespec="milliseconds"),
        "request_id": f"r{number}",
        "route": "/predict",
        "model_version": "v1",
        "arm": "production",
        "outcome": "ok",
        "latency_ms": 1.5,
        "input": {"x": float(number)},
        "output": {"result": number / 2},
        **members,
    }


def outcome(number: int, value: float, **members: Any) -> dict[str, Any]:
    """A line of the outcomes, of the prediction of that number."""
    time = (START + timedelta(minutes=number, days=1)).isoformat()
    ids = {"id": f"{number:032x}", "request_id": f"r{number}"}
    return {**ids, "name": "outcome", "value": value, "time": time, "received": time, **members}


def write(path: Path, lines: list[dict[str, Any]], end: str = "\n") -> None:
    """Append lines to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write("".join(json.dumps(line) + "\n" for line in lines) + end[1:])


def ids(project: Project, log: Log | None = None, view: str = "predictions") -> list[str]:
    """The request ids in a table, sorted."""
    connection = tables.connect(project, log or Log())
    try:
        return [row[0] for row in connection.execute(f"SELECT request_id FROM {view} ORDER BY 1").fetchall()]
    finally:
        connection.close()


def compact(
    project: Project, log: Log | None = None, now: datetime | None = None
) -> tuple[compaction.Taken, upkeep.Kept]:
    """What a compaction did, as the command does it."""
    log = log or Log()
    archive = Archive(log.archive, project.root)
    taken = compaction.take(project, log, archive)
    with compaction.staging(archive, project.root / "logs") as staged:
        return taken, upkeep.keep(archive, log, staged, now)
