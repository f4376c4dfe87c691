"""The container's files: clean for their linters, and what they copy is all that the service needs."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import httpx
import pytest
import tools
import yaml
from emit.wheels import locked
from projects.serving import free_port, served

from nbexport import api, disk
from nbexport.plan import ExportRequest

SCRIPTS = Path(sysconfig.get_path("scripts"))

NOTEBOOK = """\
# %% tags=["data"]
import helpers
import kit.deep
rows = [1.0, 2.0]
# %% tags=["train"]
weight = helpers.total(rows)
# %% tags=["evaluate"]
metrics = {"weight": weight}
# %% tags=["predict"]
def predict(row: float) -> float:
    return kit.deep.twice(row) * weight
predict(2.0)
"""


@pytest.fixture(scope="module", params=[2, 4])
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained project whose notebook's name would like to be more than a name."""
    folder = tmp_path_factory.mktemp("container")
    notebook = folder / "a b\"$(id)'\\ #x.py"
    notebook.write_text(NOTEBOOK, encoding="utf-8")
    (folder / "helpers.py").write_text("def total(rows):\n    return sum(rows)\n", encoding="utf-8")
    (folder / "kit").mkdir()
    (folder / "kit" / "__init__.py").write_text("", encoding="utf-8")
    (folder / "kit" / "deep.py").write_text("def twice(row):\n    return 2 * row\n", encoding="utf-8")
    plan = api.plan(ExportRequest(notebook, level=request.param, output=folder / "project"))
    assert not isinstance(plan, api.Refused), plan.findings
    disk.apply(plan, force=False)
    words = [sys.executable, "train.py", "--output", "models/latest"]
    done = subprocess.run(words, cwd=folder / "project", capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    if request.param == 4:
        shutil.copytree(folder / "project" / "models" / "latest", folder / "project" / "models" / "production")
    return folder / "project"


def test_hadolint_has_no_objection(project: Path) -> None:
    done = subprocess.run(
        [SCRIPTS / "hadolint", "Dockerfile"], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_has_no_objection_and_each_alert_is_tested(project: Path) -> None:
    promtool = tools.promtool()
    folder = project / "monitoring"
    for words in (["check", "config", "prometheus.yml"], ["test", "rules", "alerts_test.yml"]):
        done = subprocess.run([promtool, *words], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    alerts = set(re.findall(r"- alert: (\w+)", (folder / "alerts.yml").read_text(encoding="utf-8")))
    tested = (folder / "alerts_test.yml").read_text(encoding="utf-8")
    assert alerts == set(re.findall(r"eval_time: \w+, alertname: (\w+)", tested))
    assert alerts == set(re.findall(r"alertname: (\w+)\n\s+exp_alerts", tested))
    of_a_platform = {"GuardWentBack", "GuardCannotHelp", "GuardNotLooking", "RolloutReadyToFinish"}
    assert alerts & of_a_platform == (of_a_platform if (project / "platform.toml").exists() else set())


def test_the_dashboard_and_the_alerts_ask_for_metrics_that_there_are(project: Path, tmp_path: Path) -> None:
    dashboard = json.loads((project / "monitoring/dashboard.json").read_text(encoding="utf-8"))
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    asked.append((project / "monitoring" / "alerts.yml").read_text(encoding="utf-8"))
    names = set(re.findall(r"\b(?:predict|model|process|connections|callers)_[a-z_]+", "\n".join(asked))) - {
        "model_version"
    }
    with served(project, project / "models" / "latest", tmp_path) as service:
        assert service.post({"row": 2.0}).status_code == 200
        text = httpx.get(service.url + "/metrics", timeout=60).text
    assert len(names) > 8
    # a counter with labels has no line before it counts
    assert [name for name in names if not re.search(rf"^(# TYPE )?{name}[ {{]", text, re.MULTILINE)] == []


def test_grafana_finds_its_dashboard_and_its_data(project: Path) -> None:
    compose = (project / "compose.yaml").read_text(encoding="utf-8")
    for source in re.findall(r"- \./(\S+?):", compose):
        assert (project / source).exists(), source
    configs = yaml.safe_load(compose)["configs"]
    (data,) = yaml.safe_load(configs["grafana-data"]["content"])["datasources"]
    assert (data["uid"], data["url"]) == ("prometheus", "http://prometheus:9090")
    (files,) = yaml.safe_load(configs["grafana-dashboards"]["content"])["providers"]
    assert f"{files['options']['path']}/service.json:ro" in compose
    dashboard = json.loads((project / "monitoring" / "dashboard.json").read_text(encoding="utf-8"))
    assert {panel["datasource"]["uid"] for panel in dashboard["panels"]} == {"prometheus"}
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids))


def test_compose_is_valid(project: Path) -> None:
    command = [SCRIPTS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def install(project: Path, build: Path, venv: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """COPY and RUN of the Dockerfile's first stage, rehearsed in a folder; the environment that they make."""
    build.mkdir(exist_ok=True)
    stage = (project / "Dockerfile").read_text(encoding="utf-8").rpartition("\nFROM ")[0]
    for pattern in re.findall(r"^COPY (\S+) \./$", stage, re.MULTILINE):
        for path in project.glob(pattern):
            shutil.copy(path, build / path.name)
    (steps,) = re.findall(r"^RUN ((?:.*\\\n)*.*)$", stage, re.MULTILINE)
    script = (
        steps.replace("\\\n", " ").replace("/venv", str(venv)).replace("python -m venv", f"{sys.executable} -m venv")
    )
    return subprocess.run(
        ["sh", "-ec", script], cwd=build, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )


def test_an_image_without_a_lock_is_refused(project: Path, tmp_path: Path) -> None:
    done = install(project, tmp_path / "build", tmp_path / "venv")
    assert done.returncode == 1
    assert done.stderr == "requirements-serve.lock is missing: run 'make lock' and commit what it writes\n"
    assert not (tmp_path / "venv").exists()


def test_what_is_installed_is_all_that_the_service_needs(project: Path, tmp_path: Path) -> None:
    """The virtual environment of the first stage alone starts the service, and holds nothing without a hash."""
    build, venv, wheels = tmp_path / "build", tmp_path / "venv", tmp_path / "wheels"
    build.mkdir()
    lock = build / "requirements-serve.lock"
    lines = (project / "requirements-serve.txt").read_text(encoding="utf-8").split()
    text = locked(lines, wheels)
    index = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}
    lock.write_text(text.replace("--hash=sha256:", "--hash=sha256:0"), encoding="utf-8")
    assert install(project, build, venv, **index).returncode == 1
    lock.write_text(text, encoding="utf-8")
    done = install(project, build, venv, **index)
    assert done.returncode == 0, done.stdout + done.stderr
    ask = "import serve, model; print(model.load_model('models/latest').predict(2.0))"
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    answer = subprocess.run(
        [venv / "bin" / "python", "-c", ask], cwd=project, env=variables, capture_output=True, text=True, check=False
    )
    assert answer.stdout.strip() == "12.0", answer.stderr


def test_the_image_fits_the_pins_and_runs_without_root(project: Path) -> None:
    text = (project / "Dockerfile").read_text(encoding="utf-8")
    images = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert images == [f"python:{sys.version_info.major}.{sys.version_info.minor}-slim-bookworm"] * 2
    last_stage = text.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 10001:10001$", last_stage, re.MULTILINE)
    assert "$(id)" not in text
    assert "download.pytorch.org" not in text  # no torch in this notebook


def test_what_is_copied_is_all_that_the_service_needs(project: Path, tmp_path: Path) -> None:
    """COPY and CMD of the last stage, rehearsed in an empty folder that holds what `.dockerignore` lets through."""
    context, image = tmp_path / "context", tmp_path / "image"
    image.mkdir()
    kept = [
        line[1:] for line in (project / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] == "!"
    ]
    kept.remove("requirements-serve.lock")  # `make lock` writes it, and the first stage alone reads it
    for name in kept:
        source, target = project / name, context / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)
    stage = (project / "Dockerfile").read_text(encoding="utf-8").rpartition("\nFROM ")[2]
    default = re.search(r"^ARG MODEL=(\S+)$", stage, re.MULTILINE)
    assert default is not None
    for line in re.findall(r"^COPY (?!--)(.+)$", stage, re.MULTILINE):
        *sources, target = line.replace("${MODEL}", default[1]).split()
        for source in sources:
            found = context / source
            if found.is_dir():
                shutil.copytree(found, image / target)
            else:
                shutil.copy(found, image / target)
    assert not (image / "train.py").exists()
    assert re.findall(r"^(?:ENV|LABEL) \S+=\$\{MODEL_DIGEST\}$", stage, re.MULTILINE) == [
        "ENV MODEL_DIGEST=${MODEL_DIGEST}",
        "LABEL model.manifest.sha256=${MODEL_DIGEST}",
    ]
    command = re.search(r"^CMD (\[.+\])$", stage.replace("\\\n", ""), re.MULTILINE)
    assert command is not None
    words = [word.strip(' "') for word in command[1].strip("[]").split(",")]
    port = free_port()
    words[words.index("--port") + 1], words[words.index("--host") + 1] = str(port), "127.0.0.1"
    digest = hashlib.sha256((image / "model" / "manifest.json").read_bytes()).hexdigest()
    variables = {**os.environ, "MODEL_DIR": str(image / "model"), "LOG_DIR": str(tmp_path / "logs")}
    # the image of another model: its service does not start
    other = {**variables, "MODEL_DIGEST": "0" * 64}
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=image, env=other, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "is not the one that was promoted" in done.stderr
    variables["MODEL_DIGEST"] = digest
    with subprocess.Popen([sys.executable, "-m", *words], cwd=image, env=variables) as server:
        try:
            patient = httpx.HTTPTransport(retries=8)
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=patient, timeout=60) as client:
                assert client.get("/ready").json()["ready"] is True
                assert client.post("/predict", json={"row": 2.0}).json()["result"] == 12.0
        finally:
            server.terminate()
