"""An A/B test from the plan to the new production: real commands of an exported project, and its real service."""

from __future__ import annotations

import json
import random
import re
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import SOUND
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.experiments import assignment, journal, plan
from nbexport_runtime.traffic import placements, traffic
from projects.compiled import compiled
from projects.conftest import export, judged_by_figures, run
from projects.forked import run_forked
from projects.serving import Service, served, until

pytestmark = pytest.mark.slow(minutes=2)
WORDS = (
    *("--hypothesis", "people click more often", "--unit", "customer", "--minimum-effect", "0.1"),
    *("--arm", "control=production:50", "--arm", "treatment=candidate:50", "--horizon-units", "400"),
    *("--primary", "outcome:clicked direction=up window_days=0.00001", "--secondary", "answer:result direction=up"),
    *("--guard-rail", "error tolerance=0.3", "--guard-rail", "latency tolerance=1000"),
)


@dataclass
class Own:
    """An exported project of level 4, and what its commands do."""

    root: Path

    def do(self, *words: str | Path, code: int = 0) -> dict[str, Any]:
        """The outcome of a command, which ends as it must."""
        done = run_forked(words[0], "--json", *words[1:], cwd=self.root)
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == code, done.stdout + done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    @property
    def project(self) -> Project:
        return Project(self.root, self.root)

    @property
    def production(self) -> str:
        found = placements.read(self.root / "models" / placements.NAME).production
        assert found is not None
        return found.version


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Own:
    """A production, and a candidate that passed its gates and has no share."""
    folder = tmp_path_factory.mktemp("experiment")
    (folder / "sound.py").write_text(SOUND, encoding="utf-8")
    done = export(folder / "sound.py", folder / "project", "--level", "4")
    assert done.returncode == 0, done.stdout + done.stderr
    judged_by_figures(folder / "project")
    own = Own(compiled(folder / "project"))
    own.do("retrain.py", "--", "--rate", "0.5")
    own.do("retrain.py", "--rollout", "--", "--rate", "0.9")
    own.do("rollout.py", "abort")
    return own


@pytest.fixture(scope="module")
def service(own: Own, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service of the project, whose log is where the commands look for it."""
    with served(own.root, None, tmp_path_factory.mktemp("service"), LOG_DIR=str(own.root / "logs")) as running:
        yield Service(running.process, running.url, own.root / "logs", running.said)


def visited(service: Service, ids: list[str], clicks: Callable[[float], float]) -> dict[str, str]:
    """Visitors who ask once and click or not; id → the version that answered."""
    draws, versions = random.Random(7), {}
    with httpx.Client(base_url=service.url, timeout=60) as client:
        for key in ids:
            answer = client.post("/predict", json={"row": 1.0}, headers={"X-Rollout-Key": key})
            assert answer.status_code == 200, answer.text
            versions[key] = answer.json()["model_version"]
            if draws.random() < clicks(answer.json()["result"]):
                sent = client.post("/outcome", json={"key": key, "name": "clicked", "value": True})
                assert sent.status_code == 200, sent.text
    return versions


def test_from_the_plan_to_the_new_production(own: Own, service: Service, tmp_path: Path) -> None:
    first = own.production
    planned = own.do("experiment.py", "plan", "buttons", *WORDS)
    second = planned["plan"]["arms"][1]["version"]
    assert [arm["version"] for arm in planned["plan"]["arms"]] == [first, second]
    assert "has not begun" in own.do("experiment.py", "report", "buttons", code=1)["error"]
    begun = own.do("experiment.py", "start", "buttons")["experiments"][0]
    assert begun["state"] == "running"
    until(lambda: service.share() == 50)

    ids = [f"customer-{number}" for number in range(400)]
    versions = visited(service, ids, lambda result: 0.75 if result > 4 else 0.35)
    frozen = plan.read(own.project, "buttons")
    arms = {arm.version: arm.name for arm in frozen.arms}
    assert {key: arms[version] for key, version in versions.items()} == {
        key: assignment.assign(frozen, key) for key in ids
    }

    refused = own.do("retrain.py", "--rollout", code=1)["error"]
    assert "the experiment `buttons` is under way" in refused
    page = tmp_path / "report.html"
    until(lambda: own.do("experiment.py", "report", "buttons")["verdict"]["answer"] == "ship")
    found = own.do("experiment.py", "report", "buttons", "--format", "html", "--output", page)
    assert found["verdict"]["version"] == second
    assert sum(found["units"]["exposed"].values()) + found["units"]["early"] == 400
    assert found["units"]["two_arms"] == 0
    assert "<svg" in page.read_text("utf-8")
    assert 'experiment_verdict{experiment="buttons"} 1' in (
        own.root / "models" / "metrics" / "experiments.prom"
    ).read_text("utf-8")

    placed = len(own.project.journal.placements)
    killed(own, "placements.append = kill")
    assert own.production == first
    assert own.do("experiment.py", "status", "buttons")["experiments"][0]["state"] == "stopping"
    killed(own, "promotion.conclude = kill")
    assert own.production == second
    shipped = own.do("experiment.py", "stop", "buttons", "--ship")
    assert len(own.project.journal.placements) == placed + 1
    assert (shipped["state"], shipped["version"], own.production) == ("shipped", second, second)
    assert own.do("experiment.py", "stop", "buttons", "--ship") == shipped
    until(lambda: httpx.get(service.url + "/ready", timeout=60).status_code == 200 and answers(service) == second)
    assert [event.event for event in journal.read(own.project, "buttons")] == [
        *("frozen", "started", "stopping", "stopping", "shipped"),
    ]
    # the report stays what it was, and the way back is that of every placing
    assert own.do("experiment.py", "report", "buttons")["verdict"]["answer"] == "ship"
    own.do("promote.py", "--rollback")
    assert own.production == first


KILLED = """
import os, signal
from nbexport_runtime.pipeline import promotion
from nbexport_runtime.platform.commands import experiment
from nbexport_runtime.traffic import placements, traffic

def kill(*args, **options):
    os.kill(os.getpid(), signal.SIGKILL)

{patch}
experiment.main("experiment.py", ["stop", "buttons", "--ship"])
"""


def killed(own: Own, patch: str) -> None:
    """The winner is placed by a process that is killed where this function is called."""
    assert run("-c", KILLED.format(patch=patch), cwd=own.root).returncode == -signal.SIGKILL


def answers(service: Service) -> str:
    version: str = service.post({"row": 1.0}).json()["model_version"]
    return version


def test_what_cannot_be_shipped_is_refused_and_a_stop_sends_all_to_production(own: Own, service: Service) -> None:
    first = own.production
    until(lambda: answers(service) == first)
    own.do("experiment.py", "plan", "again", *WORDS)
    own.do("experiment.py", "start", "again")
    until(lambda: service.share() == 50)
    visited(service, [f"visitor-{number}" for number in range(40)], lambda _: 0.0)
    refused = own.do("experiment.py", "stop", "again", "--ship", code=10)
    assert refused["verdict"]["answer"] == "no answer yet"
    assert own.do("experiment.py", "status", "again")["experiments"][0]["state"] == "running"
    stopped = own.do("experiment.py", "stop", "again", "--reason", "enough seen")
    assert (stopped["state"], stopped["reason"]) == ("stopped", "enough seen")
    until(lambda: service.share() == 0)
    versions = visited(service, [f"visitor-{number}" for number in range(40)], lambda _: 0.0)
    assert set(versions.values()) == {first} == {own.production}


def test_an_emergency_ends_an_experiment(own: Own) -> None:
    own.do("experiment.py", "plan", "third", *WORDS)
    own.do("experiment.py", "start", "third")
    own.do("rollout.py", "abort")
    stand = own.do("experiment.py", "status", "third")["experiments"][0]
    assert (stand["state"], "rollout.py abort" in stand["reason"]) == ("aborted", True)
    assert "an experiment begins once" in own.do("experiment.py", "start", "third", code=1)["error"]


def test_the_guard_finishes_a_rollout_that_does_well(own: Own, service: Service) -> None:
    settings = own.root / "platform.toml"
    text = settings.read_text(encoding="utf-8")
    quick = ("step_minutes = 0", "step_requests = 20", "error_budget = 0.1", "latency_budget = 0", "answers_budget = 0")
    for line in (*quick, 'finish = "guard"'):
        text, count = re.subn(rf"(?m)^{line.split()[0]} = .*$", line, text)
        assert count == 1, line
    settings.write_text(text, encoding="utf-8")
    first = own.production
    own.do("retrain.py", "--rollout", "50", "--", "--rate", "0.9")
    state = traffic.read(own.root / "models" / traffic.NAME)
    assert state is not None
    (candidate,) = [arm.version for arm in state.candidates]
    until(lambda: service.share() == 50)
    for number in range(20):
        visited(service, [f"guest-{number}-{each}" for each in range(40)], lambda _: 0.0)
        own.do("guard.py", "once")
        if own.production != first:
            break
    assert own.production == candidate
    assert own.project.journal.placements[-1].reason == "rollout finished"
    until(lambda: answers(service) == candidate)
