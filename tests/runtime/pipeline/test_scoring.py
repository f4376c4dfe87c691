"""A saved model scored again: its metrics, the rows that are drawn, and what cannot be repeated."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from nbexport_runtime import bundle, training
from nbexport_runtime.pipeline import Stage, Stages, scoring
from nbexport_runtime.pipeline.files import write_json
from nbexport_runtime.pipeline.project import Project

DATA = Stage("load_data", "data", gives=("train", "val", "test"))
FIT = Stage("train_model", "train", takes=("train",), gives=("weight", "guesses"))


def job(tmp_path: Path, **state: Any) -> dict[str, Any]:
    bundle.save({"weight": 2.0, **state}, tmp_path / "bundle", strict=True, examples=[])
    facts = bundle.plain({"holdout": {"id": "h-1", "rows": 3}})
    manifest = tmp_path / "bundle" / "manifest.json"
    write_json(manifest, {**scoring.read_json(manifest), **facts})
    bundle.save({"val": [1.0, 2.0], "test": [1.0, 2.0, 3.0]}, tmp_path / "h-1", strict=True, examples=[])
    return {
        "code": str(tmp_path),
        "bundle": str(tmp_path / "bundle"),
        "holdout": str(tmp_path / "h-1"),
        "data": str(tmp_path),
        "held_by_training": str(tmp_path / "h-1"),
        "parameters": {},
        "run_seed": None,
        "seed": 1,
    }


def scored(monkeypatch: pytest.MonkeyPatch, asked: dict[str, Any], evaluate: Stage, function: Any) -> dict[str, Any]:
    table = Stages("n.ipynb", (DATA, FIT, evaluate), held_back=("val", "test"))
    model = SimpleNamespace(load_model=bundle.load, **{evaluate.function: function})
    parser = training.Parser("Train.")
    parser.add_argument("--data", type=Path)
    monkeypatch.setitem(sys.modules, "model", model)
    monkeypatch.setitem(sys.modules, "stages", SimpleNamespace(STAGES=table))
    monkeypatch.setitem(sys.modules, "train", SimpleNamespace(options=lambda: parser))
    scorer = scoring.Scorer(Project(Path(asked["code"]), Path(asked["code"])), asked)
    result = scorer.answer({"do": "open", "rows": "held back"})
    if result.get("rows", 0) > 1:
        result |= scorer.answer({"do": "draw", "rows": "held back", "count": 40})
    return result


def test_rows_of_each_set_are_drawn_and_the_model_stays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    evaluate = Stage("evaluate_model", "evaluate", takes=("val", "test", "weight"), gives=("metrics",))

    def function(val: list[float], test: list[float], weight: float) -> dict[str, float]:
        assert (len(val), len(test), weight) == (2, 3, 2.0)
        return {"val": sum(val) * weight, "test": sum(test) * weight}

    result = scored(monkeypatch, job(tmp_path), evaluate, function)
    assert result["metrics"] == {"val": 6.0, "test": 12.0}
    assert (result["rows"], len(result["samples"]), result["trouble"]) == (3, 40, "")
    for name in ("val", "test"):
        assert len({sample[name] for sample in result["samples"]}) > 2
    assert scored(monkeypatch, job(tmp_path / "again"), evaluate, function)["samples"] == result["samples"]


def test_what_training_made_of_the_rows_is_drawn_with_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    evaluate = Stage("evaluate_model", "evaluate", takes=("test", "guesses"), gives=("metrics",))
    asked = job(tmp_path, guesses=[1.0, 2.0, 3.0])
    result = scored(monkeypatch, asked, evaluate, lambda test, guesses: {"right": float(test == guesses)})
    assert {sample["right"] for sample in result["samples"]} == {1.0}
    # other rows are held back by now: what training made belongs to the ones before
    bundle.save({"val": [5.0], "test": [6.0, 7.0, 8.0]}, tmp_path / "h-2", strict=True, examples=[])
    later = {**asked, "holdout": str(tmp_path / "h-2")}
    assert scored(monkeypatch, later, evaluate, lambda **_: {}) == {"missing": ["guesses"]}


def test_rows_that_cannot_be_scored_say_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    evaluate = Stage("evaluate_model", "evaluate", takes=("test", "weight"), gives=("metrics",))

    def function(test: list[float], weight: float) -> dict[str, float]:
        if len(set(test)) == 3:
            return {"n": 1.0}
        raise ValueError("one class is missing")

    result = scored(monkeypatch, job(tmp_path), evaluate, function)
    assert (result["metrics"], result["rows"]) == ({"n": 1.0}, 3)
    assert None in result["samples"]
    assert result["trouble"] == "drawn rows cannot be scored: ValueError: one class is missing"


def test_without_rows_there_is_nothing_to_draw(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    evaluate = Stage("evaluate_model", "evaluate", takes=("weight",), gives=("metrics",))
    result = scored(monkeypatch, job(tmp_path), evaluate, lambda weight: {"n": weight})
    assert result["metrics"] == {"n": 2.0}
    assert result["why_none"] == "the evaluation does not read rows that can be drawn"


def test_predictions_of_rows_that_are_left_out_are_left_out_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    evaluate = Stage("evaluate_model", "evaluate", takes=("test", "guesses"), gives=("metrics",))
    asked = job(tmp_path, guesses=[1.0, 2.0, 3.0])
    scored(monkeypatch, asked, evaluate, lambda test, guesses: {})
    scorer = scoring.Scorer(Project(tmp_path, tmp_path), asked)
    sys.modules["model"].evaluate_model = lambda test, guesses: {"test": test, "guesses": guesses}
    scorer.answer({"do": "use", "rows": "held back", "folder": asked["holdout"], "leave_out": [[], [1]]})
    result = scorer.answer({"do": "open", "rows": "held back"})
    assert result["metrics"] == {"test": [1.0, 3.0], "guesses": [1.0, 3.0]}


def test_a_slice_is_scored_by_itself_and_other_sets_stay_whole(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    evaluate = Stage("evaluate_model", "evaluate", takes=("val", "test"), gives=("metrics",))
    asked = job(tmp_path)
    kinds = ["a", "b", "a"]
    bundle.save({"val": [1.0, 2.0], "test": kinds}, tmp_path / "h-3", strict=True, examples=[])
    asked = {**asked, "holdout": str(tmp_path / "h-3"), "held_by_training": None}
    scored(monkeypatch, asked, evaluate, lambda val, test: {"val": len(val), "a": test.count("a"), "n": len(test)})
    scorer = scoring.Scorer(Project(tmp_path, tmp_path), asked)
    scorer.answer({"do": "open", "rows": "held back"})
    known = scorer.answer({"do": "slices", "named": []})["slices"]
    assert [(part["name"], part["rows"]) for part in known] == [("test = a", 2), ("test = b", 1)]
    assert scorer.answer({"do": "slice", "name": "test = a"})["metrics"] == {"val": 2, "a": 2, "n": 2}
    drawn = scorer.answer({"do": "slice", "name": "test = a", "count": 20})["samples"]
    assert {(sample["a"], sample["val"]) for sample in drawn} == {(2, 2)}
