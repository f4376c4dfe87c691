"""The ML Test Score in the documentation: its sums are right, and all that it names is in the exported project."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from nbexport import api
from nbexport.plan import ExportRequest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "explanation" / "ml-test-score.md").read_text(encoding="utf-8")
GROUPS = ("data", "model", "infrastructure", "monitoring")
TESTS = 7
"""In each group. Source: Breck et al. 2017, tables I to IV."""
WANTED = 3


@dataclass(frozen=True)
class Row:
    """One test."""

    group: str
    name: str
    score: float
    shown_by: tuple[str, ...]
    how: str


def rows() -> list[Row]:
    found = []
    for part in re.split(r"(?m)^## ", TEXT)[1:]:
        group = part.splitlines()[0].lower()
        for cells in re.findall(r"(?m)^\| \d+ \| (.+?) \| (.+?) \|(.*?)\| (.+) \|$", part):
            name, score, shown, how = cells
            found.append(Row(group, name, float(score), tuple(re.findall(r"`([^`]+)`", shown)), how))
    return found


ROWS = rows()
NAMED = sorted({shown for row in ROWS for shown in row.shown_by})


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The churn project at level 3."""
    project = tmp_path_factory.mktemp("score") / "project"
    plan = api.plan(ExportRequest(ROOT / "examples" / "churn" / "churn.ipynb", level=3, output=project))
    assert not isinstance(plan, api.Refused)
    api.apply(plan)
    return project


def test_each_group_has_its_tests_and_the_sums_are_right() -> None:
    stated = dict(re.findall(r"(?m)^\| (\w+) \| ([\d.]+) \|$", TEXT))
    for group in GROUPS:
        scores = [row.score for row in ROWS if row.group == group]
        assert len(scores) == TESTS, group
        assert set(scores) <= {0, 0.5, 1}
        assert sum(scores) == float(stated[group]) >= WANTED, (group, sum(scores))
    overall = re.search(r"\| \*\*project\*\* \| \*\*([\d.]+)\*\* \|", TEXT)
    assert overall is not None
    assert float(overall[1]) == min(float(stated[group]) for group in GROUPS)


def test_what_counts_is_shown_by_something() -> None:
    assert [row.name for row in ROWS if row.score > 0 and not row.shown_by] == []
    assert [row.name for row in ROWS if row.score == 0 and row.shown_by] == []
    assert len(NAMED) > 15


@pytest.mark.parametrize("shown", NAMED)
def test_what_is_named_is_in_the_project(shown: str, project: Path) -> None:
    """A command with its options, a setting, a file, an alert, or a route; nothing else may stand in the column."""
    word, *rest = shown.split()
    if word == "make":
        makefile = (project / "Makefile").read_text(encoding="utf-8")
        assert re.search(rf"^{rest[0]}: ##", makefile, re.MULTILINE)
    elif word == "python" and rest[0] == "-m":
        module = project.joinpath(*rest[1].split("."))
        assert (module / "__main__.py").is_file() or module.with_suffix(".py").is_file()
    elif word == "python":
        said = help_of(project, rest[0])
        assert [option for option in rest if option.startswith("--") and option not in said] == []
    elif word == "nbexport":
        assert rest[1] in help_of(ROOT, "-m", "nbexport", rest[0])
    elif word.startswith("["):
        settings = tomllib.loads((project / "pipeline.toml").read_text(encoding="utf-8"))
        assert rest[0] in settings[word.strip("[]")]
    elif word == "GET":
        assert f"`GET {rest[0]}`" in (project / "README.md").read_text(encoding="utf-8")
    elif re.fullmatch(r"[A-Z]\w+", word):
        alerts = (project / "monitoring" / "alerts.yml").read_text(encoding="utf-8")
        assert f"alert: {word}\n" in alerts
    else:
        assert (project / word).is_file()


@cache
def help_of(project: Path, *words: str) -> str:
    """What a command says of itself; it runs, so it is there and all that it imports."""
    command = [sys.executable, *words, "--help"]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_runs_by_itself_is_run_by_the_ci(project: Path) -> None:
    """A score of 1 by a command means that a workflow, or what a workflow runs, has it."""
    run = "\n".join(path.read_text(encoding="utf-8") for path in (project / ".github" / "workflows").glob("*.yml"))
    # `retrain.py` does what these do, one after the other
    steps = ("scripts/fetch_data.py", "evaluate.py")
    for row in (row for row in ROWS if row.score == 1):
        commands = [shown for shown in row.shown_by if shown.startswith(("make ", "python "))]
        seen = [command for command in commands if automatic(command, run) or command.split()[1] in steps]
        assert seen or not commands, row.name


def automatic(command: str, run: str) -> bool:
    """Whether workflows run a command, whatever its options."""
    word, name, *_ = command.split()
    return name in run if word == "python" else re.search(rf"make {name}\b", run) is not None or name == "retrain"
