"""What a request may cost: sizes, nesting, memory, cancelled requests, and words for each."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import httpx
import psutil
import pytest
from conftest import SOUND
from fuzzing import seeds
from lab.jupyter import TOKEN, Jupyter, running
from lab.test_server import as_content, request
from lab.test_tasks import mutated, requests
from lab.test_worker import large
from projects.serving import until

HEADERS = {"Authorization": f"token {TOKEN}"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    with running(tmp_path_factory.mktemp("limits")) as found:
        for name in ("some", "slow"):
            (found.root / f"{name}.ipynb").write_text(json.dumps(as_content(SOUND)), encoding="utf-8")
        yield found


def processes(server: Jupyter) -> tuple[psutil.Process, list[psutil.Process]]:
    """The server's process, and its workers."""
    port = f"--ServerApp.port={server.url.rpartition(':')[2]}"
    for process in psutil.process_iter(["cmdline"]):
        if port in (process.info["cmdline"] or ()):
            children = process.children()
            return process, [child for child in children if "nbexport.lab.worker" in child.cmdline()]
    raise AssertionError(port)


def test_20_000_cells_are_told_to_be_too_many_and_the_server_stays_small(server: Jupyter) -> None:
    assert server.api("check", request()).status_code == 200
    cell = as_content("# %%\nprint(1)\n")["cells"][0]
    cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["1\n" * 400]}]
    content = {**as_content(SOUND), "cells": [{**cell, "id": f"c{number}"} for number in range(20_000)]}
    body = json.dumps(request(content=content)).encode()
    assert len(body) > 20_000_000
    for _ in range(3):
        answer = httpx.post(f"{server.url}/nbexport/api/check", content=body, headers=HEADERS, timeout=60)
        assert "20,000 cells is too large to check while you type" in answer.json()["unread"]
    process, workers = processes(server)
    assert process.memory_info().rss < 500_000_000
    assert all(worker.memory_info().rss < 500_000_000 for worker in workers)


def test_a_body_that_is_too_large_is_refused(server: Jupyter) -> None:
    body = b'{"path": "some.ipynb", "content": {"a": "' + b"x" * 50_000_001 + b'"}}'
    told = httpx.post(f"{server.url}/nbexport/api/check", content=body, headers=HEADERS, timeout=60).json()
    assert "50 MB, outputs included, is too large to check while you type" in told["unread"]
    for route in ("tag", "fix", "plan"):
        answer = httpx.post(f"{server.url}/nbexport/api/{route}", content=body, headers=HEADERS, timeout=60)
        assert (answer.status_code, answer.json()["fix"]) == (413, "clear its outputs")
    process, _ = processes(server)
    assert process.memory_info().rss < 500_000_000


@pytest.mark.parametrize("route", ["check", "tag", "fix", "insert", "options", "parameter", "plan"])
@pytest.mark.parametrize("body", ["[" * 100_000, '{"path": "some.ipynb", "content": ' + '{"a":' * 100_000])
def test_a_body_that_nests_too_deeply_is_refused(server: Jupyter, route: str, body: str) -> None:
    answer = httpx.post(f"{server.url}/nbexport/api/{route}", content=body, headers=HEADERS, timeout=60)
    assert answer.status_code == 400
    assert answer.json()["message"]


def worked_s(worker: psutil.Process) -> float:
    """The time that a process has had on a processor, which nothing beside it makes longer."""
    times = worker.cpu_times()
    return float(times.user + times.system)


def test_requests_that_were_given_up_do_not_hold_up_the_next_one(server: Jupyter) -> None:
    slow = request(path="slow.ipynb", content=large())
    # the first one imports what it needs
    assert server.api("check", {**slow, "path": "some.ipynb"}).status_code == 200
    _, (before,) = processes(server)
    began = worked_s(before)
    assert server.api("check", slow).status_code == 200
    whole = worked_s(before) - began
    began = worked_s(before)
    impatient = httpx.Timeout(60, read=whole / 20)
    for route in ("check", "tag", "check", "options", "check", "tag"):
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{server.url}/nbexport/api/{route}", json=slow, headers=HEADERS, timeout=impatient)
    assert server.api("check", request()).json()["findings"] == []
    _, (after,) = processes(server)
    assert before.pid == after.pid
    # had the first one gone on, it alone would have taken as long as the whole one
    assert worked_s(after) - began < 0.75 * whole


def test_a_worker_that_was_killed_comes_again_and_the_browser_sends_the_notebook_whole(server: Jupyter) -> None:
    content = as_content(SOUND)
    revision = server.api("check", request(content=content)).json()["revision"]
    delta = {"of": revision, "order": [cell["id"] for cell in content["cells"]], "changed": [], "metadata": {}}
    body = {"path": "some.ipynb", "ignore": [], "delta": delta}
    assert server.api("check", body).json()["findings"] == []
    _, (worker,) = processes(server)
    worker.kill()
    worker.wait(timeout=60)
    answer = server.api("check", body)
    assert (answer.status_code, answer.json()["message"]) == (410, "unknown revision")
    assert server.api("check", request(content=content)).json()["revision"]


def test_the_worker_ends_with_the_server(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running(tmp_path_factory.mktemp("ending")) as found:
        (found.root / "some.ipynb").write_text(json.dumps(as_content(SOUND)), encoding="utf-8")
        assert processes(found)[1] == []
        assert found.api("check", request()).status_code == 200
        _, (worker,) = processes(found)
    until(lambda: not worker.is_running())


HTML = "<img src=x onerror=alert(1)>"


@pytest.mark.parametrize(
    "change",
    [
        {"path": f"{HTML}.ipynb"},
        {"path": f"/{HTML}"},
        {"content": {"nbformat": HTML}},
        {"ignore": HTML},
        {"content": as_content(SOUND.replace("rows", "rows_").replace("sum(rows_)", f"sum(lost)  # {HTML}"))},
    ],
)
def test_markup_comes_back_as_json_alone(server: Jupyter, change: dict[str, Any]) -> None:
    for route in ("check", "tag", "fix", "insert", "options", "parameter", "plan"):
        answer = server.api(route, request(**change))
        assert answer.headers["content-type"].startswith("application/json")
        assert answer.headers["x-content-type-options"] == "nosniff"
        answer.json()


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", seeds(40))
def test_no_malformed_request_is_an_error_of_the_server(server: Jupyter, seed: int) -> None:
    draw = random.Random(seed)
    task, body = requests(draw)
    if draw.random() < 0.3:
        task, body = "plan", {**body, "level": 1, "output": "made", "content": as_content(SOUND)}
    for _ in range(draw.randint(1, 3)):
        body = mutated(body, draw)
    address = f"{server.url}/nbexport/api/{task}"
    answer = httpx.post(address, content=json.dumps(body).encode(), headers=HEADERS, timeout=60)
    assert answer.status_code in (200, 400, 403, 404, 410, 422), answer.text
    if answer.status_code != 200:
        assert sorted(answer.json()) == ["fix", "message", "why"]
        assert answer.json()["message"]
        assert str(server.root) not in answer.text


@pytest.mark.parametrize(
    "path", ["\ud800.ipynb", "x" * 5000 + ".ipynb", "a/" * 3000 + "b.ipynb", "%2e%2e/a.ipynb", "a\nb.ipynb"]
)
def test_odd_paths_are_refused_in_words(server: Jupyter, path: str) -> None:
    for route in ("check", "plan"):
        body = json.dumps(request(path=path)).encode()
        answer = httpx.post(f"{server.url}/nbexport/api/{route}", content=body, headers=HEADERS, timeout=60)
        assert answer.status_code in (403, 404), answer.text
        assert answer.json()["message"]
