"""The exported project: exactly these files, valid in their own languages whatever the notebook says."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import subprocess
import sys
import tomllib
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from nbexport import api, emit, levels
from nbexport.api import Lifted, lift
from nbexport.emit import templating
from nbexport.errors import NbexportError
from nbexport.program import Predict, Program, Source
from nbexport.record import replace

HOSTILE = '"]] x = 1 \\ \'\'\' """ [[ 7 * 7 ]] {{ 7 * 7 }} [% if %] `rm` <b>|$(id)'

NOTEBOOK = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {},
    "cells": [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": f"# {HOSTILE}\n\n{HOSTILE}"},
        {
            "cell_type": "code",
            "id": "b",
            "metadata": {"tags": ["parameters"]},
            "execution_count": 1,
            "outputs": [],
            "source": f"rate = 0.5  # {HOSTILE}\nname = {HOSTILE!r}\n",
        },
        {"cell_type": "markdown", "id": "c", "metadata": {}, "source": f"## {HOSTILE}\n{HOSTILE}\\"},
        {
            "cell_type": "code",
            "id": "d",
            "metadata": {"tags": ["train"]},
            "execution_count": 2,
            "outputs": [],
            "source": "import helpers\nweight = helpers.six() * rate + len(name)\n",
        },
        {
            "cell_type": "code",
            "id": "e",
            "metadata": {"tags": ["evaluate"]},
            "execution_count": 3,
            "outputs": [],
            "source": f"metrics = {{{HOSTILE!r}: weight}}\nassert metrics[{HOSTILE!r}] > 0\n",
        },
        {
            "cell_type": "code",
            "id": "f",
            "metadata": {"tags": ["predict"]},
            "execution_count": 4,
            "outputs": [],
            "source": f"def predict(row: float) -> float:\n    {HOSTILE.replace(chr(34), '')!r}\n    return row * weight\npredict(2.0)\n",
        },
    ],
}

FILES = {
    ".gitattributes",
    ".github/workflows/ci.yml",
    ".gitignore",
    "Makefile",
    "README.md",
    "definitions.py",
    "helpers.py",
    "model.py",
    "numbers_here.py",
    "pyproject.toml",
    "requirements.txt",
    "tests/figures.json",
    "tests/test_training.py",
    "train.py",
}


def lifted(path: Path) -> Program:
    found = lift(path, level=1)
    assert isinstance(found, Lifted), [finding.problem.message for finding in found.findings]
    return found.program


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A notebook's folder with local modules beside it; its name is hostile too."""
    made = tmp_path_factory.mktemp("work")
    (made / 'a`b [[ 1 ]] "c".ipynb').write_text(json.dumps(NOTEBOOK), encoding="utf-8")
    (made / "helpers.py").write_text("import numbers_here\n\n\ndef six():\n    return numbers_here.SIX\n")
    (made / "numbers_here.py").write_text("from loguru import logger\n\nSIX = 6\nlogger.debug(SIX)\n")
    (made / "unrelated.py").write_text("")
    return made


@pytest.fixture(scope="module")
def program(folder: Path) -> Program:
    return lifted(next(folder.glob("*.ipynb")))


@pytest.fixture(scope="module")
def project(folder: Path, program: Program, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project on disk."""
    made = tmp_path_factory.mktemp("project")
    for artifact in emit.project(program, level=1, root=folder).artifacts:
        path = made / artifact.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(artifact.content)
    return made


def test_exactly_these_files(project: Path) -> None:
    found = {path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file()}
    runtime = {path for path in found if path.startswith("nbexport_runtime/")}
    assert found - runtime == FILES
    parts = {PurePosixPath(path).parts[1] for path in runtime}
    files = {"__init__.py", "images.py", "masking.py", "py.typed", "secret.py", "where.py"}
    assert parts == files | {"bundle", "testing", "training"}


def test_the_same_bytes_again(folder: Path, program: Program) -> None:
    assert emit.project(program, level=1, root=folder) == emit.project(
        lifted(next(folder.glob("*.ipynb"))), level=1, root=folder
    )


def test_toml_and_json_hold_what_they_should(project: Path, program: Program) -> None:
    found = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    assert found["project"]["description"] == f"Training of {program.notebook}"
    assert found["project"]["name"] == "a-b-1-c"
    assert found["tool"]["ruff"]["extend-exclude"] == ["models", "nbexport_runtime", "helpers.py", "numbers_here.py"]
    assert json.loads((project / "tests" / "figures.json").read_text(encoding="utf-8")) == {}


def test_markdown_shows_hostile_text_as_it_is(project: Path) -> None:
    lines = (project / "README.md").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith('# "\\]\\] x = 1 \\\\ ')
    assert "\\[\\[ 7 7 \\]\\]" in lines[0]
    assert lines[0].endswith("\\|$(id)")
    assert lines[2].startswith('The model of `` a`b [[ 1 ]] "c".ipynb ``,')
    table = [line for line in lines if line.startswith("| `--")]
    assert [line.replace("\\|", "").count("|") for line in table] == [4, 4, 4]


def test_python_is_python_on_every_version(project: Path) -> None:
    for path in project.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for minor in (11, 12, 13):
            ast.parse(text, feature_version=(3, minor))


def test_lint_format_and_types_are_silent(project: Path) -> None:
    tools = (
        ["ruff", "check", "--no-cache", "."],
        ["ruff", "format", "--no-cache", "--check", "."],
    )
    for command in (*tools, ["mypy", "--no-incremental", "."]):
        done = subprocess.run(
            [sys.executable, "-m", *command], cwd=project, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_requirements_follow_the_local_modules(project: Path) -> None:
    assert "loguru==" in (project / "requirements.txt").read_text(encoding="utf-8")
    allowed = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    assert any(line.startswith("loguru>=") for line in allowed)


def test_it_trains(project: Path, tmp_path: Path) -> None:
    command = [sys.executable, "train.py", "--output", str(tmp_path / "out"), "--rate", "2"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text(encoding="utf-8"))
    assert metrics == {HOSTILE: 12.0 + len(HOSTILE)}


def test_a_module_with_the_name_of_a_generated_file_is_refused(program: Program, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("")
    with pytest.raises(NbexportError, match=r"`train.py` beside the notebook"):
        emit.project(replace(program, imports=("train",)), level=1, root=tmp_path)


NAMES = sorted({name.format(ci=ci) for level in levels.LEVELS for name in level.emitters for ci in levels.CI_SYSTEMS})


@pytest.mark.parametrize("name", NAMES)
def test_every_emitter_takes_an_export(name: str) -> None:
    emitter = importlib.import_module(f"nbexport.emit.{name}").emit
    assert list(inspect.signature(emitter).parameters) == ["export"]


def test_what_lies_beside_the_notebook_is_read_once(
    program: Program, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    original = Path.read_bytes

    def noted(path: Path) -> bytes:
        read.append(path.name)
        return original(path)

    monkeypatch.setattr(Path, "read_bytes", noted)
    with_service = replace(program, predict=Predict((), (), {}, "", 1))
    emit.project(with_service, level=3, root=folder)
    assert [name for name in read if name in ("helpers.py", "numbers_here.py")] == ["helpers.py", "numbers_here.py"]


def test_no_such_level(program: Program) -> None:
    with pytest.raises(NbexportError, match="level 9 cannot be exported"):
        emit.project(program, level=9, root=None)


def sources(program: Program, *paths: str | None) -> Program:
    return replace(program, imports=(), sources=tuple(Source(path, 1) for path in paths))


def test_data_travels_with_the_project(program: Program, tmp_path: Path) -> None:
    (tmp_path / "data" / "deep").mkdir(parents=True)
    (tmp_path / "data" / "a.csv").write_bytes(b"a")
    (tmp_path / "data" / "deep" / "b.csv").write_bytes(b"b")
    found = emit.project(sources(program, "data", "data/a.csv", None), level=1, root=tmp_path)
    copied = {artifact.path: artifact.content for artifact in found.artifacts if not artifact.owned}
    assert copied == {"data/a.csv": b"a", "data/deep/b.csv": b"b"}
    assert [note for note in found.notes if "data" in note] == []


def test_data_that_stays_is_noted(program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from nbexport.emit import data_copies

    outside = tmp_path / "outside.csv"
    outside.write_bytes(b"secret")
    root = tmp_path / "root"
    root.mkdir()
    (root / "link.csv").symlink_to(outside)
    (root / "big.csv").write_bytes(b"12345678")
    monkeypatch.setattr(data_copies, "LIMIT_BYTES", 7)
    paths = ("../outside.csv", str(outside), "link.csv", "gone.csv", ".", "big.csv")
    found = emit.project(sources(program, *paths), level=1, root=root)
    assert [artifact for artifact in found.artifacts if not artifact.owned] == []
    assert len([note for note in found.notes if "--data" in note]) == len(paths)
    assert any("`big.csv` is too large" in note for note in found.notes)
    assert any("`gone.csv` is not in the notebook's folder" in note for note in found.notes)


def test_a_pointer_of_git_lfs_is_not_taken_for_the_data(program: Program, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")
    found = emit.project(sources(program, "rows.csv"), level=1, root=tmp_path)
    assert [artifact for artifact in found.artifacts if not artifact.owned] == []
    assert any("`rows.csv` is a pointer of Git LFS" in note and "git lfs pull" in note for note in found.notes)


@pytest.mark.parametrize("text", ["plain", HOSTILE, "a\nb\r\x00\x7f\u2028", "'", '"""', "\\"])
def test_toml_strings_come_back(text: str) -> None:
    assert tomllib.loads(f"x = {templating.toml(text)}")["x"] == text


def test_rendering_never_reads_holes_in_values(program: Program) -> None:
    values: dict[str, Any] = {"wheel": None, "serve": ["[[ 1 + 1 ]]", "[% raw %]", "#: for"]}
    text = templating.rendered("package", "requirements-serve.txt", values).content.decode()
    assert text == "[[ 1 + 1 ]]\n[% raw %]\n#: for\n"


SERVED = """\
# %% tags=["define"]
def total(rows):
    return sum(rows)
# %% tags=["train"]
weight = total([1.0, 2.0])
# %% tags=["evaluate"]
metrics = {"weight": weight}
# %% tags=["predict"]
def predict(row: float) -> float:
    return row * weight
"""


FOLDERS = {"deploy", "feature_repo", "scripts", "tests"}
"""Folders with Python that nothing imports by their names."""


@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_the_modules_of_a_level_are_those_that_nothing_else_may_be_called(level: int, tmp_path: Path) -> None:
    notebook = tmp_path / "some.py"
    notebook.write_text(SERVED, "utf-8")
    made = api.project(notebook, level=level)
    assert not isinstance(made, api.Refused), made.findings
    paths = [PurePosixPath(artifact.path) for artifact in made.artifacts]
    modules = {path.parts[0].removesuffix(".py") for path in paths if path.suffix == ".py"} - FOLDERS
    named = {name for known in levels.LEVELS if known.number <= level for name in known.modules}
    assert modules == named


def test_a_file_beside_the_notebook_that_a_call_names_travels_along(tmp_path: Path) -> None:
    """Nobody knows that `DataSource().open` reads; the file lies there, and the call names it."""
    (tmp_path / "iris.data").write_text("1,2\n3,4\n")
    (tmp_path / "made.csv").write_text("old")
    notebook = tmp_path / "some.py"
    notebook.write_text(
        "# %%\nimport numpy as np\nfrom io import BytesIO\nfrom pathlib import Path\n"
        '# %% tags=["data"]\nfile = np.lib.npyio.DataSource().open("iris.data")\n'
        'x = np.genfromtxt(BytesIO(file.read().encode()), delimiter=",")\n'
        '# %% tags=["train"]\nmean = x.mean()\nopen("made.csv", "w").write("new")\n'
        '# %% tags=["evaluate"]\nmetrics = {"mean": float(mean)}\n'
    )
    found = lift(notebook, level=1)
    assert isinstance(found, Lifted)
    paths = {artifact.path for artifact in emit.project(found.program, level=1, root=tmp_path).artifacts}
    assert "iris.data" in paths
    assert "made.csv" not in paths
