"""A candidate that breaks in a live service: production's clients get their answers, and a rollback is followed."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest
from conftest import SOUND
from nbexport_runtime.traffic import placements, split, traffic

from .conftest import export, run
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


class Arms:
    """A project with two productions of its own code, and a candidate of other code that breaks on demand."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self.models = project / "models"
        self.fault = project / "fault.txt"
        self.before, self.production = self.train(), self.train("--rate", "0.05")
        code = project / "definitions.py"
        own = code.read_text(encoding="utf-8")
        assert own.count("    return row * weight") == 1
        code.write_text(
            "import faulty\n" + own.replace("    return row * weight", "    faulty.happen()\n    return row * weight"),
            encoding="utf-8",
        )
        (project / "faulty.py").write_text(FAULTY, encoding="utf-8")
        self.candidate = self.train("--rate", "0.9")
        code.write_text(own, encoding="utf-8")
        (project / "faulty.py").unlink()

    def train(self, *options: str) -> str:
        """The version of a model that is trained now, where versions lie."""
        done = run("train.py", "--data", "data/train", *options, cwd=self.project)
        assert done.returncode == 0, done.stdout + done.stderr
        version = version_of(self.models / "candidate")
        (self.models / "versions").mkdir(exist_ok=True)
        (self.models / "candidate").rename(self.models / "versions" / version)
        return version

    def place(self, version: str, reason: str = placements.PROMOTED) -> None:
        """Make it production, as `promote.py` does."""
        digest = placements.digest(self.models / "versions" / version)
        placements.append(self.models / placements.NAME, version=version, manifest_sha256=digest, reason=reason)

    def roll_out(self) -> traffic.Traffic:
        """Half of the ids for the candidate."""
        placement = placements.read(self.models / placements.NAME).production
        assert placement is not None
        shares = traffic.split_of(placement, {self.candidate: 50}, salt="s", key_header="X-Rollout-Key", started="now")
        return traffic.write(self.models / traffic.NAME, shares)


def version_of(bundle: Path) -> str:
    return str(json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))["version"])


@pytest.fixture(scope="module")
def arms(tmp_path_factory: pytest.TempPathFactory) -> Arms:
    folder = tmp_path_factory.mktemp("candidate")
    notebook = folder / "notebook" / "sound.py"
    notebook.parent.mkdir()
    notebook.write_text(SOUND, encoding="utf-8")
    done = export(notebook, folder / "project", "--level", "3")
    assert done.returncode == 0, done.stdout + done.stderr
    fetched = run("scripts/fetch_data.py", "--output", "data/train", cwd=folder / "project")
    assert fetched.returncode == 0, fetched.stdout + fetched.stderr
    return Arms(folder / "project")


@pytest.fixture
def service(arms: Arms, tmp_path: Path) -> Iterator[Service]:
    """The service of the project, production placed, half of the ids for the candidate."""
    shutil.rmtree(arms.models / "logs", ignore_errors=True)
    (arms.models / placements.NAME).unlink(missing_ok=True)
    arms.fault.write_text("", encoding="utf-8")
    arms.place(arms.before)
    arms.place(arms.production)
    arms.roll_out()
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
        with httpx.Client(base_url=service.url, timeout=30) as client:
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
def test_production_goes_on_and_a_rollback_is_followed(arms: Arms, service: Service, fault: str) -> None:
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
        arms.place(arms.before, placements.ROLLED_BACK)
        until(lambda: service.health()["model_version"] == arms.before)
        taken_s = time.monotonic() - began
        manifest.write_bytes(whole)
    assert set(production()) == {200}
    assert set(candidate()) == {200}
    assert taken_s < 5
    assert "Traceback" not in service.said.read_text(encoding="utf-8") or fault == "raise"
    if fault not in ("slow", "leak"):
        meant = [line["meant"]["model_version"] for line in service.lines() if "meant" in line]
        assert set(meant) == {arms.candidate}
