"""The evaluation of a saved model again: which stages it needs, and what they are called with."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from nbexport_runtime.pipeline.replay import MissingError, Replay, caller, evaluated, needed, prepared
from nbexport_runtime.pipeline.stages import Stage, Stages

LOAD = Stage("load_data", "data", gives=("train", "test"), parameters=("share",))
FIT = Stage("train_model", "train", takes=("train",), gives=("model", "history"))
EVALUATE = Stage("evaluate_model", "evaluate", takes=("test", "model"), gives=("metrics",))


def called(table: Stages, loaded: Mapping[str, Any], frozen: Mapping[str, Any] | None = None) -> list[str]:
    return [stage.function for stage in needed(table, loaded, frozen or {}).stages]


def metrics_of(
    table: Stages, loaded: dict[str, Any], frozen: dict[str, Any], **functions: Callable[..., Any]
) -> dict[str, Any]:
    def trains(**_: Any) -> None:
        raise AssertionError("nothing is trained")

    own = {stage.function: trains for stage in table.stages if stage.role in ("model", "train")}
    call = caller(SimpleNamespace(**own, **functions), argparse.Namespace(share=0.5, data=None, seed=None))
    replay: Replay = needed(table, loaded, frozen)
    return evaluated(replay, call, prepared(table, replay, call, loaded, frozen))


def test_with_the_rows_frozen_only_the_evaluation_is_called() -> None:
    table = Stages("n", (LOAD, FIT, EVALUATE), held_back=("test",))
    assert called(table, {"model": 1}, {"test": [1]}) == ["evaluate_model"]
    assert called(table, {"model": 1}) == ["load_data", "evaluate_model"]
    metrics = metrics_of(
        table, {"model": 10}, {"test": [1, 2]}, evaluate_model=lambda test, model: {"n": sum(test) * model}
    )
    assert metrics == {"n": 30}


def test_a_stage_that_binds_frozen_rows_again_is_called_on_them() -> None:
    prepare = Stage("prepare", "features", takes=("train", "test"), gives=("test",))
    table = Stages("n", (LOAD, prepare, FIT, EVALUATE), held_back=("test",))
    metrics = metrics_of(
        table,
        {"model": 10},
        {"test": [1, 2]},
        load_data=lambda share: ([share, 2, 7], [9]),
        # what equals a frozen row is not in the training here either
        prepare=lambda train, test: [row * len(train) for row in test],
        evaluate_model=lambda test, model: {"n": sum(test) * model},
    )
    assert metrics == {"n": 60}


def test_a_stage_that_may_change_what_it_takes_is_called() -> None:
    prepare = Stage("prepare", "features", takes=("test",))
    table = Stages("n", (LOAD, prepare, FIT, EVALUATE), held_back=("test",))
    metrics = metrics_of(
        table,
        {"model": 10},
        {"test": [1, 2]},
        prepare=lambda test: test.append(3),
        evaluate_model=lambda test, model: {"n": sum(test) * model},
    )
    assert metrics == {"n": 60}


def test_what_is_served_is_what_is_judged() -> None:
    prepare = Stage("prepare", "features", takes=("test",), gives=("words", "rows"))
    evaluate = Stage("evaluate_model", "evaluate", takes=("words", "rows", "model"), gives=("metrics",))
    table = Stages("n", (LOAD, prepare, FIT, evaluate), held_back=("test",))
    metrics = metrics_of(
        table,
        {"model": 10, "words": "saved"},
        {"test": [1]},
        prepare=lambda test: ("made again", test),
        evaluate_model=lambda words, rows, model: {"words": words, "n": rows[0] * model},
    )
    assert metrics == {"words": "saved", "n": 10}


def test_evaluations_that_add_to_the_metrics_are_called_in_their_order() -> None:
    more = Stage("evaluate_more", "evaluate", takes=("metrics", "test"))
    table = Stages("n", (LOAD, FIT, EVALUATE, more), held_back=("test",))
    replay = needed(table, {"model": 1}, {"test": [1]})
    assert ([stage.function for stage in replay.stages], replay.first) == (["evaluate_model", "evaluate_more"], 0)
    metrics = metrics_of(
        table,
        {"model": 10},
        {"test": [1, 2]},
        evaluate_model=lambda test, model: {"n": len(test) * model},
        evaluate_more=lambda metrics, test: metrics.update(more=len(test)),
    )
    assert metrics == {"n": 20, "more": 2}


def test_what_only_training_makes_is_missing() -> None:
    evaluate = Stage("evaluate_model", "evaluate", takes=("test", "history"), gives=("metrics",))
    table = Stages("n", (LOAD, FIT, evaluate), held_back=("test",))
    with pytest.raises(MissingError, match="history"):
        needed(table, {"model": 1}, {"test": [1]})
    assert called(table, {"model": 1, "history": [1]}, {"test": [1]}) == ["evaluate_model"]


def test_a_plot_of_what_only_training_makes_does_not_matter() -> None:
    plot = Stage("evaluate_plot", "evaluate", takes=("test", "history"))
    table = Stages("n", (LOAD, FIT, plot, EVALUATE), held_back=("test",))
    assert called(table, {"model": 1}, {"test": [1]}) == ["evaluate_model"]
    last = Stages("n", (LOAD, FIT, EVALUATE, Stage("evaluate_last", "evaluate", takes=("metrics", "history"))))
    with pytest.raises(MissingError, match="metrics"):
        needed(last, {"model": 1}, {"test": [1]})
