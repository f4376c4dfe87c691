"""The runtime as a package: which wheels are taken, and what a project that installs one consists of."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from conftest import SOUND
from emit.wheels import locked, runtime_wheel

from nbexport import api
from nbexport.emit import runtime, wheel
from nbexport.errors import NbexportError
from nbexport.plan import ExportRequest, Plan

NAME = "nbexport_runtime-0.1.0-py3-none-any.whl"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of the runtime that this nbexport carries."""
    return runtime_wheel(tmp_path_factory.mktemp("built"))


def notebook(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sound.py").write_text(SOUND, encoding="utf-8")
    return folder / "sound.py"


def planned(source: Path, **options: Any) -> Plan:
    plan = api.plan(ExportRequest(source, output=source.parent / "project", **{"level": 1, **options}))
    assert isinstance(plan, Plan)
    return plan


def texts(folder: Path) -> dict[str, str]:
    """Path → text of each of a project's own files."""
    own = (path for path in folder.rglob("*") if path.is_file() and path.suffix not in (".whl", ".zip"))
    found = {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in own}
    return {path: text for path, text in found.items() if not path.startswith(("nbexport_runtime/", ".nbexport/"))}


@pytest.fixture(scope="module", params=[1, 2, 3, 4])
def both(request: pytest.FixtureRequest, built: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The project of one notebook with the runtime vendored, and as a package."""
    one = notebook(tmp_path_factory.mktemp("vendored"))
    api.apply(planned(one, level=request.param))
    other = notebook(tmp_path_factory.mktemp("package"))
    api.apply(planned(other, level=request.param, runtime="package", runtime_wheel=built))
    return one.parent / "project", other.parent / "project"


# --------------------------------------------------------------------------- which wheel


def test_without_a_wheel_no_stranger_s_is_named(tmp_path: Path) -> None:
    with pytest.raises(NbexportError, match="needs `--runtime-wheel FILE`") as refused:
        planned(notebook(tmp_path), runtime="package")
    assert "not published yet" in refused.value.why
    assert "stranger" in refused.value.why
    assert "pip wheel" in refused.value.fix
    assert not (tmp_path / "project").exists()


def test_a_wheel_is_of_no_use_to_a_vendored_runtime(built: Path, tmp_path: Path) -> None:
    with pytest.raises(NbexportError, match="comes from no wheel") as refused:
        planned(notebook(tmp_path), runtime_wheel=built)
    assert "--runtime package" in refused.value.fix


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("runtime.zip", "its name is not that of a wheel"),
        ("other-0.1.0-py3-none-any.whl", "it is a wheel of `other`"),
        (NAME, "not a zip file"),
    ],
)
def test_what_is_no_wheel_of_the_runtime_is_refused(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / name).write_bytes(b"no archive")
    with pytest.raises(NbexportError, match="is not a wheel of `nbexport-runtime`") as refused:
        wheel.read(tmp_path / name)
    assert said in refused.value.why


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(NbexportError, match="cannot be read"):
        wheel.read(tmp_path / NAME)


def test_a_wheel_that_would_install_more_is_refused(built: Path, tmp_path: Path) -> None:
    """A `.pth` file is run whenever Python starts."""
    target = shutil.copy(built, tmp_path / built.name)
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("start.pth", "import os\n")
    with pytest.raises(NbexportError, match="is not a wheel of") as refused:
        wheel.carried(target)
    assert "it would install `start.pth` too" in refused.value.why


def test_a_wheel_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wheel, "LARGEST_BYTES", 1000)
    with zipfile.ZipFile(tmp_path / NAME, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("nbexport_runtime/__init__.py", " " * 1001)
    with pytest.raises(NbexportError, match="is not a wheel of") as refused:
        wheel.read(tmp_path / NAME)
    assert "too large" in refused.value.why


def test_another_version_is_refused_and_so_is_another_content(tmp_path: Path) -> None:
    newer = runtime_wheel(tmp_path / "newer", version="9.1.0")
    with pytest.raises(NbexportError, match=re.escape("is runtime 9.1.0, and this nbexport writes code for 0.1.0")):
        wheel.carried(newer)
    changed = runtime_wheel(tmp_path / "changed", changed={"secret.py": "SECRET = 1\n"})
    with pytest.raises(NbexportError, match="is not the runtime that this nbexport carries") as refused:
        wheel.carried(changed)
    assert refused.value.why == "`nbexport_runtime/secret.py` differs"


def test_the_wheel_holds_what_is_vendored(built: Path) -> None:
    found = wheel.carried(built)
    assert found.files == runtime.carried()
    assert (found.path, found.version) == (f"wheels/{NAME}", "0.1.0")


# --------------------------------------------------------------------------- the project


def test_a_project_with_a_package_has_no_folder_and_names_no_index(both: tuple[Path, Path]) -> None:
    vendored, package = both
    assert not (package / "nbexport_runtime").exists()
    assert [path.name for path in (package / "wheels").iterdir()] == [NAME]
    for name in ("requirements.txt", "requirements-serve.txt"):
        if (vendored / name).exists():
            before, *others = (package / name).read_text(encoding="utf-8").splitlines()[1:]
            assert before == f"./wheels/{NAME}"
            assert others == (vendored / name).read_text(encoding="utf-8").splitlines()
    content = tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))
    assert "nbexport-runtime==0.1.0" in content["project"]["dependencies"]
    assert content["tool"]["uv"]["sources"] == {"nbexport-runtime": {"path": f"wheels/{NAME}"}}
    assert "nbexport_runtime" not in content["tool"]["ruff"]["extend-exclude"]


def test_nothing_of_a_project_differs_but_where_the_runtime_lies(both: tuple[Path, Path]) -> None:
    vendored, package = map(texts, both)
    assert vendored.keys() == package.keys()
    differ = {path for path in vendored if vendored[path] != package[path]}
    assert differ <= {
        ".dockerignore",
        ".gitattributes",
        "Dockerfile",
        "Makefile",
        "README.md",
        "deploy/pipeline.Dockerfile",
        "nbexport.lock",
        "pyproject.toml",
        "requirements-serve.txt",
        "requirements.txt",
    }
    assert not [path for path in differ if path.endswith(".py")]


def test_how_the_runtime_is_there_is_remembered(both: tuple[Path, Path]) -> None:
    for project in both:
        source = project.parent / "sound.py"
        adds = ["train.py", "serve.py", "retrain.py", "guard.py"]
        level = sum((project / name).exists() for name in adds)
        assert {change.action.value for change in planned(source, level=level).changes} == {"same"}


def test_an_export_to_a_folder_and_back(built: Path, tmp_path: Path) -> None:
    source = notebook(tmp_path)
    project = source.parent / "project"
    api.apply(planned(source, runtime="package", runtime_wheel=built))
    packaged = texts(project)
    api.apply(planned(source, runtime="vendored"))
    assert not (project / "wheels").exists()
    assert (project / "nbexport_runtime" / "bundle" / "__init__.py").is_file()
    edited = project / "nbexport_runtime" / "secret.py"
    edited.write_text("mine = 1\n", encoding="utf-8")
    plan = planned(source, runtime="package", runtime_wheel=built)
    (change,) = [one for one in plan.changes if one.path == "nbexport_runtime/secret.py"]
    assert "edited by hand" in change.note
    api.apply(plan)
    assert [path.name for path in (project / "nbexport_runtime").iterdir()] == ["secret.py.orig"]
    edited.with_name("secret.py.orig").unlink()
    assert texts(project) == packaged


def test_lint_and_format_are_silent(both: tuple[Path, Path]) -> None:
    for words in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *words, "--no-cache", "."]
        done = subprocess.run(command, cwd=both[1], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("both", [3], indirect=True)
def test_images_are_given_the_wheel_and_nothing_else_of_the_runtime(both: tuple[Path, Path]) -> None:
    for image in ("Dockerfile", "deploy/pipeline.Dockerfile"):
        text = (both[1] / image).read_text(encoding="utf-8")
        assert text.index("COPY wheels ./wheels") < text.index("--require-hashes")
        assert "COPY nbexport_runtime" not in text
    kept = (both[1] / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "!wheels" in kept
    assert "!nbexport_runtime" not in kept


# --------------------------------------------------------------------------- locks

COMPILER = """\
#!/bin/sh
# stands in for `uv pip compile`, which takes no path as a constraint
for word in "$@"; do
    case "$last" in
    --constraints) test "$word" = - && ! grep '^[.]/' || exit 7 ;;
    --output-file) cp all.lock "$word" ;;
    esac
    last=$word
done
"""


@pytest.mark.parametrize("both", [2], indirect=True)
def test_the_locks_install_the_wheel_by_its_hash(both: tuple[Path, Path], tmp_path: Path) -> None:
    project = Path(shutil.copytree(both[1], tmp_path / "project"))
    held = wheel.read(project / "wheels" / NAME)
    digest = hashlib.sha256(held.content).hexdigest()
    first, _, second = locked(["iniconfig", "loguru"], tmp_path / "links").partition("loguru==")
    entry = f"./wheels/{NAME} \\\n    --hash=sha256:{digest}\n"
    (project / "all.lock").write_text(f"{first}{entry}loguru=={second}", encoding="utf-8")
    (project / "uv").write_text(COMPILER, encoding="utf-8")
    (project / "uv").chmod(0o755)

    def make(*words: str) -> subprocess.CompletedProcess[str]:
        variables = {"PATH": os.defpath, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path / "links")}
        command = ["make", *words, "UV=./uv", f"PYTHON={sys.executable}"]
        return subprocess.run(command, cwd=project, env=variables, capture_output=True, text=True, check=False)

    assert make("lock").returncode == 0
    done = make("install-dev.lock")
    assert done.returncode == 0, done.stderr
    code = "import nbexport_runtime.bundle as bundle; print(bundle.__file__)"
    python = project / ".venv" / "bin" / "python"
    shown = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert "site-packages" in shown.stdout
    (project / "wheels" / NAME).write_bytes(held.content + b" ")
    shutil.rmtree(project / ".venv")
    done = make("install-dev.lock")
    assert done.returncode != 0
    assert "DO NOT MATCH THE HASHES" in done.stderr
