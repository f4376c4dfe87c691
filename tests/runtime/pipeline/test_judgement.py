"""Whether a candidate becomes production: its gates, the gain and its interval, the guarded metrics."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from nbexport_runtime.pipeline import comparison, decisions, judgement
from nbexport_runtime.pipeline.comparison import Difference, Score
from nbexport_runtime.pipeline.decisions import Check, Decision
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.settings import Gates

GATES = {
    "min_auc": {"metric": "auc", "operator": ">", "threshold": 0.7},
    "max_loss": {"metric": "loss", "operator": "<=", "threshold": 0.5},
}


def bundle(folder: Path, version: str, **metrics: float) -> Path:
    folder.mkdir()
    facts = {"version": version, "gates": GATES, "metrics": metrics}
    (folder / "manifest.json").write_text(json.dumps(facts), encoding="utf-8")
    return folder


def judged(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    mine: Score,
    theirs: Score | None,
    *,
    asked: float = 0.0,
    **gates: Any,
) -> Decision:
    monkeypatch.setattr(comparison, "scores", lambda *_: (mine, theirs))
    candidate = bundle(tmp_path / "candidate", mine.version, **mine.metrics)
    baseline = bundle(tmp_path / "production", theirs.version, **theirs.metrics) if theirs else None
    return judgement.judge(Project(tmp_path, tmp_path), candidate, baseline, Gates(**gates), asked)


def score(version: str, auc: float, loss: float, *, spread: float = 0.0) -> Score:
    samples = [{"auc": auc + spread * (turn % 5 - 2), "loss": loss} for turn in range(60)]
    return Score(version, {"auc": auc, "loss": loss}, list(samples), rows=100)


def test_without_production_the_absolute_gates_decide(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    decision = judged(monkeypatch, tmp_path, score("a", 0.8, 0.4), None)
    assert decision.accepted
    assert decision.remarks == ("there is no production yet: the absolute gates decide alone",)
    assert [check.kind for check in decision.checks] == ["absolute", "absolute"]


@pytest.mark.parametrize("auc", [0.7, float("nan"), None, "high"])
def test_a_gate_that_is_not_reached_or_cannot_be_computed_refuses(auc: Any) -> None:
    (check, _) = judgement.absolute(GATES, {"auc": auc, "loss": 0.1})
    assert not check.passed


def test_better_is_promoted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    decision = judged(monkeypatch, tmp_path, score("b", 0.9, 0.4), score("a", 0.8, 0.4))
    assert decision.accepted, decision.reasons
    main, guard = decision.differences
    assert (main.metric, guard.metric) == ("auc", "loss")
    assert main.low == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("mine", "theirs", "asked", "reason"),
    [
        (score("b", 0.8, 0.4), score("a", 0.8, 0.4), 0.0, "equal is not better"),
        (score("b", 0.79, 0.4), score("a", 0.8, 0.4), 0.0, "worse than production"),
        (score("b", 0.81, 0.4), score("a", 0.8, 0.4), 0.02, "at least 0.02 is required"),
        (score("b", 0.81, 0.4, spread=0.01), score("a", 0.8, 0.4), 0.0, "not significant, the interval includes 0"),
        (score("b", 0.9, 0.45), score("a", 0.8, 0.4), 0.0, "guard loss: 0.4 to 0.45, worse by 0.05"),
    ],
)
def test_the_reason_of_a_refusal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mine: Score, theirs: Score, asked: float, reason: str
) -> None:
    decision = judged(monkeypatch, tmp_path, mine, theirs, asked=asked)
    assert not decision.accepted
    assert any(reason in text for text in decision.reasons), decision.reasons


def test_a_machine_that_is_too_slow_to_draw_does_not_decide(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    slow = replace(score("b", 0.9, 0.4), samples=[], cut=True)
    decision = judged(monkeypatch, tmp_path, slow, score("a", 0.8, 0.4))
    assert not decision.accepted
    assert "raise resampling_limit_s" in decision.reasons[0]


def test_production_itself_is_refused(tmp_path: Path) -> None:
    folder = bundle(tmp_path / "candidate", "a", auc=0.9, loss=0.1)
    decision = judgement.judge(Project(tmp_path, tmp_path), folder, folder, Gates(), 0.0)
    assert decision.reasons == ["it is the model that is in production"]


def test_the_metric_that_decides_and_its_direction() -> None:
    facts = {"gates": GATES, "metrics": {"auc": 0.8, "loss": 0.4, "rmse": 1.0}}
    assert judgement.deciding(facts, Gates()) == ("auc", True)
    assert judgement.deciding(facts, Gates(metric="loss")) == ("loss", False)
    assert judgement.deciding(facts, Gates(metric="rmse")) == ("rmse", False)
    assert judgement.deciding(facts, Gates(metric="rmse", direction="up")) == ("rmse", True)
    with pytest.raises(PipelineError, match="no metric `f1`"):
        judgement.deciding(facts, Gates(metric="f1"))


def test_decisions_are_kept_for_programs_and_people(tmp_path: Path) -> None:
    difference = Difference("auc", 0.8, 0.7, 0.1)
    checks = (Check("relative", False, "auc: *not* significant"),)
    decision = Decision("refuse", "b", "a", checks, "auc", (difference,), 100, decided="2026-01-02T03:04:05+00:00")
    first, second = (decisions.record(tmp_path, decision) for _ in range(2))
    assert first != second
    assert decisions.history(tmp_path)[0]["reasons"] == ["auc: *not* significant"]
    text = first.with_suffix(".md").read_text(encoding="utf-8")
    assert text.startswith("## Refused: `b`")
    assert r"auc: \*not\* significant" in text
    report = tmp_path / "report.md"
    decisions.append(report, decision)
    assert report.read_text(encoding="utf-8") == text
