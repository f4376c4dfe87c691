"""The guard beside a real service: a candidate that fails, a healthy one, no traffic, a shadow."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from filelock import FileLock
from nbexport_runtime.traffic import placements, traffic

from .arms import Arms
from .conftest import QUIET, run
from .serving import IDS, Service, served, until

FAULTY = """\
import os
from pathlib import Path

ASKED = [0]


def happen() -> None:
    every = int(Path(os.environ["FAULT"]).read_text(encoding="utf-8"))
    ASKED[0] += 1
    if every and ASKED[0] % every == 0:
        raise RuntimeError("no such kind")
"""
UNREACHABLE = {"MLFLOW_TRACKING_URI": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
pytestmark = pytest.mark.slow(minutes=3)


class Guarded(Arms):
    """A production and a candidate that answers nearly the same, and fails on demand."""

    def begin(self, **guard: Any) -> None:
        """Production is placed, nothing else was done, and the guard has these settings."""
        for name in ("traffic.json", "guard.jsonl", "guard/state.json", placements.NAME):
            (self.models / name).unlink(missing_ok=True)
        self.place(self.production)
        lines = [f"{name} = {json.dumps(value)}" for name, value in guard.items()]
        (self.project / "platform.toml").write_text("\n".join(["[guard]", *lines]) + "\n", encoding="utf-8")

    def percent(self) -> float:
        """The candidate's share in the file."""
        state = traffic.read(self.models / traffic.NAME)
        return 0.0 if state is None else state.percent(self.candidate)

    @contextmanager
    def guarded(self, service: Service) -> Iterator[subprocess.Popen[str]]:
        """`guard.py run`, while a training holds its lock and neither registry nor network is there."""
        environment = {**os.environ, **QUIET, **UNREACHABLE, "LOG_DIR": str(service.logs)}
        words = [sys.executable, "guard.py", "run", "--every", "0.2"]
        with (
            FileLock(self.models / ".lock"),
            subprocess.Popen(words, cwd=self.project, env=environment, stderr=subprocess.PIPE, text=True) as process,
        ):
            try:
                until(lambda: (self.models / "metrics" / "guard.prom").exists() or process.poll() is not None)
                yield process
            finally:
                process.send_signal(signal.SIGTERM)
                _, said = process.communicate(timeout=60)
                assert process.returncode == 0, said


@pytest.fixture(scope="module")
def arms(tmp_path_factory: pytest.TempPathFactory) -> Guarded:
    return Guarded(tmp_path_factory.mktemp("guard"), level=4, faulty=FAULTY, calm="0", rate="0.501")


@contextmanager
def running(arms: Guarded, folder: Path, percent: float) -> Iterator[Service]:
    """The service, with the candidate at its share."""
    (arms.models / "metrics" / "guard.prom").unlink(missing_ok=True)
    with served(arms.project, None, folder, FAULT=str(arms.fault), DRAIN_S="0") as service:
        if percent:
            arms.roll_out(percent)
            until(lambda: service.share() == percent)
            until(lambda: service.health()["rollout"]["state"] == "serving")
        yield service


@pytest.mark.parametrize(("every", "limit"), [(2, 200), (5, 600)])
def test_a_candidate_that_fails_is_back_while_everything_else_is_blocked(
    arms: Guarded, tmp_path: Path, every: int, limit: int
) -> None:
    arms.begin()
    arms.fault.write_text(str(every), encoding="utf-8")
    with running(arms, tmp_path, 10) as service, arms.guarded(service):
        asked = ask_until(service, lambda: arms.percent() == 0, limit + 100, 20)
        until(lambda: service.share() == 0)
    assert asked <= limit
    entries = [json.loads(line) for line in (arms.models / "guard.jsonl").read_text("utf-8").splitlines()]
    assert [(entry["action"], entry["state"]) for entry in entries] == [("back", "planned"), ("back", "done")]
    status = run("guard.py", "status", "--json", cwd=arms.project, env={"LOG_DIR": str(tmp_path / "logs")})
    facts = json.loads(status.stdout)
    assert [done["action"] for done in facts["done"]] == ["back"]
    assert next((arms.models / "guard").glob("*-back.md")).is_file()


def ask_until(service: Service, ended: Callable[[], bool], most: int, rate: float) -> int:
    """Requests of many ids at a rate per second until something has happened; how many. Each must be answered."""
    random, pause = Random(7), threading.Event()
    with httpx.Client(base_url=service.url, timeout=60) as client:
        for number in range(most):
            if ended():
                return number
            headers = {"X-Rollout-Key": IDS[number % len(IDS)]}
            assert client.post("/predict", json={"row": random.random()}, headers=headers).status_code == 200
            pause.wait(1 / rate)
    return most


def test_a_healthy_candidate_goes_up_and_waits_for_a_person(arms: Guarded, tmp_path: Path) -> None:
    arms.begin(step_minutes=0, step_requests=30, error_budget=0.1, latency_budget=0.5)
    arms.fault.write_text("0", encoding="utf-8")
    with running(arms, tmp_path, 10) as service, arms.guarded(service):
        ask_until(service, lambda: arms.percent() == 50, 6000, 1000)
        assert arms.percent() == 50
        prom = arms.models / "metrics" / "guard.prom"
        ask_until(service, lambda: "guard_ready_to_finish 1.0" in prom.read_text("utf-8"), 6000, 1000)
        assert "guard_ready_to_finish 1.0" in prom.read_text("utf-8")
        assert arms.percent() == 50
    actions = [json.loads(line)["action"] for line in (arms.models / "guard.jsonl").read_text("utf-8").splitlines()]
    assert actions == ["step", "step", "ready"]


def test_without_traffic_it_holds(arms: Guarded, tmp_path: Path) -> None:
    arms.begin(step_minutes=0, step_requests=0)
    with running(arms, tmp_path, 10) as service:
        environment = {**UNREACHABLE, "LOG_DIR": str(service.logs)}
        for _ in range(2):
            done = run("guard.py", "once", "--json", cwd=arms.project, env=environment)
            assert done.returncode == 0, done.stderr
            (decision,) = json.loads(done.stdout)["decisions"]
            assert decision["reason"] == "no requests yet: no traffic is not success"
    assert arms.percent() == 10


def test_a_shadow_is_sampled_without_keys_and_compared(arms: Guarded, tmp_path: Path) -> None:
    arms.begin()
    arms.fault.write_text("4", encoding="utf-8")
    with running(arms, tmp_path, 0) as service:
        done = run("rollout.py", "shadow", arms.candidate, "--sample", "50", cwd=arms.project, env=UNREACHABLE)
        assert done.returncode == 0, done.stdout + done.stderr
        until(lambda: service.health().get("rollout", {}).get("state") == "serving")
        random = Random(3)
        for _ in range(100):
            assert service.post({"row": random.random()}).status_code == 200

        def shown() -> dict[str, Any]:
            status = run("rollout.py", "status", "--json", cwd=arms.project, env={"LOG_DIR": str(service.logs)})
            found: dict[str, Any] = json.loads(status.stdout)
            return found

        facts = shown()["comparison"]
        # the last copies are answered after the last request
        while (later := shown()["comparison"]) != facts:
            facts = later
        # a sample of about half, by the ids of the requests; every fourth call fails, and the calls that warm
        # the process up count, too
        assert 30 <= facts["requests"] <= 70
        assert facts["agreement_percent"] == 100
        assert facts["only_shadow_failed"] - facts["requests"] // 4 in (0, 1)
        assert facts["production_failed"] == 0
        watched = run("guard.py", "status", "--json", cwd=arms.project, env={"LOG_DIR": str(service.logs)})
        (arm,) = json.loads(watched.stdout)["watched"]
        assert (arm["role"], arm["comparison"]["requests"]) == ("shadow", facts["requests"])
        assert (
            'predict_requests_total{model_version="' + arms.candidate
            not in httpx.get(service.url + "/metrics", timeout=60).text
        )
        refused = run("rollout.py", "finish", cwd=arms.project, env=UNREACHABLE)
        assert refused.returncode == 1
        ended = run("rollout.py", "set", "0", cwd=arms.project)
        assert ended.returncode == 0, ended.stderr
        until(lambda: service.share() == 0)
