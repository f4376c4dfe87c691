"""Retention, redaction, merging and sweeping, in a folder and on a real S3 server."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nbexport_runtime.platform.lines import archive as archives
from nbexport_runtime.platform.lines import tables, upkeep
from nbexport_runtime.platform.lines.archive import Archive
from nbexport_runtime.platform.lines.settings import Log
from runtime.platform.lines.log_lines import START, compact, ids, outcome, prediction, project_in, write

DAY = 60 * 24


@pytest.fixture(params=["folder", "s3"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty archive."""
    if request.param == "folder":
        return str(tmp_path / "archive")
    return f"{request.getfixturevalue('bucket')}/{tmp_path.name}"


def parts(log: Log, root: Path) -> list[str]:
    """The Parquet files that are there."""
    archive = Archive(log.archive, root)
    return [path for path in archive.listed("predictions") + archive.listed("outcomes") if path.endswith(".parquet")]


def test_lines_move_and_old_days_go(tmp_path: Path, address: str) -> None:
    project = project_in(tmp_path)
    logs = tmp_path / "logs"
    write(logs / "predictions.jsonl", [prediction(day * DAY) for day in range(5)])
    with (logs / "predictions.jsonl").open("a") as file:
        file.write("damaged\n")
    write(logs / "outcomes.jsonl", [outcome(0, 1.0)])
    now = START + timedelta(days=4)
    taken, kept = compact(project, Log(archive=address), now)
    assert (taken.lines, kept.expired_rows) == ({"predictions": 5, "outcomes": 1}, 0)
    assert ids(project, Log(archive=address)) == sorted(f"r{day * DAY}" for day in range(5))
    _, kept = compact(project, Log(archive=address, keep_days=2), now)
    # an outcome of the second day goes with the predictions of the first two
    assert (kept.expired_rows, kept.expired_days) == (3, 2)
    assert ids(project, Log(archive=address)) == sorted(f"r{day * DAY}" for day in range(2, 5))
    assert len(parts(Log(archive=address), tmp_path)) == 3
    assert compact(project, Log(archive=address, keep_days=2), now)[1] == upkeep.Kept()


def test_redaction_reaches_what_is_archived(tmp_path: Path, address: str) -> None:
    project = project_in(tmp_path)
    path = tmp_path / "logs" / "predictions.jsonl"
    secret = {"customer": {"email": "ann@example.org", "id": 7}, "items": [{"card": "4111-1111"}]}
    write(path, [prediction(1, input=secret, features={"card": "4111-1111", "age": 3}, caller="bob")])
    plain = Log(archive=address)
    compact(project, plain)
    log = Log(archive=address, redact=("customer.email", "items[].card", "caller"))
    write(path, [prediction(2, input=secret)])
    _, kept = compact(project, log)
    assert kept.redacted == 1
    connection = tables.connect(project, plain)
    rows = connection.execute("SELECT input, features, caller FROM predictions ORDER BY request_id").fetchall()
    connection.close()
    hidden = '{"customer": {"email": "[redacted]", "id": 7}, "items": [{"card": "[redacted]"}]}'
    assert rows == [(hidden, '{"card": "4111-1111", "age": 3}', "[redacted]"), (hidden, None, None)]
    archive = Archive(address, tmp_path)
    everything = b"".join(archive.read(path) for path in archive.listed(""))
    assert b"ann@example.org" not in everything
    assert compact(project, log)[1].redacted == 0
    # the day is over, and its files are one by now
    assert compact(project, Log(archive=address, redact=("card",)))[1].redacted == 1
    everything = b"".join(archive.read(path) for path in archive.listed(""))
    assert b"4111" not in everything


def test_many_small_files_become_one_and_queries_go_on(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    log = Log()
    logs = tmp_path / "logs"
    for number in range(3):
        write(logs / "predictions.jsonl", [prediction(number)])
        compact(project, log, START)
    connection = tables.connect(project, log)
    assert len(parts(log, tmp_path)) == 3
    write(logs / "predictions.jsonl", [prediction(3)])
    # the day is over
    _, kept = compact(project, log, START + timedelta(days=2))
    assert kept.merged == 4
    assert ids(project, log) == ["r0", "r1", "r2", "r3"]
    # whoever looked before still finds the files
    assert connection.execute("SELECT count(*) FROM predictions").fetchall() == [(3,)]
    connection.close()
    assert len(parts(log, tmp_path)) == 5
    assert compact(project, log, START + timedelta(days=2))[1] == upkeep.Kept()


def test_what_no_manifest_knows_goes_after_a_while(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    log = Log(archive="archive")
    for number in range(2):
        write(tmp_path / "logs" / "predictions.jsonl", [prediction(number)])
        compact(project, log, START)
    # a kill between a file and its manifest
    orphan = tmp_path / "archive" / "predictions" / "date=2026-11-01" / "part-orphan.parquet"
    orphan.write_bytes((tmp_path / "archive" / parts(log, tmp_path)[0]).read_bytes())
    assert ids(project, log) == ["r0", "r1"]
    assert compact(project, log, START)[1].swept == 0
    old = (datetime.now(UTC) - timedelta(seconds=2 * archives.GRACE_S)).timestamp()
    for path in (tmp_path / "archive").rglob("*"):
        os.utime(path, (old, old))
    assert compact(project, log, START)[1].swept == 1
    assert ids(project, log) == ["r0", "r1"]
    # what was merged goes once its manifests are old
    assert compact(project, log, START + timedelta(days=3))[1].merged == 2
    for number in range(2, 3 + archives.KEPT):
        write(tmp_path / "logs" / "predictions.jsonl", [prediction(number * DAY * 2)])
        for path in (tmp_path / "archive").rglob("*"):
            os.utime(path, (old, old))
        compact(project, log, START)
    compact(project, log, START)
    manifest = Archive(log.archive, tmp_path).newest()
    assert parts(log, tmp_path) == sorted(part.path for part in manifest.logs["predictions"].parts)
    assert len(list((tmp_path / "archive" / "manifests").iterdir())) <= archives.KEPT + 1
