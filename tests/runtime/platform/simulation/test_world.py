"""The world of a simulation follows from its seed."""

from __future__ import annotations

import importlib
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.platform.simulation.inputs import Inputs, held_back
from nbexport_runtime.platform.simulation.scenario import Scenario
from nbexport_runtime.platform.simulation.world import SUCCESS, Visit, World, drifted, label_value
from pydantic import BaseModel, ConfigDict

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
INPUTS = Inputs(({"plan": "a", "fee": 10.0}, {"plan": "b", "fee": 20.0}), (0, 1), "two rows")


class Request(BaseModel):
    """What `predict` takes."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    plan: str
    fee: float
    tickets: int | None = None


class Text(BaseModel):
    """What another one takes."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: str
    top_k: int = 1


class Values(BaseModel):
    """What a third one takes."""

    model_config = ConfigDict(extra="forbid", strict=True)

    values: list[float]


def world(**options: object) -> World:
    return World(Scenario(**{"days": 4, "users": 90, **options}), INPUTS, BEGIN)  # type: ignore[arg-type]


def test_the_same_seed_gives_the_same_traffic_and_another_one_another() -> None:
    first, again, other = (list(world(seed=seed).visits(2)) for seed in (7, 7, 8))
    assert first == again
    assert [visit.user for visit in first] != [visit.user for visit in other]


def test_a_third_of_the_users_asks_once_on_a_day_in_order() -> None:
    visits = list(world().visits(1))
    assert len(visits) == 30
    assert len({visit.user for visit in visits}) == 30
    assert len({visit.identity for visit in visits}) == 30
    moments = [visit.moment for visit in visits]
    assert moments == sorted(moments)
    assert all(BEGIN <= moment < BEGIN + timedelta(days=1) for moment in moments)


def test_an_input_drifts_from_its_day_on() -> None:
    known = {body["fee"] for body in INPUTS.bodies}
    drifting = world(days=4)
    before = [visit for day in range(1, drifting.scenario.drift_day) for visit in drifting.visits(day)]
    after = list(drifting.visits(drifting.scenario.drift_day))
    assert drifting.drifts == "fee"
    assert {visit.body["fee"] for visit in before} <= known
    moved = [visit for visit in after if visit.body["fee"] not in known]
    assert 0.3 < len(moved) / len(after) < 0.9
    assert {visit.body["plan"] for visit in moved} <= {"a", "b"}


def test_the_input_that_drifts_can_be_named() -> None:
    assert world(drift_column="plan").drifts == "plan"
    with pytest.raises(PipelineError, match="choose one of `plan`, `fee`"):
        world(drift_column="income")


@pytest.mark.parametrize(
    ("body", "moved"),
    [
        ({"n": 10, "t": "a"}, {"n": 17, "t": "a"}),
        ({"n": 2.0}, {"n": 3.2}),
        ({"n": "late"}, {"n": "late late late"}),
        ({"n": True}, {"n": True}),
        ({"n": None}, {"n": None}),
        ({}, {}),
    ],
)
def test_a_number_grows_and_a_text_gets_longer(body: dict[str, object], moved: dict[str, object]) -> None:
    assert drifted(body, "n", 1.6) == moved


def test_outcomes_come_late_and_those_of_the_better_candidate_are_better() -> None:
    simulated = world(users=30_000)
    visits = list(simulated.visits(1))
    found = {
        better: [arrival for visit in visits for arrival in simulated.arrivals(visit, {}, "outcome", better=better)]
        for better in (False, True)
    }
    for better, rate in ((False, 0.3), (True, 0.4)):
        values = [arrival.value for arrival in found[better] if arrival.name == SUCCESS]
        # nine of ten ever become known; three standard deviations of a share of 9,000
        assert len(values) / len(visits) == pytest.approx(0.9, abs=0.01)
        assert sum(values) / len(values) == pytest.approx(rate, abs=0.016)
    lates = [arrival.known - arrival.happened for arrival in found[False]]
    assert min(lates) >= timedelta(days=0.2)
    assert max(lates) <= timedelta(days=1.5)


@pytest.mark.parametrize(
    ("label", "answer", "value"),
    [
        (1, {"probability": 0.2}, 1.0),
        (False, {}, 0.0),
        ("delivery", {"label": "delivery", "confidence": 0.4}, 1.0),
        ("delivery", {"label": "billing"}, 0.0),
        (None, {"price": 312.5}, 312.5),
    ],
)
def test_a_label_becomes_a_number(label: object, answer: dict[str, object], value: float) -> None:
    assert label_value(label, answer, world().drawn("x")) == value


def test_without_labels_a_probability_comes_true_as_often_as_it_says() -> None:
    draw = world().drawn("x")
    values = [label_value(None, {"probability": 0.2}, draw) for _ in range(5000)]
    assert sum(values) / 5000 == pytest.approx(0.2, abs=0.02)


def test_rows_that_were_held_back_become_requests_with_their_labels() -> None:
    table = pd.DataFrame(
        {"plan": ["a", "b", None], "fee": [9.5, 20.0, 3.0], "tickets": [1.0, np.nan, 2.0], "other": [1, 2, 3]}
    )
    (found,) = held_back(Request, {"X_test": table, "y_test": pd.Series([0, 1, 1])}, 1)
    pairs = sorted(zip(found.bodies, found.labels, strict=True), key=lambda pair: pair[0]["plan"])
    # the third has a gap that the service refuses
    assert pairs == [
        ({"plan": "a", "fee": 9.5, "tickets": 1}, 0),
        ({"plan": "b", "fee": 20.0, "tickets": None}, 1),
    ]


def test_a_column_that_is_not_asked_for_is_the_label() -> None:
    table = pd.DataFrame({"text": ["where is it", "thanks"], "label": ["delivery", "praise"]})
    (found,) = held_back(Text, {"test": table}, 1)
    assert dict(zip((body["text"] for body in found.bodies), found.labels, strict=True)) == {
        "where is it": "delivery",
        "thanks": "praise",
    }


def test_rows_of_an_array_are_requests_of_one_argument() -> None:
    frozen = {"X_test": np.array([[1.0, 2.0], [3.0, 4.0]]), "y_test": np.array([0, 2])}
    found = next(one for one in held_back(Values, frozen, 1) if one.labels)
    assert sorted(zip((body["values"] for body in found.bodies), found.labels, strict=True)) == [
        ([1.0, 2.0], 0),
        ([3.0, 4.0], 2),
    ]


def test_without_rows_or_examples_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from nbexport_runtime.pipeline.project import Project
    from nbexport_runtime.platform.simulation.inputs import inputs_of

    (tmp_path / "schemas.py").write_text(
        "from pydantic import BaseModel\n\n\nclass PredictRequest(BaseModel):\n    x: float\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "schemas", raising=False)
    importlib.invalidate_caches()
    try:
        with pytest.raises(PipelineError, match="call `predict` with an example"):
            inputs_of(Project(tmp_path, tmp_path), 1)
    finally:
        sys.modules.pop("schemas", None)


@pytest.mark.parametrize(
    ("options", "said"),
    [({"days": 1}, "--days 1"), ({"users": 3}, "--users 3"), ({"speed": -1.0}, "--speed")],
)
def test_what_cannot_be_simulated_is_refused(options: dict[str, object], said: str) -> None:
    with pytest.raises(PipelineError, match=said):
        world(**options)


@pytest.mark.parametrize("days", range(2, 40))
def test_everything_happens_within_the_days(days: int) -> None:
    scenario = Scenario(days=days)
    assert 1 <= scenario.broken_day <= scenario.experiment_day <= scenario.drift_day <= days


def test_a_visit_has_an_id_that_the_service_keeps() -> None:
    from nbexport_runtime.service.request_ids import USABLE

    visit: Visit = next(world().visits(1))
    assert USABLE.fullmatch(visit.identity.encode())
