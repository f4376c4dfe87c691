"""Each example is exported once and trained once per run, whichever worker asks first; all tests look at the results."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from filelock import FileLock

from . import plain_notebook

EXAMPLES = Path(__file__).parents[2] / "examples"

Done = subprocess.CompletedProcess[str]

QUIET = {"PYTHONDONTWRITEBYTECODE": "1", "OMP_WAIT_POLICY": "PASSIVE"}
"""No caches are left behind, and no threads spin while they wait: tests share the cores."""


def run(*words: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Done:
    """One Python command line in a process of its own, which leaves no caches behind."""
    command = [sys.executable, *map(str, words)]
    environment = {**os.environ, **QUIET, **(env or {})}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def export(notebook: Path, output: Path, *options: str, env: Mapping[str, str] | None = None) -> Done:
    """The shell command, run in the notebook's folder."""
    words = ("-m", "nbexport", notebook.name, "--level", "2", "--output", output, *options)
    return run(*words, cwd=notebook.parent, env=env)


def judged_by_figures(project: Path) -> None:
    """Say what a person must where an evaluation reads no rows that could be drawn."""
    settings = project / "pipeline.toml"
    text = settings.read_text(encoding="utf-8")
    assert 'interval = "required"' in text
    settings.write_text(text.replace('interval = "required"', 'interval = "optional"'), encoding="utf-8")


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, but what `nbexport undo` keeps: that says when an export was."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in files.items() if not name.startswith(".nbexport/history/")}


@dataclass(frozen=True)
class Example:
    """A copy of one example and what became of it."""

    notebook: Path
    project: Path
    written: Mapping[str, bytes]
    """The project as it was exported."""
    bundle: Path
    training: Done


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run see."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def example(shared: Path) -> Callable[[str], Example]:
    """Gives an example by its name, exported and trained by whoever asks for it first; nobody may change it."""

    @cache
    def made(name: str) -> Example:
        with FileLock(shared / f"{name}.lock"):
            kept = shared / f"{name}.pickle"
            if not kept.exists():
                kept.write_bytes(pickle.dumps(trained(name, shared / name)))
            found: Example = pickle.loads(kept.read_bytes())
            return found

    return made


@pytest.fixture(scope="session")
def plain(shared: Path) -> Example:
    """A notebook in plain Python, exported and trained as an example is: what is not about a library needs none."""
    with FileLock(shared / "plain.lock"):
        kept = shared / "plain.pickle"
        if not kept.exists():
            folder = shared / "plain"
            (folder / "notebook").mkdir(parents=True)
            notebook = folder / "notebook" / "plain.py"
            notebook.write_text(plain_notebook.NOTEBOOK, encoding="utf-8")
            kept.write_bytes(pickle.dumps(made_of(notebook, folder)))
        found: Example = pickle.loads(kept.read_bytes())
        return found


def trained(name: str, folder: Path) -> Example:
    """A copy of an example, exported and trained."""
    shutil.copytree(EXAMPLES / name, folder / "notebook")
    return made_of(folder / "notebook" / f"{name}.ipynb", folder)


def made_of(notebook: Path, folder: Path) -> Example:
    """A notebook, exported and trained."""
    project, bundle = folder / "project", folder / "bundle"
    done = export(notebook, project)
    assert done.returncode == 0, done.stdout + done.stderr
    written = contents(project)
    training = run("train.py", "--output", bundle, cwd=project)
    assert training.returncode == 0, training.stdout + training.stderr
    return Example(notebook, project, written, bundle, training)


@pytest.fixture
def types(shared: Path) -> Iterator[Path]:
    """What mypy learns of the libraries, the same for each project; for one test at a time."""
    with FileLock(shared / "mypy.lock"):
        yield shared / "mypy"
