"""`logs.py compact`: nothing lost, nothing twice, whatever the service does meanwhile."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.store import TakenError
from nbexport_runtime.platform.lines import compaction, live, manifests, tables
from nbexport_runtime.platform.lines.archive import Archive
from nbexport_runtime.platform.lines.settings import Log
from nbexport_runtime.service import metrics
from nbexport_runtime.service.log import COMPACTED, PredictionLog
from nbexport_runtime.service.settings import Settings
from nbexport_runtime.traffic import durable
from runtime.platform.lines.log_lines import compact, ids, outcome, prediction, project_in, write


def test_lines_move_once(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    logs = tmp_path / "logs"
    write(logs / "predictions.jsonl.1", [prediction(1), prediction(2000)])
    write(logs / "predictions.jsonl", [prediction(3)])
    write(logs / "outcomes.jsonl", [outcome(1, 1.0)])
    taken, _ = compact(project)
    assert taken.lines == {"predictions": 3, "outcomes": 1}
    # nobody had the rotated file open; the other one is the service's
    assert sorted(path.name for path in logs.glob("*.jsonl*")) == ["outcomes.jsonl", "predictions.jsonl"]
    parts = sorted(path.relative_to(logs / "archive").parent.as_posix() for path in logs.rglob("*.parquet"))
    assert parts == ["outcomes/date=2026-11-02", "predictions/date=2026-11-01", "predictions/date=2026-11-02"]
    again, _ = compact(project)
    assert again.lines == {"predictions": 0, "outcomes": 0}
    assert len(list(logs.rglob("*.parquet"))) == len(parts)
    assert ids(project) == ["r1", "r2000", "r3"]
    assert ids(project, view="outcomes") == ["r1"]


def test_two_files_that_begin_with_the_same_line(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    logs = tmp_path / "logs"
    write(logs / "predictions.jsonl", [prediction(1), prediction(2)])
    compact(project)
    (logs / "predictions.jsonl").rename(logs / "predictions.jsonl.1")
    write(logs / "predictions.jsonl", [prediction(1), prediction(3)])
    assert ids(project) == ["r1", "r1", "r2", "r3"]
    compact(project)
    assert ids(project) == ["r1", "r1", "r2", "r3"]


def test_a_torn_line_waits_and_a_damaged_one_is_kept_aside(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    path = tmp_path / "logs" / "predictions.jsonl"
    write(path, [prediction(1)])
    whole = json.dumps(prediction(2))
    with path.open("a") as file:
        file.write("no line\n" + whole[:30])
    taken, _ = compact(project)
    assert [(one.file, one.lines, one.text) for one in taken.damaged] == [("predictions.jsonl", 1, "no line")]
    (kept,) = (tmp_path / "logs" / "archive" / "predictions" / "damaged").iterdir()
    assert kept.read_text() == "no line\n"
    with path.open("a") as file:
        file.write(whole[30:] + "\n")
    taken, _ = compact(project)
    assert taken.damaged == ()
    assert ids(project) == ["r1", "r2"]


def test_the_end_of_a_file_that_nobody_writes_any_more_is_damaged(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    logs = tmp_path / "logs"
    write(logs / "predictions.jsonl.2", [])
    (logs / "predictions.jsonl.2").write_text('{"time"')
    write(logs / "predictions.jsonl.1", [prediction(1)])
    with (logs / "predictions.jsonl.1").open("a") as file:
        file.write('{"time":"2026-')
    taken, _ = compact(project)
    assert sum(one.lines for one in taken.damaged) == 2
    assert list(logs.glob("predictions.jsonl.*")) == []
    assert compact(project)[0].damaged == ()
    assert ids(project) == ["r1"]


def test_a_file_that_a_service_has_open_is_not_removed(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    logs = tmp_path / "logs"
    slow = PredictionLog(Settings(log_dir=str(logs), log_file_bytes=1000, log_files=100))
    other = PredictionLog(Settings(log_dir=str(logs), log_file_bytes=1000, log_files=100))
    slow.write(prediction(0))
    for number in range(1, 11):
        other.write(prediction(number))
    compact(project)
    # `slow` still writes to a file that was put aside
    slow.write(prediction(11))
    assert len(ids(project)) == 12
    compact(project)
    for number in range(12, 30):
        slow.write(prediction(number))
    slow.close()
    other.close()
    assert len(ids(project)) == 30
    compact(project)
    assert len(ids(project)) == 30
    assert sorted(path.name for path in logs.glob("predictions.jsonl*")) == ["predictions.jsonl"]


def test_a_file_that_changes_its_name_is_not_taken_for_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = project_in(tmp_path)
    logs = tmp_path / "logs"
    write(logs / "predictions.jsonl.1", [prediction(1)])
    write(logs / "predictions.jsonl", [prediction(2)])
    replace = Path.replace

    def rotates(self: Path, target: Path) -> Path:
        if "taken" in target.name:
            # between the look and the removal, the service rotates
            monkeypatch.setattr(Path, "replace", replace)
            replace(logs / "predictions.jsonl.1", logs / "predictions.jsonl.2")
            replace(logs / "predictions.jsonl", logs / "predictions.jsonl.1")
            write(logs / "predictions.jsonl", [prediction(3)])
            write(logs / "predictions.jsonl.1", [prediction(4)])
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", rotates)
    compact(project)
    assert ids(project) == ["r1", "r2", "r3", "r4"]
    assert any("taken" in path.name for path in logs.iterdir())
    compact(project)
    assert ids(project) == ["r1", "r2", "r3", "r4"]
    assert sorted(path.name for path in logs.glob("predictions.jsonl*")) == ["predictions.jsonl"]


def test_rotation_says_nothing_of_lines_that_are_in_the_archive(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    project = project_in(tmp_path)
    logs = tmp_path / "logs"
    log = PredictionLog(Settings(log_dir=str(logs), log_file_bytes=1000, log_files=2))
    before = metrics.LOG_DROPPED._value.get()
    for number in range(40):
        log.write(prediction(number))
        if number % 3 == 2:
            compact(project)
    compact(project)
    assert caplog.records == []
    assert len(ids(project)) == 40
    assert (logs / COMPACTED).is_file()
    # without a compaction it speaks
    for number in range(40, 60):
        log.write(prediction(number))
    log.close()
    assert caplog.records
    assert metrics.LOG_DROPPED._value.get() > before


def test_rotation_that_meets_a_removal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = PredictionLog(Settings(log_dir=str(tmp_path), log_file_bytes=1000, log_files=4))
    replace = Path.replace

    def removed(self: Path, target: Path) -> Path:
        if self.name.endswith(".1"):
            self.unlink()
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", removed)
    for number in range(40):
        log.write(prediction(number))
    log.close()


def test_a_service_begins_a_whole_line_after_a_torn_one(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    path = tmp_path / "logs" / "predictions.jsonl"
    path.write_text('{"time":"20')
    log = PredictionLog(Settings(log_dir=str(tmp_path / "logs")))
    log.write(prediction(1))
    log.close()
    assert ids(project) == ["r1"]


def test_one_compaction_at_a_time(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    archive = Archive(Log().archive, tmp_path)
    with (
        durable.locked(tmp_path / "logs" / compaction.LOCK),
        pytest.raises(PipelineError, match="another compaction runs"),
    ):
        compaction.take(project, Log(), archive, wait_s=0.0)


def test_another_machine_may_be_faster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = project_in(tmp_path / "one"), project_in(tmp_path / "other")
    log = Log(archive=str(tmp_path / "shared"))
    write(one.root / "logs" / "predictions.jsonl", [prediction(1)])
    write(other.root / "logs" / "predictions.jsonl", [prediction(2)])
    commit = Archive.commit

    def late(self: Archive, *arguments: object, **options: object) -> object:
        monkeypatch.setattr(Archive, "commit", commit)
        compact(other, log)
        with pytest.raises(TakenError):
            commit(self, *arguments, **options)  # type: ignore[arg-type]
        raise TakenError

    monkeypatch.setattr(Archive, "commit", late)
    compact(one, log)
    assert ids(one, log) == ["r1", "r2"]
    assert ids(other, log) == ["r1", "r2"]
    compact(one, log)
    compact(other, log)
    assert ids(one, log) == ["r1", "r2"]


def test_what_is_read_while_lines_move_counts_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = project_in(tmp_path)
    logs = tmp_path / "logs"
    write(logs / "predictions.jsonl.1", [prediction(number) for number in range(5)])
    write(logs / "predictions.jsonl", [prediction(number) for number in range(5, 9)])
    newest = Archive.newest

    def moved(self: Archive) -> object:
        # the files are open, and the archive is asked in a moment
        monkeypatch.setattr(Archive, "newest", newest)
        write(logs / "predictions.jsonl", [prediction(9)])
        compact(project)
        return newest(self)

    monkeypatch.setattr(Archive, "newest", moved)
    connection = tables.connect(project, Log())
    assert connection.execute("SELECT count(*), count(DISTINCT request_id) FROM predictions").fetchall() == [(10, 10)]
    connection.close()


def test_what_an_archive_cannot_say_is_said(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    write(tmp_path / "logs" / "predictions.jsonl", [prediction(1)])
    compact(project)
    (manifest,) = (tmp_path / "logs" / "archive" / "manifests").iterdir()
    whole = manifest.read_text()
    manifest.write_text(whole.replace('"format": 1', '"format": 2'))
    with pytest.raises(PipelineError, match="format 2"):
        ids(project)
    manifest.write_text("{")
    with pytest.raises(PipelineError, match="cannot be read"):
        ids(project)
    with pytest.raises(PipelineError, match="neither a folder"):
        Archive("ftp://x/y", tmp_path)


def test_marks_of_files_that_are_gone_are_forgotten(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    logs = tmp_path / "logs"
    archive = Archive(Log().archive, tmp_path)
    place = live.place(logs)
    write(logs / "predictions.jsonl", [prediction(1)])
    compact(project)
    before = archive.newest()
    last_month, last_year, long_ago = (
        (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds") for days in (30, 330, 6 * 365)
    )
    old = [
        live.Mark(f"{number:064x}", "", 0, 1, of, at)
        for number, (of, at) in enumerate(
            [
                (place, last_year),
                ("pod:/logs", last_month),
                ("pod:/logs", long_ago),
            ]
        )
    ]
    log = before.logs["predictions"]
    changed = manifests.Log(log.parts, (*log.marks, *old))
    archive.commit(before, {**before.logs, "predictions": changed})
    write(logs / "predictions.jsonl", [prediction(2)])
    compact(project)
    marks = archive.newest().logs["predictions"].marks
    # a pod that compacts once a week must find its marks again
    assert [mark.place for mark in marks] == ["pod:/logs", place]
    assert ids(project) == ["r1", "r2"]
