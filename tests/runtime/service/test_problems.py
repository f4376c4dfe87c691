"""Problem documents and ids of requests, as every route has them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from nbexport_runtime.service.problems import SHOWN_ERRORS, Problem, invalid
from pydantic import BaseModel, ValidationError


class Row(BaseModel):
    values: list[int]


def test_an_input_is_not_repeated_and_errors_are_not_endless() -> None:
    with pytest.raises(ValidationError) as caught:
        Row.model_validate({"values": ["secret"] * 100})
    document = invalid(caught.value).document("id-1")
    assert (document["status"], document["request_id"]) == (422, "id-1")
    assert len(document["errors"]) == SHOWN_ERRORS
    assert "secret" not in str(document)


def test_a_client_is_told_when_to_come_again() -> None:
    response = Problem(503, "overloaded", "Too many requests wait", retry_after_s=7).response("id-1")
    assert response.headers["retry-after"] == "7"
    assert response.media_type == "application/problem+json"


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/predict", 405), ("POST", "/no/such", 404)])
def test_what_no_route_answers_is_a_problem_too(bench: Any, method: str, path: str, status: int) -> None:
    ours = bench().routes()

    async def story(client: httpx.AsyncClient) -> httpx.Response:
        return await client.request(method, path)

    answer = ours.run(story)
    assert answer.status_code == status
    assert answer.json()["status"] == status
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert ours.lines() == []


@pytest.mark.parametrize("sent", ["a b", "x" * 129, '{"a"', "é", ""])
def test_an_id_that_could_break_the_log_is_replaced(bench: Any, sent: str) -> None:
    ours = bench().routes()
    answer = ours.post({"n": 1}, headers={"X-Request-ID": sent.encode()})
    (line,) = ours.lines()
    assert answer.headers["x-request-id"] == line["request_id"] != sent
    assert len(answer.headers.get_list("x-request-id")) == 1
    assert ours.post({"n": 1}, headers={"X-Request-ID": "trace-1/a"}).headers["x-request-id"] == "trace-1/a"
