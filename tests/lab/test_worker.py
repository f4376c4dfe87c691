"""The worker: what nobody waits for is broken off, what takes too much is ended, and what ends is started again."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from conftest import SOUND
from lab.test_server import as_content
from projects.serving import until

from nbexport.lab.worker import work_queue
from nbexport.lab.worker.process import EndedError, LimitError, Limits, Worker
from nbexport.lab.worker.work_queue import CancelledWork, Work, WorkQueue


async def anywhere(path: str) -> str:
    return f"/nowhere/{path}"


def body(content: dict[str, Any], path: str = "some.ipynb") -> bytes:
    return json.dumps({"path": path, "content": content, "ignore": []}).encode()


def large(cells: int = 1900) -> dict[str, Any]:
    """A notebook whose check takes long, each cell reading what the one before it bound."""
    parts = [SOUND, "# %%\nvalue_0 = 1\n"]
    for number in range(1, cells):
        parts.append(
            f"# %%\ndef scale_{number}(x):\n    return x * value_{number - 1}\nvalue_{number} = scale_{number}(2)\n"
        )
    return as_content("".join(parts))


@pytest.fixture(scope="module")
def slow() -> bytes:
    return body(large(), "slow.ipynb")


@pytest.fixture
def worker() -> Iterator[Worker]:
    found = Worker()
    yield found
    found.close()


async def until_begun(worker: Worker) -> None:
    """Wait until it is at a request."""
    while worker._process is None or worker._process.begun is None:
        await asyncio.sleep(0.01)


def kill(worker: Worker) -> None:
    """End its process from outside."""
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)


def run(work: Callable[[], Awaitable[Any]]) -> Any:
    return asyncio.run(work())  # type: ignore[arg-type]


def worked_s(worker: Worker) -> float:
    """The time that the worker's process has had on a processor, which nothing beside it makes longer."""
    times = psutil.Process(worker.pid).cpu_times()
    return float(times.user + times.system)


def test_six_aborted_checks_do_not_hold_up_the_seventh(worker: Worker, slow: bytes) -> None:
    def named(name: str) -> bytes:
        """The same as another notebook, so that it does not replace one before it."""
        return slow.replace(b"slow.ipynb", f"{name}.ipynb".encode())

    async def story() -> tuple[float, float, int | None, int | None]:
        # the first one imports what it needs
        assert (await worker.ask("check", slow, anywhere))[0] == 200
        before, began = worker.pid, worked_s(worker)
        assert (await worker.ask("check", named("whole"), anywhere))[0] == 200
        whole = worked_s(worker) - began
        began = worked_s(worker)
        for number in range(6):
            asked = asyncio.ensure_future(worker.ask("check", named(f"slow-{number}"), anywhere))
            # the first one is begun, the others are begun or wait
            await until_begun(worker)
            await asyncio.sleep(whole / 20)
            asked.cancel()
        status, answer = await worker.ask("check", body(as_content(SOUND)), anywhere)
        assert (status, json.loads(answer)["findings"]) == (200, [])
        return whole, worked_s(worker) - began, before, worker.pid

    whole, aborted, before, after = run(story)
    # had the first one gone on, it alone would have taken as long as the whole one
    assert aborted < 0.75 * whole
    # it was broken off where it stood, and what it remembers is still there
    assert before == after


def test_a_newer_check_of_the_same_notebook_replaces_the_one_that_runs(worker: Worker, slow: bytes) -> None:
    async def story() -> list[tuple[int, bytes]]:
        newer = body(as_content(SOUND), "slow.ipynb")
        first = asyncio.ensure_future(worker.ask("check", slow, anywhere))
        await until_begun(worker)
        other = asyncio.ensure_future(worker.ask("tag", body(as_content(SOUND), "slow.ipynb"), anywhere))
        second = asyncio.ensure_future(worker.ask("check", newer, anywhere))
        return list(await asyncio.gather(first, second, other))

    (first, told), (second, _), (other, _) = run(story)
    assert (first, json.loads(told)["message"]) == (409, "replaced by a newer check")
    assert (second, other) == (200, 200)


def test_a_check_of_another_person_replaces_none(worker: Worker, slow: bytes) -> None:
    def of(page: str, request: bytes) -> bytes:
        return json.dumps({**json.loads(request), "page": page}).encode()

    async def story() -> list[tuple[int, bytes]]:
        newer = body(as_content(SOUND), "slow.ipynb")
        first = asyncio.ensure_future(worker.ask("check", of("ann", slow), anywhere))
        await until_begun(worker)
        others = [asyncio.ensure_future(worker.ask("check", of(page, newer), anywhere)) for page in ("bob", "eve")]
        return list(await asyncio.gather(first, *others))

    answers = run(story)
    assert [status for status, _ in answers] == [200, 200, 200]
    assert all(json.loads(answer)["findings"] == [] for _, answer in answers[1:])


def test_what_takes_too_long_is_ended_and_others_are_answered_all_the_same() -> None:
    worker = Worker()
    endless = body(large(6000), "slow.ipynb")

    async def story() -> tuple[int | None, int, int | None]:
        await worker.ask("tag", body(as_content(SOUND)), anywhere)
        before = worker.pid
        worker.limits = Limits(time_s=3)
        first = asyncio.ensure_future(worker.ask("tag", endless, anywhere))
        await until_begun(worker)
        # what nothing is wrong with may take longer on a busy machine
        worker.limits = Limits()
        other = asyncio.ensure_future(worker.ask("tag", body(as_content(SOUND)), anywhere))
        with pytest.raises(LimitError, match="more than 3 seconds"):
            await first
        return before, (await other)[0], worker.pid

    before, status, after = run(story)
    worker.close()
    assert status == 200
    assert before != after


def test_what_takes_too_much_memory_is_ended() -> None:
    worker = Worker(Limits(memory_bytes=100_000_000))
    content = large()
    content["cells"][0]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x" * 40_000_000}]

    async def story() -> int:
        with pytest.raises(LimitError, match="too much memory"):
            await worker.ask("check", body(content), anywhere)
        return (await worker.ask("check", body(as_content(SOUND)), anywhere))[0]

    assert run(story) == 200
    worker.close()


def test_an_idle_worker_that_has_grown_is_ended() -> None:
    worker = Worker(Limits(kept_bytes=1))

    async def story() -> tuple[int, int | None]:
        return (await worker.ask("check", body(as_content(SOUND)), anywhere))[0], worker.pid

    assert run(story) == (200, None)
    worker.close()


def test_a_worker_that_was_killed_is_started_again(worker: Worker, slow: bytes) -> None:
    async def story() -> tuple[int, int]:
        await worker.ask("check", body(as_content(SOUND)), anywhere)
        kill(worker)
        idle = (await worker.ask("check", body(as_content(SOUND)), anywhere))[0]
        busy = asyncio.ensure_future(worker.ask("check", slow, anywhere))
        await until_begun(worker)
        kill(worker)
        return idle, (await busy)[0]

    assert run(story) == (200, 200)


def test_a_request_over_which_it_ends_twice_is_given_up(worker: Worker) -> None:
    async def killing(path: str) -> str:
        kill(worker)
        return path

    async def story() -> int:
        with pytest.raises(EndedError):
            await worker.ask("check", body(as_content(SOUND)), killing)
        return (await worker.ask("check", body(as_content(SOUND)), anywhere))[0]

    assert run(story) == 200


def test_what_the_server_refuses_leaves_nothing_waiting(worker: Worker) -> None:
    async def nowhere(path: str) -> str:
        raise LookupError(path)

    async def story() -> int:
        with pytest.raises(LookupError):
            await worker.ask("check", body(as_content(SOUND)), nowhere)
        return (await worker.ask("check", body(as_content(SOUND)), anywhere))[0]

    assert run(story) == 200


def test_the_worker_ends_with_a_server_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "server.py"
    script.write_text(
        "import asyncio, os\n"
        "from nbexport.lab.worker.process import Worker\n"
        "async def where(path):\n    return path\n"
        "worker = Worker()\n"
        "asyncio.run(worker.ask('check', b'{}', where))\n"
        "print(worker.pid, flush=True)\n"
        "os._exit(0)\n",
        encoding="utf-8",
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    until(lambda: not psutil.pid_exists(int(done.stdout)))


def test_modules_beside_the_server_are_not_imported(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit", encoding="utf-8")
    worker = Worker()

    async def story() -> int:
        return (await worker.ask("check", body(as_content(SOUND)), anywhere))[0]

    before = Path.cwd()
    os.chdir(tmp_path)
    try:
        assert run(story) == 200
    finally:
        os.chdir(before)
        worker.close()


# --------------------------------------------------------------------------- the queue


@pytest.fixture
def queue() -> Iterator[WorkQueue]:
    found = WorkQueue()
    before = signal.signal(signal.SIGINT, found.on_signal)
    yield found
    signal.signal(signal.SIGINT, before)


def test_work_that_waits_is_left_out(queue: WorkQueue) -> None:
    one, two = Work(1, lambda: "one"), Work(2, lambda: "two")
    queue.put(one)
    queue.put(two)
    queue.drop(1)
    assert queue.do(queue.take()) == "two"
    with pytest.raises(CancelledWork):
        queue.do(one)


def test_an_import_is_not_broken_off_halfway(queue: WorkQueue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # a worker ends itself when it has not stopped by then; here that would be this process
    monkeypatch.setattr(work_queue, "GRACE_S", 600.0)
    begun = tmp_path / "begun"
    (tmp_path / "half_there.py").write_text(
        f"import pathlib, time\npathlib.Path({str(begun)!r}).touch()\nfor _ in range(30):\n    time.sleep(0.01)\nwhole = True\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)

    def work() -> None:
        import half_there  # type: ignore[import-not-found]  # noqa: F401

        while True:
            time.sleep(0.001)

    def drop() -> None:
        until(begun.exists)
        queue.drop(1)

    queue.put(Work(1, work))
    dropping = threading.Thread(target=drop)
    dropping.start()
    with pytest.raises(CancelledWork):
        queue.do(queue.take())
    dropping.join()
    assert sys.modules["half_there"].whole


def test_a_stray_interrupt_breaks_nothing_off(queue: WorkQueue) -> None:
    queue.put(Work(1, lambda: signal.raise_signal(signal.SIGINT)))
    queue.do(queue.take())
