"""`outcomes.py quality`: the right metric for each kind of label, and how much is missing."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.commands import outcomes
from nbexport_runtime.platform.lines import tables
from nbexport_runtime.platform.lines.settings import Log
from nbexport_runtime.platform.outcomes import figures, quality
from nbexport_runtime.platform.outcomes.settings import Outcomes
from runtime.platform import small_service
from runtime.platform.lines.log_lines import START, outcome, prediction, project_in, write
from sklearn.metrics import brier_score_loss, log_loss, mean_absolute_error, roc_auc_score, root_mean_squared_error


def story(
    project: Project, labels: list[float | None], scores: list[float], versions: str = "ab", every_minutes: int = 1
) -> None:
    """Predictions of two versions in turn, and their labels, one day later."""
    lines = [
        prediction(
            number * every_minutes,
            output={"score": score},
            model_version=versions[number % len(versions)],
            input={"country": "de" if number % 3 else None, "x": 1},
        )
        for number, score in enumerate(scores)
    ]
    write(project.root / "logs" / "predictions.jsonl", lines)
    write(
        project.root / "logs" / "outcomes.jsonl",
        [outcome(n * every_minutes, label) for n, label in enumerate(labels) if label is not None],
    )


def report(project: Project, **options: Any) -> quality.Report:
    """The quality of a project's answers."""
    connection = tables.connect(project, Log())
    options = {"now": START + timedelta(days=40), **options}
    try:
        return quality.measured(connection, Outcomes(), **options)
    finally:
        connection.close()


@pytest.mark.parametrize("ties", [False, True])
def test_labels_of_0_and_1_with_scores(tmp_path: Path, ties: bool) -> None:
    chance = random.Random(5)
    scores = [round(chance.random(), 1 if ties else 9) for _ in range(200)]
    labels = [float(chance.random() < score) for score in scores]
    project = project_in(tmp_path)
    story(project, [*labels], scores)
    for number, found in enumerate(report(project).versions):
        own, truth = scores[number::2], labels[number::2]
        assert (found.group, found.predictions, found.labeled) == (["ab"[number]], 100, 100)
        assert found.metrics == pytest.approx(
            {
                "rate": sum(truth) / 100,
                "predicted": sum(own) / 100,
                "auc": roc_auc_score(truth, own),
                "log_loss": log_loss(truth, own),
                "brier": brier_score_loss(truth, own),
            }
        )


def test_numbers(tmp_path: Path) -> None:
    chance = random.Random(6)
    scores = [chance.gauss(10, 5) for _ in range(50)]
    labels = [score + chance.gauss(1, 2) for score in scores]
    project = project_in(tmp_path)
    story(project, [*labels], scores, versions="a")
    (found,) = report(project).versions
    assert found.metrics == pytest.approx(
        {
            "mean": sum(labels) / 50,
            "mae": mean_absolute_error(labels, scores),
            "rmse": root_mean_squared_error(labels, scores),
            "bias": sum(scores) / 50 - sum(labels) / 50,
        }
    )


def test_decisions_have_an_accuracy_and_scores_beyond_1_no_loss(tmp_path: Path) -> None:
    hard, wide = project_in(tmp_path / "hard"), project_in(tmp_path / "wide")
    story(hard, [1, 0, 1, 1], [1, 0, 0, 1], versions="a")
    assert report(hard).versions[0].metrics == {
        "rate": 0.75,
        "predicted": 0.5,
        "auc": pytest.approx(5 / 6),
        "accuracy": 0.75,
    }
    story(wide, [1, 0], [30.0, -5.0], versions="a")
    assert report(wide).versions[0].metrics == {"rate": 0.5, "predicted": 12.5, "auc": 1.0}


def test_a_group_of_one_class_has_no_auc(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    story(project, [1, 0, 1, 1], [0.5, 0.5, 0.5, 0.5])
    first, second = report(project).versions
    assert "auc" not in first.metrics
    assert second.metrics["auc"] == 0.5


def test_slices_periods_delays_and_what_is_missing(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    labels: list[float | None] = [None if number % 4 == 0 else float(number % 2) for number in range(60)]
    story(project, labels, [number / 60 for number in range(60)], every_minutes=12 * 60)
    write(project.root / "logs" / "outcomes.jsonl", [outcome(999_999, 1.0)])
    found = report(project, slices=["country"], period="week")
    assert [one.group for one in found.slices["country"]] == [
        ["(none)", "a"],
        ["(none)", "b"],
        ["de", "a"],
        ["de", "b"],
    ]
    assert [one.group[0] for one in found.periods][::2] == [
        *("2026-10-26", "2026-11-02", "2026-11-09", "2026-11-16", "2026-11-23"),
        "2026-11-30",
    ]
    assert sum(one.predictions for one in found.periods) == 60
    assert [one.group for one in found.delays] == [["under 1 week", "a"], ["under 1 week", "b"]]
    assert [one.labeled for one in found.delays] == [15, 30]
    assert found.unmatched == 1
    first, second = found.missing
    assert (first.version, first.predictions, first.labeled) == ("a", 30, 15)
    assert first.by_age == {"under 30 days": 9, "past the window": 6}
    assert (second.version, second.labeled, second.by_age) == ("b", 30, {})


def test_what_is_asked_of_the_last_days_only(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    story(project, [1.0] * 10, [0.5] * 10, versions="a", every_minutes=60 * 24)
    found = report(project, since=START + timedelta(days=7), now=START + timedelta(days=10))
    assert found.versions[0].predictions == 3
    assert found.missing[0].by_age == {}


def test_no_labels_at_all(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    story(project, [None, None], [0.5, 0.5], versions="a")
    found = report(project, now=START + timedelta(hours=2))
    assert found.versions[0].metrics == {}
    assert quality.shown(found, 30.0) == ["a: 2 predictions, 0 with `outcome`, 2 without (2 under 1 day)"]


def test_for_people_and_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small_service.written(tmp_path, '[outcomes]\nprediction = "score"\n')
    project = Project(tmp_path, tmp_path)
    story(project, [1.0, 0.0, None, 1.0], [0.9, 0.2, 0.5, 0.7])
    with (tmp_path / "logs" / "predictions.jsonl").open("a") as file:
        file.write("damaged\n")
    words = ["quality", "--slice", "country", "--period", "day"]
    with pytest.raises(SystemExit) as ended:
        outcomes.main(str(tmp_path / "outcomes.py"), words)
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert "a: 2 predictions, 1 with `outcome`, 1 without (1 " in text
    for title in ("by version", "over time", "by delay of the label", "by `country`"):
        assert f"\n{title}\n" in text
    assert "2026-11-01 b          2 of 2  rate 0.5" in text
    assert "note: 1 lines of `predictions.jsonl` cannot be read" in text
    assert len(text.splitlines()) <= 25
    with pytest.raises(SystemExit):
        outcomes.main(str(tmp_path / "outcomes.py"), [*words, "--json"])
    facts = json.loads(capsys.readouterr().out)
    assert facts["versions"][1]["metrics"]["auc"] == 1.0
    assert facts["damaged"] == 1
    assert sum(facts["missing"][0]["by_age"].values()) == 1


def test_no_log_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small_service.written(tmp_path)
    with pytest.raises(SystemExit):
        outcomes.main(str(tmp_path / "outcomes.py"), ["quality"])
    assert capsys.readouterr().out == "no predictions are in the log\n"


def test_a_name_sorts_by_its_number_and_does_not_show_it() -> None:
    assert figures.shown("2 under 1 day") == "under 1 day"
    assert figures.shown("2026-11-01") == "2026-11-01"
