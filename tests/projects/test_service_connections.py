"""Connections to a real server: slow, silent, endless and idle clients, and a stop under load that loses nothing."""

from __future__ import annotations

import asyncio
import json
import select
import signal
import socket
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from .conftest import Example
from .serving import Service, served, until

BODY = {"text": "where is my parcel", "top_k": 2}
CONTENT = json.dumps(BODY).encode()
HEAD = b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(CONTENT)
TIMEOUT_S = 1.0
IDLE_S = 3


@pytest.fixture(scope="module")
def service(plain: Example, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that gives a request one second to arrive, and an idle connection three."""
    settings = {"REQUEST_TIMEOUT_S": str(TIMEOUT_S), "UVICORN_TIMEOUT_KEEP_ALIVE": str(IDLE_S)}
    folder = tmp_path_factory.mktemp("connections")
    with served(plain.project, plain.bundle, folder, **settings) as found:
        yield found
        assert "Traceback" not in found.said.read_text(encoding="utf-8")


def connected(service: Service) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(service.url.rpartition(":")[2])), timeout=60)


def drip(connection: socket.socket, content: bytes) -> bytes:
    """What comes back until the connection ends, while a byte is sent every tenth of a second."""
    answer = b""
    # many times as long as a request may take
    for place in range(200):
        try:
            connection.sendall(content[place : place + 1])
            while select.select([connection], [], [], 0.1)[0]:
                more = connection.recv(65536)
                if not more:
                    return answer
                answer += more
        except ConnectionError:
            return answer
    raise AssertionError(f"the connection is still open: {answer!r}")


def cut(service: Service, reason: str) -> float:
    """How many connections were cut for a reason."""
    wanted = f'connections_cut_total{{reason="{reason}"}} '
    lines = httpx.get(service.url + "/metrics", timeout=60).text.splitlines()
    return sum(float(line.removeprefix(wanted)) for line in lines if line.startswith(wanted))


SLOW = {
    "nothing at all": (b"", b"", "idle", b""),
    "a head": (b"", HEAD * 9, "slow_head", b"HTTP/1.1 408 "),
    "empty lines": (b"", b"\r\n" * 500, "slow_head", b"HTTP/1.1 408 "),
    "a body": (HEAD, CONTENT * 9, "slow_body", b"HTTP/1.1 408 "),
    "a body for nobody": (HEAD.replace(b"/predict", b"/nothing"), CONTENT * 9, "slow_body", b"HTTP/1.1 404 "),
    "the rest of a long body": (
        HEAD.replace(b": %d" % len(CONTENT), b": 9999999"),
        CONTENT * 9,
        "slow_body",
        b"HTTP/1.1 413 ",
    ),
    "a second request": (HEAD + CONTENT, HEAD * 9, "slow_head", b"HTTP/1.1 200 "),
}


@pytest.mark.parametrize("kind", SLOW)
def test_a_client_that_sends_a_byte_now_and_then_is_cut_in_time(service: Service, kind: str) -> None:
    at_once, slowly, reason, expected = SLOW[kind]
    before = cut(service, reason)
    began = time.monotonic()
    with connected(service) as connection:
        connection.sendall(at_once)
        answer = drip(connection, slowly)
    assert answer.startswith(expected) if expected else answer == b""
    assert time.monotonic() - began > TIMEOUT_S * 0.8
    assert cut(service, reason) == before + 1


def test_a_slow_body_is_a_problem_with_a_line_in_the_log(service: Service) -> None:
    with connected(service) as connection:
        connection.sendall(HEAD.replace(b"Host", b"X-Request-ID: slow-1\r\nHost"))
        answer = drip(connection, CONTENT * 9)
    assert b"urn:problem:too_slow" in answer
    assert b"connection: close" in answer.lower()
    (line,) = [line for line in service.lines() if line["request_id"] == "slow-1"]
    assert line["outcome"] == "too_slow"
    assert service.counted(route="/predict", outcome="too_slow") >= 1


def test_a_head_without_end_is_refused(service: Service) -> None:
    before = cut(service, "long_head")
    with connected(service) as connection:
        # less than what the socket takes at once, so that the answer is not lost to a reset
        connection.sendall(b"GET /health HTTP/1.1\r\n" + b"X-A: " + b"a" * 70_000)
        assert connection.recv(65536).startswith(b"HTTP/1.1 431 ")
        assert connection.recv(65536) == b""
    assert cut(service, "long_head") == before + 1
    assert httpx.get(service.url + "/health", headers={"X-A": "a" * 50_000}, timeout=60).status_code == 200


def test_a_client_that_does_not_take_its_answers_is_cut(service: Service) -> None:
    before = cut(service, "slow_reader")
    with socket.socket() as connection:
        # before it connects: what was promised already is dropped where it no longer fits, and all stands still
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", int(service.url.rpartition(":")[2])))
        connection.setblocking(False)
        ask = b"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n"
        waiting = b""

        def is_cut() -> bool:
            nonlocal waiting
            try:
                # as many requests as the server takes; no answer is ever read
                waiting = waiting or ask * 100
                waiting = waiting[connection.send(waiting) :]
            except BlockingIOError:
                pass
            except ConnectionError:
                return True
            return cut(service, "slow_reader") > before

        until(is_cut)
    assert cut(service, "slow_reader") == before + 1


def test_an_idle_connection_is_closed_and_a_busy_one_is_not(service: Service) -> None:
    with connected(service) as connection:
        began = time.monotonic()
        while time.monotonic() - began < IDLE_S + 1:
            asked = time.monotonic()
            connection.sendall(HEAD + CONTENT)
            answer = b""
            while not answer.endswith(b"}"):
                more = connection.recv(65536)
                assert more, "the connection is closed"
                answer += more
            assert answer.startswith(b"HTTP/1.1 200 ")
            # a pause that is much shorter than the bound
            assert not select.select([connection], [], [], 0.2)[0]
        assert connection.recv(65536) == b""
        assert time.monotonic() - asked > IDLE_S * 0.8


# --------------------------------------------------------------------------- a stop under load


async def client(port: int, number: int, *, keeps: bool, seen: Counter[str], answered: list[str]) -> None:
    """Requests one after the other until the server takes no more; what becomes of each."""
    reader, writer = None, None
    for count in range(100_000):
        if writer is None or reader is None:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                seen["not taken"] += 1
                return
        identity = f"{number}-{count}"
        try:
            writer.write(HEAD.replace(b"Host", b"X-Request-ID: %s\r\nHost" % identity.encode()) + CONTENT)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split()[0])
            await reader.readexactly(length)
        except (OSError, asyncio.IncompleteReadError) as error:
            seen[f"lost: {type(error).__name__}"] += 1
            return
        seen[head.split()[1].decode()] += 1
        answered.append(identity)
        if not keeps or b"connection: close" in head.lower():
            writer.close()
            writer = None


@pytest.mark.parametrize("drain_s", ["", "0"])
def test_a_stop_under_load_loses_nothing(plain: Example, tmp_path: Path, drain_s: str) -> None:
    """Half of the clients keep their connections, the others open one for each request."""
    settings = {"DRAIN_S": drain_s} if drain_s else {}
    seen: Counter[str] = Counter()
    answered: list[str] = []
    with served(plain.project, plain.bundle, tmp_path, **settings) as fresh:
        port = int(fresh.url.rpartition(":")[2])

        async def load() -> None:
            clients = [
                asyncio.create_task(client(port, number, keeps=number % 2 == 0, seen=seen, answered=answered))
                for number in range(32)
            ]
            while len(answered) < 200:
                await asyncio.sleep(0.01)
            fresh.process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(asyncio.gather(*clients), 60)

        asyncio.run(load())
        assert fresh.process.wait(timeout=60) in (0, -signal.SIGTERM)
        assert set(seen) == {"200", "not taken"}, seen
        assert seen["not taken"] == 32
        assert sorted(line["request_id"] for line in fresh.lines()) == sorted(answered)
        assert "shutdown complete" in fresh.said.read_text(encoding="utf-8")


def test_ctrl_c_and_a_second_signal_do_not_wait(plain: Example, tmp_path: Path) -> None:
    for number, signals in enumerate([[signal.SIGINT], [signal.SIGTERM, signal.SIGTERM]]):
        with served(plain.project, plain.bundle, tmp_path / str(number), DRAIN_S="600") as fresh:
            fresh.process.send_signal(signals[0])
            for other in signals[1:]:
                until(lambda: httpx.get(fresh.url + "/ready", timeout=60).status_code == 503)
                fresh.process.send_signal(other)
            fresh.process.wait(timeout=60)
