"""From a request to the call of `predict`, and from an example to a request; and what an answer is on the wire."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from nbexport_runtime.bundle import BundleError, Loaded
from nbexport_runtime.service.answers import content_of, members_of, response_of, unchecked, version_field, version_in
from nbexport_runtime.service.calls import asker, caller, example_bodies
from nbexport_runtime.service.wire import to_frame
from pydantic import BaseModel, ConfigDict, Field


class Request(BaseModel):
    n: int
    field_copy: str = Field("no", alias="copy")
    state: int = 0


def loaded(predict: Any, *examples: Any) -> Loaded:
    return Loaded({"factor": 2}, {"version": "v1"}, list(examples), [], predict)


def by_name(state: Any, /, n: int, copy: str = "no", state_: int = 0) -> Any:
    return n, copy, state_


def test_arguments_are_given_by_place_or_by_name() -> None:
    def mixed(bundle: Any, n: int, /, copy: str = "no", *, state: int = 0) -> Any:
        return bundle["factor"], n, copy, state

    def places(bundle: Any, state: int, n: int, copy: str, /) -> Any:
        return bundle["factor"], n, copy, state

    row = Request(n=1, copy="yes", state=3)
    assert asker(loaded(mixed), Request)(row) == (2, 1, "yes", 3)
    assert asker(loaded(places), Request)(row) == (2, 1, "yes", 3)


class Plain(BaseModel):
    n: int
    self: str = "no"


def test_a_request_without_other_names_is_the_call() -> None:
    def predict(bundle: Any, /, n: int, *, self: str) -> Any:
        return bundle["factor"], n, self

    assert asker(loaded(predict), Plain)(Plain(n=1)) == (2, 1, "no")


def test_code_of_an_older_nbexport_takes_the_bundle_last() -> None:
    def older(n: int, /, copy: str = "no", *, state: int = 0, state_: Any) -> Any:
        return n, copy, state, state_["factor"]

    class OlderLoaded(Loaded):
        def predict(self, /, *args: Any, **kwargs: Any) -> Any:
            return self.function(*args, **kwargs, state_=self)

    found = OlderLoaded({"factor": 2}, {"version": "v1"}, [], [], older)
    assert asker(found, Request)(Request(n=1, copy="yes", state=3)) == (1, "yes", 3, 2)


@pytest.mark.parametrize(
    "predict",
    [
        lambda n, copy, state: n,
        lambda n, x, copy, state: n,
        by_name,
        lambda bundle, n, copy: n,
        lambda bundle, n, copy, state, more: n,
    ],
)
def test_other_arguments_are_refused_when_the_model_is_loaded(predict: Any) -> None:
    with pytest.raises(BundleError, match="other arguments"):
        asker(loaded(predict), Request)


def test_examples_are_bodies_of_requests() -> None:
    def predict(bundle: Any, n: int, copy: str = "no", *, state: int = 0) -> int:
        return n

    found = example_bodies(loaded(predict, ((1, "yes"), {}), ((), {"n": 2, "state": 5}), ((float("nan"),), {})))
    assert found == [{"n": 1, "copy": "yes"}, {"n": 2, "state": 5}, {"n": None}]


def test_null_is_nan_inside_of_what_holds_nan_in_the_notebook() -> None:
    def predict(bundle: Any, /, n: Any, copy: Any, state: Any) -> Any:
        return n, copy, state

    nan = float("nan")
    ask = caller(loaded(predict, (({"a": nan}, [1.0, None, nan], {"a": 1.0}), {})), ["n", "copy", "state"])
    n, copy, state = ask({"n": {"a": None, "b": ["x", None]}, "copy": [None], "state": {"a": None}})
    assert n["a"] != n["a"]
    assert n["b"][0] == "x"
    assert n["b"][1] != n["b"][1]
    assert (copy, state) == ([None], {"a": None})


def test_a_column_without_any_value_is_one_of_numbers() -> None:
    frame = to_frame([{"a": None, "b": 1.0, "c": "x"}, {"a": None, "b": None, "c": None}])
    assert frame["a"].dtype == frame["b"].dtype == float
    assert frame["c"].tolist()[0] == "x"


# --------------------------------------------------------------------------- answers


@dataclass
class Point:
    x: float
    y: float


class Answer(BaseModel):
    model_config = ConfigDict(extra="allow", protected_namespaces=())

    label: str
    model_version: str


@pytest.mark.parametrize(
    ("answer", "members"),
    [
        ({"a": 1, 2: 3}, {"a": 1, "2": 3}),
        (Point(1.0, 2.0), {"x": 1.0, "y": 2.0}),
        (Answer(label="a", model_version="mine"), {"label": "a", "model_version": "mine"}),
        (3, {"result": 3}),
        (None, {"result": None}),
    ],
)
def test_members_of_an_answer(answer: Any, members: dict[str, Any]) -> None:
    assert members_of(answer) == members


def test_the_version_yields_to_a_member_of_the_notebook() -> None:
    assert version_field({"a": 1}) == "model_version"
    assert version_field({"model_version": 1}) == "bundle_version"


@pytest.mark.parametrize("own", [[], ["model_version"], ["bundle_version"], ["bundle_version_", "model_version"]])
def test_the_version_of_an_answer_is_found_again(own: list[str]) -> None:
    field = version_field(own)
    assert field not in own
    assert version_in([*own, field]) == field


def test_an_answer_is_sent_as_the_values_that_it_holds() -> None:
    members = {"label": np.float32(0.5), "if": [float("nan"), np.arange(2)], "cls": "\ud800", "model_version": "v1"}
    answer = unchecked(Answer, members)
    assert json.loads(content_of(answer)) == {"label": 0.5, "if": [None, [0, 1]], "cls": "?", "model_version": "v1"}
    answer.label = "changed"
    answer.more = 1
    assert json.loads(content_of(answer))["label"] == "changed"
    assert json.loads(content_of(answer))["more"] == 1
    assert json.loads(content_of(Answer(label="a", model_version="v", extra=[1]))) == {
        "label": "a",
        "model_version": "v",
        "extra": [1],
    }
    assert response_of({"a": 1}).body == b'{"a":1}'
    assert response_of(response := response_of(1)) is response
