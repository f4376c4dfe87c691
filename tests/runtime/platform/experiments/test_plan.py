"""Plans: complete before the start, unchanged after it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.experiments import drafts, journal, plan, running
from nbexport_runtime.platform.experiments.settings import Experiments
from nbexport_runtime.traffic import placements
from runtime.platform.experiments.made import planned

TOML = """
hypothesis = "people buy more"
unit = "customer"
minimum_effect = 0.02
horizon_units = 5000
guard_rails = ["latency tolerance=5", "error"]

[[arms]]
name = "control"
version = "production"
share_percent = 50

[[arms]]
name = "treatment"
version = "v2"
share_percent = 50

[primary]
kind = "outcome"
name = "bought"
direction = "up"
window_days = 1
"""
WORDS: dict[str, Any] = {
    "hypothesis": "people buy more",
    "unit": "customer",
    "arms": ["control=production:50", "treatment=v2:50"],
    "primary": "outcome:bought direction=up window_days=1",
    "guard_rails": ["latency tolerance=5", "error"],
    "minimum_effect": 0.02,
    "horizon_units": 5000,
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project whose production is `v1`."""
    own = Project(tmp_path, tmp_path)
    placements.append(own.placements, version="v1", manifest_sha256="0" * 64, reason="promoted")
    return own


def written(project: Project, **changes: Any) -> plan.Plan:
    return drafts.written(project, "buttons", {**WORDS, **changes}, Experiments())


def test_a_file_and_a_command_line_say_the_same(project: Project, tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(TOML, encoding="utf-8")
    facts = [written(project).facts(), written(project, **drafts.file(tmp_path / "plan.toml")).facts()]
    for one in facts:
        del one["salt"], one["created"]
    assert facts[0] == facts[1]
    assert [arm["version"] for arm in facts[0]["arms"]] == ["v1", "v2"]


def test_a_plan_is_read_as_it_was_written(project: Project) -> None:
    fresh = written(project)
    assert plan.read(project, "buttons") == fresh
    assert plan.names(project) == ["buttons"]


def test_every_experiment_has_its_own_salt(project: Project) -> None:
    assert written(project).salt != drafts.written(project, "other", WORDS, Experiments()).salt


def test_everything_that_is_missing_is_named_at_once(project: Project) -> None:
    with pytest.raises(PipelineError) as caught:
        drafts.written(project, "buttons", {}, Experiments())
    for option in ("--hypothesis", "--unit", "--arm", "--primary", "--minimum-effect", "--horizon-units"):
        assert option in str(caught.value)
    assert not plan.path_of(project, "buttons").exists()


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"primary": "outcome:bought direction=up"}, "add window_days=7"),
        ({"primary": "outcome:bought window_days=1"}, "add direction=up or direction=down"),
        ({"primary": "clicks direction=up"}, "not one of outcome, answer, latency, error"),
        ({"primary": "answer direction=up"}, "write --primary answer:NAME"),
        ({"primary": 'answer:a"b direction=up'}, "does not name a member of the answer"),
        ({"primary": "answer:scores[x] direction=up"}, "does not name a member of the answer"),
        ({"primary": "outcome:a direction=up window_days=1 tolerance=1"}, "only a guard rail has a tolerance"),
        ({"primary": "latency", "guard_rails": ["latency"]}, "`latency` is there twice"),
        ({"primary": "outcome:a direction=up window_days=soon"}, "`soon` in"),
        ({"primary": "outcome:a direction=up window=1"}, "write key=value"),
        ({"primary": "outcome:a direction=up window_days=1 missing=guess"}, "missing is one of zero, drop"),
        ({"arms": ["control=production:50"]}, "fewer than two arms"),
        ({"arms": ["control=production:50", "treatment=v2:40"]}, "the shares sum to 90 %"),
        ({"arms": ["control=production:50", "treatment=v1:50"]}, "two arms have the same version"),
        ({"arms": ["control=production:50", "control=v2:50"]}, "two arms have the same name"),
        ({"arms": ["control=production:100", "treatment=v2:0"]}, "a share above 0 and below 100"),
        ({"arms": ["control=production:50", "treatment"]}, "write NAME=VERSION:PERCENT"),
        ({"arms": 3}, "arms is a list"),
        ({"minimum_effect": -1.0}, "--minimum-effect 0.01"),
        ({"horizon_units": "many"}, "horizon_units must be int"),
        ({"hypotesis": "x"}, "unknown key `hypotesis`"),
        ({"baseline": 5.0, "horizon_units": 0}, "the rate of today"),
    ],
)
def test_what_is_wrong_is_refused_with_its_fix(project: Project, changes: dict[str, Any], text: str) -> None:
    with pytest.raises(PipelineError, match=text.replace("+", r"\+")):
        written(project, **changes)


@pytest.mark.parametrize("name", ["Buttons", "a/b", "", "../x", "x" * 64])
def test_a_name_that_could_not_be_a_file_is_refused(project: Project, name: str) -> None:
    with pytest.raises(PipelineError, match="cannot name an experiment"):
        drafts.written(project, name, WORDS, Experiments())


def test_the_baseline_computes_the_units(project: Project) -> None:
    # 5 % against 7 %: 14.97 standard errors squared, 0.0475 variance, a quarter
    assert written(project, horizon_units=0, baseline=0.05).horizon_units == pytest.approx(7150, rel=0.03)


def test_a_plan_that_was_changed_after_the_start_is_refused_by_its_name(project: Project) -> None:
    fresh = written(project)
    began = journal.append(project, journal.FROZEN, None, experiment="buttons", plan_sha256=fresh.sha256)
    journal.append(project, journal.STARTED, began)
    path = plan.path_of(project, "buttons")
    content = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**content, "minimum_effect": 0.001}), encoding="utf-8")
    with pytest.raises(PipelineError, match=r"experiments/buttons.json` was changed after the start"):
        running.frozen(project, running.standing(project, "buttons"))
    with pytest.raises(PipelineError, match="a plan never changes after that"):
        written(project)
    path.write_text(json.dumps(content), encoding="utf-8")
    assert running.frozen(project, running.standing(project, "buttons")) == fresh


def test_a_damaged_plan_is_named(project: Project) -> None:
    path = plan.write(project, planned())
    path.write_text("{", encoding="utf-8")
    with pytest.raises(PipelineError, match=r"buttons\.json"):
        plan.read(project, "buttons")
    with pytest.raises(PipelineError, match=r"there is no experiment `other` \(known: `buttons`\)"):
        plan.read(project, "other")
