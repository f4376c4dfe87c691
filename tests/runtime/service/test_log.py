"""The prediction log: whole lines, redaction, rotation, and what happens when the disk is full."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import httpx
import pytest
from nbexport_runtime.service import metrics
from nbexport_runtime.service.log import PredictionLog
from nbexport_runtime.service.settings import Settings


def log_of(folder: Path, **settings: Any) -> PredictionLog:
    return PredictionLog(Settings(log_dir=str(folder), **settings))


def lines(folder: Path, name: str = "predictions.jsonl") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines()]


def test_names_are_redacted_at_any_depth_and_paths_only_there(tmp_path: Path) -> None:
    log = log_of(tmp_path, log_redact=("secret", "customer.name"))
    record = {
        "input": {"secret": 1, "name": "kept", "customer": {"name": "Ann", "age": 3}},
        "output": [{"deep": [{"secret": {"a": 1}}]}],
    }
    log.write(record)
    log.close()
    (line,) = lines(tmp_path)
    assert line["input"] == {"secret": "[redacted]", "name": "kept", "customer": {"name": "[redacted]", "age": 3}}
    assert line["output"] == [{"deep": [{"secret": "[redacted]"}]}]


def test_old_files_are_kept_up_to_a_number(tmp_path: Path) -> None:
    log = log_of(tmp_path, log_file_bytes=1000, log_files=2)
    for number in range(100):
        log.write({"input": number, "output": "x" * 50})
    log.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["predictions.jsonl", "predictions.jsonl.1"]
    kept = [line["input"] for name in ("predictions.jsonl.1", "predictions.jsonl") for line in lines(tmp_path, name)]
    assert kept == list(range(kept[0], 100))
    alone = log_of(tmp_path / "alone", log_file_bytes=1000, log_files=1)
    for number in range(100):
        alone.write({"input": number, "output": "x" * 50})
    alone.close()
    assert [path.name for path in (tmp_path / "alone").iterdir()] == ["predictions.jsonl"]


def test_rotation_says_which_lines_it_removes(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    before = metrics.LOG_DROPPED._value.get()
    log = log_of(tmp_path, log_file_bytes=1000, log_files=2)
    for number in range(60):
        log.write({"time": f"t{number}", "input": number, "output": "x" * 50})
    log.close()
    kept = [line["input"] for name in ("predictions.jsonl.1", "predictions.jsonl") for line in lines(tmp_path, name)]
    dropped = [record.getMessage() for record in caplog.records]
    spans = [message.split(" from t")[1].split(":")[0].split(" to t") for message in dropped]
    # each file that went is named, without a gap, up to the first line that is kept
    assert [int(first) for first, _ in spans] == [0, *(int(last) + 1 for _, last in spans[:-1])]
    assert int(spans[-1][1]) + 1 == kept[0]
    assert metrics.LOG_DROPPED._value.get() - before == sum(
        int(message.split(", ")[1].split()[0]) for message in dropped
    )


def test_a_log_that_somebody_removes_is_begun_again(tmp_path: Path) -> None:
    log = log_of(tmp_path)
    log.write({"input": 1, "output": 2})
    (tmp_path / "predictions.jsonl").unlink()
    log.write({"input": 3, "output": 4})
    log.close()
    assert lines(tmp_path) == [{"input": 3, "output": 4}]


class FullDisk:
    """Takes some bytes, then none, as `os.write` does."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.write = os.write

    def __call__(self, file: int, data: bytes) -> int:
        if not self.room:
            raise OSError(28, "No space left on device")
        taken = min(len(data), self.room)
        self.room -= taken
        return self.write(file, data[:taken])


def test_a_full_disk_leaves_whole_lines_and_is_noticed_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = log_of(tmp_path)
    log.write({"input": 1, "output": 2})
    disk = FullDisk(10)
    monkeypatch.setattr(os, "write", disk)
    with pytest.raises(OSError, match="No space left"):
        log.write({"input": 3, "output": 4})
    assert log.trouble == "the prediction log cannot be written: No space left on device"
    log.probe()
    assert log.trouble
    disk.room = 10_000
    log.probe()
    assert log.trouble == ""
    log.close()
    assert lines(tmp_path) == [{"input": 1, "output": 2}]


@pytest.mark.parametrize("strict", [True, False])
def test_a_prediction_that_cannot_be_logged(bench: Any, monkeypatch: pytest.MonkeyPatch, strict: bool) -> None:
    ours = bench(log_strict=strict).routes()

    async def story(client: httpx.AsyncClient) -> list[Any]:
        monkeypatch.setattr(os, "write", FullDisk(0))
        bodies = ['{"n": 1}', "{"]
        found = [await client.post("/predict", content=body) for body in bodies]
        ready = await client.get("/ready")
        monkeypatch.undo()
        return [*(answer.status_code for answer in found), ready.status_code]

    assert ours.run(story) == ([503, 503, 503] if strict else [200, 422, 200])
    assert ours.lines() == []


def test_a_folder_that_cannot_be_written_ends_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(SystemExit, match="set LOG_DIR to a folder"):
        log_of(tmp_path / "file")


def test_standard_output_may_be_the_log(capfd: pytest.CaptureFixture[str]) -> None:
    log = PredictionLog(Settings(log_dir="-"))
    log.write({"input": 1, "output": float("nan")})
    log.close()
    assert json.loads(capfd.readouterr().out) == {"input": 1, "output": None}


@pytest.mark.parametrize("spelled", ["customer.email,items[].card", " customer.email , items.card "])
def test_paths_are_redacted_wherever_they_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spelled: str) -> None:
    monkeypatch.setenv("LOG_REDACT", spelled)
    log = log_of(tmp_path)
    order = {"customer": {"email": "a@b", "id": 1}, "items": [{"card": "4111", "n": 1}, [{"card": "4112"}]]}
    log.write({"input": {"order": order, "email": "kept", "subcustomer": {"email": "kept"}}, "output": [order]})
    log.close()
    (line,) = lines(tmp_path)
    hidden = {
        "customer": {"email": "[redacted]", "id": 1},
        "items": [{"card": "[redacted]", "n": 1}, [{"card": "[redacted]"}]],
    }
    assert line["input"] == {"order": hidden, "email": "kept", "subcustomer": {"email": "kept"}}
    assert line["output"] == [hidden]
