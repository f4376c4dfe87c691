"""The file of the registry: it can be moved, it is made whole or not at all, and it takes over what earlier exports made."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from nbexport_runtime import bundle
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.registry import Registry

# MLflow asks SQLAlchemy for what it will not have for ever
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")

RUNTIME = Path(__file__).parents[3] / "runtime"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return project_in(tmp_path / "before")


def project_in(folder: Path) -> Project:
    folder.mkdir(exist_ok=True)
    (folder / "pyproject.toml").write_text('[project]\nname = "some"\n', encoding="utf-8")
    return Project(folder, folder)


def model(folder: Path, weight: float) -> Path:
    facts: dict[str, Any] = {"metrics": {"auc": weight}, "parameters": {"rate": 1}, "run": "r-1"}
    bundle.save(
        {"weight": weight}, folder, strict=True, examples=[], created=f"2026-01-0{int(weight)}T00:00:00", **facts
    )
    return folder


def absolute(file: Path) -> list[str]:
    """Every text of a database that is an absolute path."""
    with closing(sqlite3.connect(file)) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        values = [value for name in tables for row in database.execute(f"SELECT * FROM {name}") for value in row]
    return [value for value in values if isinstance(value, str) and (value.startswith("/") or "file:" in value)]


def test_a_moved_registry_has_its_models_and_takes_new_ones(project: Project, tmp_path: Path) -> None:
    first = Registry(project).register(model(tmp_path / "one", 1))
    assert absolute(project.models / "registry.db") == []
    project.root.rename(tmp_path / "after")
    moved = project_in(tmp_path / "after")
    registry = Registry(moved)
    kept = registry.bundle(first.version)
    assert kept.is_relative_to(tmp_path / "after")
    assert json.loads((kept / "manifest.json").read_text("utf-8"))["version"] == first.version
    assert first.tags["log"] == "models/runs/r-1"
    second = registry.register(model(tmp_path / "two", 2))
    assert [version.version for version in registry.versions()] == [second.version, first.version]
    assert registry.get("candidate").version == second.version
    assert absolute(moved.models / "registry.db") == []
    assert not project.root.exists()


def test_a_registry_of_an_earlier_export_is_made_relocatable(project: Project, tmp_path: Path) -> None:
    from mlflow import MlflowClient

    project.models.mkdir()
    file = project.models / "registry.db"
    client = MlflowClient(f"sqlite:///{file}", f"sqlite:///{file}")
    experiment = client.create_experiment("some", artifact_location=(project.models / "artifacts").as_uri())
    run = client.create_run(experiment)
    made = model(tmp_path / "one", 1)
    version = json.loads((made / "manifest.json").read_text("utf-8"))["version"]
    client.log_artifacts(run.info.run_id, str(made), "bundle")
    client.create_registered_model("some")
    source = f"runs:/{run.info.run_id}/bundle"
    client.create_model_version("some", source=source, run_id=run.info.run_id, tags={"version": version})
    assert absolute(file)
    project.root.rename(tmp_path / "after")
    moved = project_in(tmp_path / "after")
    kept = Registry(moved).bundle(version)
    assert kept == moved.models / "artifacts" / run.info.run_id / "artifacts" / "bundle"
    assert (kept / "manifest.json").is_file()
    assert absolute(moved.models / "registry.db") == []
    # where MLflow's own interface looks, from the project's folder
    with closing(sqlite3.connect(moved.models / "registry.db")) as database:
        places = [place for (place,) in database.execute("SELECT artifact_uri FROM runs")]
    assert places == [f"models/artifacts/{run.info.run_id}/artifacts"]


def test_a_model_that_is_nowhere_is_named(project: Project, tmp_path: Path) -> None:
    registry = Registry(project)
    version = registry.register(model(tmp_path / "one", 1))
    (project.models / "artifacts" / version.run).rename(tmp_path / "gone")
    with pytest.raises(PipelineError, match=rf"the model `{version.version}` is neither in .* nor in the store"):
        registry.bundle(version.version)


def test_a_notebook_finds_all_of_mlflow_after_the_registry_was_opened(project: Project) -> None:
    """The project's own code is imported in the same process; MLflow without pandas would have no `from_pandas`."""
    code = (
        "import sys; from pathlib import Path\n"
        "from nbexport_runtime.pipeline.project import Project\n"
        "from nbexport_runtime.pipeline.registry import Registry\n"
        "folder = Path(sys.argv[1]); Registry(Project(folder, folder))\n"
        "from mlflow.data import from_pandas\n"
    )
    words = [sys.executable, "-c", code, str(project.root)]
    environment = {**os.environ, "PYTHONPATH": str(RUNTIME)}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow(minutes=1)
def test_a_kill_while_it_is_made_leaves_none_or_a_whole_one(tmp_path: Path) -> None:
    code = "import sys\nfrom pathlib import Path\nfrom nbexport_runtime.pipeline import registry\n"
    code += "import mlflow\nprint('go', flush=True)\nregistry.make(Path(sys.argv[1]), 'some')\n"
    drawn = random.Random(3)
    left = 0
    for attempt in range(4):
        project = project_in(tmp_path / str(attempt))
        file = project.models / "registry.db"
        words = [sys.executable, "-c", code, str(file)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(RUNTIME), *sys.path])}
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"go\n"
            # within the migrations: some file of a database has content
            while process.poll() is None and not any(path.stat().st_size for path in project.root.rglob("registry.db")):
                time.sleep(0.001)
            time.sleep(drawn.uniform(0, 0.05))
            os.kill(process.pid, signal.SIGKILL)
        left += not file.exists()
        registry = Registry(project)
        assert registry.versions() == []
        assert registry.register(model(tmp_path / f"model{attempt}", 1)).number == 1
    assert left
