"""`logs.py find`: a request on one screen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from nbexport_runtime.platform.commands import logs
from nbexport_runtime.platform.units import unit_of
from runtime.platform import small_service
from runtime.platform.lines.log_lines import outcome, prediction, write

UNIT = unit_of("s", "ann")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with some lines."""
    small_service.written(tmp_path, '[log]\nunit_salt = "s"\n[outcomes]\nwindow_days = 2\n')
    folder = tmp_path / "logs"
    features = {"features": {"spent": 3.5}, "feature_time": "2026-11-01T00:00:00+00:00"}
    write(
        folder / "predictions.jsonl",
        [
            prediction(1, unit=UNIT, experiment="price", experiment_arm="b", **features),
            prediction(2, unit=UNIT, model_version="v0"),
            *(prediction(3, row=row) for row in range(30)),
        ],
    )
    of_unit = {"request_id": None, "unit": UNIT, "time": "2026-11-02T12:00:00Z", "received": "2026-11-03T12:01:00Z"}
    late = {**of_unit, "id": "f" * 32, "time": "2026-11-04T12:00:00Z"}
    write(folder / "outcomes.jsonl", [outcome(1, 1.0), outcome(77, 4.0, **of_unit), outcome(78, 9.0, **late)])
    return tmp_path


def run(root: Path, *words: str) -> int:
    """The exit code of the command."""
    with pytest.raises(SystemExit) as ended:
        logs.main(str(root / "logs.py"), list(words))
    return int(ended.value.code or 0)


@pytest.mark.parametrize("compacted", [False, True])
def test_a_request_on_one_screen(root: Path, capsys: pytest.CaptureFixture[str], compacted: bool) -> None:
    if compacted:
        assert run(root, "compact") == 0
        assert "archived 32 predictions and 3 outcomes in `logs/archive`" in capsys.readouterr().out
    assert run(root, "find", "r1") == 0
    assert capsys.readouterr().out.strip().splitlines() == [
        "request     r1",
        "time        2026-11-01T12:01:00+00:00  /predict",
        'prediction  {"result": 0.5}  (ok, 1.5 ms)',
        "model       v1 (production)",
        "            trained 2026-10-31T10:00:00+00:00; auc 0.875",
        "data set    20261030-abc  sha256 5555555555555555",
        'input       {"x": 1.0}',
        'features    {"spent": 3.5}  as of 2026-11-01T00:00:00+00:00',
        f"unit        {UNIT}",
        "experiment  price, arm b",
        "outcome     outcome = 1 at 2026-11-02T12:01:00+00:00; known 1 days after the prediction",
        "outcome     outcome = 4 of its unit at 2026-11-02T12:00:00+00:00; known 2 days after the prediction",
    ]


def test_for_programs(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(root, "find", "r1", "--json") == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    (line,) = found["predictions"]
    assert (found["by"], found["total"], line["output"], line["model"]["metrics"]) == (
        *("request", 1, {"result": 0.5}),
        {"auc": 0.875},
    )
    assert [one["value"] for one in line["outcomes"]] == [1.0, 4.0]


@pytest.mark.parametrize("wanted", ["ann", UNIT])
def test_a_unit_by_its_hash_or_by_the_id_itself(root: Path, capsys: pytest.CaptureFixture[str], wanted: str) -> None:
    assert run(root, "find", wanted, "--last", "1") == 0
    text = capsys.readouterr().out
    assert text.startswith(f"2 predictions of the unit {UNIT}, the last 1:\nrequest     r2\n")
    assert "its bundle is not here" in text


def test_a_batch_is_cut_for_people(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(root, "find", "r3") == 0
    text = capsys.readouterr().out
    assert text.count("request     r3, row ") == 20
    assert "and 10 more lines; `--json` shows all" in text


def test_what_is_not_there_is_said_with_what_was_searched(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (root / "logs" / "predictions.jsonl").open("a") as file:
        file.write("damaged\n")
    assert run(root, "find", "nobody") == 1
    text = capsys.readouterr().err
    assert "nothing is known of `nobody`: it is neither a request id nor a unit of the 32 predictions" in text
    assert "from 2026-11-01T12:01:00+00:00 to 2026-11-01T12:03:00+00:00" in text
    assert "1 lines of `predictions.jsonl` cannot be read, the first: damaged" in text


def test_an_empty_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small_service.written(tmp_path)
    assert run(tmp_path, "find", "x") == 1
    assert "the log is empty; set LOG_DIR" in capsys.readouterr().err
    assert run(tmp_path, "compact", "--json") == 0
    assert json.loads(capsys.readouterr().out)["archived"] == {"predictions": 0, "outcomes": 0}


def test_the_schema_can_be_printed(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(root, "schema", "outcomes") == 0
    assert json.loads(capsys.readouterr().out)["$id"] == "urn:nbexport:outcome-line:1"
