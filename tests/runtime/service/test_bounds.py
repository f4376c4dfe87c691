"""Bounds by the types of a request, and ranges by what a model has learned."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from nbexport_runtime.service.bounds import Bounds, looks_at
from nbexport_runtime.service.inputs import Inputs
from nbexport_runtime.service.problems import Problem
from nbexport_runtime.service.ranges import Ranges
from nbexport_runtime.service.settings import Settings
from nbexport_runtime.service.wire import Array, Frame
from pydantic import BaseModel, ConfigDict, Field, ValidationError


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Inner(Strict):
    count: int = 0
    name: str = ""


class Everything(Strict):
    number: float = 0.0
    count: int = 0
    counts: list[int] = []
    by_name: dict[str, int] = {}
    any_value: Any = None
    day: date = date(2026, 1, 1)
    moment: datetime | None = None
    inner: Inner = Inner()
    inners: list[Inner] = []
    field_copy: int = Field(0, alias="copy")
    either: int | str = 0
    frame: Frame = None
    array: Array = None


HUGE = 10**30
BEYOND: list[tuple[dict[str, Any], list[Any], str]] = [
    ({"count": HUGE}, ["count"], "number_too_large"),
    ({"count": -(2**63) - 1}, ["count"], "number_too_large"),
    ({"counts": [1, HUGE]}, ["counts", 1], "number_too_large"),
    ({"by_name": {"a": HUGE}}, ["by_name", "a"], "number_too_large"),
    ({"any_value": {"a": [1, {"b": HUGE}]}}, ["any_value", "a", 1, "b"], "number_too_large"),
    ({"any_value": [float("nan")]}, ["any_value", 0], "finite_number"),
    ({"any_value": float("inf")}, ["any_value"], "finite_number"),
    ({"day": "9999-12-31"}, ["day"], "date_out_of_range"),
    ({"day": "1677-12-31"}, ["day"], "date_out_of_range"),
    ({"moment": "9999-12-31T00:00:00"}, ["moment"], "date_out_of_range"),
    ({"inner": {"count": HUGE}}, ["inner", "count"], "number_too_large"),
    ({"inners": [{}, {"count": HUGE}]}, ["inners", 1, "count"], "number_too_large"),
    ({"copy": HUGE}, ["copy"], "number_too_large"),
    ({"either": HUGE}, ["either"], "number_too_large"),
]


@pytest.mark.parametrize(("body", "place", "kind"), BEYOND, ids=[json.dumps(body)[:30] for body, _, _ in BEYOND])
def test_what_types_let_through_is_refused_in_its_place(body: dict[str, Any], place: list[Any], kind: str) -> None:
    row = Everything.model_validate_json(json.dumps(body))
    with pytest.raises(Problem) as caught:
        Bounds(Everything, Settings()).check(row)
    assert caught.value.errors is not None
    (error,) = caught.value.errors
    assert (error["loc"], error["type"]) == (place, kind)
    assert "000000" not in error["msg"]


def test_what_is_usual_passes() -> None:
    body = {
        "number": 1e308,
        "count": 2**63 - 1,
        "counts": [-(2**63)],
        "day": "1678-01-01",
        "any_value": {"a": [1, "x", None, True, 0.5]},
        "either": "x",
        "frame": [{"a": 1, "b": None}],
        "array": [[1, 2], [3, 4]],
    }
    Bounds(Everything, Settings()).check(Everything.model_validate_json(json.dumps(body)))


@pytest.mark.parametrize(
    "body", [{"frame": [{"a": HUGE}]}, {"frame": [{"a": float("nan")}]}, {"array": [HUGE]}, {"array": [float("inf")]}]
)
def test_arrays_and_frames_hold_numbers_of_64_bits(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Everything.model_validate_json(json.dumps(body))


@pytest.mark.parametrize("kind", [float, str, bool, float | None, list[float], dict[str, float], tuple[str, ...]])
def test_types_that_cannot_be_out_of_bounds_cost_nothing(kind: Any) -> None:
    assert looks_at(kind) is None


@pytest.mark.parametrize(
    ("content", "place", "kind"),
    [
        ({"a": "x" * 11}, ["a"], "text_too_long"),
        ({"a": [{"b": "x" * 11}]}, ["a", 0, "b"], "text_too_long"),
        ({"a": [1, 2, 3, 4]}, ["a"], "too_many_items"),
        ({"a": {"b": 1, "c": 2, "d": 3, "e": 4}}, ["a"], "too_many_items"),
    ],
)
def test_lengths_are_bounded_wherever_they_are(content: Any, place: list[Any], kind: str) -> None:
    bounds = Bounds(Inner, Settings(max_text=10, max_items=3))
    with pytest.raises(Problem) as caught:
        bounds.check_lengths(content)
    assert caught.value.errors is not None
    assert [(error["loc"], error["type"]) for error in caught.value.errors] == [(place, kind)]
    bounds.check_lengths({"a": "x" * 10, "b": [1, 2, 3], "c": {"base64": "x" * 99, "shape": [1]}})


@pytest.mark.parametrize(
    "content",
    ['{"name": "xxxxxxxxxxx"}', '{"a":[1,2,3,4]}', '{"name":"\\u0061xxxxxxxxxx"}', "[0,0,0,0]", '"xxxxxxxxxxx"'],
)
def test_what_is_too_long_is_longer_than_what_is_not_looked_at(content: str) -> None:
    assert len(content) > Bounds(Inner, Settings(max_text=10, max_items=3)).harmless_bytes


LEARNED = {
    "age": {"min": 18, "max": 98},
    "balance": {"min": -100.0, "max": 100.0},
    "constant": {"min": 7, "max": 7},
    "day": {"first": "2020-01-01", "last": "2024-01-01"},
    "plan": {"values": ["basic", "plus"]},
}


@pytest.mark.parametrize(
    ("value", "kinds"),
    [
        ({"age": 18}, []),
        ({"age": 130}, []),
        ({"age": 139}, ["above"]),
        ({"age": 0}, []),
        ({"age": -1}, ["below"]),
        ({"age": 1e300}, ["above"]),
        ({"age": 10**40}, ["above"]),
        ({"age": None}, []),
        ({"age": float("nan")}, []),
        ({"age": True}, []),
        ({"age": "old"}, []),
        ({"balance": -199.0}, []),
        ({"balance": -201.0}, ["below"]),
        ({"constant": 10}, []),
        ({"constant": 11}, ["above"]),
        ({"day": "2025-12-31"}, []),
        ({"day": "2026-06-01T12:00:00Z"}, ["above"]),
        ({"day": date(2017, 12, 1)}, ["below"]),
        ({"day": datetime(2024, 5, 1, 3)}, []),  # noqa: DTZ001
        ({"day": "never"}, ["no_date"]),
        ({"day": "9999-12-31"}, ["date_out_of_range"]),
        ({"day": ""}, []),
        ({"plan": "basic"}, []),
        ({"plan": "gold"}, ["unseen"]),
        ({"plan": None}, []),
        ({"other": 1e300}, []),
        ({"customer": {"age": 500}}, ["above"]),
    ],
)
def test_a_value_is_unusual_when_it_is_far_from_what_was_learned(value: dict[str, Any], kinds: list[str]) -> None:
    row = Inner()
    row.__dict__.update(value)
    found = Ranges(LEARNED).unusual(row)
    assert [one["kind"] for one in found] == kinds
    if "customer" in value:
        assert found[0]["field"] == "customer.age"


@pytest.mark.parametrize(
    "learned", [None, [], "x", {"age": 1}, {"age": {"min": "a", "max": 2}}, {"age": {"min": 1}}, {"age": {"first": 3}}]
)
def test_what_cannot_be_used_of_a_manifest_is_ignored(learned: Any) -> None:
    row = Inner(count=3)
    assert Ranges(learned).unusual(row) == []


def test_the_ranges_are_those_of_the_model_that_is_production_now() -> None:
    inputs = Inputs(Inner, Settings())
    row = Inner(count=100)
    inputs.follow("v1", {"inputs": {"count": {"min": 0, "max": 10}}})
    assert [one["kind"] for one in inputs.unusual(row)] == ["above"]
    inputs.follow("v2", {"inputs": {"count": {"min": 0, "max": 100}}})
    assert inputs.unusual(row) == []
    inputs.follow("v3", {})
    assert inputs.unusual(row) == []


def test_names_that_a_client_makes_up_are_not_logged(bench: Any, tmp_path: Path) -> None:
    ours = bench().routes()
    ours.post({"n": 1, "sesame": 1})
    ours.post({"inputs": [{"sesame": 2}], "more": 1}, "/predict/batch")
    one, many = ours.lines()
    assert one["reasons"] == [{"field": "*", "kind": "extra_forbidden"}]
    assert many["reasons"] == [{"field": "inputs", "kind": "value_error"}]
    assert "sesame" not in (tmp_path / "logs" / "predictions.jsonl").read_text(encoding="utf-8")
