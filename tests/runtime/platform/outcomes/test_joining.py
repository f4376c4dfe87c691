"""Outcomes joined to predictions: compared with a join that is too simple to be wrong, on seeded histories."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.lines import tables
from nbexport_runtime.platform.lines.settings import Log
from nbexport_runtime.platform.outcomes import joining, predicted
from nbexport_runtime.platform.outcomes.settings import Outcomes
from runtime.platform.lines.log_lines import compact, outcome, prediction, project_in, write

START = datetime(2026, 11, 1, tzinfo=UTC)
WINDOW = timedelta(days=3)


def history(chance: random.Random) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Predictions of few units and requests, and outcomes before, between and after them, some corrected, some late."""

    def moment() -> datetime:
        # few moments, so that many are equal
        return START + timedelta(hours=chance.randrange(0, 24 * 10, 6))

    predictions = [
        prediction(
            number,
            request_id=f"r{chance.randrange(12)}",
            time=moment().isoformat(),
            unit=chance.choice(["u1", "u2", "u3", None]),
            row=chance.choice([None, None, 0, 1]),
            output={"note": "x", "result": number / 7},
        )
        for number in range(40)
    ]
    outcomes = []
    for _ in range(40):
        time = moment()
        received = time + timedelta(hours=chance.choice([0, 1, 24, 24 * 5]))
        subject: dict[str, Any] = (
            {"request_id": f"r{chance.randrange(15)}", "row": chance.choice([None, 0])}
            if chance.random() < 0.4
            else {"request_id": None, "unit": chance.choice(["u1", "u2", "u3", "u4"])}
        )
        name = chance.choice(["outcome", "outcome", "other"])
        identity = json.dumps([subject, name, time.isoformat()])
        outcomes.append(
            outcome(0, chance.random(), time=time.isoformat(), received=received.isoformat(), name=name, **subject)
            | {"id": identity}
        )
    return predictions, outcomes


def simple(line: dict[str, Any], outcomes: list[dict[str, Any]], known_by: datetime | None) -> float | None:
    """The label of a prediction, one at a time."""
    last: dict[str, dict[str, Any]] = {}
    for one in outcomes:
        if one["name"] != "outcome" or (known_by and datetime.fromisoformat(one["received"]) > known_by):
            continue
        before = last.get(one["id"])
        if before is None or one["received"] >= before["received"]:
            last[one["id"]] = one
    time = datetime.fromisoformat(line["time"])
    of_request = [
        one for one in last.values() if one["request_id"] == line["request_id"] and one.get("row") == line["row"]
    ]
    if of_request:
        return float(max(of_request, key=lambda one: (one["time"], one["received"]))["value"])
    of_unit = [
        one
        for one in last.values()
        if one["request_id"] is None
        and line["unit"] is not None
        and one.get("unit") == line["unit"]
        and time <= datetime.fromisoformat(one["time"]) <= time + WINDOW
    ]
    return float(min(of_unit, key=lambda one: str(one["time"]))["value"]) if of_unit else None


@pytest.mark.parametrize("seed", range(12))
def test_each_prediction_has_the_outcome_that_a_simple_join_gives_it(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    predictions, outcomes = history(chance)
    project = project_in(tmp_path)
    logs = tmp_path / "logs"
    write(logs / "predictions.jsonl", predictions)
    half = len(outcomes) // 2
    write(logs / "outcomes.jsonl", outcomes[:half])
    if seed % 2:
        compact(project)
    write(logs / "outcomes.jsonl", outcomes[half:])
    known_by = START + timedelta(days=7) if seed % 3 == 0 else None
    connection = tables.connect(project, Log())
    joining.join(connection, Outcomes(window_days=3), known_by=known_by)
    rows = connection.execute(
        "SELECT predicted, label, time, label_time, label_received, label_by, delay_s FROM joined ORDER BY predicted"
    ).fetchall()
    connection.close()
    # rows in are rows out, each once
    assert [row[0] for row in rows] == pytest.approx([number / 7 for number in range(40)])
    assert [row[1] for row in rows] == [simple(line, outcomes, known_by) for line in predictions]
    assert 5 < sum(row[1] is not None for row in rows) < 40
    for _, label, time, label_time, received, by, delay_s in rows:
        assert (label is None) == (by is None) == (label_time is None)
        if by == "unit":
            assert time <= label_time <= time + WINDOW
        if by is not None:
            assert delay_s == (received - time).total_seconds()
        if by is not None and known_by is not None:
            assert received.replace(tzinfo=UTC) <= known_by


def joined(tmp_path: Path, settings: Outcomes, *outputs: Any) -> list[Any]:
    """The numbers of some answers."""
    project = project_in(tmp_path)
    write(tmp_path / "logs" / "predictions.jsonl", [prediction(n, output=output) for n, output in enumerate(outputs)])
    connection = tables.connect(project, Log())
    try:
        joining.join(connection, settings)
        return [row[0] for row in connection.execute("SELECT predicted FROM joined ORDER BY time").fetchall()]
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("member", "outputs", "numbers"),
    [
        ("", [{"note": "a", "p": 0.5, "q": 2}, {"note": "b", "p": None, "q": 3}], [0.5, None]),
        ("q", [{"p": 0.5, "q": 2}], [2.0]),
        ("scores.spam", [{"scores": {"spam": 0.25}}, {"scores": {}}], [0.25, None]),
        ("classes[1]", [{"classes": [0.1, 0.9]}], [0.9]),
        ("", [{"leaves": True}, {"leaves": False}], [1.0, 0.0]),
        ("it's", [{"it's": 4}], [4.0]),
    ],
)
def test_the_number_in_an_answer(
    tmp_path: Path, member: str, outputs: list[dict[str, Any]], numbers: list[float | None]
) -> None:
    assert joined(tmp_path, Outcomes(prediction=member), *outputs) == numbers


def test_answers_without_a_number(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match="set `prediction` in"):
        joined(tmp_path, Outcomes(), {"label": "spam"})
    assert predicted.first_number([None, "x"]) == ""


def test_no_predictions_is_no_error(tmp_path: Path) -> None:
    project = Project(tmp_path, tmp_path)
    connection = tables.connect(project, Log())
    joining.join(connection, Outcomes())
    assert connection.execute("SELECT count(*) FROM joined").fetchall() == [(0,)]
    assert joining.unmatched(connection) == 0
    connection.close()


def test_outcomes_of_no_prediction_are_counted(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    write(tmp_path / "logs" / "predictions.jsonl", [prediction(1, unit="u"), prediction(2, row=0)])
    early = {"request_id": None, "unit": "u", "time": "2026-10-01T00:00:00Z", "id": "e"}
    write(
        tmp_path / "logs" / "outcomes.jsonl",
        [outcome(1, 1.0), outcome(2, 1.0), outcome(3, 1.0), outcome(4, 1.0, **early)],
    )
    connection = tables.connect(project, Log())
    joining.join(connection, Outcomes())
    # a batch needs the row; request 3 was never asked; the outcome of October came before the prediction
    assert joining.unmatched(connection) == 3
    connection.close()
