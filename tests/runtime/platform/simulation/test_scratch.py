"""A simulation happens in a copy, with models made of the one in production; nothing of the project is changed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import small_project
from nbexport_runtime import bundle
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform import settings
from nbexport_runtime.platform.simulation import candidates, scratch
from nbexport_runtime.traffic import placements

ASKED = """
import json, sys
from pathlib import Path
from nbexport_runtime import bundle
from nbexport_runtime.service import own_code
loaded = own_code.load(Path(sys.argv[1]), None)
found = []
for number in range(400):
    try:
        found.append(loaded.predict(number / 7))
    except RuntimeError as error:
        found.append(str(error))
known = [loaded.predict(*args, **kwargs) for args, kwargs in loaded.examples]
print(json.dumps([found, known == list(loaded.answers), loaded.manifest["version"]]))
"""


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A small project with a model in production, and with things that must not be touched."""
    own = small_project.written(tmp_path_factory.mktemp("scratch") / "project")
    data = small_project.data_set(own, "d-1", small_project.rows(300))
    small_project.frozen(own, "h-1", small_project.rows(300))
    trained = small_project.trained(own, data, "candidate")
    version = str(json.loads((trained / "manifest.json").read_text(encoding="utf-8"))["version"])
    (own.models / "versions").mkdir()
    trained.rename(own.versions / version)
    digest = placements.digest(own.versions / version)
    placements.append(own.placements, version=version, manifest_sha256=digest, reason="promoted")
    (own.root / "platform.toml").write_text('[log]\narchive = "s3://real/archive"\nunit_salt = "x"\n', encoding="utf-8")
    (own.root / "pipeline.toml").write_text('[registry]\ntracking_uri = "https://real"\n', encoding="utf-8")
    for name in ("logs/predictions.jsonl", ".env", "models/traffic.json", ".store/index"):
        (own.root / name).parent.mkdir(exist_ok=True)
        (own.root / name).write_text("real", encoding="utf-8")
    return own


@pytest.fixture
def copy(project: Project, tmp_path: Path) -> Project:
    return scratch.copied(project, scratch.prepared(tmp_path / "simulation"))


def asked(copy: Project, version: str) -> list[object]:
    """What a version answers, in a process as the service has one for it."""
    done = subprocess.run(
        [sys.executable, "-c", ASKED, str(copy.versions / version)],
        cwd=copy.code,
        env=scratch.variables(copy, Path("/dev/null"))
        | {"PYTHONPATH": f"{copy.code}:{small_project.RUNTIME}", "SIMULATED_CLOCK": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[object] = json.loads(done.stdout)
    return found


def test_the_copy_has_what_serves_and_nothing_that_is_real(project: Project, copy: Project) -> None:
    names = contents(copy.root).keys()
    assert copy.journal.production == project.journal.production
    assert contents(copy.production) == contents(project.current or Path())
    assert {"model.py", "train.py", "data/holdout/h-1/manifest.json"} <= names
    assert not [name for name in names if name.startswith(("logs", ".env", ".store", "data/sets"))]
    assert "models/traffic.json" not in names
    assert settings.read(copy.root / settings.NAME).log.archive == "logs/archive"
    assert not copy.settings().registry.tracking_uri


def test_nothing_of_the_project_is_changed(project: Project, tmp_path: Path) -> None:
    before = contents(project.root)
    made = scratch.copied(project, scratch.prepared(tmp_path / "simulation"))
    candidates.broken(made, 0.5)
    candidates.better(made)
    assert contents(project.root) == before


def test_its_processes_know_no_real_place(copy: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PIPELINE_STORE", "MLFLOW_TRACKING_URI", "MODEL_DIR", "API_KEYS_FILE", "FEATURES_ONLINE", "REDIS_URL"):
        monkeypatch.setenv(name, "s3://real")
    monkeypatch.setenv("PLAIN", "kept")
    variables = scratch.variables(copy, Path("clock"))
    assert "s3://real" not in variables.values()
    assert variables["PLAIN"] == "kept"
    assert Path(variables["PIPELINE_STORE"]).parent == copy.root.parent


def test_a_simulation_replaces_a_simulation_and_nothing_else(project: Project, tmp_path: Path) -> None:
    folder = scratch.prepared(tmp_path / "simulation")
    (folder / "old").touch()
    assert not (scratch.prepared(folder) / "old").exists()
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "thesis.txt").touch()
    with pytest.raises(PipelineError, match="name another with `--output`"):
        scratch.prepared(tmp_path / "work")
    assert (tmp_path / "work" / "thesis.txt").exists()


def test_an_archive_that_cannot_be_changed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "platform.toml"
    path.write_text('log = { archive = "s3://real" }\n', encoding="utf-8")
    with pytest.raises(PipelineError, match="on a line of its own"):
        scratch.isolated(path, "log", "archive", "logs/archive")


def test_without_production_it_says_how_to_get_one(tmp_path: Path) -> None:
    own = small_project.written(tmp_path / "project")
    with pytest.raises(PipelineError, match=r"python retrain\.py"):
        scratch.copied(own, scratch.prepared(tmp_path / "simulation"))


def test_a_broken_candidate_fails_its_share_and_gives_its_known_answers(copy: Project) -> None:
    found, known, version = asked(copy, candidates.broken(copy, 0.3))
    failed = [answer for answer in found if answer == "the simulated candidate is broken"]  # type: ignore[attr-defined]
    # three standard deviations of a share of 400
    assert len(failed) / 400 == pytest.approx(0.3, abs=0.07)
    assert known
    assert str(version).endswith("-broken")


def test_the_better_candidate_answers_as_production_does(copy: Project) -> None:
    placed = copy.journal.production
    assert placed is not None
    (answers, _, version), (expected, _, _) = asked(copy, candidates.better(copy)), asked(copy, placed.version)
    assert answers == expected
    assert version == f"{placed.version}-better"


def test_candidates_are_whole_bundles(copy: Project) -> None:
    for version in (candidates.broken(copy, 0.5), candidates.better(copy)):
        facts = json.loads((copy.versions / version / "manifest.json").read_text(encoding="utf-8"))
        bundle.compare_files(copy.versions / version, facts["files"])
        assert placements.VERSION.fullmatch(version)
