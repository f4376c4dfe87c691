"""`nbexport verify NOTEBOOK --against CODE`, from the command line to the exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import SOUND

from nbexport import api, disk
from nbexport.plan import ExportRequest, Plan
from nbexport.shell.cli import main

UNTAGGED = """\
# %%
import random
random.seed(1)
f1 = round(random.random(), 3)
words = ["a", "b"]
# %%
def predict(text, times=2):
    return {"text": text * times, "late": times > 3}
# %%
print(predict("a"), predict("b", times=4))
"""

HAND = """\
def predict(text, times):
    return {"text": text * times, "late": times > 3}


def scores():
    return {"f1": 0.134, "unheard": 1}
"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a notebook without roles, and code by hand."""
    (tmp_path / "words.py").write_text(UNTAGGED, encoding="utf-8")
    (tmp_path / "hand.py").write_text(HAND, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_notebook_without_roles_is_compared_by_its_examples(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in desk.iterdir()}
    assert main(["verify", "words.py", "--against", "hand.py:predict"]) == 0
    said, progress = capsys.readouterr()
    assert said.splitlines() == [
        "how: called with keyword arguments",
        (
            "`words.py` and `hand.py:predict` are equal (within 1e-06): "
            "compared 0 metrics, 0 named values, 2 predictions (2 examples)."
        ),
    ]
    # the notebook runs twice, and the code is looked at before
    assert progress.count("notebook: cell 1\n") == 2
    assert progress.index("`hand.py:predict` is imported") < progress.index("notebook: cell 1\n")
    assert {path: path.read_bytes() for path in desk.iterdir()} == before


def test_metrics_are_named_variables_and_the_verdict_is_json(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["verify", "words.py", "--against", "hand.py:scores"]
    assert main([*words, "--metric", "f1", "--output-format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["equal"], found["metrics"], found["predictions"]) == (True, ["f1"], 0)
    assert found["left_out"] == ["`unheard`: the notebook has no such metric"]
    assert main(words) == 2
    said = capsys.readouterr().err
    assert "there is nothing to compare: `words.py` has no dict `metrics`" in said
    assert "fix: say which variables are metrics: --metric f1" in said


def test_a_notebook_that_does_not_repeat_itself_is_equal_to_nothing(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk / "words.py").write_text(UNTAGGED.replace("random.seed(1)", "pass").replace("random(), 3", "random(), 15"))
    assert main(["verify", "words.py", "--against", "hand.py:scores", "--metric", "f1"]) == 1
    said = capsys.readouterr().out
    assert "Two runs of the notebook differ" in said
    assert "are different: compared 1 metric" in said


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["--against", "hand.py:predcit"], "fix: the nearest names are `predict`"),
        (["--against", "hnad.py:predict"], "fix: the nearest names are `hand.py`"),
        (["--against", "http://127.0.0.1:9/predict"], "cannot be reached"),
        (["--against", "hand.py:predict", "--level", "3"], "`--level` is for exported projects"),
        (["--against", "hand.py:predict", "--project", "out"], "`--project` is for exported projects"),
        (["--metric", "f1"], "`--metric` is for code that is named with --against"),
        (["--against", "hand.py", "--as", "values"], "a script shows no values"),
        (["--against", "http://127.0.0.1:9", "--as", "metrics"], "a service has neither metrics nor values"),
        (["--against", "hand.py:predict", "--timeout", "-1"], "is not a limit"),
        (["--against", "hand.py:predict", "--metric", "f1"], "`--metric` does not concern `hand.py:predict`"),
        (["--against", "hand.py:predict", "--metrics", "m.json"], "`--metrics` does not concern `hand.py:predict`"),
        (["--against", "hand.py", "--answer-field", "p"], "`--answer-field` does not concern `hand.py`"),
        (["--against", "http://127.0.0.1:9", "--python", "python"], "`--python` does not concern a service"),
    ],
)
def test_trouble_shows_before_the_notebook_runs(
    desk: Path, capsys: pytest.CaptureFixture[str], words: list[str], what: str
) -> None:
    assert main(["verify", "words.py", *words]) == 2
    said = capsys.readouterr().err
    assert what in said
    assert "notebook: cell" not in said


@pytest.mark.parametrize("called", ["project", "script"])
def test_an_export_of_nbexport_is_equal(desk: Path, capsys: pytest.CaptureFixture[str], called: str) -> None:
    notebook, project = desk / "sound.py", desk / "out"
    notebook.write_text(SOUND, encoding="utf-8")
    plan = api.plan(ExportRequest(notebook, project, 1))
    assert isinstance(plan, Plan)
    disk.apply(plan)
    against = str(project if called == "project" else project / "train.py")
    assert main(["verify", "sound.py", "--against", against]) == 0
    said, progress = capsys.readouterr()
    if called == "project":
        assert "`sound.py` and its project are equal (exactly): compared 1 metric, 1 named value, 1 prediction" in said
        assert "compared as with --project" in progress
    else:
        assert "metrics read from `models/latest/metrics.json`, which it wrote" in said
        assert "are equal (exactly): compared 1 metric, 0 named values, 0 predictions" in said
        assert not (project / "models").exists()
