"""A notebook without roles: what is proposed is asked for at a terminal, and shown at once elsewhere."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from shell.terminals import Terminal

ROOT = Path(__file__).resolve().parents[2]
IMPORTS = """\
import numpy as np
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split"""
CELLS = (
    IMPORTS,
    "X, y = load_iris(return_X_y=True)",
    "print(X.shape)\nX[:3]",
    "X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=3)",
    "model = LogisticRegression(max_iter=500)",
    "model.fit(X_train, y_train)",
    'print("accuracy", accuracy_score(y_test, model.predict(X_test)))',
    "np.bincount(y_train)",
)


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    """A notebook that works, and in which nothing is tagged; its folder and its name hold spaces."""
    cells = [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": f"cell-{number}",
            "metadata": {},
            "outputs": [],
            "source": text,
        }
        for number, text in enumerate(CELLS, 1)
    ]
    document = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    path = tmp_path / "my work" / "which iris.ipynb"
    path.parent.mkdir()
    path.write_text(json.dumps(document, indent=1))
    return path


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Variables for this repository, whatever is installed, and for `python` as it is here; nothing is fetched."""
    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PIP_NO_INDEX": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "UVICORN_PORT": "0",
        "HOME": str(tmp_path),
        "PS1": "ready> ",
    }


def contents(folder: Path) -> dict[str, bytes]:
    """Every file in a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def commands(shown: str) -> list[str]:
    """What is to be run next."""
    return [line.strip() for line in re.search(r"^Next:\n((?:  .*\n)+)", shown, re.MULTILINE)[1].splitlines()]


def test_from_an_untagged_notebook_to_an_answer(notebook: Path, environment: dict[str, str]) -> None:
    with Terminal(["bash", "--norc", "--noprofile"], cwd=notebook.parent, env=environment) as terminal:
        terminal.until("ready> ")
        terminal.type("nbexport 'which iris.ipynb' --level 2 '--output=-the service'\n")
        roles = terminal.until("Give the cells these roles? [y/n] ")
        assert re.search(r"^ +6  train +model\.fit", roles, re.MULTILINE)
        terminal.type("perhaps\n")
        terminal.until("[y/n] ")
        terminal.type("y\n")
        metrics = terminal.until("Add this cell? [y/n] ")
        assert "with the role `evaluate`" in metrics
        assert re.search(r"^\+metrics = \{.*accuracy", metrics, re.MULTILINE)
        terminal.type("yes\n")
        predict = terminal.until("Add this cell? [y/n] ")
        assert "with the role `predict`" in predict
        assert "\n+def predict(" in predict
        terminal.type("y\n")
        plan = terminal.until("and export it to `-the service`? [y/n] ")
        assert "create    serve.py" in plan
        assert [path.name for path in notebook.parent.iterdir()] == [notebook.name], "nothing is written before the end"
        terminal.type("y\n")
        done = terminal.until("ready> ")
        steps = commands(done)
        assert steps == [
            "cd './-the service'",
            "python -m pip install -r requirements.txt -r requirements-serve.txt",
            "python train.py",
            "python -m uvicorn serve:app",
        ]
        for step in steps[:-1]:
            terminal.type(f"{step}\n")
            terminal.until("ready> ")
            terminal.type("echo status=$?\n")
            terminal.until("status=0\n")
            terminal.until("ready> ")
        terminal.type(f"{steps[-1]}\n")
        address = re.search(r"http://[\d.]+:\d+", terminal.until("(Press CTRL+C to quit)"))[0]
        with urllib.request.urlopen(f"{address}/ready", timeout=60) as answer:
            assert answer.status == 200
        terminal.type("\x03")
        terminal.until("ready> ")
    tags = [cell["metadata"].get("tags") for cell in json.loads(notebook.read_text())["cells"]]
    assert ["evaluate"] in tags
    assert ["predict"] in tags
    assert None in tags, "exploration stays untagged"


def test_a_no_at_any_point_leaves_all_as_it_was(notebook: Path, environment: dict[str, str]) -> None:
    before = contents(notebook.parent)
    words = [sys.executable, "-m", "nbexport", notebook.name, "--level", "2"]
    for answers in (
        ["n\n"],
        ["y\n", "n\n"],
        ["y\n", "y\n", "n\n"],
        ["y\n", "y\n", "y\n", "no\n"],
        ["y\n", "y\n", "\x04"],
    ):
        with Terminal(words, cwd=notebook.parent, env=environment) as terminal:
            for answer in answers:
                terminal.until("[y/n] ")
                terminal.type(answer)
            terminal.until("Nothing was changed.")
            assert terminal.end() == 1
        assert contents(notebook.parent) == before
    with Terminal(words, cwd=notebook.parent, env=environment) as terminal:
        for _ in range(3):
            terminal.until("[y/n] ")
            terminal.type("y\n")
        terminal.until("[y/n] ")
        terminal.interrupt("Nothing was changed.")
        assert terminal.end() == 130
    assert contents(notebook.parent) == before


def run(notebook: Path, environment: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    """The export where nobody can answer."""
    words = [sys.executable, "-m", "nbexport", notebook.name, *options]
    return subprocess.run(
        words,
        cwd=notebook.parent,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def pasted(said: str, notebook: Path, environment: dict[str, str]) -> None:
    """Run the commands that are said, as they stand there."""
    lines = re.findall(r"^(?:fix:|    |Level 1 .*:) (nbexport .*)$", said, re.MULTILINE)
    assert len(lines) == 2, said
    for line in lines:
        words = [sys.executable, "-m", *shlex.split(line)]
        subprocess.run(words, cwd=notebook.parent, env=environment, check=True, stdin=subprocess.DEVNULL)


def test_without_a_terminal_all_is_said_at_once(notebook: Path, environment: dict[str, str]) -> None:
    before = contents(notebook.parent)
    done = run(notebook, environment, "--level", "2")
    assert done.returncode == 1
    assert contents(notebook.parent) == before
    shown = done.stdout + done.stderr
    assert len(shown.splitlines()) <= 50
    assert re.search(r"^ +6  train +model\.fit", shown, re.MULTILINE)
    assert "\n+metrics = {" in shown
    assert "\n+def predict(" in shown
    assert "fix: nbexport tag 'which iris.ipynb' --apply --write-metrics --write-predict\n" in shown
    assert "\n     nbexport 'which iris.ipynb' --level 2\n" in shown
    as_json = run(notebook, environment, "--level", "2", "--output-format", "json")
    assert json.loads(as_json.stdout)["written"] is False
    level_1 = run(notebook, environment)
    assert "+metrics = {" in level_1.stdout
    assert "def predict" not in level_1.stdout
    pasted(done.stderr, notebook, environment)
    assert (notebook.parent / "which iris" / "serve.py").is_file()


def test_what_cannot_be_proposed_is_said_with_its_reason(sound: Path, environment: dict[str, str]) -> None:
    plain = re.sub(r" tags=.*", "", sound.read_text().partition('# %% tags=["predict"]')[0])
    sound.write_text(plain)
    done = run(sound, environment, "--level", "2")
    assert done.returncode == 1
    assert re.search(r"there is no `predict`, and none can be proposed: .+\nfix: ", done.stdout)
    assert "nbexport sound.py --level 2" not in done.stderr
    assert "Level 1 needs no `predict`: nbexport sound.py --level 1" in done.stderr
    pasted(done.stderr, sound, environment)
    assert (sound.parent / "sound" / "train.py").is_file()


def test_what_still_prevents_the_export_is_named(notebook: Path, environment: dict[str, str]) -> None:
    document = json.loads(notebook.read_text())
    document["cells"][4]["source"] = "model = LogisticRegression(max_iter=most)"
    notebook.write_text(json.dumps(document, indent=1))
    done = run(notebook, environment)
    assert done.returncode == 1
    assert re.search(
        r"prevents the export \(new cells count\):\n  cell 5:1: NBX101 `most` is bound nowhere", done.stdout
    )
    assert "NBX201" not in done.stdout


PREDICT = """\
def predict(row: list[float]) -> int:
    return int(model.predict([row])[0])

predict([5.1, 3.5, 1.4, 0.2])"""


def test_cells_are_named_by_the_numbers_they_have_now(notebook: Path, environment: dict[str, str]) -> None:
    document = json.loads(notebook.read_text())
    document["cells"][7]["source"] = PREDICT
    notebook.write_text(json.dumps(document, indent=1))
    done = run(notebook, environment, "--level", "2", "--fix")
    assert "below cell 7, with the role `evaluate`" in done.stdout
    assert re.search(r"^ +8  predict +def predict", done.stdout, re.MULTILINE)
    # `--fix` is part of what is shown, and of the command that is proposed
    assert re.search(r'^\+ +"max_iter = 500', done.stdout, re.MULTILINE)
    assert "\n     nbexport 'which iris.ipynb' --level 2 --fix\n" in done.stderr
