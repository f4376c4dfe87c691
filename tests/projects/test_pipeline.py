"""Level 3 on one machine: models are trained, refused, promoted, brought back and made again, by real commands."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from nbexport_runtime.traffic import split, traffic

from .compiled import compiled
from .conftest import EXAMPLES, QUIET, Done, export
from .forked import run_forked
from .serving import CUSTOMER, IDS, served, until

WEAK = {
    "churn": ["--learning-rate", "0.005", "--threshold", "0.45"],
    "messages": ["--epochs", "3", "--min-accuracy", "0.5", "--min-macro-f1", "0.5"],
}
"""Options of a first model that leaves room for a better one, and takes as long for a prediction: of churn, a model of
fewer trees is so much faster that the gate of latency may refuse the better one."""
PROMOTED, TROUBLE, REFUSED = 0, 1, 10

pytestmark = pytest.mark.slow(minutes=6)
GROUPED_BY = "story"


@dataclass
class Story:
    """A project of level 3, and what the steps said."""

    project: Path
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    production: dict[str, str] = field(default_factory=dict)
    """Step → the version in production after it."""

    def do(self, step: str, *words: str | Path) -> None:
        done = command(self.project, *words)
        assert done.stdout, done.stderr
        self.steps[step] = json.loads(done.stdout)
        self.codes[step] = done.returncode
        self.production[step] = in_production(self.project)


def command(project: Path, *words: str | Path) -> Done:
    return run_forked(words[0], "--json", *words[1:], cwd=project)


def in_production(project: Path) -> str:
    manifest = project / "models" / "production" / "manifest.json"
    return str(json.loads(manifest.read_text(encoding="utf-8"))["version"]) if manifest.exists() else ""


ONE = pytest.mark.parametrize("story", ["churn"], indirect=True)
"""For what does not depend on the model: one of the stories is enough."""


@pytest.fixture(scope="module", params=["churn", "messages"])
def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Story:
    name = request.param
    folder = tmp_path_factory.mktemp(name)
    shutil.copytree(EXAMPLES / name, folder / "notebook")
    project = folder / "project"
    done = export(folder / "notebook" / f"{name}.ipynb", project, "--level", "3")
    assert done.returncode == 0, done.stdout + done.stderr
    settings = project / "pipeline.toml"
    # fewer drawings than a user would want, but enough for what is that much better or equal
    text = settings.read_text(encoding="utf-8").replace("resamples = 4000", "resamples = 400")
    settings.write_text(text, encoding="utf-8")
    if name == "churn":
        wrong = pd.read_csv(project / "customers.csv")
        wrong["churned"] = wrong["churned"].sample(frac=1.0, random_state=0).to_numpy()
        wrong.to_csv(folder / "wrong.csv", index=False)
    told = Story(compiled(project))
    told.do("first", "retrain.py", "--", *WEAK[name])
    if name == "churn":
        told.do("equal", "retrain.py", "--", *WEAK[name])
        told.do("corrupted", "retrain.py", "--source", folder / "wrong.csv")
    told.do("better", "retrain.py", "--report", folder / "report.md")
    told.do("registry", "registry.py", "list")
    told.do("reproduced", "reproduce.py", "production")
    return told


def test_the_first_model_becomes_production(story: Story) -> None:
    assert story.codes["first"] == PROMOTED
    assert story.production["first"] == story.steps["first"]["candidate"]
    assert "the absolute gates and the baselines decide" in story.steps["first"]["remarks"][0]


@ONE
@pytest.mark.parametrize("step", ["equal", "corrupted"])
def test_what_is_not_better_is_refused_and_changes_nothing(story: Story, step: str) -> None:
    assert story.codes[step] == REFUSED
    assert story.steps[step]["reasons"]
    assert story.production[step] == story.production["first"]


@ONE
def test_equal_is_said_to_be_equal(story: Story) -> None:
    (difference, *_) = story.steps["equal"]["differences"]
    assert difference["gain"] == 0
    assert any("equal is not better" in reason for reason in story.steps["equal"]["reasons"])


def test_a_better_one_is_promoted_and_for_sure(story: Story) -> None:
    assert story.codes["better"] == PROMOTED, "\n".join(story.steps["better"]["reasons"])
    assert story.production["better"] == story.steps["better"]["candidate"]
    main = story.steps["better"]["differences"][0]
    assert main["gain"] > 0
    assert main["low"] > 0
    assert story.steps["better"]["rows"] > 100
    assert 100 <= main["drawings"] <= 400
    kinds = {check["kind"] for check in story.steps["better"]["checks"]}
    assert {"relative", "guard", "latency", "size"} <= kinds


def test_the_first_model_was_better_than_a_constant(story: Story) -> None:
    checks = [check["text"] for check in story.steps["first"]["checks"] if check["kind"] == "baseline"]
    assert checks[0].startswith("baseline constant: ")


def test_every_decision_is_recorded_for_programs_and_people(story: Story) -> None:
    decisions = story.project / "models" / "decisions"
    kept = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(decisions.glob("*.json"))]
    refused = ["refuse"] * len(story.codes.keys() & {"equal", "corrupted"})
    assert [decision["verdict"] for decision in kept] == ["promote", *refused, "promote"]
    assert len(list(decisions.glob("*.md"))) == len(kept)
    report = (story.project.parent / "report.md").read_text(encoding="utf-8")
    assert report.startswith(f"## Promoted: `{story.production['better']}`")
    assert "rows that no training has seen" in report


def test_all_were_scored_on_the_same_rows_and_none_trained_on_them(story: Story) -> None:
    versions = story.steps["registry"]["versions"]
    assert len({version["tags"]["holdout"] for version in versions}) == 1


def test_the_registry_knows_every_version_with_figures_and_hashes(story: Story) -> None:
    versions = story.steps["registry"]["versions"]
    assert len(versions) == 2 + len(story.codes.keys() & {"equal", "corrupted"})
    for version in versions:
        assert version["metrics"]
        assert version["parameters"]
        for name in ("data_sha256", "code", "config_sha256", "lock_sha256", "weights", "python", "manifest_sha256"):
            assert version["tags"][name], name
    aliases = {alias: version["version"] for version in versions for alias in version["aliases"]}
    assert aliases == {"production": story.production["better"], "candidate": story.production["better"]}


def test_the_promoted_model_is_made_again_with_the_same_weights(story: Story) -> None:
    assert story.codes["reproduced"] == 0, story.steps["reproduced"]
    assert story.steps["reproduced"]["same"] is True
    assert story.steps["reproduced"]["weights"] == story.steps["reproduced"]["again"]


@ONE
def test_an_earlier_data_set_comes_back_from_the_remote_alone(story: Story) -> None:
    versions = story.steps["registry"]["versions"]
    newest, oldest = versions[1]["tags"]["data_set"], versions[-1]["tags"]["data_set"]
    assert newest != oldest
    project = story.project
    shutil.rmtree(project / "data" / "sets" / newest)
    shutil.rmtree(project / ".dvc" / "cache")
    for identity in (newest, oldest):
        done = command(project, "scripts/fetch_data.py", "--output", "data/train", "--version", identity)
        assert json.loads(done.stdout)["id"] == identity, done.stderr
        assert json.loads((project / "data" / "train" / "dataset.json").read_text())["id"] == identity


def test_the_cards_are_made_of_manifests(story: Story) -> None:
    card = (story.project / "models" / "cards" / f"{story.production['better']}.md").read_text(encoding="utf-8")
    manifest = json.loads((story.project / "models" / "production" / "manifest.json").read_text(encoding="utf-8"))
    for text in (manifest["weights"], manifest["code"], manifest["data_set"]["id"], manifest["holdout"]["id"]):
        assert text in card
    identity = manifest["data_set"]["id"]
    data = (story.project / "models" / "cards" / f"{identity}.md").read_text(encoding="utf-8")
    assert "they are as the schema says" in data
    report = json.loads((story.project / "models" / "reports" / f"{identity}.json").read_text(encoding="utf-8"))
    assert (report["valid"], report["errors"]) == (True, [])
    assert report["rows"] > 100


@ONE
def test_two_versions_can_be_compared(story: Story) -> None:
    versions = story.steps["registry"]["versions"]
    done = command(story.project, "registry.py", "diff", "production", str(versions[-1]["number"]))
    assert "hashes and origin weights" in json.loads(done.stdout)["differ"]


@ONE
def test_back_to_the_production_before_in_one_line(story: Story) -> None:
    before, after = story.production["first"], story.production["better"]
    assert command(story.project, "promote.py", "--rollback").returncode == 0
    assert in_production(story.project) == before
    done = command(story.project, "promote.py", "--rollback", after)
    assert done.returncode == 0, done.stderr
    assert in_production(story.project) == after


@ONE
def test_ten_percent_of_two_thousand_ids_stay_with_the_better_one(story: Story, tmp_path: Path) -> None:
    project = story.project
    before, better = story.production["first"], story.production["better"]
    assert command(project, "promote.py", "--rollback", before).returncode == 0
    with served(project, None, tmp_path) as service:
        done = command(project, "rollout.py", "start", "--percent", "10", "--version", better)
        assert done.returncode == 0, done.stdout + done.stderr
        until(lambda: service.share() == 10)

        placed = traffic.read(project / "models" / traffic.NAME)
        assert placed is not None
        ten = {name for name in IDS if split.chosen(placed, name) == better}
        assert 0.08 < len(ten) / len(IDS) < 0.12

        def with_candidate(ids: list[str]) -> set[str]:
            versions = {name: answer["model_version"] for name, answer in service.answers(CUSTOMER, ids).items()}
            assert set(versions.values()) <= {before, better}
            return {name for name, version in versions.items() if version == better}

        # the service sends those to it that it must, and nobody else
        assert with_candidate(IDS[:500]) == ten & set(IDS[:500])
        # whoever has it keeps it
        assert with_candidate(sorted(ten)) == ten
        assert command(project, "rollout.py", "set", "20").returncode == 0
        until(lambda: service.share() == 20)
        assert with_candidate(sorted(ten)) == ten
        assert command(project, "rollout.py", "abort").returncode == 0
        until(lambda: service.share() == 0)
        assert with_candidate(sorted(ten)) == set()
    assert command(project, "promote.py", "--rollback", better).returncode == 0


@ONE
def test_of_two_retrains_at_once_one_fails_cleanly_and_one_waits(story: Story) -> None:
    project = story.project
    before = in_production(project)
    decisions = len(list((project / "models" / "decisions").glob("*.json")))
    said = project.parent / "first.txt"
    words = [sys.executable, "retrain.py", "--json"]
    pipes = {"stdout": subprocess.PIPE, "text": True, "env": {**os.environ, **QUIET}}
    with said.open("wb") as errors, subprocess.Popen(words, cwd=project, stderr=errors, **pipes) as first:
        until(lambda: "training" in said.read_text(encoding="utf-8"))
        second = command(project, "retrain.py")
        assert first.poll() is None
        assert second.returncode == TROUBLE
        assert "another run is changing the models" in json.loads(second.stdout)["error"]
        with subprocess.Popen([*words, "--wait-s", "600"], cwd=project, stderr=subprocess.DEVNULL, **pipes) as third:
            out, _ = first.communicate(timeout=600)
            assert json.loads(out)["verdict"] == "refuse"
            assert third.poll() is None
            out, _ = third.communicate(timeout=600)
            assert json.loads(out)["verdict"] == "refuse"
    assert in_production(project) == before
    assert len(list((project / "models" / "decisions").glob("*.json"))) == decisions + 2


@ONE
def test_data_that_is_not_as_it_was_is_refused_before_training(story: Story) -> None:
    project = story.project
    schema = json.loads((project / "data_schema.json").read_text(encoding="utf-8"))
    (file,) = schema["tables"]
    frame = pd.read_csv(project / file)
    before = in_production(project)
    frame.drop(columns=frame.columns[-1]).to_csv(project.parent / "lacks.csv", index=False)
    done = command(project, "retrain.py", "--source", project.parent / "lacks.csv")
    assert done.returncode == REFUSED, done.stderr
    assert f"`{file}` has no column `{frame.columns[-1]}`" in json.loads(done.stdout)["reasons"]
    assert in_production(project) == before


@ONE
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["retrain.py", "--source", "nowhere.csv"], TROUBLE, "`nowhere.csv` is not there"),
        (["retrain.py", "--", "--epochz", "3"], TROUBLE, "unrecognized arguments"),
        (["reproduce.py", "never"], TROUBLE, "there is no version `never`"),
        (["promote.py", "--candidate", "models/nothing"], TROUBLE, "holds no model"),
        (["registry.py", "diff", "production"], 2, "takes 2 versions"),
        (["scripts/fetch_data.py", "--version", "d-none"], TROUBLE, "there is no data set `d-none`"),
    ],
)
def test_a_mistake_is_told_without_a_traceback(story: Story, words: list[str], code: int, said: str) -> None:
    before = in_production(story.project)
    done = command(story.project, *words)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert in_production(story.project) == before
