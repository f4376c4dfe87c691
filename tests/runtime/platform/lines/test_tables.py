"""The two tables: typed, each line once, damaged lines named."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from nbexport_runtime.platform.lines import tables
from nbexport_runtime.platform.lines.settings import Log
from runtime.platform.lines.log_lines import compact, ids, outcome, prediction, project_in, write


def test_an_empty_project_has_empty_tables(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    (tmp_path / "logs").rmdir()
    connection = tables.connect(project, Log())
    for view in ("predictions", "outcomes", "outcome_lines"):
        assert connection.execute(f"SELECT count(*) FROM {view}").fetchall() == [(0,)]
    assert tables.damaged(connection) == []
    connection.close()


def test_columns_have_the_promised_types_live_and_archived(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    logs = tmp_path / "logs"
    full = prediction(
        1,
        row=3,
        unit="u",
        experiment="e",
        experiment_arm="a",
        caller="c",
        error="x",
        meant={"arm": "candidate"},
        features={"f": 1},
        feature_time="2026-10-31T01:00:00+01:00",
        unusual={"x": "above"},
        reasons=[{"field": "x", "kind": "y"}],
    )
    write(logs / "predictions.jsonl", [full])
    write(logs / "outcomes.jsonl", [outcome(1, 0.5)])
    promised = {
        "predictions": "time TIMESTAMP, request_id VARCHAR, row INTEGER, route VARCHAR, model_version VARCHAR, arm VARCHAR, "
        "outcome VARCHAR, latency_ms DOUBLE, unit VARCHAR, experiment VARCHAR, experiment_arm VARCHAR, caller VARCHAR, "
        "input JSON, output JSON, meant JSON, features JSON, feature_time TIMESTAMP, unusual JSON, reasons JSON, "
        "error VARCHAR, date DATE",
        "outcomes": "id VARCHAR, request_id VARCHAR, row INTEGER, unit VARCHAR, name VARCHAR, value DOUBLE, "
        "time TIMESTAMP, received TIMESTAMP, date DATE",
    }

    def seen() -> dict[str, object]:
        connection = tables.connect(project, Log())
        try:
            types = {
                view: ", ".join(f"{row[0]} {row[1]}" for row in connection.execute(f"DESCRIBE {view}").fetchall())
                for view in promised
            }
            assert types == promised
            return {view: connection.execute(f"SELECT * FROM {view}").fetchall() for view in promised}
        finally:
            connection.close()

    live = seen()
    (row,) = live["predictions"]  # type: ignore[misc]
    assert row[0] == datetime(2026, 11, 1, 12, 1)  # noqa: DTZ001 - tables have UTC without a zone
    assert row[16] == datetime(2026, 10, 31)  # noqa: DTZ001
    assert row[-1] == date(2026, 11, 1)
    assert row[12] == '{"x":1.0}'
    compact(project)
    assert seen() == live


def test_rotated_and_live_lines_count_once_before_and_after_compaction(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    logs = tmp_path / "logs"
    write(logs / "predictions.jsonl.2", [prediction(1), prediction(2)])
    write(logs / "predictions.jsonl.1", [prediction(3)])
    write(logs / "predictions.jsonl", [prediction(4)])
    assert ids(project) == ["r1", "r2", "r3", "r4"]
    compact(project)
    assert ids(project) == ["r1", "r2", "r3", "r4"]
    write(logs / "predictions.jsonl", [prediction(5)])
    assert ids(project) == ["r1", "r2", "r3", "r4", "r5"]
    # rotation, and a new file
    (logs / "predictions.jsonl").rename(logs / "predictions.jsonl.1")
    write(logs / "predictions.jsonl", [prediction(6)])
    assert ids(project) == ["r1", "r2", "r3", "r4", "r5", "r6"]


def test_damaged_lines_are_counted_and_named(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    logs = tmp_path / "logs"
    write(logs / "predictions.jsonl.1", [prediction(1)])
    with (logs / "predictions.jsonl.1").open("ab") as file:
        file.write(b'{"time":"2026-\n\n[1]\n{"a":1}{"b":2}\n\xff\xfe\n{"time":"no time","request_id":"x"}\n')
    write(logs / "predictions.jsonl.1", [prediction(2)])
    write(logs / "predictions.jsonl", [prediction(3)])
    with (logs / "predictions.jsonl").open("ab") as file:
        file.write(b'{"time":"2026-11-29T1')
    connection = tables.connect(project, Log())
    rows = connection.execute("SELECT request_id FROM predictions ORDER BY 1").fetchall()
    assert rows == [("r1",), ("r2",), ("r3",)]
    first, second = tables.damaged(connection)
    assert (first.file, first.lines, first.text) == ("predictions.jsonl", 1, '{"time":"2026-11-29T1')
    assert (second.file, second.lines, second.text) == ("predictions.jsonl.1", 5, '{"time":"2026-')
    connection.close()


def test_the_last_correction_of_an_outcome_wins(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    path = tmp_path / "logs" / "outcomes.jsonl"

    def value() -> list[tuple[float]]:
        connection = tables.connect(project, Log())
        try:
            return list(connection.execute("SELECT value FROM outcomes").fetchall())
        finally:
            connection.close()

    write(path, [outcome(1, 0.0), outcome(1, 1.0)])
    assert value() == [(1.0,)]
    compact(project)
    # received at the same moment, but written later
    write(path, [outcome(1, 2.0)])
    assert value() == [(2.0,)]
    # received before the others: it is late, and corrects nothing
    write(path, [outcome(1, 3.0, received="2026-11-01T00:00:00Z")])
    assert value() == [(2.0,)]


def test_since_reads_less_of_the_archive(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    write(tmp_path / "logs" / "predictions.jsonl", [prediction(0), prediction(60 * 24 * 3)])
    compact(project)
    connection = tables.connect(project, Log(), since=datetime.fromisoformat("2026-11-03T00:00:00+00:00"))
    assert connection.execute("SELECT request_id FROM predictions").fetchall() == [(f"r{60 * 24 * 3}",)]
    connection.close()


def test_a_folder_of_another_name(tmp_path: Path, monkeypatch: object) -> None:
    project = project_in(tmp_path)
    write(tmp_path / "elsewhere" / "predictions.jsonl", [prediction(1)])
    monkeypatch.setenv("LOG_DIR", "elsewhere")  # type: ignore[attr-defined]
    assert ids(project) == ["r1"]
    monkeypatch.setenv("LOG_DIR", "-")  # type: ignore[attr-defined]
    assert ids(project) == []
