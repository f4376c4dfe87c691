"""The service keeps its promises: the notebook's answers, the contract of `/docs`, one log line per request."""

from __future__ import annotations

import json
import math
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis

import model
import schemas
from nbexport_runtime import bundle
from nbexport_runtime.service.answers import members_of, version_field
from nbexport_runtime.service.calls import asker, example_bodies
from nbexport_runtime.service.wire import json_bytes
from nbexport_runtime.testing import Trained, magnitudes, tamed

pytest_plugins = ["nbexport_runtime.testing.fixtures"]

REQUESTS, CLIENTS = 100, 16
BAD = '{"no_such_field": 1}'


@dataclass
class Served:
    """A server process and its log."""

    url: str
    log: Path


@pytest.fixture(scope="module")
def served(project: Path, trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The service in a process of its own, with the trained model."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    logs = tmp_path_factory.mktemp("logs")
    environment = {
        **os.environ,
        "MODEL_DIR": str(trained.output),
        "LOG_DIR": str(logs),
    }
    command = [sys.executable, "-m", "uvicorn", "serve:app", "--port", str(port)]
    with subprocess.Popen([*command, "--no-access-log"], cwd=project, env=environment) as server:
        url = f"http://127.0.0.1:{port}"
        try:
            wait_until_ready(url, server)
            yield Served(url, logs / "predictions.jsonl")
        finally:
            server.terminate()


def wait_until_ready(url: str, server: subprocess.Popen[bytes]) -> None:
    """Wait until the service answers that it is ready."""
    last = ""
    for _ in range(600):
        assert server.poll() is None, "the service stopped; it says why above"
        try:
            response = httpx.get(f"{url}/ready")
        except httpx.TransportError:
            pass
        else:
            last = response.text
            if response.status_code == 200:
                return
        time.sleep(0.1)
    raise AssertionError(f"the service does not become ready: {last}")


@pytest.fixture(scope="module")
def known(trained: Trained) -> list[tuple[dict[str, Any], Any]]:
    """The notebook's example calls as bodies, and what the model answered after training."""
    loaded = model.load_model(trained.output)
    answers = [json.loads(json_bytes(members_of(answer))) for answer in loaded.answers]
    return list(zip(example_bodies(loaded), answers, strict=True))


def test_health_ready_and_metadata(served: Served, trained: Trained) -> None:
    manifest = json.loads((trained.output / "manifest.json").read_text(encoding="utf-8"))
    health = httpx.get(f"{served.url}/health").json()
    assert health == {
        "status": "ok",
        "model_loaded": True,
        "model_version": manifest["version"],
    }
    assert httpx.get(f"{served.url}/ready").json()["ready"] is True
    assert httpx.get(f"{served.url}/metadata").json()["version"] == manifest["version"]


def test_the_notebook_s_examples_are_answered_as_in_the_notebook(
    served: Served, known: list[tuple[dict[str, Any], Any]]
) -> None:
    for body, expected in known:
        response = httpx.post(f"{served.url}/predict", content=json.dumps(body))
        assert response.status_code == 200, response.text
        answer = response.json()
        assert answer.pop(version_field(expected))
        assert bundle.close(answer, expected), (body, answer, expected)
    batch = {"inputs": [body for body, _ in known]}
    if known:
        answers = httpx.post(f"{served.url}/predict/batch", content=json.dumps(batch))
        for answer, (_, expected) in zip(answers.json()["predictions"], known, strict=True):
            answer.pop(version_field(expected))
            assert bundle.close(answer, expected)


def test_an_unknown_field_is_refused_and_not_repeated(served: Served) -> None:
    content = '{"no_such_field": "a secret"}'
    response = httpx.post(f"{served.url}/predict", content=content)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert "a secret" not in response.text


def test_one_bad_input_does_not_spoil_a_batch(served: Served, known: list[tuple[dict[str, Any], Any]]) -> None:
    bodies: list[Any] = [body for body, _ in known[:1]]
    batch = {"inputs": [*bodies, {"no_such_field": 1}, *bodies]}
    response = httpx.post(f"{served.url}/predict/batch", content=json.dumps(batch))
    assert response.status_code == 200
    failed = ["error" in answer for answer in response.json()["predictions"]]
    assert failed == [False] * len(bodies) + [True] + [False] * len(bodies)


def test_under_load_every_answer_is_what_it_is_alone_and_leaves_one_line(
    served: Served, known: list[tuple[dict[str, Any], Any]]
) -> None:
    """Requests at the same time, one in ten of them bad: it may not change the others."""
    bodies = [json.dumps(body) for body, _ in known] or ["{}"]
    with httpx.Client(base_url=served.url, timeout=60) as client:

        def ask(number: int) -> None:
            headers = {"X-Request-ID": f"load-{number}"}
            bad = number % 10 == 0 or not known
            content = BAD if bad else bodies[number % len(bodies)]
            answer = client.post("/predict", content=content, headers=headers)
            assert answer.headers["x-request-id"] == f"load-{number}"
            if bad:
                assert answer.status_code == 422
            elif answer.status_code != 503:
                members = answer.json()
                assert answer.status_code == 200, members
                expected = known[number % len(known)][1]
                assert members.pop(version_field(expected))
                assert bundle.close(members, expected)

        with ThreadPoolExecutor(CLIENTS) as clients:
            assert len(list(clients.map(ask, range(REQUESTS)))) == REQUESTS
    lines = [json.loads(line) for line in served.log.read_bytes().splitlines()]
    ids = [line["request_id"] for line in lines]
    assert sorted(i for i in ids if i.startswith("load-")) == sorted(f"load-{number}" for number in range(REQUESTS))
    assert all(math.isfinite(line["latency_ms"]) for line in lines)


def test_the_contract_holds_for_whatever_a_client_sends(
    served: Served, known: list[tuple[dict[str, Any], Any]]
) -> None:
    """Requests made up from the OpenAPI document: only documented answers, and no fault but the model's own."""
    schema = schemathesis.openapi.from_url(f"{served.url}/openapi.json")
    checks = [
        schemathesis.checks.response_schema_conformance,
        schemathesis.checks.content_type_conformance,
    ]
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.method.upper() != "POST":
            continue
        cases = operation.as_strategy()
        exercise(cases, checks, magnitudes(body for body, _ in known))


def test_what_was_answered_is_what_the_model_answers_offline(served: Served, trained: Trained) -> None:
    """Every answer in the log, those to made-up requests too: service and training share one `predict`."""
    loaded = model.load_model(trained.output)
    ask = asker(loaded, schemas.PredictRequest)
    lines = map(json.loads, served.log.read_bytes().splitlines())
    answered = [line for line in lines if line["outcome"] == "ok"]
    assert bool(answered) == bool(loaded.examples)
    for line in answered:
        row = schemas.PredictRequest.model_validate_json(json.dumps(line["input"]))
        offline = members_of(ask(row))
        assert bundle.close(line["output"], json.loads(json_bytes(offline))), line


def exercise(cases: Any, checks: list[Any], limits: dict[str, int]) -> None:
    """Send what a strategy makes up, with whole numbers that may be as large as the limits of their fields."""
    from hypothesis import HealthCheck, given, settings

    @settings(
        max_examples=25,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def send(case: Any) -> None:
        case.body = tamed(case.body, limits)
        response = case.call()
        if response.status_code == 503:
            return  # it sheds load, and says so
        if response.status_code >= 500:
            assert response.json()["type"] == "urn:problem:error", response.text
        case.validate_response(response, checks=checks)

    send()
