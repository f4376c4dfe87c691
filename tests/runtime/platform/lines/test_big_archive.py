"""The archive is laid out so that one request, or one unit, is found without reading the rest."""

from __future__ import annotations

from pathlib import Path

from nbexport_runtime.platform.lines import finding, tables
from nbexport_runtime.platform.lines.settings import Log
from runtime.platform.lines.big_archive import generated
from runtime.platform.lines.log_lines import project_in


def test_every_row_group_can_be_asked_for_a_request_and_a_unit(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    request, unit = generated(project, Log(), 110_000, days=1)
    connection = tables.connect(project, Log())
    files = str(tmp_path / "logs" / "archive" / "predictions" / "*" / "*.parquet")
    rows = connection.execute(
        "SELECT path_in_schema, count(*), count(bloom_filter_length) FROM parquet_metadata(?) "
        "WHERE path_in_schema IN ('request_id', 'unit') GROUP BY ALL",
        [files],
    ).fetchall()
    assert sorted(rows) == [("request_id", 3, 3), ("unit", 3, 3)]
    (line,) = finding.look(project, connection, "s", 30.0, request, 5).lines
    assert (line["unit"], len(line["outcomes"])) == (unit, 0)
    found = finding.look(project, connection, "s", 30.0, unit, 5)
    assert (found.by, found.total, len(found.lines)) == ("unit", 20, 5)
    connection.close()
