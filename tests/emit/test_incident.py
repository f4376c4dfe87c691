"""The first page of the runbook: its commands run as they are pasted, with nothing but Python, and go back."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import SOUND
from nbexport_runtime.traffic import placements, traffic
from nbexport_runtime.traffic.placements import PROMOTED
from projects.serving import served, until

from nbexport import api
from nbexport.plan import ExportRequest

COMMANDS = ("python -m nbexport_runtime.traffic", "python rollout.py abort", "python promote.py --rollback")


@pytest.fixture
def project(made: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return shutil.copytree(made, tmp_path / "project")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A level 3 project with two productions, one after the other, and a candidate that has traffic."""
    folder = tmp_path_factory.mktemp("incident")
    (folder / "sound.py").write_text(SOUND, encoding="utf-8")
    project = folder / "project"
    plan = api.plan(ExportRequest(folder / "sound.py", level=3, output=project))
    assert not isinstance(plan, api.Refused)
    api.apply(plan)
    models = project / "models"
    for number, rate in enumerate(("0.5", "0.75", "1.0")):
        words = (sys.executable, "train.py", "--rate", rate, "--output", "models/new", "--log-level", "ERROR")
        subprocess.run(words, cwd=project, check=True, capture_output=True)
        version = version_of(models / "new")
        (models / "versions").mkdir(exist_ok=True)
        (models / "new").rename(models / "versions" / version)
        sha256 = placements.digest(models / "versions" / version)
        if number < 2:
            placed = placements.append(
                models / placements.NAME, version=version, manifest_sha256=sha256, reason=PROMOTED
            )
        else:
            split = traffic.split_of(placed, {version: 10}, salt="s", key_header="X-Rollout-Key", started="now")
            traffic.write(models / traffic.NAME, split)
    return project


def version_of(bundle: Path) -> str:
    """The version of a bundle."""
    found = re.search(r'"version": "([^"]+)"', (bundle / "manifest.json").read_text(encoding="utf-8"))
    assert found is not None
    return found[1]


def page(project: Path) -> str:
    text = (project / "RUNBOOK.md").read_text(encoding="utf-8")
    head, _, _ = text.partition("\n## Alerts")
    assert head.startswith("# Runbook\n")
    return head


def pasted(project: Path, command: str) -> subprocess.CompletedProcess[str]:
    """A command of the page, with the standard library alone, no network and no home."""
    words = [sys.executable, "-S", *command.split()[1:]]
    return subprocess.run(words, cwd=project, env={"PATH": "/nowhere"}, capture_output=True, text=True, check=False)


def test_the_page_comes_first_and_its_commands_go_back(project: Path) -> None:
    assert [command for command in COMMANDS if f"\n{command} " not in page(project)] == []
    journal = placements.read(project / "models" / placements.NAME)
    first, second = (placement.version for placement in journal.placements)
    before, aborted, back = (pasted(project, command) for command in COMMANDS)
    for done in (before, aborted, back):
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
    assert f"production  {second}  90 %" in before.stdout
    assert f"a rollback goes to {first}" in before.stdout
    after = pasted(project, COMMANDS[0]).stdout
    assert f"production  {first}  100 %" in after
    assert "rolled back" in after


def test_a_container_follows_the_folder_that_is_mounted(project: Path, tmp_path: Path) -> None:
    """As `MODEL_DIR= docker compose up` starts it: the image has a model and names it, and is told to follow instead."""
    image = shutil.copytree(project, tmp_path / "image", ignore=shutil.ignore_patterns("models"))
    environment = yaml.safe_load((project / "compose.yaml").read_text(encoding="utf-8"))["services"]["api"][
        "environment"
    ]
    assert environment["MODEL_DIR"] == "${MODEL_DIR-/app/model}"
    first, second = placements.read(project / "models" / placements.NAME).placements
    folder = str(project / "models")
    with served(image, None, tmp_path / "run", MODEL_DIR="", MODELS_DIR=folder, MODEL_DIGEST="0" * 64) as service:
        assert service.health()["model_version"] == second.version
        until(lambda: service.share() == 10)
        assert pasted(project, COMMANDS[2]).returncode == 0
        until(lambda: bool(service.health()["model_version"] == first.version))
        until(lambda: service.share() == 0)


def test_the_ci_of_the_page_is_that_of_the_project(project: Path) -> None:
    workflow = (project / ".github" / "workflows" / "retrain.yml").read_text(encoding="utf-8")
    for name in re.findall(r"`(\w+)`: (?:abort|previous)", page(project)):
        assert re.search(rf"^      {name}:$", workflow, re.MULTILINE), name
    deployment = re.search(r"deployment/(\S+)`", page(project))
    assert deployment is not None
    assert f"name: {deployment[1]}\n" in (project / "deploy" / "service.yaml").read_text(encoding="utf-8")
