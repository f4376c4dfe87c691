"""A project on real Ray Serve: the same answers, arms and log lines as on uvicorn; Ray has an environment of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import SOUND
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.platform.ray_serve import application
from nbexport_runtime.traffic import placements, traffic
from nbexport_runtime.traffic.placements import PROMOTED
from projects.compiled import compiled
from projects.serving import free_port, served, until

from nbexport import api
from nbexport.plan import ExportRequest

IDS = [f"user-{number}" for number in range(40)]
BAD: list[Any] = [{"row": "much"}, {"row": 1e400}, {"line": 2.0}, {"inputs": [{"row": 2.0}, {"row": None}]}]

RUN = """
import json, os, sys, time
from pathlib import Path

import httpx
import ray
import ray._private.utils
from ray import serve

sys.path.insert(0, ".")
asked, port, answers, state = json.loads(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
# the agent that a dashboard would ask imports much, and must be there within 15 s: a small one does
ray._private.utils.get_dashboard_dependency_error = lambda: ImportError("there is no dashboard")
# three processors, whatever the machine has: each replica is given one
ray.init(include_dashboard=False, num_cpus=3, object_store_memory=100_000_000, _temp_dir=state)
serve.start(http_options={"host": "127.0.0.1", "port": port})


def answered(app, share=None):
    serve.run(app)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        end = time.monotonic() + 120
        while share is not None and client.get("/health").json().get("rollout", {}).get("percent") != share:
            assert time.monotonic() < end, "the candidate gets no traffic"
        found = [client.post(path, content=body, headers=headers) for path, body, headers in asked]
        return [[one.status_code, one.json(), one.headers["x-request-id"]] for one in found], client.get("/metrics").text


from deploy.ray_serve import app

told, metrics = answered(app, share=30)
os.environ["LOG_DIR"] = "-"
from nbexport_runtime.platform.ray_serve import application

several, _ = answered(application(Path(), replicas=2))
answers.write_text(json.dumps([told, metrics, several]))
serve.shutdown()
ray.shutdown()
"""


def requests() -> list[tuple[str, str, dict[str, str]]]:
    """(route, body, headers) of each request; its id is that of its line in the log."""
    asked = [("/predict", json.dumps({"row": 2.0}), {"X-Rollout-Key": name}) for name in IDS]
    asked += [("/predict/batch" if "inputs" in body else "/predict", json.dumps(body), {}) for body in BAD]
    return [
        (path, body, {**headers, "X-Request-ID": f"request-{number}"})
        for number, (path, body, headers) in enumerate(asked)
    ]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A level 4 project with a model in production, and a candidate that gets 30 %."""
    folder = tmp_path_factory.mktemp("ray")
    (folder / "sound.py").write_text(SOUND, encoding="utf-8")
    project = folder / "project"
    plan = api.plan(ExportRequest(folder / "sound.py", level=4, output=project))
    assert not isinstance(plan, api.Refused)
    api.apply(plan)
    models, versions = compiled(project) / "models", []
    for rate in ("0.5", "0.75"):
        words = (sys.executable, "train.py", "--rate", rate, "--output", "models/new", "--log-level", "ERROR")
        subprocess.run(words, cwd=project, check=True, capture_output=True)
        version = json.loads((models / "new" / "manifest.json").read_text(encoding="utf-8"))["version"]
        (models / "versions").mkdir(exist_ok=True)
        (models / "new").rename(models / "versions" / version)
        versions.append(version)
    sha256 = placements.digest(models / "versions" / versions[0])
    placed = placements.append(models / placements.NAME, version=versions[0], manifest_sha256=sha256, reason=PROMOTED)
    split = traffic.split_of(placed, {versions[1]: 30}, salt="s", key_header="X-Rollout-Key", started="now")
    traffic.write(models / traffic.NAME, split)
    return project


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with Ray, and with all that the tests have besides; compiled, as Ray gives its processes 15 s to start."""
    folder = tmp_path_factory.mktemp("with-ray") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    made = folder / "bin" / "python"
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", made, "ray[serve]>=2.60,<3"], check=True
    )
    site = next(folder.glob("lib/python*/site-packages"))
    ours = next(Path(entry) for entry in sys.path if entry.endswith("site-packages"))
    (site / "zz_ours.pth").write_text(f"{ours}\n", encoding="utf-8")
    return made


@dataclass
class OnRay:
    """What came of the requests on Ray."""

    answers: list[tuple[int, Any, str]]
    """Status, body and id of each."""
    metrics: str
    log: list[dict[str, Any]]
    """The lines of the prediction log."""
    several: list[tuple[int, Any, str]]
    """The answers of two replicas."""
    output: list[dict[str, Any]]
    """The lines of the prediction log in the standard output of these."""


@pytest.fixture(scope="module")
def on_ray(python: Path, project: Path, tmp_path_factory: pytest.TempPathFactory) -> OnRay:
    """What Ray Serve makes of the requests: one replica with a log of its own, then two that log to standard output."""
    folder = tmp_path_factory.mktemp("on-ray")
    answers = folder / "answers.json"
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    own = {**kept, "RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled", "HOME": str(folder)}
    # the path of a socket is short
    with tempfile.TemporaryDirectory(prefix="ray-") as state:
        words: list[str | Path] = [python, "-c", RUN, json.dumps(requests()), str(free_port()), answers, state]
        environment = {**own, "LOG_DIR": str(folder / "logs")}
        for _ in range(3):
            done = subprocess.run(words, cwd=project, env=environment, capture_output=True, text=True, check=False)
            # Ray gives up on its own processes after 15 s, which a busy machine may need
            if "timed out during startup" not in done.stderr:
                break
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        outputs = [path.read_text("utf-8", errors="replace") for path in Path(state).glob("session_2*/logs/*.out")]
    told, metrics, several = json.loads(answers.read_text(encoding="utf-8"))
    log = (folder / "logs" / "predictions.jsonl").read_text(encoding="utf-8")
    said = [line for text in outputs for line in text.splitlines() if line.startswith('{"time"')]
    return OnRay(
        [tuple(one) for one in told],
        metrics,
        [json.loads(line) for line in log.splitlines()],
        [tuple(one) for one in several],
        [json.loads(line) for line in said],
    )


def compared(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Lines of the log without what differs from run to run."""
    kept = [{name: value for name, value in line.items() if name not in ("time", "latency_ms")} for line in lines]
    return sorted(kept, key=lambda line: (line["request_id"], line.get("row", 0)))


@pytest.mark.slow(minutes=2)
def test_answers_arms_and_log_are_those_of_the_service(project: Path, on_ray: OnRay, tmp_path: Path) -> None:
    with served(project, None, tmp_path) as service:
        until(lambda: service.share() == 30)
        expected = [service.post(body.encode(), path, headers=headers) for path, body, headers in requests()]
        lines = service.lines()
    assert [one[:2] for one in on_ray.answers] == [(one.status_code, one.json()) for one in expected]
    assert [one[2] for one in on_ray.answers] == [headers["X-Request-ID"] for _, _, headers in requests()]
    assert {line["arm"] for line in lines} == {"production", "candidate"}
    assert compared(on_ray.log) == compared(lines)
    assert len(lines) == len(IDS) + len(BAD) + 1
    assert "predict_requests_total{" in on_ray.metrics


@pytest.mark.slow(minutes=2)
def test_several_replicas_log_to_standard_output(on_ray: OnRay) -> None:
    assert [one[2] for one in on_ray.several] == [one[2] for one in on_ray.answers]
    assert {line["request_id"] for line in on_ray.output} == {one[2] for one in on_ray.several}


def test_several_replicas_do_not_share_a_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_DIR", str(tmp_path))
    with pytest.raises(PipelineError, match="set `LOG_DIR=-` and collect"):
        application(tmp_path, replicas=2)


def test_without_ray_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray.serve", None)
    with pytest.raises(PipelineError, match=r'run `pip install "ray\[serve\]>=2.60,<3"`'):
        application(tmp_path)
