"""Both distributions, installed in clean environments: a project with the runtime as a package, ejected, and vendored.

Nothing of the repository is on any path, and nothing comes from a network: the wheels are made of what is installed
here.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from emit.wheels import locked, runtime_wheel

from .conftest import EXAMPLES, QUIET, Done, contents

ROOT = Path(__file__).parents[2]
NOTEBOOK_NEEDS = ("pandas", "scikit-learn", "skops", "loguru")
"""What churn imports, and what its bundle needs."""


def run(*words: str | Path, cwd: Path) -> Done:
    """A command that sees nothing of the repository."""
    # another processor than this one may have made the figures
    kept = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", *QUIET)}
    # beside what is compared, and only what is imported: it costs more than all else to compile what is installed
    variables = {**kept, "PYTHONPYCACHEPREFIX": str(caches(cwd)), "OMP_WAIT_POLICY": "PASSIVE", "CI": "true"}
    return subprocess.run([*map(str, words)], cwd=cwd, env=variables, capture_output=True, text=True, check=False)


def caches(place: Path) -> Path:
    """Where Python keeps what it compiles: beside the folder `work` that a command runs in or below."""
    (work,) = [folder for folder in (place, *place.parents) if folder.name == "work"]
    return work.with_name("caches")


class Environments:
    """Virtual environments whose packages come from one folder of wheels."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.links = folder / "links"
        locked([*_dependencies(), *NOTEBOOK_NEEDS, "pytest"], self.links)

    def made(self, name: str, *wanted: str | Path, cwd: Path) -> Path:
        """The programs of a new environment with some packages."""
        self.uv("venv", "--python", sys.executable, self.folder / name, cwd=cwd)
        programs = self.folder / name / "bin"
        options = ("--python", programs / "python", "--no-index", "--find-links", self.links)
        self.uv("pip", "install", *options, *wanted, cwd=cwd)
        return programs

    def uv(self, *words: str | Path, cwd: Path) -> None:
        """A command of uv, which unpacks each wheel once."""
        uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
        done = run(uv, *words, "--quiet", "--cache-dir", self.folder / "uv", cwd=cwd)
        assert done.returncode == 0, done.stdout + done.stderr


def _dependencies() -> list[str]:
    content = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return [str(line) for line in content["project"]["dependencies"]]


def metrics(python: Path, project: Path, output: Path) -> object:
    """What `train.py` of a project computes."""
    done = run(python, "train.py", "--output", output, cwd=project)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((output / "metrics.json").read_text(encoding="utf-8"))


def assert_its_tests_pass(python: Path, project: Path) -> None:
    done = run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 passed" in done.stdout


@pytest.mark.slow(minutes=1)
def test_package_ejected_and_vendored_compute_the_same(tmp_path: Path) -> None:
    wheel = runtime_wheel(tmp_path / "runtime")
    build = (sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--quiet", "-w", tmp_path)
    done = subprocess.run(
        [*build, ROOT], env={**os.environ, "NBEXPORT_WITHOUT_LAB": "1"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (command_line,) = tmp_path.glob("nbexport-*.whl")
    work = Path(shutil.copytree(EXAMPLES / "churn", tmp_path / "work"))
    environments = Environments(tmp_path)
    user = environments.made("user", command_line, *NOTEBOOK_NEEDS, cwd=work)
    nbexport = user / "nbexport"

    refused = run(nbexport, "churn.ipynb", "--runtime", "package", "--output", "package", cwd=work)
    assert refused.returncode == 2
    assert "stranger" in refused.stderr
    for mode in (("--runtime", "package", "--runtime-wheel", wheel), ()):
        output = "package" if mode else "vendored"
        done = run(nbexport, "churn.ipynb", *mode, "--output", output, cwd=work)
        assert done.returncode == 0, done.stdout + done.stderr
    project, vendored = work / "package", work / "vendored"

    installed = environments.made("project", "-r", "requirements.txt", "pytest", cwd=project)
    python = installed / "python"
    where = run(python, "-c", "import nbexport_runtime as r; print(r.__file__)", cwd=project)
    assert "site-packages" in where.stdout, where.stderr
    assert run(python, "-c", "import nbexport", cwd=project).returncode != 0
    expected = metrics(python, project, tmp_path / "one")
    assert_its_tests_pass(python, project)

    environments.uv("pip", "uninstall", "--python", python, "nbexport-runtime", cwd=project)
    without = run(python, "train.py", "--output", tmp_path / "none", cwd=project)
    assert "No module named 'nbexport_runtime'" in without.stderr
    done = run(nbexport, "eject", cwd=project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert contents(project) == contents(vendored)
    assert metrics(python, project, tmp_path / "two") == expected
    assert_its_tests_pass(python, project)
    assert metrics(python, vendored, tmp_path / "three") == expected
    done = run(nbexport, "update-runtime", cwd=project)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "`.` is up to date.")
