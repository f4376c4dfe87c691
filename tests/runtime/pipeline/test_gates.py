"""The gates by real models in real processes: each refuses what it is there for, and what it cannot compute."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from nbexport_runtime.pipeline import decisions, holdout, judgement, renewal
from nbexport_runtime.pipeline.decisions import Decision
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.settings import Gates
from small_project import data_set, frozen, rows, trained, written

FEW = {"resamples": 400}

pytestmark = pytest.mark.slow(minutes=4)


@dataclass
class Models:
    """A project, and bundles that are trained when a test first asks for them."""

    project: Project
    data: Path
    bundles: dict[str, Path] = field(default_factory=dict)

    def of(self, name: str, *options: str, data: Path | None = None) -> Path:
        if name not in self.bundles:
            self.bundles[name] = trained(self.project, data or self.data, name, *options)
        return self.bundles[name]

    def judged(self, candidate: Path, baseline: Path | None, **gates: Any) -> Decision:
        asked = {"metric": "accuracy", **FEW, "max_latency_ratio": 0.0, **gates}
        return judgement.judge(self.project, candidate, baseline, Gates(**asked), 0.0)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    project = written(tmp_path_factory.mktemp("small"))
    first = rows(1500)
    data = data_set(project, "d-1", first)
    frozen(project, "h-0", first)
    return Models(project, data)


@pytest.fixture(scope="module")
def weak(models: Models) -> Path:
    """A model that leaves room for a better one."""
    return models.of("weak", "--noise", "0.47")


@pytest.fixture(scope="module")
def good(models: Models) -> Path:
    return models.of("good")


def reasons(decision: Decision, kind: str) -> str:
    return "; ".join(check.text for check in decision.checks if check.kind == kind and not check.passed)


def test_a_better_model_is_promoted_and_the_decision_says_on_what(models: Models, weak: Path, good: Path) -> None:
    decision = models.judged(good, weak, max_latency_ratio=50.0)
    assert decision.accepted, decision.reasons
    assert [check.kind for check in decision.checks] == ["relative", "slice", "latency", "size"]
    main = decision.differences[0]
    assert main.low is not None
    assert 0 < main.low < main.gain
    # a clear case ends early
    assert 100 <= main.drawings <= 400
    text = decision.checks[0].text
    assert f"{main.drawings} drawings)" in text
    assert "confidence 95%" in decisions.markdown(decision)
    assert decision.facts()["differences"][0]["drawings"] == main.drawings
    assert "the newest data has 0 fresh rows" in "; ".join(decision.remarks)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("raise", "cannot be scored: RuntimeError: the evaluation is broken"),
        ("nan", "accuracy: one of the two has no number to compare"),
        ("few", "no interval can be computed: drawn rows cannot be scored: ValueError: a row twice"),
    ],
)
def test_what_cannot_be_computed_refuses(models: Models, weak: Path, broken: str, reason: str) -> None:
    decision = models.judged(models.of(broken, "--broken", broken), weak)
    assert not decision.accepted
    assert reason in reasons(decision, "relative")


def test_an_interval_that_a_person_calls_optional_is_done_without(models: Models, weak: Path) -> None:
    candidate = models.of("few", "--broken", "few")
    decision = models.judged(candidate, weak, interval="optional")
    assert reasons(decision, "relative") == ""


def test_a_category_that_gets_worse_refuses_though_the_whole_gets_better(
    models: Models, weak: Path, good: Path
) -> None:
    # so much better elsewhere that the whole gains
    before = models.of("weaker", "--noise", "0.55")
    candidate = models.of("bad for c", "--broken", "bad for c")
    decision = models.judged(candidate, before)
    assert reasons(decision, "relative") == ""
    assert "slice group = c" in reasons(decision, "slice")
    assert "worse (tolerated: 0.02)" in reasons(decision, "slice")
    assert models.judged(candidate, before, slice_tolerance=1.0).accepted
    assert any("slice group = d is not judged" in remark for remark in decision.remarks)


def test_a_named_slice_that_is_not_there_refuses(models: Models, weak: Path, good: Path) -> None:
    decision = models.judged(good, weak, slices=("country",))
    assert reasons(decision, "slice") == "slice country cannot be judged: it is not a column with 2 to 50 values"


def test_a_slower_model_is_refused(models: Models, weak: Path) -> None:
    slow = models.of("slow", "--work", "200000")
    decision = models.judged(slow, weak, max_latency_ratio=3.0)
    assert "at most 3 allowed" in reasons(decision, "latency")
    assert models.judged(slow, weak, max_latency_ratio=100.0).accepted


def test_a_larger_model_is_refused(models: Models, weak: Path) -> None:
    large = models.of("large", "--ballast", "40000")
    decision = models.judged(large, weak)
    assert "bytes" in reasons(decision, "size")
    assert models.judged(large, weak, max_size_ratio=0.0).accepted


def test_the_first_model_beats_a_constant_and_a_rule(models: Models, good: Path) -> None:
    decision = models.judged(good, None)
    assert decision.accepted, decision.reasons
    names = [check.text.partition(":")[0] for check in decision.checks]
    assert names == ["baseline constant", "baseline rule on `x` alone"]


def test_a_first_model_that_is_no_better_than_a_constant_is_refused(models: Models) -> None:
    decision = models.judged(models.of("useless", "--noise", "1.0"), None)
    assert "baseline constant" in reasons(decision, "baseline")
    assert "the model is not better" in reasons(decision, "baseline")


def test_newer_data_is_scored_too_and_worse_there_refuses(models: Models, weak: Path) -> None:
    first, more = rows(1500), rows(600, start=12000, seed=9)
    newer = data_set(models.project, "d-2", first.merge(more, how="outer"))
    decision = models.judged(models.of("newer", data=newer), weak)
    assert decision.accepted, decision.reasons
    fresh = next(difference for difference in decision.differences if difference.on == "fresh")
    # a third of the new rows; the others of the newest split were trained on or are held back
    assert "fresh rows, accuracy" in next(check.text for check in decision.checks if check.kind == "fresh")
    assert fresh.low is not None
    forgetful = models.of("bad for new", "--broken", "bad for new", data=newer)
    decision = models.judged(forgetful, weak)
    assert reasons(decision, "relative") == ""
    assert "worse than production on the newest data" in reasons(decision, "fresh")


def test_renewed_rows_are_held_back_from_then_on(
    models: Models, weak: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holdout.dvc, "add", lambda *_: None)
    project = models.project
    first, more = rows(1500), rows(600, start=22000, seed=11)
    newest = data_set(project, "d-3", first.merge(more, how="outer"))
    (project.data / "train").symlink_to(newest)
    monkeypatch.syspath_prepend(str(project.code))
    decision = renewal.renew(project, "new customers")
    try:
        assert (decision.verdict, decision.baseline) == ("holdout renewed", "h-0")
        assert holdout.identity(project) == decision.candidate
        assert decision.candidate.startswith("h-r001-")
        assert (project.holdout / "h-0" / "manifest.json").is_file()
        assert "reason: new customers" in decision.remarks
        path = decisions.record(tmp_path, decision)
        assert path.name.endswith("-holdout-renewed.json")
        with pytest.raises(PipelineError, match="are held back already"):
            renewal.renew(project, "again")
        late = models.judged(models.of("good"), weak)
        assert "train again with `python retrain.py`" in reasons(late, "relative")
        after = models.judged(models.of("after", data=newest), weak)
        assert reasons(after, "relative") == ""
        assert after.rows == decision.rows
    finally:
        for folder in project.holdout.glob("h-r*"):
            folder.rename(tmp_path / folder.name)
