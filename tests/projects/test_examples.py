"""The examples from end to end, as a user meets them: commands in processes of their own, real training runs."""

from __future__ import annotations

import ast
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import EXAMPLES, Example, contents, export, run

NAMES = ("messages", "churn", "digits")
GROUPED_BY = "name"

CLOSE: dict[str, dict[str, float]] = {"digits": {"rel": 0.05}, "churn": {"rel": 1e-9}, "messages": {"rel": 1e-9}}
"""How much of a stored figure another processor may change: a convolutional network multiplies what rounding leaves.
That project and notebook compute the same here, bit for bit, `verify` tests."""


def mostly_slow(quick: str, *others: str) -> list[Any]:
    """Examples, of which the first is enough while one works."""
    return [quick, *(pytest.param(name, marks=pytest.mark.slow) for name in others)]


Examples = Callable[[str], Example]

HIDDEN = {
    (3, "NBX109"),  # %store -r
    (4, "NBX109"),  # %run
    (5, "NBX202"),
    (7, "NBX101"),
    (9, "NBX104"),
    (12, "NBX103"),
    (12, "NBX102"),
    (15, "NBX203"),
    (16, "NBX105"),
    (18, "NBX110"),
    (20, "NBX206"),
    (21, "NBX107"),
    (23, "NBX108"),
    (26, "NBX204"),
    (26, "NBX106"),
    (28, "NBX205"),
}


def shown(notebook: Path, role: str) -> list[Any]:
    """The values that stand as results under the cells of one role."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    texts = [
        "".join(output["data"]["text/plain"])
        for cell in cells
        if role in cell["metadata"].get("tags", ())
        for output in cell["outputs"]
        if output["output_type"] == "execute_result"
    ]
    return [ast.literal_eval(re.sub(r"np\.\w+\(([^()]*)\)", r"\1", text)) for text in texts if text.startswith("{")]


def assert_alike(found: Any, expected: Any, name: str) -> None:
    """Equal, but for what another processor may change in the floats."""
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for key, value in expected.items():
            assert_alike(found[key], value, name)
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_alike(one, other, name)
    else:
        assert found == (pytest.approx(expected, **CLOSE[name]) if isinstance(expected, float) else expected)


@pytest.mark.parametrize("name", NAMES)
def test_training_gives_the_figures_that_the_notebook_shows(example: Examples, name: str) -> None:
    made = example(name)
    figures = shown(made.notebook, "evaluate")[-1]
    assert figures
    found = json.loads((made.bundle / "metrics.json").read_text(encoding="utf-8"))
    assert found == pytest.approx(figures, **CLOSE[name])


@pytest.mark.parametrize("name", NAMES)
def test_a_fresh_process_predicts_what_the_notebook_shows(example: Examples, name: str) -> None:
    made = example(name)
    code = (
        "import sys, model\n"
        "loaded = model.load_model(sys.argv[1])\n"
        "arguments, keywords = loaded.examples[-1]\n"
        "print(loaded.predict(*arguments, **keywords))\n"
    )
    done = run("-c", code, made.bundle, cwd=made.project)
    assert done.returncode == 0, done.stderr
    assert_alike(ast.literal_eval(done.stdout), shown(made.notebook, "predict")[-1], name)


@pytest.mark.parametrize("name", mostly_slow("churn", "digits", "messages"))
def test_verify_finds_notebook_and_project_equal(example: Examples, name: str, tmp_path: Path) -> None:
    made = example(name)
    project = shutil.copytree(made.project, tmp_path / "project")
    done = run("-m", "nbexport", "verify", made.notebook, "--project", project)
    assert done.returncode == 0, done.stdout + done.stderr
    verdict = json.loads((project / "verification.json").read_text(encoding="utf-8"))
    assert verdict["equal"]
    assert set(verdict["metrics"]) == set(shown(made.notebook, "evaluate")[-1])
    assert verdict["predictions"]
    assert not verdict["missing"]


@pytest.mark.slow
def test_verify_names_the_metric_that_a_changed_constant_moves(example: Examples, tmp_path: Path) -> None:
    made = example("churn")
    project = shutil.copytree(made.project, tmp_path / "project")
    train = project / "train.py"
    text = train.read_text(encoding="utf-8")
    changed, count = re.subn(r'("--learning-rate", type=float, default=)0\.05,', r"\g<1>0.06,", text)
    assert count == 1
    train.write_text(changed, encoding="utf-8")
    done = run("-m", "nbexport", "verify", made.notebook, "--project", project)
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(r"\bauc\b", done.stdout)
    verdict = json.loads((project / "verification.json").read_text(encoding="utf-8"))
    assert not verdict["equal"]
    assert "train.py" in verdict["edited"]
    assert "auc" in {difference["name"] for difference in verdict["differences"] if difference["kind"] == "metric"}


@pytest.mark.parametrize("name", NAMES)
def test_an_export_depends_on_nothing_but_the_notebook(example: Examples, name: str, tmp_path: Path) -> None:
    made = example(name)
    again = tmp_path / "again"
    done = export(made.notebook, again)
    assert done.returncode == 0, done.stdout + done.stderr
    assert contents(again) == made.written

    elsewhere = shutil.copytree(made.notebook.parent, tmp_path / "other place" / "nested")
    home = tmp_path / "home"
    home.mkdir()
    stranger = {"HOME": str(home), "USER": "stranger", "LOGNAME": "stranger", "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7"}
    output = tmp_path / "other output"
    done = export(elsewhere / made.notebook.name, output, env=stranger)
    assert done.returncode == 0, done.stdout + done.stderr
    assert contents(output) == made.written


@pytest.mark.parametrize("name", mostly_slow("churn", "messages", "digits"))
def test_tools_have_nothing_to_say_about_the_project(example: Examples, name: str, types: Path) -> None:
    project = example(name).project
    for words in (
        ("-m", "ruff", "check", "--no-cache", "."),
        ("-m", "ruff", "format", "--no-cache", "--check", "."),
        ("-m", "mypy", "--cache-dir", types, "."),
    ):
        done = run(*words, cwd=project)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_importing_runs_nothing(example: Examples, name: str, tmp_path: Path) -> None:
    project = shutil.copytree(example(name).project, tmp_path / "project")
    before = contents(project)
    done = run("-c", "import model, train", cwd=project)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert contents(project) == before


@pytest.mark.parametrize("name", mostly_slow("messages", "digits"))
def test_the_project_s_own_tests_pass(example: Examples, name: str) -> None:
    """They train again for each gate, raise it, and expect exit 1 and no bundle."""
    # another processor than this one may have made the figures
    elsewhere = {"CI": "true"}
    done = run("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=example(name).project, env=elsewhere)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\d+ passed", done.stdout)
    assert "skipped" not in done.stdout


def test_a_raised_gate_leaves_nothing(example: Examples, tmp_path: Path) -> None:
    output = tmp_path / "models" / "candidate"
    done = run("train.py", "--output", output, "--min-auc", "0.999", cwd=example("churn").project)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "auc" in done.stdout + done.stderr
    assert not output.exists()
    assert contents(tmp_path) == {}


def test_hidden_state_is_refused_cause_by_cause(tmp_path: Path) -> None:
    output = tmp_path / "project"
    output.mkdir()
    done = export(EXAMPLES / "hidden_state" / "hidden_state.ipynb", output, "--output-format", "json")
    assert done.returncode == 1, done.stderr
    findings = json.loads(done.stdout)["findings"]
    assert HIDDEN - {(finding["cell"], finding["code"]) for finding in findings} == set()
    history = " ".join(finding["message"] for finding in findings if finding["code"] in ("NBX108", "NBX110"))
    for channel in ("`Out`", "`_`", "`exec`", "`globals`"):
        assert channel in history
    assert contents(tmp_path) == {}


def test_the_readme_lists_every_cause_with_its_cell() -> None:
    text = (EXAMPLES / "hidden_state" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \|.*\| (NBX\d+) \|$", text, re.MULTILINE)
    assert {(int(cell), code) for cell, code in rows} == HIDDEN
