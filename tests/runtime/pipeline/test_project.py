"""The project of a command: found from the command's own path, whatever folder a person stands in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbexport_runtime
import pytest
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import ROOT, find, of
from nbexport_runtime.pipeline.stages import Stage, Stages
from nbexport_runtime.traffic import placements

RUNTIME = Path(nbexport_runtime.__file__).parents[1]


@pytest.fixture(autouse=True)
def path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put back the path on which modules are found."""
    monkeypatch.setattr(sys, "path", [*sys.path])


def test_the_folder_of_the_command_or_the_one_above_is_the_project(tmp_path: Path) -> None:
    (tmp_path / "stages.py").write_text("", encoding="utf-8")
    (tmp_path / "scripts").mkdir()
    assert find(tmp_path / "evaluate.py") == find(tmp_path / "scripts" / "fetch_data.py") == of(tmp_path)
    assert find(tmp_path / "evaluate.py").candidate == tmp_path / "models" / "candidate"
    assert str(tmp_path) in sys.path
    with pytest.raises(PipelineError, match=r"there is no `stages\.py`"):
        find(tmp_path / "a" / "b" / "evaluate.py")


def test_the_data_and_models_of_another_project_may_be_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ROOT, str(tmp_path / "project"))
    own = of(tmp_path / "code")
    assert (own.code, own.models) == (tmp_path / "code", tmp_path / "project" / "models")


def test_production_is_there_once_it_has_a_manifest(tmp_path: Path) -> None:
    own = of(tmp_path)
    assert own.current is None
    own.production.mkdir(parents=True)
    (own.production / "manifest.json").write_text("{}", encoding="utf-8")
    assert own.current == own.production


def test_once_there_is_a_journal_it_alone_says_what_is_in_production(tmp_path: Path) -> None:
    own = of(tmp_path)
    for folder in (own.production, own.versions / "v1"):
        folder.mkdir(parents=True)
        (folder / "manifest.json").write_text(f'"{folder.name}"', encoding="utf-8")
    sha256 = placements.digest(own.versions / "v1")
    placements.append(own.placements, version="v1", manifest_sha256=sha256, reason=placements.PROMOTED)
    assert own.current == own.versions / "v1"
    (own.versions / "v1" / "manifest.json").write_text("changed", encoding="utf-8")
    with pytest.raises(
        PipelineError, match=r"another sha256; bring it back from the store with `python registry\.py sync"
    ):
        _ = own.current


@pytest.mark.parametrize("text", ["", "[project]\n", "project = 3", "["])
def test_a_project_without_a_name_says_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    with pytest.raises(PipelineError, match="does not name the project"):
        _ = of(tmp_path).name


def test_what_an_earlier_data_cell_hands_on() -> None:
    first = Stage("load", "data", gives=("raw", "ids"))
    last = Stage("split", "data", takes=("raw",), gives=("train", "test"))
    train = Stage("train", "train", takes=("train", "ids"), gives=("model",))
    assert Stages("n", (first, last, train)).passed_on == ("ids",)
    assert Stages("n", (train,)).passed_on == ()


def test_data_that_another_stage_writes_is_loaded_through_it() -> None:
    raw = Stage("load_data", "data", gives=("raw",), path="data")
    prepare = Stage("prepare", "features", takes=("raw",), gives=("clean_csv",))
    aside = Stage("describe", "features", takes=("raw",), gives=("shown",))
    rows = Stage("load_rows", "data", takes=("clean_csv",), gives=("rows",))
    train = Stage("train_model", "train", takes=("rows",), gives=("model",))
    table = Stages("n", (raw, prepare, aside, rows, train))
    assert table.loading == (raw, prepare, rows)
    assert table.kept == (raw,), "a snapshot keeps nothing that an option of another stage decides"
    adding = Stage("add_rows", "features", takes=("clean_csv",))
    assert Stages("n", (raw, prepare, adding, rows, train)).loading == (raw, prepare, adding, rows)
    assert Stages("n", (raw, train)).loading == Stages("n", (raw, train)).kept == (raw,)


@pytest.mark.parametrize(("gives", "result"), [((), None), (("a",), 1), (("a", "b"), (1, 2))])
def test_a_stage_names_what_it_returns(gives: tuple[str, ...], result: object) -> None:
    stage = Stage("f", "data", gives=gives)
    assert stage.named(result) == dict(zip(gives, (1, 2), strict=False))
    assert stage.result({"a": 1, "b": 2}) == result


@pytest.mark.parametrize("command", ["promote", "rollout"])
def test_what_is_used_in_an_incident_imports_the_standard_library_alone(command: str, tmp_path: Path) -> None:
    code = f"import nbexport_runtime.pipeline.commands.{command}"
    environment = {**os.environ, "PYTHONPATH": str(RUNTIME)}
    # -S: nothing that is installed
    words = [sys.executable, "-S", "-B", "-c", code]
    done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
