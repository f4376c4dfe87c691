"""A model that was saved before there was a runtime: its code carries its own pipeline, which scores and trains it.

`before_runtime.tar.xz` holds a bundle, its data set and its rows held back, as a project of commit 8da7498 left them;
what its `code/` needs neither to score nor to train was taken out.
"""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest
from nbexport_runtime.pipeline import comparison, judgement, processes, reproduction
from nbexport_runtime.pipeline.pairs import Metric
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.settings import Gates

ARCHIVE = Path(__file__).with_name("before_runtime.tar.xz")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("before")
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    return Project(folder, folder)


def test_its_own_pipeline_scores_it(project: Project) -> None:
    bundle = project.production
    assert processes.carries_pipeline(bundle / "code")
    recorded = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
    metric = Metric(*judgement.deciding(recorded, Gates()))
    evidence = comparison.gather(project, bundle, bundle, Gates(resamples=100), metric, {})
    assert evidence.theirs is not None
    assert evidence.mine.metrics == recorded["metrics"]
    assert (evidence.mine.again, evidence.mine.rows) == (True, recorded["holdout"]["rows"])
    assert evidence.main is not None
    assert evidence.main.problem == ""
    gain = evidence.main.difference
    assert (gain.gain, gain.low, gain.high, gain.drawings) == (0.0, 0.0, 0.0, 100)
    # what is newer than that pipeline is said not to be known, and needs a person
    assert "too old for that" in evidence.slices_remark
    assert "too old" in evidence.fresh_remark
    assert "too old to be asked" in evidence.latency.problem


def test_its_own_pipeline_trains_it_again(project: Project) -> None:
    outcome = reproduction.again(project, project.production)
    assert outcome.facts["same"], outcome.lines
