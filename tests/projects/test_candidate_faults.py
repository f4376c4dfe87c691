"""A candidate that breaks in a live service: production's clients get their answers, and a rollback is followed."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest
from nbexport_runtime.traffic import placements, split, traffic

from .arms import Arms
from .serving import IDS, Service, served, until

FAULTY = """\
import os
import time
from pathlib import Path

HELD = []


def happen() -> None:
    path = Path(os.environ.get("FAULT", ""))
    kind = path.read_text(encoding="utf-8") if path.is_file() else ""
    if kind == "raise":
        raise RuntimeError("no such kind")
    if kind == "exit":
        os._exit(3)
    if kind == "leak" and len(HELD) < 5:
        HELD.append(b"x" * 400_000_000)
    if kind == "slow":
        time.sleep(0.05)
    while kind == "hang":
        time.sleep(1)
    while kind == "spin":
        pass
"""


@pytest.fixture(scope="module")
def arms(tmp_path_factory: pytest.TempPathFactory) -> Arms:
    return Arms(tmp_path_factory.mktemp("candidate"), level=3, faulty=FAULTY, calm="", rate="0.9")


@pytest.fixture(scope="module")
def before(arms: Arms) -> str:
    """An earlier production."""
    return arms.train("--rate", "0.05")


@pytest.fixture
def service(arms: Arms, before: str, tmp_path: Path) -> Iterator[Service]:
    """The service of the project, production placed, half of the ids for the candidate."""
    shutil.rmtree(arms.models / "logs", ignore_errors=True)
    (arms.models / placements.NAME).unlink(missing_ok=True)
    arms.fault.write_text("", encoding="utf-8")
    arms.place(before)
    arms.place(arms.production)
    arms.roll_out(50)
    settings = {"FAULT": str(arms.fault), "DEADLINE_S": "4", "DRAIN_S": "0"}
    with served(arms.project, None, tmp_path, **settings) as found:
        until(lambda: found.share() == 50)
        yield found


@contextmanager
def clients(service: Service, keys: list[str], rate: float) -> Iterator[Callable[[], list[int]]]:
    """Requests with these ids at a steady rate, while the context lasts; their statuses."""
    statuses: list[int] = []
    stopped = threading.Event()

    def ask() -> None:
        number = 0
        with httpx.Client(base_url=service.url, timeout=60) as client:
            while not stopped.wait(1 / rate):
                headers = {"X-Rollout-Key": keys[number % len(keys)]}
                statuses.append(client.post("/predict", json={"row": 2.0}, headers=headers).status_code)
                number += 1

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield lambda: statuses
    finally:
        stopped.set()
        thread.join()


@pytest.mark.slow(minutes=2)
@pytest.mark.parametrize("fault", ["hang", "raise", "exit", "leak", "spin", "slow", "unreadable"])
def test_production_goes_on_and_a_rollback_is_followed(arms: Arms, before: str, service: Service, fault: str) -> None:
    shares = traffic.read(arms.models / traffic.NAME)
    assert shares is not None
    keys: dict[bool, list[str]] = {True: [], False: []}
    for name in IDS[:200]:
        keys[split.chosen(shares, name) == arms.candidate].append(name)
    with clients(service, keys[False], 20) as production, clients(service, keys[True], 20) as candidate:
        until(lambda: len(production()) > 20 and len(candidate()) > 20)
        manifest = arms.models / "versions" / arms.candidate / "manifest.json"
        whole = manifest.read_bytes()
        if fault == "unreadable":
            manifest.write_bytes(b"{")
            # its process ends, and no other can be started
            # production, which is cheap and of the project's code, has none
            (host,) = psutil.Process(service.process.pid).children()
            host.kill()
        else:
            arms.fault.write_text(fault, encoding="utf-8")
        seen = len(production())
        until(lambda: len(production()) > seen + 60)
        began = time.monotonic()
        arms.place(before, placements.ROLLED_BACK)
        until(lambda: service.health()["model_version"] == before)
        taken_s = time.monotonic() - began
        manifest.write_bytes(whole)
    assert set(production()) == {200}
    assert set(candidate()) == {200}
    assert taken_s < 20
    assert "Traceback" not in service.said.read_text(encoding="utf-8") or fault == "raise"
    if fault not in ("slow", "leak"):
        meant = [line["meant"]["model_version"] for line in service.lines() if "meant" in line]
        assert set(meant) == {arms.candidate}
