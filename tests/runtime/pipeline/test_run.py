"""A training run of a pipeline: what its stages get without a data set, and what they get on one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from nbexport_runtime import bundle, training
from nbexport_runtime.pipeline import Run, Stage, Stages, snapshot
from nbexport_runtime.pipeline.files import digest_of, digests, write_json
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.parameters import parsed

TABLE = Stages(
    "some.ipynb",
    (
        Stage("load_data", "data", gives=("train", "test"), parameters=("share",), path="data"),
        Stage("train_model", "train", takes=("train",), gives=("model", "history")),
        Stage("evaluate_model", "evaluate", takes=("test", "model", "history"), gives=("metrics",)),
    ),
    held_back=("test",),
)
FROZEN = [[5, 5], [6, 6]]


def load_data(data: Path, *, share: float) -> tuple[list[Any], list[Any]]:
    assert data.name == "rows.csv"
    return [[1, 1], [5, 5], [2, 2]], [[9, 9]]


def evaluate_model(test: Any, model: Any, history: Any) -> dict[str, int]:
    return {"n": len(test)}


@pytest.fixture
def begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Run]:
    """Begins a run in a project whose rows are frozen already."""
    monkeypatch.setitem(sys.modules, "stages", SimpleNamespace(STAGES=TABLE))
    bundle.save({"test": FROZEN}, tmp_path / "data" / "holdout" / "h-0", strict=True, examples=[])

    def begin(data: Path) -> Run:
        run = Run()
        run.begin(data, seeded=False, project=tmp_path, default=Path("in/rows.csv"))
        return run

    return begin


def data_set(folder: Path) -> Path:
    folder.mkdir()
    (folder / "rows.csv").write_text("1\n", encoding="utf-8")
    files = digests(folder)
    write_json(folder / "dataset.json", {"id": "d-0", "sha256": digest_of(files), "source": "x", "files": files})
    return folder


def test_outside_a_pipeline_values_are_as_they_are() -> None:
    run = Run()
    assert run.load(load_data, Path("rows.csv"), share=0.5) == load_data(Path("rows.csv"), share=0.5)
    assert run.hold_back(load_data, Path("rows.csv"), share=0.5)[1] == [[9, 9]]
    assert run.evaluate(evaluate_model, [1], None, None) == {"n": 1}


def test_a_file_is_trained_on_as_the_notebook_does(begun: Callable[[Path], Run], tmp_path: Path) -> None:
    assert begun(tmp_path / "rows.csv").hold_back(load_data, tmp_path / "rows.csv", share=0.5)[1] == [[9, 9]]


def test_on_a_data_set_the_frozen_rows_are_evaluated_and_not_trained_on(
    begun: Callable[[Path], Run], tmp_path: Path
) -> None:
    run = begun(data_set(tmp_path / "set"))
    train, test = run.hold_back(load_data, tmp_path / "set" / "rows.csv", share=0.5)
    assert (train, test) == ([[1, 1], [2, 2]], FROZEN)
    assert run.facts()["holdout"] == {"id": "h-0", "rows": 2, "left_out": 1}
    assert run.facts()["data_set"]["id"] == "d-0"


def test_stages_read_the_file_in_the_data_set(begun: Callable[[Path], Run], tmp_path: Path) -> None:
    folder = data_set(tmp_path / "set")
    run = Run()
    assert run.begin(folder, seeded=False, project=tmp_path, default=Path("rows.csv")) == folder / "rows.csv"
    assert run.begin(folder, seeded=False, project=tmp_path, default=Path("other.csv")) == folder
    assert run.begin(None, seeded=False, project=tmp_path, default=None) is None


def test_a_data_set_that_was_changed_is_not_trained_on(begun: Callable[[Path], Run], tmp_path: Path) -> None:
    folder = data_set(tmp_path / "set")
    (folder / "rows.csv").write_text("2\n", encoding="utf-8")
    with pytest.raises(PipelineError, match=r"rows\.csv` is not as data set d-0 says"):
        begun(folder)


def test_other_rows_than_the_frozen_ones_are_named(
    begun: Callable[[Path], Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = Stages("some.ipynb", TABLE.stages, held_back=("train", "test"))
    monkeypatch.setitem(sys.modules, "stages", SimpleNamespace(STAGES=table))
    run = begun(data_set(tmp_path / "set"))
    with pytest.raises(PipelineError, match="now holds back train, test, frozen are test"):
        run.hold_back(load_data, tmp_path / "set" / "rows.csv", share=0.5)


def test_what_only_training_makes_goes_along_so_that_the_evaluation_can_be_repeated(
    begun: Callable[[Path], Run], tmp_path: Path
) -> None:
    run = begun(data_set(tmp_path / "set"))
    run.evaluate(evaluate_model, FROZEN, "model", [0.5, 0.25])
    run.save({"model": "model"}, metrics={"n": 2})
    assert run.state == {"model": "model", "history": [0.5, 0.25]}
    outside = Run()
    outside.evaluate(evaluate_model, FROZEN, "model", [0.5, 0.25])
    outside.save({"model": "model"}, metrics={"n": 2})
    assert outside.state == {"model": "model"}


def test_a_snapshot_gives_what_it_holds_for_the_parameters_that_it_was_taken_with(
    begun: Callable[[Path], Run], tmp_path: Path
) -> None:
    folder = tmp_path / "set"
    stage = TABLE.of("load_data")
    state = {"train": [[1, 1], [6, 6]], "test": [[8, 8]]}
    bundle.save(state, folder / snapshot.NAME / stage.function, strict=True, examples=[])
    write_json(folder / snapshot.NAME / "parameters.json", {"share": 0.5})
    write_json(folder / snapshot.NAME / "random.json", {stage.function: snapshot.generators()})
    files = digests(folder)
    write_json(folder / "dataset.json", {"id": "d-1", "sha256": digest_of(files), "source": "x", "files": files})
    run = begun(folder)
    assert run.hold_back(load_data, folder, share=0.5) == ([[1, 1]], FROZEN)
    with pytest.raises(PipelineError, match=r"was taken with \{'share': 0.5\}, this run has \{'share': 0.25\}"):
        begun(folder).hold_back(load_data, folder, share=0.25)


def test_below_a_pipeline_several_processes_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(training.UsageError, match="trains in one process"):
        training.Run().begin(None, seeded=False, project=tmp_path, default=None)


def test_the_options_come_back_from_a_manifest() -> None:
    parser = training.Parser("Train.")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--sizes", type=int, nargs="*", default=(1, 2))
    parser.add_argument("--names", type=Path, default=Path("names.txt"))
    parser.add_argument("--rate", type=training.optional(float), default=None)
    args = parsed(parser, {"sizes": [3], "names": "other.txt", "rate": 0.5, "gone": 1}, data=Path("x"))
    assert (args.sizes, args.names, args.rate, args.data) == ((3,), Path("other.txt"), 0.5, Path("x"))
    assert not hasattr(args, "gone")
    assert isinstance(args, argparse.Namespace)
