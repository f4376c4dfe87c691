"""The process of a model hangs, ends, grows or never loads: what its clients get, and that the others notice nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from nbexport_runtime.bundle import BundleError
from nbexport_runtime.service import process, supervised
from nbexport_runtime.service.frames import Order, framed
from nbexport_runtime.traffic import placements
from runtime.service.conftest import until

EXPENSIVE = {"version": "v1", "predict_ms": 50.0}


def hosts() -> list[psutil.Process]:
    """The processes of models that this one has started."""
    return [child for child in psutil.Process().children() if "nbexport_runtime.service.host" in child.cmdline()]


async def restarts(client: httpx.AsyncClient, arm: str, reason: str) -> float:
    """How often a process of an arm had to be replaced."""
    label = f'model_restarts_total{{arm="{arm}",reason="{reason}"}} '
    lines = (await client.get("/metrics")).text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(label))


async def asked(client: httpx.AsyncClient, n: float, key: str = "") -> httpx.Response:
    return await client.post("/predict", json={"n": n}, headers={"X-Rollout-Key": key})


# --------------------------------------------------------------------------- production


def test_an_expensive_model_answers_in_a_process_of_its_own_and_sheds_load(
    bench: Any, model_folder: Any, tmp_path: Path
) -> None:
    gate = tmp_path / "go"
    model_folder("model", **EXPENSIVE, fault="wait", faulty_from=10, gate=str(gate))
    ours = bench(max_queue=2).routes()

    async def story(client: httpx.AsyncClient) -> list[int]:
        tasks = [asyncio.create_task(asked(client, 20 + number)) for number in range(5)]
        await until(lambda: sum(task.done() for task in tasks) == 3)
        # it answers others while the model works
        assert (await client.get("/health")).status_code == 200
        gate.touch()
        found = await asyncio.gather(*tasks)
        assert {answer.headers.get("retry-after") for answer in found if answer.status_code == 503} == {"1"}
        good = [answer.json()["result"] for answer in found if answer.status_code == 200]
        assert good == [40.0, 42.0]
        return sorted(answer.status_code for answer in found)

    assert ours.run(story) == [200, 200, 503, 503, 503]
    assert sorted(line["outcome"] for line in ours.lines()) == ["ok", "ok", "overloaded", "overloaded", "overloaded"]
    assert not hosts()


def test_what_waits_gets_the_answer_to_its_own_input(bench: Any, model_folder: Any) -> None:
    model_folder("model", **EXPENSIVE)
    ours = bench(max_queue=500).routes()

    async def story(client: httpx.AsyncClient) -> list[Any]:
        found = await asyncio.gather(*(asked(client, number) for number in range(200)))
        batch = {"inputs": [{"n": 1}, {"n": "x"}, {"n": -1}, {"n": 4}]}
        rows = (await client.post("/predict/batch", json=batch)).json()["predictions"]
        return [*(answer.json()["result"] for answer in found), [row.get("result") for row in rows]]

    assert ours.run(story) == [*(2.0 * number for number in range(200)), [2.0, None, None, 8.0]]


def test_the_model_s_own_exception_is_a_500_with_its_traceback_in_the_log(bench: Any, model_folder: Any) -> None:
    model_folder("model", **EXPENSIVE)
    ours = bench().routes()
    answer = ours.post({"n": -1})
    assert (answer.status_code, answer.json()["type"]) == (500, "urn:problem:error")
    assert "a secret of the model" not in answer.text
    (line,) = ours.lines()
    assert "ValueError: a secret of the model" in line["error"]
    assert line["outcome"] == "error"


@pytest.mark.parametrize(("fault", "reason"), [("exit", "exit"), ("hang", "hang"), ("leak", "memory")])
def test_a_process_that_no_longer_works_is_replaced(
    bench: Any,
    model_folder: Any,
    fault: str,
    reason: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model_folder("model", **EXPENSIVE, fault=fault, faulty_from=1000)
    # what takes its memory is silent meanwhile
    ours = bench(deadline_s=1.5 if fault == "hang" else 30, model_memory_bytes=300_000_000).routes()
    pause, go_on = supervised.Supervised._pause, asyncio.Event()

    async def paused(self: supervised.Supervised) -> None:
        await go_on.wait()
        await pause(self)

    monkeypatch.setattr(supervised.Supervised, "_pause", paused)

    async def story(client: httpx.AsyncClient) -> None:
        assert (await asked(client, 1)).json()["result"] == 2.0
        before = await restarts(client, "production", reason)
        poison = asyncio.create_task(asked(client, 1000))

        async def replaced() -> bool:
            return await restarts(client, "production", reason) == before + 1

        await until(replaced)
        # what leaks may still answer
        assert (await poison).status_code in ((200, 503) if fault == "leak" else (503,))
        ready = await client.get("/ready")
        assert (ready.status_code, ready.json()["reasons"]) == (503, ["the process of the model is being started"])
        down = await asked(client, 1)
        assert (down.status_code, down.json()["type"]) == (503, "urn:problem:down")
        go_on.set()

        async def answers() -> bool:
            return (await asked(client, 1)).status_code == 200

        await until(answers)
        assert (await client.get("/ready")).status_code == 200

    ours.run(story)
    assert "it is started again in 1 s" in caplog.text
    assert not hosts()


def test_a_load_that_takes_too_long_is_given_up(bench: Any, model_folder: Any) -> None:
    model_folder("model", **EXPENSIVE, fault="slow to load")
    with pytest.raises(BundleError, match=r"not loaded within 1\.5 s \(LOAD_TIMEOUT_S\)"):
        bench(load_timeout_s=1.5).routes().post({"n": 1})
    assert not hosts()


def test_a_service_that_ends_when_a_model_is_just_loaded_does_not_wait_for_ever(
    model_folder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a process that never says anything: the test says it, in the turn of the event loop that cancels the start
    words = [sys.executable, "-c", "import time; time.sleep(60)"]
    monkeypatch.setattr(
        process,
        "started",
        lambda there, _: subprocess.Popen(words, pass_fds=[there.fileno()], start_new_session=True),
    )
    loader = ("runtime.service.bench_model", "load_model")
    order = Order(model_folder("model", **EXPENSIVE), "", "", loader, ("n", "day", "copy"), 1, 1, background=True)

    async def story() -> int:
        model = process.ModelProcess(order)
        starting = asyncio.create_task(model.start(60))
        await until(lambda: model._transport is not None)
        model.data_received(framed(b'{"manifest":{},"wrong":[]}'))
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
        return model.pid

    assert not psutil.pid_exists(asyncio.run(story()))


def test_an_answer_that_takes_too_long(bench: Any, model_folder: Any, tmp_path: Path) -> None:
    gate = tmp_path / "go"
    model_folder("model", **EXPENSIVE, fault="wait", faulty_from=10, gate=str(gate))
    ours = bench(deadline_s=0.5).routes()

    async def story(client: httpx.AsyncClient) -> httpx.Response:
        answer = await asked(client, 10)
        gate.touch()
        return answer

    answer = ours.run(story)
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:problem:timeout")
    assert [line["outcome"] for line in ours.lines()] == ["timeout"]


def test_it_works_in_a_thread_as_under_a_test_client(bench: Any, model_folder: Any) -> None:
    model_folder("model", **EXPENSIVE)
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(bench().routes().post, {"n": 3}).result()
    assert answer.json()["result"] == 6.0
    assert not hosts()


ORPHAN = """
import asyncio, sys
from pathlib import Path
from nbexport_runtime.service.frames import Order
from nbexport_runtime.service.process import ModelProcess

async def main():
    order = Order(Path(sys.argv[1]), "", "", ("runtime.service.bench_model", "load_model"), ("n", "day", "copy"), 1, 1, False)
    process = ModelProcess(order)
    await process.start(60)
    if sys.argv[2] == "busy":
        process.submit([{"n": 1.0}], 60)
        await asyncio.sleep(0.2)
    print(process.pid, flush=True)
    await asyncio.sleep(3600)

asyncio.run(main())
"""


@pytest.mark.parametrize("doing", ["idle", "busy"])
def test_a_killed_service_leaves_no_process(model_folder: Any, doing: str) -> None:
    folder = model_folder("model", **EXPENSIVE, fault="spin", faulty_from=0)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    words = [sys.executable, "-c", ORPHAN, str(folder), doing]
    with subprocess.Popen(words, stdout=subprocess.PIPE, env=environment) as service:
        assert service.stdout is not None
        host = psutil.Process(int(service.stdout.readline()))
        assert host.is_running()
        service.send_signal(signal.SIGKILL)
    end = time.monotonic() + 60
    while host.is_running() and host.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < end, "the process of the model outlived the service"
        time.sleep(0.02)


# --------------------------------------------------------------------------- candidates


@pytest.fixture
def rollout(bench: Any, model_folder: Any) -> Any:
    """v1 is production; v2, which gets half of the ids, breaks at 100 in some way."""

    def served(fault: str, *, load: bool = True, **settings: Any) -> Any:
        model_folder("versions/v0", version="v0", factor=1.0)
        model_folder("versions/v1", version="v1", factor=2.0)
        model_folder("versions/v2", version="v2", factor=3.0, fault=fault, faulty_from=100)
        ours = bench(model_dir=None, **settings).routes()
        ours.place("v0")
        ours.place("v1")
        ours.roll_out("v2", 50)
        return ours

    return served


async def serving(client: httpx.AsyncClient) -> bool:
    return bool((await client.get("/health")).json().get("rollout", {}).get("state") == "serving")


@pytest.mark.parametrize("fault", ["exit", "hang", "raise", "leak", "spin", "slow to load", "unreadable"])
def test_no_request_fails_and_a_rollback_is_followed_whatever_a_candidate_does(
    rollout: Any, fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault == "leak":
        # what takes memory is silent meanwhile
        monkeypatch.setattr(supervised, "STALL_S", 60.0)
    ours = rollout(fault, deadline_s=60)
    if fault == "unreadable":
        (tmp_path / "versions/v2/manifest.json").write_text("{", encoding="utf-8")

    async def story(client: httpx.AsyncClient) -> list[httpx.Response]:
        if fault not in ("slow to load", "unreadable"):
            await until(lambda: serving(client))
        # half of them are meant for the candidate, and all of those break it
        found = await asyncio.gather(*(asked(client, 100 + number, f"user-{number}") for number in range(40)))
        began = time.monotonic()
        ours.place("v0", placements.ROLLED_BACK)

        async def followed() -> bool:
            return str((await client.get("/health")).json()["model_version"]) == "v0"

        await until(followed)
        assert time.monotonic() - began < 20
        return found

    found = ours.run(story)
    assert {answer.status_code for answer in found} == {200}
    lines = ours.lines()
    if fault == "leak":
        # it answers while it grows
        assert {line["arm"] for line in lines} == {"production", "candidate"}
    else:
        assert [answer.json()["result"] for answer in found] == [2.0 * (100 + number) for number in range(40)]
        meant = [line["meant"] for line in lines if "meant" in line]
        assert {(one["arm"], one["model_version"]) for one in meant} == {("candidate", "v2")}
        assert 10 < len(meant) < 30
    assert len(lines) == 40
    assert not hosts()


@pytest.mark.parametrize("tick_s", [supervised.TICK_S, 0.001])
def test_what_a_hung_candidate_held_is_answered_one_by_one(
    rollout: Any, tick_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    # where the answers take longer than a tick, as on a busy machine, it is seen to hang again and again
    monkeypatch.setattr(supervised, "TICK_S", tick_s)
    ours = rollout("hang")

    async def story(client: httpx.AsyncClient) -> int:
        await until(lambda: serving(client))
        # half of them wait for the candidate, and production answers all of those once it was silent for too long
        tasks = [asyncio.create_task(asked(client, 100 + number, f"user-{number}")) for number in range(120)]
        ended = [0]
        while not all(task.done() for task in tasks):
            await asyncio.sleep(0)
            ended.append(sum(task.done() for task in tasks))
        late = [after - before for before, after in pairwise(ended) if before > 60]
        assert all(task.result().status_code == 200 for task in tasks)
        assert sum(late) > 40
        return max(late)

    assert ours.run(story) < 6


def test_a_candidate_that_fails_on_what_production_answers_is_set_aside(
    rollout: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervised, "STALL_S", 60.0)
    ours = rollout("raise")
    keys = [f"user-{number}" for number in range(60)]

    async def story(client: httpx.AsyncClient) -> dict[str, Any]:
        await until(lambda: serving(client))
        for key in keys:
            # one kind of request in three
            for n in (1, 2, 100):
                assert (await asked(client, n, key)).status_code == 200
            # where production fails too, it is the input
            assert (await asked(client, -1, key)).status_code == 500
        health: dict[str, Any] = (await client.get("/health")).json()
        assert "rollout_set_aside 1.0" in (await client.get("/metrics")).text
        ours.roll_out("v2", 60)
        await until(lambda: serving(client))
        return health

    assert ours.run(story)["rollout"] == {"model_version": "v2", "percent": 0, "state": "set aside", "mode": "split"}
    assert "v2 is set aside: it failed on 10 of" in caplog.text
    reasons = [line["meant"]["reason"] for line in ours.lines() if "meant" in line]
    assert "set aside" in reasons
    failed = [line["meant"]["error"] for line in ours.lines() if line.get("meant", {}).get("reason") == "error"]
    assert "RuntimeError: no such kind" in failed[0]


def test_a_candidate_gives_way(rollout: Any) -> None:
    ours = rollout("")

    async def story(client: httpx.AsyncClient) -> None:
        await until(lambda: serving(client))
        (host,) = hosts()
        assert host.nice() == psutil.Process().nice() + 10
        assert host.environ()["OMP_NUM_THREADS"] == "1"
        assert Path(f"/proc/{host.pid}/oom_score_adj").read_text(encoding="ascii").strip() == "500"

    ours.run(story)


def test_a_candidate_that_cannot_be_loaded_is_tried_again(
    rollout: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ours = rollout("")
    path = tmp_path / "versions/v2/manifest.json"
    whole = path.read_bytes()
    path.write_bytes(b"{")

    async def story(client: httpx.AsyncClient) -> None:
        await until(lambda: "it is tried again in 2 s" in caplog.text)
        path.write_bytes(whole)
        await until(lambda: serving(client))

    ours.run(story)
