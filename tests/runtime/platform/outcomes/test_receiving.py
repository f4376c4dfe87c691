"""`POST /outcome`: durable, idempotent, and clear about what is wrong."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.lines import tables
from nbexport_runtime.platform.lines.settings import Log
from nbexport_runtime.platform.outcomes.receiving import RECEIVED
from nbexport_runtime.platform.outcomes.record import Outcome
from nbexport_runtime.platform.outcomes.writing import Sink
from nbexport_runtime.platform.units import unit_of
from runtime.platform.small_service import PATHS, PlatformBench

TOML = '[log]\nunit_salt = "s"\n[outcomes]\nname = "churned"\n'


def known(folder: Path) -> list[tuple[Any, ...]]:
    """The outcomes in the table."""
    connection = tables.connect(Project(folder, folder), Log())
    try:
        query = "SELECT request_id, row, unit, name, value, time FROM outcomes ORDER BY ALL"
        return list(connection.execute(query).fetchall())
    finally:
        connection.close()


def counted(label: str) -> float:
    """How many outcomes were received in this process."""
    return float(RECEIVED.labels(label)._value.get())


def test_an_outcome_of_a_request(tmp_path: Path) -> None:
    bench, before = PlatformBench(tmp_path, TOML), counted("ok")
    answer = bench.post({"request_id": "r1", "value": True, "time": "2026-11-01T12:00:00+01:00"}, "/outcome")
    assert answer.status_code == 200
    assert {**answer.json(), "id": ""} == {
        "id": "",
        "name": "churned",
        "value": 1.0,
        "time": "2026-11-01T11:00:00.000000+00:00",
    }
    assert known(tmp_path) == [("r1", None, None, "churned", 1.0, datetime(2026, 11, 1, 11))]  # noqa: DTZ001
    assert counted("ok") == before + 1


def test_the_same_again_is_one_and_another_value_a_correction(tmp_path: Path) -> None:
    bench = PlatformBench(tmp_path, TOML)
    time = "2026-11-01T12:00:00Z"

    async def story(client: httpx.AsyncClient) -> set[str]:
        bodies = [{"request_id": "r1", "value": value, "time": time} for value in (0, 0, 1)]
        bodies += [{"request_id": "r2", "value": value} for value in (3, 4)]
        ids = [(await client.post("/outcome", json=body)).json()["id"] for body in bodies]
        # another subject, row, name or time is another outcome
        others = [
            {"request_id": "r1", "row": 0, "value": 7, "time": time},
            {"request_id": "r1", "name": "spent", "value": 7, "time": time},
            {"request_id": "r1", "value": 7, "time": "2026-11-02T12:00:00Z"},
            {"key": "ann", "value": 7, "time": time},
            {"unit": unit_of("s", "ann"), "value": 8, "time": time},
        ]
        ids += [(await client.post("/outcome", json=body)).json()["id"] for body in others]
        assert len(set(ids[-2:])) == 1
        return set(ids)

    assert len(bench.run(story)) == 6
    rows = known(tmp_path)
    assert len(rows) == 6
    values = {(row[0], row[1], row[3], row[5].day if row[0] == "r1" else 0): row[4] for row in rows if row[0]}
    assert values["r1", None, "churned", 1] == 1.0
    assert values["r2", None, "churned", 0] == 4.0
    assert [row[4] for row in rows if row[2] == unit_of("s", "ann")] == [8.0]
    assert "ann" not in (tmp_path / "logs" / "outcomes.jsonl").read_text()


LATER = (datetime.now(UTC) + timedelta(days=100)).isoformat()
WRONG: list[tuple[Any, str]] = [
    ({"request_id": "r1"}, "value"),
    ({"value": 1}, "request_id"),
    ({"request_id": "r1", "value": "1"}, "value"),
    ({"request_id": "r1", "value": None}, "value"),
    ({"request_id": "r1", "value": 1, "time": LATER}, "time"),
    ({"request_id": "r1", "value": 1, "time": "2026-11-01T12:00:00"}, "time"),
    ({"request_id": "r1", "value": 1, "time": "yesterday"}, "time"),
    ({"request_id": "r 1", "value": 1}, "request_id"),
    ({"request_id": "r1", "row": -1, "value": 1}, "row"),
    ({"key": "ann", "row": 1, "value": 1}, "row"),
    ({"unit": "ann", "value": 1}, "unit"),
    ({"key": "ann", "unit": "f" * 32, "value": 1}, "unit"),
    ({"request_id": "r1", "value": 1, "name": "a b"}, "name"),
    ({"request_id": "r1", "value": 1, "vlaue": 2}, "vlaue"),
    (b'{"request_id": "r1", "value": 1e999}', "value"),
]


@pytest.mark.parametrize(("body", "member"), WRONG)
def test_what_is_wrong_is_said(tmp_path: Path, body: Any, member: str) -> None:
    bench, before = PlatformBench(tmp_path, TOML), counted("invalid")
    answer = bench.post(body, "/outcome")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [str(error["loc"][0]) for error in answer.json()["errors"]][:1] == [member]
    assert not (tmp_path / "logs" / "outcomes.jsonl").exists()
    assert counted("invalid") == before + 1


@pytest.mark.parametrize(("body", "status"), [(b"{", 422), (b"[]", 422), (b" " * 20_000, 413)])
def test_what_is_no_outcome_at_all(tmp_path: Path, body: bytes, status: int) -> None:
    assert PlatformBench(tmp_path, TOML).post(body, "/outcome").status_code == status


def test_keys_of_callers_apply(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(f"crm:{hashlib.sha256(b'secret').hexdigest()}\n")
    bench = PlatformBench(tmp_path, TOML, api_keys_file=tmp_path / "keys")
    body = {"request_id": "r1", "value": 1}
    assert bench.post(body, "/outcome").status_code == 401
    assert bench.post(body, "/outcome", headers={"X-API-Key": "secret"}).status_code == 200


def test_a_full_disk_is_no_answer_and_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = PlatformBench(tmp_path, TOML)
    body = {"request_id": "r1", "value": 1, "time": "2026-11-01T12:00:00Z"}
    assert bench.post(body, "/outcome").status_code == 200
    whole = (tmp_path / "logs" / "outcomes.jsonl").read_bytes()
    real = os.write
    monkeypatch.setattr(os, "write", lambda file, data: cut(real, file, data))
    answer = bench.post({**body, "value": 0}, "/outcome")
    monkeypatch.undo()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert (tmp_path / "logs" / "outcomes.jsonl").read_bytes() == whole


def cut(real: Any, file: int, data: bytes) -> int:
    """What a disk does on which 20 bytes are left."""
    if bytes(data).startswith(b'{"schema"'):
        return int(real(file, data[:20]))
    if b"received" in bytes(data):
        raise OSError(28, "No space left on device")
    return int(real(file, data))


def test_several_processes_and_threads_append_whole_lines(tmp_path: Path) -> None:
    # each sink stands for a process: they share nothing but the files
    sinks = [Sink(tmp_path, file_bytes=3000) for _ in range(3)]

    def add(sink: Sink, start: int) -> None:
        for number in range(start, start + 20):
            sink.add([Outcome("a", 1.0, datetime(2026, 11, 1, tzinfo=UTC), request_id=f"r{number}")])

    threads = [threading.Thread(target=add, args=(sink, index * 20)) for index, sink in enumerate(sinks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    files = sorted(tmp_path.glob("outcomes.jsonl*"))
    assert len(files) > 2
    found = [json.loads(line)["request_id"] for path in files for line in path.read_text().splitlines()]
    assert sorted(found) == sorted(f"r{number}" for number in range(60))


def test_standard_output_takes_outcomes_too(capfd: pytest.CaptureFixture[str]) -> None:
    Sink(None).add([Outcome("a", 1.0, datetime(2026, 11, 1, tzinfo=UTC), request_id="r1")])
    assert json.loads(capfd.readouterr().out)["request_id"] == "r1"


def test_a_service_does_not_load_what_only_commands_need() -> None:
    text = (
        "import sys; import nbexport_runtime.platform.extras; print({'duckdb', 'numpy', 'fsspec'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", text]
    done = subprocess.run(command, env={"PYTHONPATH": PATHS}, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
