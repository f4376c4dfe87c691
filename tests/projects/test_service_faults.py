"""What an on-call engineer meets: hostile bodies, crowds, vanishing clients, stops, kills, full disks, bad bundles."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from .conftest import Example
from .serving import Service, command, environment, free_port, served, until

BODY = {"text": "where is my parcel", "top_k": 2}


@pytest.fixture(scope="module")
def service(plain: Example, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that every test here may hit; it must survive them all."""
    with served(plain.project, plain.bundle, tmp_path_factory.mktemp("service")) as found:
        yield found
        assert "Traceback" not in found.said.read_text(encoding="utf-8")


# --------------------------------------------------------------------------- what is sent

HOSTILE: dict[str, bytes] = {
    "empty": b"",
    "no JSON": b"text=hello",
    "NaN": b'{"text": NaN}',
    "NaN as a number": b'{"text": "a", "top_k": NaN}',
    "Infinity": b'{"text": "a", "top_k": Infinity}',
    "a wrong type": b'{"text": 1}',
    "a number as text": b'{"text": "a", "top_k": "2"}',
    "a whole float": b'{"text": "a", "top_k": 1.5}',
    "a huge number": b'{"text": "a", "top_k": ' + b"9" * 5000 + b"}",
    "null": b'{"text": null}',
    "a list": b"[]",
    "a number": b"1",
    "missing": b"{}",
    "an extra field": b'{"text": "a", "more": 1}',
    "not UTF-8": b'{"text": "\xff\xfe"}',
    "half a surrogate pair": b'{"text": "\\ud800"}',
    "UTF-16": '{"text": "a"}'.encode("utf-16"),
    "deep lists": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"text":' * 100_000 + b"1" + b"}" * 100_000,
    "deep and extra": b'{"text": "a", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "cut off": b'{"text": "a',
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("route", ["/predict", "/predict/batch"])
def test_what_is_not_an_input_is_refused(service: Service, kind: str, route: str) -> None:
    before = service.counted(route=route, outcome="invalid")
    body = HOSTILE[kind]
    response = service.post(body, route)
    assert response.status_code == 422, response.text
    problem = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert (problem["status"], problem["type"]) == (422, "urn:problem:invalid")
    assert problem["request_id"] == response.headers["x-request-id"]
    assert "Traceback" not in response.text
    assert service.counted(route=route, outcome="invalid") == before + 1


@pytest.mark.parametrize("kind", HOSTILE)
def test_one_bad_input_leaves_its_neighbours_alone(service: Service, kind: str) -> None:
    try:
        bad = json.loads(HOSTILE[kind].decode())
    except (ValueError, RecursionError):
        bad = {"text": ["not", "text"]}
    response = service.post({"inputs": [BODY, bad, BODY]}, "/predict/batch")
    if kind.startswith(("deep", "half a")):
        # such a text is not JSON as a whole, so nobody can say where the neighbours are
        assert response.status_code in (200, 422)
        return
    assert response.status_code == 200, response.text
    first, refused, last = response.json()["predictions"]
    assert first == last
    assert first["label"] == "delivery"
    assert refused["error"]["status"] == 422


def test_what_the_model_fails_on_is_said_without_its_exception(service: Service) -> None:
    response = service.post({"text": "a", "top_k": -1}, headers={"X-Request-ID": "odd-1"})
    assert response.status_code == 500
    assert response.json()["type"] == "urn:problem:error"
    assert "Error" not in response.text
    (line,) = [line for line in service.lines() if line["request_id"] == "odd-1"]
    assert "Traceback" in line["error"]
    assert line["input"] == {"text": "a", "top_k": -1}


def test_a_long_body_is_refused_before_it_is_read(service: Service) -> None:
    body = b'{"text": "' + b"a" * 50_000_000 + b'"}'
    head = f"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    # the rest is never sent: who waits for it waits until the connection is given up
    answer = raw(service, head, body[:100_000])
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"urn:problem:too_large" in answer


def test_a_body_in_chunks_is_refused_at_the_limit(service: Service) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * 100_000

    try:
        response = httpx.post(service.url + "/predict", content=chunks(), timeout=60)
    except httpx.WriteError:
        return  # the answer came before all was sent
    assert response.status_code == 413
    assert response.json()["type"] == "urn:problem:too_large"


def raw(service: Service, *parts: bytes) -> bytes:
    """The first bytes that come back for some bytes."""
    port = int(service.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        for part in parts:
            connection.sendall(part)
        found = b""
        while b"\r\n\r\n" not in found or b"}" not in found:
            more = connection.recv(65536)
            if not more:
                break
            found += more
        return found


def test_clients_that_vanish_leave_no_trace(service: Service) -> None:
    port = int(service.url.rpartition(":")[2])
    body = json.dumps(BODY).encode()
    head = f"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    for sent in (b"", head[:20], head, head + body[:10], head + body):
        for _ in range(10):
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(sent)
    assert service.post(BODY).status_code == 200


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/predict", 405), ("POST", "/no/such/path", 404)])
def test_other_paths_and_methods_are_problems_too(service: Service, method: str, path: str, status: int) -> None:
    response = httpx.request(method, service.url + path, timeout=60)
    assert response.status_code == status
    assert response.json()["status"] == status
    assert (
        path not in httpx.get(service.url + "/metrics", timeout=60).text.replace('route="/predict"', "")
        or path == "/predict"
    )


def test_a_request_id_that_could_break_the_log_is_replaced(service: Service) -> None:
    for given in ("a b", "x" * 300, '{"a"', "é"):
        response = service.post(BODY, headers={"X-Request-ID": given.encode()})
        assert response.headers["x-request-id"] != given
    assert service.post(BODY, headers={"X-Request-ID": "trace-1/a"}).headers["x-request-id"] == "trace-1/a"


# --------------------------------------------------------------------------- how many


def test_five_hundred_requests_leave_five_hundred_lines(plain: Example, tmp_path: Path) -> None:
    with served(plain.project, plain.bundle, tmp_path) as fresh:
        with httpx.Client(base_url=fresh.url, timeout=60) as client, ThreadPoolExecutor(16) as pool:
            codes = list(pool.map(lambda _: client.post("/predict", json=BODY).status_code, range(500)))
        assert codes == [200] * 500
        assert len(fresh.lines()) == 500
        assert fresh.counted() == 500
        assert ended_well(fresh, fresh.stop())


@pytest.mark.parametrize("where", ["inline", "process"])
def test_a_crowd_is_answered_or_told_to_come_again(plain: Example, tmp_path: Path, where: str) -> None:
    bundle = plain.bundle if where == "inline" else measured_as(plain.bundle, tmp_path / "bundle", 50.0)
    with served(plain.project, bundle, tmp_path, MAX_QUEUE="8") as fresh:

        async def crowd() -> list[int]:
            limits = httpx.Limits(max_connections=None)
            async with httpx.AsyncClient(base_url=fresh.url, timeout=60, limits=limits) as client:
                asked = [asyncio.create_task(client.post("/predict", json=BODY)) for _ in range(512)]
                health = await client.get("/health")
                assert health.status_code == 200
                answers = await asyncio.gather(*asked)
            assert all("retry-after" in a.headers for a in answers if a.status_code == 503)
            return [answer.status_code for answer in answers]

        codes = asyncio.run(crowd())
        assert set(codes) <= {200, 503}
        assert 200 in codes
        assert len(fresh.lines()) == 512
        assert fresh.counted(outcome="ok") == codes.count(200)
        assert fresh.counted(outcome="overloaded") == codes.count(503)


def measured_as(bundle: Path, copy: Path, milliseconds: float) -> Path:
    """A copy of a bundle whose manifest says that its model is expensive."""
    shutil.copytree(bundle, copy)
    manifest = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    manifest["predict_ms"] = milliseconds
    (copy / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return copy


# --------------------------------------------------------------------------- stops and kills


def ended_well(service: Service, status: int) -> bool:
    """Whether a server shut down in order; uvicorn hands the signal on once it has."""
    return status in (0, -signal.SIGTERM) and "shutdown complete" in service.said.read_text(encoding="utf-8")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_what_was_answered_is_logged_however_it_ends(plain: Example, tmp_path: Path, how: signal.Signals) -> None:
    with served(plain.project, plain.bundle, tmp_path) as fresh:
        answered: list[str] = []
        broken: list[str] = []

        def ask(client: int) -> None:
            with httpx.Client(base_url=fresh.url, timeout=60) as session:
                for number in range(10_000):
                    identity = f"{client}-{number}"
                    try:
                        response = session.post("/predict", json=BODY, headers={"X-Request-ID": identity})
                    except httpx.ConnectError:
                        return  # it no longer takes requests
                    except httpx.TransportError:
                        broken.append(identity)
                        return
                    assert response.status_code == 200
                    answered.append(identity)

        clients = [threading.Thread(target=ask, args=(client,)) for client in range(8)]
        for client in clients:
            client.start()
        while len(answered) < 100:
            time.sleep(0.01)
        status = fresh.stop(how)
        for client in clients:
            client.join()
        logged = [line["request_id"] for line in fresh.lines()]
        assert set(answered) <= set(logged)
        assert len(logged) == len(set(logged))
        if how is signal.SIGTERM:
            assert ended_well(fresh, status)
            # whatever it logged, it answered: those that broke off were on connections it had closed by then
            assert set(logged) == set(answered)


def test_it_waits_for_no_idle_client_and_says_that_it_stops(plain: Example, tmp_path: Path) -> None:
    patient = {"UVICORN_TIMEOUT_KEEP_ALIVE": "3600"}
    with (
        served(plain.project, plain.bundle, tmp_path / "a", **patient) as fresh,
        httpx.Client(base_url=fresh.url, timeout=60) as idle,
    ):
        assert idle.get("/health").status_code == 200
        assert ended_well(fresh, fresh.stop())
    with served(plain.project, plain.bundle, tmp_path / "b", DRAIN_S="6") as fresh:
        fresh.process.send_signal(signal.SIGTERM)
        until(lambda: httpx.get(fresh.url + "/ready", timeout=60).status_code == 503)
        seen = httpx.get(fresh.url + "/ready", timeout=60)
        assert seen.json()["reasons"] == ["the process is stopping"]
        assert fresh.post(BODY).status_code == 200
        assert ended_well(fresh, fresh.process.wait(timeout=60))


def test_a_predict_that_exits_does_not_end_the_server(plain: Example, tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(plain.project, project)
    definitions = project / "definitions.py"
    text = definitions.read_text(encoding="utf-8")
    definitions.write_text(
        text.replace("    if top_k < 1:\n", "    if not text:\n        raise SystemExit(3)\n    if top_k < 1:\n")
    )
    with served(project, plain.bundle, tmp_path / "run") as fresh:
        assert fresh.post({"text": ""}).json()["type"] == "urn:problem:error"
        assert fresh.post(BODY).status_code == 200


# --------------------------------------------------------------------------- the log


def test_a_full_disk_refuses_predictions_and_leaves_whole_lines(plain: Example, tmp_path: Path) -> None:
    with served(plain.project, plain.bundle, tmp_path, limit=3_000) as fresh:
        codes = [fresh.post(BODY).status_code for _ in range(20)]
        assert set(codes) == {200, 503}
        assert len(fresh.lines()) == codes.count(200)
        problem = fresh.post(BODY).json()
        assert problem["title"] == "The prediction cannot be logged"
        ready = httpx.get(fresh.url + "/ready", timeout=60)
        assert ready.status_code == 503
        assert "cannot be written" in ready.json()["reasons"][0]
        # room again: it comes back by itself
        (fresh.logs / "predictions.jsonl").write_bytes(b"")
        assert httpx.get(fresh.url + "/ready", timeout=60).status_code == 200
        assert fresh.post(BODY).status_code == 200
        assert len(fresh.lines()) == 1


def test_a_full_disk_may_be_put_up_with(plain: Example, tmp_path: Path) -> None:
    with served(plain.project, plain.bundle, tmp_path, limit=3_000, LOG_STRICT="0") as fresh:
        assert [fresh.post(BODY).status_code for _ in range(20)] == [200] * 20
        assert 0 < len(fresh.lines()) < 20


def test_old_log_files_are_put_aside_and_then_removed(plain: Example, tmp_path: Path) -> None:
    settings = {"LOG_FILE_BYTES": "2000", "LOG_FILES": "3", "LOG_REDACT": "text, confidence"}
    with served(plain.project, plain.bundle, tmp_path, **settings) as fresh:
        for _ in range(40):
            assert fresh.post(BODY).status_code == 200
        names = sorted(path.name for path in fresh.logs.iterdir())
        assert names == ["predictions.jsonl", "predictions.jsonl.1", "predictions.jsonl.2"]
        assert all(path.stat().st_size <= 2000 for path in fresh.logs.iterdir())
        fresh.post({"text": "private", "top_k": -1})
        failed = fresh.lines()[-1]
        assert failed["outcome"] == "error"
        assert "definitions.py" in failed["error"]
        assert "private" not in json.dumps(failed)
        assert fresh.post(BODY).status_code == 200
        line = fresh.lines()[-1]
        assert line["input"] == {"text": "[redacted]", "top_k": 2}
        assert {best["confidence"] for best in line["output"]["top"]} == {"[redacted]"}


# --------------------------------------------------------------------------- starts


def test_a_start_that_cannot_be_right_is_refused(plain: Example, tmp_path: Path) -> None:
    tampered = tmp_path / "tampered"
    shutil.copytree(plain.bundle, tampered)
    with (tampered / "values.json").open("r+b") as values:
        values.seek(-4, 2)
        values.write(b"\0\0\0\1")
    file = tmp_path / "file"
    file.write_text("a file, no folder")
    cases: list[tuple[dict[str, Any], str]] = [
        (environment(tampered, tmp_path / "logs"), "is missing or was changed"),
        (environment(tmp_path / "nothing", tmp_path / "logs"), "holds no bundle"),
        (environment(plain.bundle, file), "cannot be written"),
        (environment(plain.bundle, "logs", MAX_QUEUE="none"), "max_queue"),
    ]
    for variables, reason in cases:
        done = subprocess.run(
            command(free_port()), cwd=plain.project, env=variables, capture_output=True, text=True, check=False
        )
        assert done.returncode != 0
        assert reason in done.stderr
