"""A service that somebody wrote with FastAPI, in a process of its own, asked what the notebook answers."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from projects.serving import free_port
from verify.against.other_code import Reusing, work

from nbexport.errors import NbexportError
from nbexport.verify.against import predictions, services
from nbexport.verify.against.services import OtherService
from nbexport.verify.against.sides import NotebookSide
from nbexport.verify.limits import LimitError, Limits
from nbexport.verify.stopping import Stop

APP = """\
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

import scoring

app = FastAPI()


class Customer(BaseModel):
    age: float
    income: float
    kids: float = 0


class Other(BaseModel):
    tenure: int


@app.post("/v1/score")
def score(customer: Customer) -> dict:
    y = float(scoring.score(customer.kids, customer.income, customer.age))
    return {"prediction": y, "model": "v3"}


@app.post("/v1/score/batch")
def many(customers: list[Customer]) -> list[dict]:
    return [score(customer) for customer in customers]


@app.post("/v1/unscaled")
async def unscaled(row: dict) -> float:
    return float(scoring.unscaled(**row))


@app.post("/v1/two")
async def two(row: dict) -> dict:
    return {"y": float(scoring.score(**row)), "latency_ms": 3.5}


@app.post("/v1/other")
async def other(row: Other) -> int:
    return 1


@app.post("/v1/text")
async def text(row: dict) -> str:
    raise HTTPException(503, "the model is not loaded")
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The service's address, as long as the tests run."""
    from verify.against.other_code import SCORING

    folder = tmp_path_factory.mktemp("service")
    (folder / "scoring.py").write_text(SCORING, encoding="utf-8")
    (folder / "app.py").write_text(APP, encoding="utf-8")
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "app:app", "--port", str(port), "--log-level", "error"]
    with subprocess.Popen(command, cwd=folder) as process:
        try:
            until = time.monotonic() + 120
            while True:
                try:
                    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
                        f"http://127.0.0.1:{port}/openapi.json", timeout=60
                    ).close()
                    break
                except urllib.error.URLError:
                    assert process.poll() is None
                    assert time.monotonic() < until
                    time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def asked(folder: Path, side: NotebookSide, address: str, **wish: Any) -> Reusing:
    """A comparison with a service."""
    return work(folder, side, address, **wish)


def test_the_route_is_found_in_its_own_description_and_the_answer_in_its_only_number(
    folder: Path, side: NotebookSide, address: str
) -> None:
    verdict = predictions.compare(asked(folder, side, address))
    assert verdict.equal
    assert verdict.predictions == 22
    assert verdict.notes == (
        "asked by POST /v1/score with one JSON object per request, as its OpenAPI document says",
        "its answer is what it has in `prediction`, the only such thing in it",
    )


def test_a_route_for_many_is_sent_lists(folder: Path, side: NotebookSide, address: str) -> None:
    verdict = predictions.compare(asked(folder, side, f"{address}/v1/score/batch"))
    assert verdict.equal
    assert "a list of one JSON object" in verdict.notes[0]
    assert "`0.prediction`" in verdict.notes[1]


def test_a_wrong_service_is_different_with_its_cause(folder: Path, side: NotebookSide, address: str) -> None:
    verdict = predictions.compare(asked(folder, side, f"{address}/v1/unscaled"))
    assert verdict.differing == 22
    assert "does not apply `scaler`" in verdict.causes[0]


def test_which_number_is_the_answer_has_to_be_said(folder: Path, side: NotebookSide, address: str) -> None:
    with pytest.raises(NbexportError, match="cannot be told") as error:
        predictions.compare(asked(folder, side, f"{address}/v1/two"))
    assert error.value.fix == "say it: --answer-field y"
    (folder / "scratch").rename(folder / "used")
    assert predictions.compare(asked(folder, side, f"{address}/v1/two", answer_fields=("y",))).equal


@pytest.mark.parametrize(
    ("path", "why", "fix"),
    [
        ("/predict", "status 404", "/v1/score"),
        ("/v1/other", "status 422", "/v1/score"),
        ("/v1/text", 'status 503: {"detail":"the model is not loaded"}', "/v1/score"),
    ],
)
def test_a_service_that_answers_nothing_is_an_error(
    folder: Path, side: NotebookSide, address: str, path: str, why: str, fix: str
) -> None:
    with pytest.raises(NbexportError, match="answers no request") as error:
        predictions.compare(asked(folder, side, f"{address}{path}"))
    assert why in error.value.why
    assert fix in error.value.fix


def service(address: str, limits: Limits) -> OtherService:
    """A service to ask by hand."""
    return OtherService(address, progress=lambda step: None, stop=Stop(), limits=limits)


def test_an_address_at_which_nobody_listens_is_named() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}/predict"
        with pytest.raises(NbexportError, match="cannot be reached") as error:
            service(nobody, Limits()).reach()
    assert "refused" in error.value.why


@pytest.mark.parametrize(
    ("limit_s", "why"), [(1, "takes longer than 1 s for all its answers"), (0, "gives no answer within 1 s")]
)
@pytest.mark.parametrize("drips", [False, True])
def test_a_service_that_does_not_answer_is_given_up_in_time(
    drips: bool, limit_s: int, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "ANSWER_S", 60.0 if limit_s else 1.0)
    done = threading.Event()

    def serve(listener: socket.socket) -> None:
        taken, _ = listener.accept()
        with taken:
            if drips:
                taken.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while not done.wait(0.1):
                if drips:
                    try:
                        taken.sendall(b" ")
                    except OSError:
                        return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        begun = time.monotonic()
        with pytest.raises(LimitError if limit_s else NbexportError, match=why):
            service(f"http://127.0.0.1:{listener.getsockname()[1]}/predict", Limits(time_s=limit_s)).reach()
        assert time.monotonic() - begun < 30
        done.set()
        thread.join()
