"""The published schema: what a real service writes is what it says, and the tables know every member of it."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from nbexport_runtime.platform.lines import columns, schemas, tables
from nbexport_runtime.platform.lines.settings import Log
from nbexport_runtime.platform.units import unit_of
from projects.serving import served
from runtime.platform import small_service
from runtime.platform.lines.log_lines import outcome, prediction

KINDS = ("predictions", "outcomes")


def validator(kind: str) -> Any:
    """Checks lines, also the formats of times."""
    return jsonschema.Draft202012Validator(schemas.schema(kind), format_checker=jsonschema.FormatChecker())


@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_is_one_and_has_the_columns_of_the_tables(kind: str) -> None:
    schema = schemas.schema(kind)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert set(schema["properties"]) - {"schema"} == set(columns.OF_LINE[kind])
    assert set(columns.NEEDED[kind]) <= set(schema["required"])


@pytest.mark.parametrize(("kind", "line"), [("predictions", prediction(1)), ("outcomes", outcome(1, 1.0))])
def test_a_line_without_a_version_is_of_the_first(kind: str, line: dict[str, Any]) -> None:
    validator(kind).validate(line)
    with pytest.raises(jsonschema.ValidationError):
        validator(kind).validate({**line, "schema": 2})
    for needed in schemas.schema(kind)["required"]:
        with pytest.raises(jsonschema.ValidationError):
            validator(kind).validate({name: value for name, value in line.items() if name != needed})


def test_lines_of_a_real_service_are_what_the_schema_says(tmp_path: Path) -> None:
    project = small_service.written(tmp_path / "project", '[log]\nunit_salt = "s"\nredact = ["copy"]\n')
    options = {"PYTHONPATH": small_service.PATHS}
    with served(project.root, small_service.bundle(project), tmp_path, **options) as service:
        key = {"X-Rollout-Key": "ann"}
        first = service.post({"n": 2}, headers={**key, "X-Request-ID": "first"})
        assert first.status_code == 200
        assert service.post({"n": 2, "copy": True}).status_code == 200
        assert service.post({"n": "two"}, headers=key).status_code == 422
        assert service.post({"n": -1}).status_code == 500
        assert (
            service.post({"inputs": [{"n": 1}, {"n": "x"}, {"n": 3}]}, "/predict/batch", headers=key).status_code == 200
        )
        assert service.post({"request_id": "first", "value": True}, "/outcome").status_code == 200
        assert service.post({"key": "ann", "value": 1.5, "name": "spent"}, "/outcome").status_code == 200
        metrics = httpx.get(service.url + "/metrics", timeout=60).text
        lines = service.lines()
    assert 'outcomes_received_total{outcome="ok"} 2.0' in metrics
    assert len(lines) == 7
    for line in lines:
        validator("predictions").validate(line)
        assert line["schema"] == 1
    assert {line.get("unit") for line in lines} == {None, unit_of("s", "ann")}
    assert sorted(line["row"] for line in lines if "row" in line) == [0, 1, 2]
    assert {line["input"]["copy"] for line in lines if line["input"]} == {"[redacted]"}
    outcomes = [json.loads(line) for line in (tmp_path / "logs" / "outcomes.jsonl").read_text().splitlines()]
    for line in outcomes:
        validator("outcomes").validate(line)
    assert [(line.get("request_id"), line.get("unit"), line["value"]) for line in outcomes] == [
        ("first", None, 1.0),
        (None, unit_of("s", "ann"), 1.5),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOG_DIR", str(tmp_path / "logs"))
        connection = tables.connect(project, Log())
        assert connection.execute("SELECT count(*) FROM predictions").fetchall() == [(7,)]
        assert connection.execute("SELECT count(*) FROM outcomes").fetchall() == [(2,)]
        assert tables.damaged(connection) == []
        (time,) = connection.execute("SELECT time FROM predictions WHERE request_id = 'first'").fetchall()[0]
        connection.close()
    first_line = next(line for line in lines if line["request_id"] == "first")
    assert datetime.fromisoformat(first_line["time"]).replace(tzinfo=None) == time
