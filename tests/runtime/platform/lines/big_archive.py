"""An archive of any size, as compaction would have written it: for measurements."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path

from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.lines import columns, compaction, tables
from nbexport_runtime.platform.lines.archive import Archive
from nbexport_runtime.platform.lines.live import OUTCOMES, PREDICTIONS
from nbexport_runtime.platform.lines.manifests import Log
from nbexport_runtime.platform.lines.settings import Log as Settings

FIRST = date(2026, 10, 1)
OF_PREDICTIONS = {
    "time": "TIMESTAMP '{day}' + to_microseconds((n * 86400000000 // {rows})::BIGINT)",
    "request_id": "md5('r' || (n + {start}))",
    "route": "'/predict'",
    "model_version": "CASE WHEN n % 10 = 0 THEN 'v2' ELSE 'v1' END",
    "arm": "CASE WHEN n % 10 = 0 THEN 'candidate' ELSE 'production' END",
    "outcome": "'ok'",
    "latency_ms": "1.5 + n % 7",
    "unit": "md5('u' || ((n + {start}) * 7919 % {units}))",
    "experiment": "'price'",
    "experiment_arm": "CASE WHEN n % 2 = 0 THEN 'a' ELSE 'b' END",
    "input": "'{{\"x\": ' || (n % 1000) || ', \"country\": \"' || (n % 20) || '\"}}'",
    "output": "'{{\"result\": ' || (n % 997) / 997 || '}}'",
}
OF_OUTCOMES = {
    "id": "md5('o' || (n + {start}))",
    "request_id": "md5('r' || (n + {start}))",
    "name": "'outcome'",
    "value": "(hash(n) % 2)::DOUBLE",
    "time": "TIMESTAMP '{day}' + to_microseconds((n * 86400000000 // {rows})::BIGINT) + INTERVAL 1 DAY",
    "received": "TIMESTAMP '{day}' + to_microseconds((n * 86400000000 // {rows})::BIGINT) + INTERVAL 1 DAY",
}


def generated(
    project: Project, settings: Settings, predictions: int, *, days: int = 30, labeled: float = 0.1
) -> list[str]:
    """Write an archive; gives the id of a request and a unit in the middle of it.

    Args:
        project: The project that it is of.
        settings: What says where it is.
        predictions: How many there are, evenly over the days.
        days: How many days there are.
        labeled: The share of them that have an outcome.
    """
    archive = Archive(settings.archive, project.root)
    logs = archive.newest().logs
    rows, units = predictions // days, max(1, predictions // 20)
    with tempfile.TemporaryDirectory(dir=project.root) as name:
        for number in range(days):
            day = FIRST + timedelta(days=number)
            words = {"day": day, "rows": rows, "start": number * rows, "units": units}
            for kind, made, share in ((PREDICTIONS, OF_PREDICTIONS, 1.0), (OUTCOMES, OF_OUTCOMES, labeled)):
                values = ", ".join(
                    f'({made[column].format(**words)})::{of} AS "{column}"'
                    if column in made
                    else f'NULL::{of} AS "{column}"'
                    for column, of in columns.of_table(kind).items()
                )
                connection = tables.fresh_connection()
                connection.execute(f"CREATE TABLE made AS SELECT {values} FROM range({int(rows * share)}) AS t(n)")
                parts = compaction.written(
                    connection, archive, Path(name), kind, f"made-{number}", (), source="made", level=1
                )
                connection.close()
                logs = {**logs, kind: Log((*logs[kind].parts, *parts), logs[kind].marks)}
        archive.commit(archive.newest(), logs)
    middle = tables.fresh_connection()
    number = (days // 2) * rows + rows // 2
    found = middle.execute("SELECT md5('r' || ?), md5('u' || ?)", [str(number), str(number * 7919 % units)]).fetchall()
    middle.close()
    return [str(value) for value in found[0]]
