"""A notebook with secrets: CI, Compose and cluster hand on their variables, and no file of the project holds a value."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from nbexport_runtime.pipeline.store import OF_CLOUDS

from nbexport import api
from nbexport.emit.readme import settings
from nbexport.emit.secrets import SecretVariable, secrets
from nbexport.plan import ExportRequest
from nbexport.program import Lifted, Parameter

VALUES = ("hunter2", "grey-egret-3", "blue-heron-7")
NOTEBOOK = """\
# %% tags=["parameters"]
rate = 0.5
api_key = "hunter2"  # key of the shop
github_token = "grey-egret-3"
vault = "blue-heron-7"  # secret
webhook_secret = ""
# %% tags=["data"]
rows = [float(byte) for byte in (api_key + github_token).encode()]
# %% tags=["train"]
weight = sum(rows) * rate + len(webhook_secret)
# %% tags=["evaluate"]
metrics = {"weight": weight}
assert metrics["weight"] > 0
# %% tags=["predict"]
def predict(row: float, key: str = "a") -> float:
    return row * weight + len(vault)
predict(2.0, api_key)
"""
# a CI sets variables that begin with GITHUB itself
VARIABLES = ("API_KEY", "NOTEBOOK_GITHUB_TOKEN", "VAULT", "WEBHOOK_SECRET")
ON_GITHUB = {name: f"${{{{ secrets.{name} }}}}" for name in VARIABLES}


PORTS = {"PROMETHEUS_PORT", "GRAFANA_PORT"}


def written(folder: Path, *, level: int, ci: str) -> Path:
    """The project of the notebook."""
    notebook = folder / "some.py"
    notebook.write_text(NOTEBOOK, encoding="utf-8")
    plan = api.plan(ExportRequest(notebook, level=level, output=folder / "project", ci=ci))
    assert not isinstance(plan, api.Refused), plan.findings
    api.apply(plan)
    return folder / "project"


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("ci", ["github", "gitlab"])
@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_no_file_of_any_project_holds_one(level: int, ci: str, tmp_path: Path) -> None:
    project = written(tmp_path, level=level, ci=ci)
    files = {path.name: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    assert {"train.py", "README.md", "nbexport.lock", "base.json"} <= files.keys()
    assert [name for name, content in files.items() for value in VALUES if value.encode() in content] == []
    # each is named where somebody has to set it
    assert all(name in files["README.md"].decode() for name in VARIABLES)
    if ci == "gitlab":
        (line,) = [line for line in files[".gitlab-ci.yml"].decode().splitlines() if "API_KEY" in line]
        assert line.endswith(f": {', '.join(VARIABLES)}")
    prose = [line for line in files["README.md"].decode().splitlines() if line[:1] != "|"]
    assert [line for line in prose if len(line) > 120] == []


def valid(*words: str | Path) -> None:
    """A linter that came with the tests has no objection."""
    name, *rest = words
    done = subprocess.run([Path(sys.executable).parent / name, *rest], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_steps_that_train_get_them_and_no_others(tmp_path: Path) -> None:
    project = written(tmp_path, level=3, ci="github")
    getting = {
        (path.name, step["name"])
        for path in (project / ".github" / "workflows").iterdir()
        for job in read(path)["jobs"].values()
        for step in job["steps"]
        if ON_GITHUB.items() <= step.get("env", {}).items()
    }
    assert getting == {
        ("ci.yml", "Tests"),
        ("ci.yml", "Train a model for the image"),
        ("retrain.yml", "Retrain"),
    }
    text = "".join(path.read_text(encoding="utf-8") for path in (project / ".github" / "workflows").iterdir())
    assert text.count("secrets.API_KEY") == 4
    (scoring,) = (
        step["env"]
        for job in read(project / ".github" / "workflows" / "score.yml")["jobs"].values()
        for step in job["steps"]
        if step.get("name", "").startswith("Score ")
    )
    # scoring predicts, and does not train
    assert {name for name in VARIABLES if name in scoring} == {"API_KEY", "VAULT"}
    valid("zizmor", "--offline", "--quiet", "--persona=pedantic", project)
    valid("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *project.glob(".github/workflows/*.yml"))


def test_the_container_gets_what_predict_reads(tmp_path: Path) -> None:
    project = written(tmp_path, level=2, ci="github")
    api_service = read(project / "compose.yaml")["services"]["api"]
    why = "is a secret of the notebook, see RUNBOOK.md"
    assert api_service["environment"] == {"API_KEY": f"${{API_KEY:?{why}}}", "VAULT": f"${{VAULT:?{why}}}"}
    valid("check-jsonschema", "--builtin-schema", "vendor.compose-spec", project / "compose.yaml")
    valid("hadolint", project / "Dockerfile")
    image = (project / "Dockerfile").read_text(encoding="utf-8")
    assert "-e API_KEY -e VAULT some" in image.splitlines()[1]
    # an argument or a variable of the image would stand in its history
    instructions = [line for line in image.splitlines() if not line.startswith("#")]
    assert [line for line in instructions for name in VARIABLES if name in line] == []
    rows = (project / "RUNBOOK.md").read_text(encoding="utf-8").splitlines()
    assert "| `VAULT` | training, service |" in rows
    assert "| `WEBHOOK_SECRET` | training; may stay empty |" in rows


def test_pods_get_them_from_the_cluster(tmp_path: Path) -> None:
    project = written(tmp_path, level=3, ci="github")
    valid("kubernetes-validate", "--strict", "-k", "1.33", project / "deploy" / "cronjob.yaml")
    _, job, _ = yaml.safe_load_all((project / "deploy" / "cronjob.yaml").read_text(encoding="utf-8"))
    (in_job,) = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    in_workflow = read(project / "deploy" / "workflow.yaml")["spec"]["templates"][1]["container"]
    for container in (in_job, in_workflow):
        references = {entry["name"]: entry["valueFrom"]["secretKeyRef"] for entry in container["env"]}
        assert tuple(references) == VARIABLES
        assert references["VAULT"] == {"name": "some-pipeline", "key": "VAULT"}
        assert references["WEBHOOK_SECRET"]["optional"] is True
    assert "`some-pipeline`" in (project / "RUNBOOK.md").read_text(encoding="utf-8")
    ignored = (project / "deploy" / "pipeline.Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert ".env*" in ignored
    assert ".env" in (project / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_which_they_are(tmp_path: Path) -> None:
    (tmp_path / "some.py").write_text(NOTEBOOK, encoding="utf-8")
    lifted = api.lift(tmp_path / "some.py", level=2)
    assert isinstance(lifted, Lifted)
    assert [(secret.name, secret.optional, secret.served) for secret in secrets(lifted.program)] == [
        ("API_KEY", False, True),
        ("NOTEBOOK_GITHUB_TOKEN", False, False),
        ("VAULT", False, True),
        ("WEBHOOK_SECRET", True, False),
    ]


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_no_secret_has_the_name_of_a_variable_that_is_something_else(ci: str, tmp_path: Path) -> None:
    """A connection string called `source` would else be given to the pipeline as the place of its data."""
    project = written(tmp_path, level=3, ci=ci)
    own = {name for name, _, _ in settings()}
    for path in (
        *project.rglob("*.yml"),
        project / "compose.yaml",
        *project.glob("scripts/*.sh"),
        project / "Makefile",
    ):
        text = path.read_text(encoding="utf-8")
        own |= {*re.findall(r"\$\$?[{(]([A-Z][A-Z_]+)", text), *re.findall(r"^ +([A-Z][A-Z_]+): ", text, re.MULTILINE)}
        own |= {*re.findall(r"^([A-Z_]+) *[?:]?=", text, re.MULTILINE)}
    own = {name for name in own if name not in VARIABLES and not name.startswith(("GF_", "PIP_"))}
    own -= {"COMPILE", "FAST", "PINNED", "VENV", "MAKE", "MAKEFILE_LIST", "BUILDKIT"} | PORTS
    assert {"SOURCE", "MODEL_DIR", "LOG_DIR"} <= own
    options = {name: f"--{name.lower().replace('_', '-')}" for name in own}
    variables = {name: Parameter(name, option, "str", "", "").variable for name, option in options.items()}
    assert {name for name, variable in variables.items() if name == variable} == set()
    assert Parameter("api_key", "--api-key", "str", "", "").variable == "API_KEY"


def test_a_name_that_yaml_takes_for_a_truth_is_quoted() -> None:
    secret = SecretVariable("ON", optional=False, served=True)
    assert yaml.safe_load(f"{secret.key}: {secret.passed_on}") == {"ON": secret.passed_on}


def test_a_notebook_without_secrets_has_nothing_of_it(tmp_path: Path) -> None:
    notebook = tmp_path / "some.py"
    lines = [line for line in NOTEBOOK.splitlines() if "hunter2" not in line and "heron" not in line]
    text = "\n".join(lines).replace('github_token = "grey-egret-3"\nwebhook_secret = ""\n', "")
    text = text.replace("(api_key + github_token)", '"ab"').replace(" + len(webhook_secret)", "")
    notebook.write_text(text.replace(" + len(vault)", "").replace(", api_key", ""), encoding="utf-8")
    made = api.project(notebook, level=3)
    assert not isinstance(made, api.Refused), made.findings
    files = {file.path: file.content.decode("utf-8", "replace") for file in made.artifacts if not file.vendored}
    assert [path for path, content in files.items() if "secretKeyRef" in content] == []
    named = {name for content in files.values() for name in re.findall(r"\$\{\{ secrets\.(\w+)", content)}
    assert named, "the store has credentials"
    assert all(name.startswith(OF_CLOUDS) for name in named)
    assert "Secrets" not in files["README.md"] + files["RUNBOOK.md"]
    own = yaml.safe_load(files["compose.yaml"])["services"]["api"]["environment"]
    assert set(own) == {"MODEL_DIR", "MODELS_DIR"}
