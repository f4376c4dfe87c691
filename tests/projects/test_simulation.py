"""A simulation tells the whole story on the real service of an export, and changes nothing of the project."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from .compiled import compiled
from .conftest import EXAMPLES, contents, export, run

pytestmark = pytest.mark.slow(minutes=2)
GROUPED_BY = "name"

DRIFTS = {"churn": "monthly_fee", "messages": "text"}
KEPT = {"story.md", "story.json", "report.html", "service.txt", "simulation.json", "clock"}


@pytest.fixture(scope="module", params=DRIFTS)
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(scope="module")
def simulated(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path, dict[str, bytes], dict[str, Any]]:
    """(project, folder of the simulation, the project before, what the command says) of a short simulation."""
    folder = tmp_path_factory.mktemp(name)
    shutil.copytree(EXAMPLES / name, folder / "notebook")
    project, output = folder / "project", folder / "simulation"
    done = export(folder / "notebook" / f"{name}.ipynb", project, "--level", "4")
    assert done.returncode == 0, done.stdout + done.stderr
    compiled(project)
    done = run("retrain.py", cwd=project)
    assert done.returncode == 0, done.stdout + done.stderr
    before = contents(project)
    done = run("simulate.py", "--days", "3", "--users", "600", "--output", output, "--json", cwd=project)
    assert done.returncode == 0, done.stdout + done.stderr
    return project, output, before, json.loads(done.stdout)


Simulated = tuple[Path, Path, dict[str, bytes], dict[str, Any]]


def test_nothing_of_the_project_is_changed(simulated: Simulated) -> None:
    project, _, before, _ = simulated
    assert contents(project) == before


def test_every_request_is_answered_and_logged_once_at_its_simulated_time(simulated: Simulated) -> None:
    _, output, _, told = simulated
    assert [day["requests"] for day in told["days"]] == [200, 200, 200]
    # what the broken candidate fails, production answers
    assert all(day["answered"] == day["requests"] for day in told["days"])
    import duckdb

    asked = output / "project" / "logs" / "archive" / "predictions" / "*" / "*.parquet"
    rows = duckdb.sql(
        f"SELECT time::DATE::VARCHAR, count(DISTINCT request_id), count(*) FROM '{asked}' GROUP BY 1 ORDER BY 1"
    )
    assert rows.fetchall() == [(day["date"], 200, 200) for day in told["days"]]


def test_the_guard_takes_the_broken_candidate_back(simulated: Simulated) -> None:
    guard = simulated[3]["guard"]
    assert guard["went_back"]
    assert guard["after_requests"] <= 200
    assert "requests that it failed" in guard["reason"]


def test_the_check_names_the_input_that_drifts_and_no_other(simulated: Simulated, name: str) -> None:
    drift = simulated[3]["drift"]
    assert drift["column"] == DRIFTS[name]
    assert DRIFTS[name] in drift["named"]
    # what the model makes of it may move too
    assert [column for column in drift["named"] if column != DRIFTS[name] and not column.startswith("output.")] == []
    assert drift["named_before"] == []


def test_the_experiment_starts_and_its_report_is_read(simulated: Simulated) -> None:
    experiment = simulated[3]["experiment"]
    assert experiment["started_day"] == 2
    units = experiment["report"]["units"]["exposed"]
    assert set(units) == {"control", "better"}
    assert min(units.values()) > 100


def test_outcomes_come_back(simulated: Simulated) -> None:
    _, _, _, told = simulated
    assert sum(day["outcomes"] for day in told["days"]) > 300
    assert sum(one["labeled"] for one in told["quality"]["missing"]) > 100


def test_it_leaves_a_story_and_a_page(simulated: Simulated) -> None:
    _, output, _, told = simulated
    assert {path.name for path in output.iterdir()} >= KEPT
    assert json.loads((output / "story.json").read_text(encoding="utf-8")) == {
        key: value for key, value in told.items() if key != "outcome"
    }
    text = (output / "story.md").read_text(encoding="utf-8")
    assert "## What the settings did" in text
    assert told["page"] == (output / "report.html").as_uri()
    assert "<html" in (output / "report.html").read_text(encoding="utf-8")
    # the guard's own journal goes by the simulated time too
    journal = (output / "project" / "models" / "guard.jsonl").read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["time"][:10] for line in journal} <= {day["date"] for day in told["days"]}
