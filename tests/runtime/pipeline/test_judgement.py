"""Whether a candidate becomes production: its gates, and what each piece of evidence means."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from nbexport_runtime.pipeline import comparison, decisions, judgement
from nbexport_runtime.pipeline.decisions import Check, Decision
from nbexport_runtime.pipeline.evidence import Difference, Evidence, Ratio, Score, Significance, SliceGain
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.scorers import ScoringError
from nbexport_runtime.pipeline.settings import Gates

GATES = {
    "min_auc": {"metric": "auc", "operator": ">", "threshold": 0.7},
    "max_loss": {"metric": "loss", "operator": "<=", "threshold": 0.5},
}
MINE = Score("b", {"auc": 0.9, "loss": 0.4}, rows=100)
THEIRS = Score("a", {"auc": 0.8, "loss": 0.4}, rows=100)
MAIN = Difference("auc", 0.9, 0.8, 0.1, 0.05, 0.15, 400)
SAME = Difference("loss", 0.4, 0.4, 0.0, -0.01, 0.01, 400)
BETTER = Evidence(
    MINE,
    THEIRS,
    main=Significance(MAIN, clear=True),
    guards={"loss": SAME},
    slices=(SliceGain("plan = basic", "plan", False, 60, replace(MAIN, on="plan = basic")),),
    fresh_remark="none yet",
    latency=Ratio(5.0, 5.0, "ms per prediction", 1.0),
    size=Ratio(100.0, 100.0, "bytes", 1.0),
)
"""Better in everything."""


def bundle(folder: Path, version: str, gates: Any = GATES, **metrics: float) -> Path:
    folder.mkdir()
    facts = {"version": version, "gates": gates, "metrics": metrics}
    (folder / "manifest.json").write_text(json.dumps(facts), encoding="utf-8")
    return folder


def judged(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, evidence: Evidence, *, asked: float = 0.0, **gates: Any
) -> Decision:
    monkeypatch.setattr(comparison, "gather", lambda *_: evidence)
    candidate = bundle(tmp_path / "candidate", "b", gates.pop("own", GATES), auc=0.9, loss=0.4)
    baseline = bundle(tmp_path / "production", "a", auc=0.8, loss=0.4) if evidence.theirs else None
    return judgement.judge(Project(tmp_path, tmp_path), candidate, baseline, Gates(**gates), asked)


def test_better_in_everything_is_promoted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    decision = judged(monkeypatch, tmp_path, BETTER)
    assert decision.accepted, decision.reasons
    kinds = ["absolute", "absolute", "relative", "guard", "slice", "latency", "size"]
    assert [check.kind for check in decision.checks] == kinds
    assert decision.checks[2].text == ("auc: 0.8 to 0.9, a gain of 0.1 (confidence 95%: 0.05 to 0.15, 400 drawings)")
    assert [difference.on for difference in decision.differences] == ["held back", "held back", "plan = basic"]


WORSE_SLICE = SliceGain("plan = plus", "plan", False, 60, replace(MAIN, gain=-0.2, on="plan = plus"), worse=1e-6)
FRESH = Significance(Difference("auc", 0.7, 0.8, -0.1, -0.2, -0.01, 400, "fresh"), clear=True)


@pytest.mark.parametrize(
    ("changes", "gates", "reason"),
    [
        ({"problem": "trained before"}, {}, "trained before"),
        ({"main": None}, {}, "auc: one of the two has no number to compare"),
        ({"main": Significance(replace(MAIN, gain=0.0))}, {}, "equal is not better"),
        ({"main": Significance(replace(MAIN, gain=-0.1))}, {}, "worse than production"),
        ({"main": Significance(MAIN, clear=True)}, {"asked": 0.2}, "at least 0.2 is required"),
        ({"main": Significance(MAIN)}, {}, "not significant, chance explains the gain"),
        # a confidence that looks good does not help where rows could not be drawn
        (
            {"main": Significance(MAIN, clear=True, problem="too few drawings")},
            {},
            'no interval can be computed: too few drawings; set interval = "optional" in [gates]',
        ),
        ({"guards": {"loss": None}}, {}, "guard loss: one of the two has no number to compare"),
        ({"guards": {"loss": replace(SAME, gain=-0.05)}}, {}, "worse by 0.05 (tolerated: 0.02)"),
        ({"guards": {"loss": replace(SAME, gain=-0.01, high=-0.005)}}, {}, "worse by 0.01"),
        ({"slices": (WORSE_SLICE,)}, {}, "slice plan = plus (60 rows)"),
        ({"slices_problem": "it broke"}, {}, "slices cannot be judged: it broke"),
        ({"unknown": ("country",)}, {"slices": ("country",)}, "slice country cannot be judged"),
        (
            {"slices": (SliceGain("plan = x", "plan", True, 60, problem="auc is not a number"),)},
            {"slices": ("plan",)},
            "slice plan = x cannot be judged: auc is not a number",
        ),
        (
            {"slices": (SliceGain("plan = x", "plan", True, 3, problem="3 rows are too few", few=True),)},
            {"slices": ("plan",)},
            "slice plan cannot be judged: each of its values has too few rows",
        ),
        (
            {"slices": (SliceGain("plan = x", "plan", False, 60, problem="no number", lost=True),)},
            {},
            "slice plan = x cannot be judged: no number",
        ),
        ({"fresh": FRESH}, {}, "worse than production on the newest data"),
        ({"fresh": replace(FRESH, problem="too few drawings")}, {}, "no interval can be computed: too few drawings"),
        ({"fresh_problem": "it broke"}, {}, "fresh rows cannot be scored: it broke"),
        ({"latency": Ratio()}, {}, "latency cannot be compared: it was not measured; set max_latency_ratio = 0"),
        ({"latency": Ratio(problem="it broke")}, {}, "latency cannot be compared: it broke"),
        ({"latency": Ratio(8.0, 5.0, "ms", 1.6)}, {}, "1.6 times, at most 1.5 allowed"),
        ({"latency": Ratio(8.0, 5.0, "ms", float("nan"))}, {}, "latency cannot be compared"),
        ({"size": Ratio(300.0, 100.0, "bytes", 3.0)}, {}, "size: 100 to 300 bytes, 3 times, at most 2 allowed"),
        ({"mine": replace(MINE, metrics={"auc": float("nan"), "loss": 0.4})}, {}, "it cannot be computed"),
    ],
)
def test_the_reason_of_a_refusal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, changes: dict[str, Any], gates: dict[str, Any], reason: str
) -> None:
    decision = judged(monkeypatch, tmp_path, replace(BETTER, **changes), **gates)
    assert not decision.accepted
    assert len(decision.reasons) == 1
    assert reason in decision.reasons[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"main": Significance(replace(MAIN, low=None, high=None), problem="no rows can be drawn")},
        {"slices_problem": "no rows can be drawn"},
        {"fresh_problem": "no rows can be drawn"},
        {"fresh": replace(FRESH, clear=False, problem="no rows can be drawn")},
    ],
)
def test_what_cannot_be_drawn_is_accepted_where_a_person_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, changes: dict[str, Any]
) -> None:
    assert judged(monkeypatch, tmp_path, replace(BETTER, **changes), interval="optional").accepted


def test_a_slice_without_enough_rows_is_named_as_not_judged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    few = SliceGain("plan = x", "plan", False, 3, problem="3 rows are too few", few=True)
    decision = judged(monkeypatch, tmp_path, replace(BETTER, slices=(*BETTER.slices, few)))
    assert decision.accepted
    assert "slice plan = x is not judged: 3 rows are too few" in decision.remarks


def test_of_many_slices_one_that_looks_worse_by_chance_does_not_refuse(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    many = [SliceGain(f"plan = {n}", "plan", False, 60, replace(MAIN, gain=-0.1), worse=0.02) for n in range(10)]
    assert judged(monkeypatch, tmp_path, replace(BETTER, slices=tuple(many))).accepted


def test_a_model_that_cannot_be_scored_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fails(*_: Any) -> Evidence:
        raise ScoringError("`b` cannot be scored: its code is broken")

    monkeypatch.setattr(comparison, "gather", fails)
    paths = [bundle(tmp_path / name, name, auc=0.9, loss=0.4) for name in ("b", "a")]
    decision = judgement.judge(Project(tmp_path, tmp_path), *paths, Gates(), 0.0)
    assert decision.reasons == ["`b` cannot be scored: its code is broken"]


# ---------------------------------------------------------------------- a first model

CONSTANT = Significance(Difference("auc", 0.9, 0.5, 0.4, 0.3, 0.5, 400, "constant"), clear=True)
RULE = Significance(Difference("auc", 0.9, 0.85, 0.05, -0.01, 0.1, 400, "rule on `x` alone"))
FIRST = Evidence(MINE, baselines=(CONSTANT, RULE))


@pytest.mark.parametrize(
    ("changes", "gates"),
    [
        ({}, {"own": {}}),
        # its own gates decide where no baseline can be computed
        ({"baselines": (), "no_baseline": ("torch",)}, {}),
        ({"mine": replace(MINE, again=False, remark="only recorded")}, {"interval": "optional"}),
    ],
)
def test_a_first_model_is_promoted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, changes: dict[str, Any], gates: dict[str, Any]
) -> None:
    decision = judged(monkeypatch, tmp_path, replace(FIRST, **changes), **gates)
    assert decision.accepted, decision.reasons
    assert decision.remarks[0] == "there is no production yet: the absolute gates and the baselines decide"


@pytest.mark.parametrize(
    ("changes", "gates", "reason"),
    [
        ({"baselines": (replace(CONSTANT, clear=False),)}, {}, "not significant, chance explains the gain"),
        ({"baselines": (replace(RULE, difference=replace(RULE.difference, gain=0.0)),)}, {}, "the model is not better"),
        ({"baselines": (replace(CONSTANT, problem="it broke"),)}, {}, "it broke"),
        ({"baselines": (), "no_baseline": ("torch",)}, {"baseline": "required"}, "no baseline can be computed: torch"),
        (
            {"baselines": (), "no_baseline": ("torch",)},
            {"own": {}},
            "it has no gate, and no baseline (torch); add an assert on a metric",
        ),
        ({"mine": replace(MINE, again=False, remark="only recorded")}, {}, "only recorded; set interval"),
    ],
)
def test_a_first_model_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, changes: dict[str, Any], gates: dict[str, Any], reason: str
) -> None:
    decision = judged(monkeypatch, tmp_path, replace(FIRST, **changes), **gates)
    assert not decision.accepted
    assert len(decision.reasons) == 1
    assert reason in decision.reasons[0]


# ---------------------------------------------------------------------- the rest


@pytest.mark.parametrize("auc", [0.7, float("nan"), None, "high"])
def test_a_gate_that_is_not_reached_or_cannot_be_computed_refuses(auc: Any) -> None:
    (check, _) = judgement.absolute(GATES, {"auc": auc, "loss": 0.1})
    assert not check.passed


def test_a_gate_with_an_unknown_operator_refuses() -> None:
    (check,) = judgement.absolute({"x": {"metric": "auc", "operator": "~", "threshold": 0.7}}, {"auc": 0.9})
    assert not check.passed


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
