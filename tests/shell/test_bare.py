"""Where only nbexport is installed, and none of the libraries of a notebook, it is checked and exported all the same."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ("churn", "digits", "messages")
"""pandas and scikit-learn; torch and scikit-learn; all three."""


def needed(name: str, known: set[str]) -> Iterator[str]:
    """A distribution and all that it needs here."""
    name = re.sub(r"[-_.]+", "-", name).lower()
    if name in known:
        return
    known.add(name)
    yield name
    for line in metadata.requires(name) or ():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield from needed(requirement.name, known)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that has what nbexport itself depends on, and nothing else."""
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    known: set[str] = set()
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    for line in declared:
        for name in needed(Requirement(line).name, known):
            distribution = metadata.distribution(name)
            for file in distribution.files or ():
                top = file.parts[0]
                if top == "..":
                    continue
                place = site / top
                if not place.exists():
                    place.symlink_to(Path(str(distribution.locate_file(top))))
    program = folder / "bin" / "ruff"
    program.symlink_to(Path(sys.executable).parent / "ruff")
    return folder / "bin" / "python"


def run(python: Path | str, *words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """One command line of nbexport."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [str(python), "-m", "nbexport", *map(str, words)]
    return subprocess.run(
        command, cwd=cwd, env={**kept, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )


def test_notebooks_are_checked_and_exported_without_their_libraries(bare: Path, tmp_path: Path) -> None:
    gone = "import importlib.util as u; print([n for n in ('numpy', 'pandas', 'sklearn', 'torch') if u.find_spec(n)])"
    assert subprocess.run([bare, "-c", gone], capture_output=True, text=True, check=True).stdout == "[]\n"
    for name in EXAMPLES:
        shutil.copytree(ROOT / "examples" / name, tmp_path / name)
    notebooks = [f"{name}/{name}.ipynb" for name in EXAMPLES]
    checked = run(bare, "check", *notebooks, cwd=tmp_path)
    assert checked.returncode == 0, checked.stderr
    notes = []
    for name, notebook in zip(EXAMPLES, notebooks, strict=True):
        exported = run(bare, notebook, "--level", "2", "-o", tmp_path / "bare" / name, cwd=tmp_path)
        assert exported.returncode == 0, exported.stderr
        notes += [line for line in exported.stdout.splitlines() if "needed but not installed here" in line]
    assert any("`scikit-learn`" in note for note in notes)
    assert len(notes) == len(EXAMPLES), "one note for each project"
    for name in EXAMPLES:
        lines = (tmp_path / "bare" / name / "requirements.txt").read_text().splitlines()
        assert "scikit-learn" in lines, "without a version"


SMALL = """\
# %% tags=["data"]
from sklearn.dummy import DummyClassifier

rows, labels = [[0.0], [1.0], [2.0]], [0, 1, 1]
# %% tags=["train"]
model = DummyClassifier().fit(rows, labels)
# %% tags=["evaluate"]
metrics = {"accuracy": model.score(rows, labels)}
"""


def test_which_versions_are_installed_is_no_drift(bare: Path, tmp_path: Path) -> None:
    notebook = tmp_path / "small.py"
    notebook.write_text(SMALL)
    assert run(sys.executable, notebook, "-o", tmp_path / "here", cwd=tmp_path).returncode == 0
    assert run(bare, notebook, "-o", tmp_path / "there", cwd=tmp_path).returncode == 0
    pinned, plain = ((tmp_path / where / "requirements.txt").read_text() for where in ("here", "there"))
    assert "scikit-learn==" in pinned
    assert "scikit-learn\n" in plain
    notebook.write_text(f"{SMALL}# %%\nprint('looked at it')\n")
    for python in (bare, sys.executable):
        looked = run(python, "sync", "--check", notebook, cwd=tmp_path)
        assert looked.returncode == 0, looked.stdout
        assert looked.stdout.count("is up to date") == 2
