"""`verify --fresh`: a project runs where only its own requirements are."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from nbexport import api, disk
from nbexport.errors import NbexportError
from nbexport.plan import ExportRequest, Plan
from nbexport.report import verdict
from nbexport.shell.cli import main
from nbexport.verify.fresh import FreshEnvironments
from nbexport.verify.limits import Limits
from nbexport.verify.stopping import Stop, StoppedError
from nbexport.verify.verification import Fresh, Verification

NOTEBOOK = """\
# %%
import numpy as np
import scaling
# %% tags=["data"]
rows = np.arange(4.0)
# %% tags=["train"]
weight = float(rows.sum() * scaling.factor())
# %% tags=["evaluate"]
metrics = {"weight": weight}
# %% tags=["predict"]
def predict(row: float) -> float:
    return row * weight
predict(2.0)
"""


def project(folder: Path, *requirements: str) -> Path:
    folder.mkdir()
    (folder / "requirements.txt").write_text("\n".join(requirements) + "\n", encoding="utf-8")
    return folder


def environments(project: Path, scratch: Path, said: list[str], stop: Stop | None = None) -> FreshEnvironments:
    scratch.mkdir()
    return FreshEnvironments(
        project, scratch=scratch, progress=said.append, stop=stop or Stop(), limits=Limits(), python=sys.executable
    )


def by(installer: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have one installer on the path, or an empty folder alone."""
    # uv comes with the tests; without it there is nothing on the path, whatever this machine has
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent if installer == "uv" else folder))
    assert (shutil.which("uv") is not None) == (installer == "uv")


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_an_index_that_cannot_be_reached_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installer: str
) -> None:
    by(installer, tmp_path, monkeypatch)
    for name in ("UV_DEFAULT_INDEX", "PIP_INDEX_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    monkeypatch.setenv("UV_HTTP_RETRIES", "1")
    said: list[str] = []
    with pytest.raises(NbexportError) as caught:
        environments(project(tmp_path / "project", "no-such-shop==1"), tmp_path / "scratch", said).training()
    assert caught.value.what == "no package index can be reached, so there is no fresh environment"
    assert said == [f"fresh environment for the training: {installer} installs requirements.txt"]


def test_torch_comes_from_the_usual_index_where_its_own_cannot_be_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by("uv", tmp_path, monkeypatch)
    index = tmp_path / "simple" / "torch"
    index.mkdir(parents=True)
    wheel = "torch-1.0-py3-none-any.whl"
    with zipfile.ZipFile(index / wheel, "w") as archive:
        archive.writestr("torch/__init__.py", "here = True\n")
        archive.writestr("torch-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: torch\nVersion: 1.0\n")
        archive.writestr("torch-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("torch-1.0.dist-info/RECORD", "")
    (index / "index.html").write_text(f'<a href="{wheel}">{wheel}</a>', encoding="utf-8")
    monkeypatch.setenv("UV_DEFAULT_INDEX", (tmp_path / "simple").as_uri())
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.setattr("nbexport.verify.fresh.CPU_WHEELS", "http://127.0.0.1:9/cpu")
    said: list[str] = []
    python = environments(project(tmp_path / "project", "torch==1.0"), tmp_path / "scratch", said).training()
    assert said[1:] == [
        "http://127.0.0.1:9/cpu cannot be reached: torch comes from the usual index, which takes longer"
    ]
    done = subprocess.run([python, "-c", "import torch; print(torch.here)"], check=True, capture_output=True, text=True)
    assert done.stdout == "True\n"


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_a_line_that_nothing_fulfils_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installer: str) -> None:
    by(installer, tmp_path, monkeypatch)
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(NbexportError) as caught:
        environments(project(tmp_path / "project", "no-such-shop==1"), tmp_path / "scratch", []).training()
    assert caught.value.what == "requirements.txt cannot be installed in an empty environment"
    assert "no-such-shop" in (caught.value.why or "")


def test_nothing_is_installed_when_it_is_asked_to_stop(tmp_path: Path) -> None:
    stop = Stop()
    stop.ask()
    with pytest.raises(StoppedError):
        environments(project(tmp_path / "project"), tmp_path / "scratch", [], stop).training()
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.parametrize(
    ("fresh", "passed", "words"),
    [
        (Fresh("uv", 5, True), True, "an empty environment that uv made: 5 packages, no others. Its tests pass."),
        (Fresh("pip", 1, None), True, "an empty environment that pip made: 1 package, no others."),
        (Fresh("uv", 5, False, "1 failed"), False, "the project's tests fail in a fresh environment:\n    1 failed"),
    ],
)
def test_the_verdict_says_what_the_project_ran_in(fresh: Fresh, passed: bool, words: str) -> None:
    found = Verification("a.ipynb", "0", True, 0.0, ("m",), (), 0, (), (), fresh=fresh)
    assert found.passed is passed
    assert words in verdict.lines(found)
    assert json.loads(found.as_json())["fresh"]["packages"] == fresh.packages


@pytest.mark.slow(minutes=3)
def test_training_service_and_tests_run_in_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    notebook = tmp_path / "sums.py"
    notebook.write_text(NOTEBOOK, encoding="utf-8")
    (tmp_path / "scaling.py").write_text("def factor():\n    return float(open('factor.txt').read())\n")
    (tmp_path / "factor.txt").write_text("2.5")
    plan = api.plan(ExportRequest(notebook, tmp_path / "sums", 2))
    assert isinstance(plan, Plan)
    disk.apply(plan)
    before = {path for path in (tmp_path / "sums").rglob("*") if "__pycache__" not in path.parts}
    assert main(["verify", str(notebook), "--fresh"]) == 0
    said = capsys.readouterr().out
    assert "no others. Its tests pass." in said
    assert "answers of the live service" in said
    after = {path for path in (tmp_path / "sums").rglob("*") if "__pycache__" not in path.parts}
    assert {path.name for path in after - before} == {"verification.json", "verified.json"}
    # what is installed here helps no project
    requirements = tmp_path / "sums" / "requirements.txt"
    lines = requirements.read_text(encoding="utf-8").splitlines()
    requirements.write_text("\n".join(line for line in lines if not line.startswith("numpy")), encoding="utf-8")
    assert main(["verify", str(notebook)]) == 0
    capsys.readouterr()
    assert main(["verify", str(notebook), "--fresh"]) == 2
    assert "No module named 'numpy'" in capsys.readouterr().err
