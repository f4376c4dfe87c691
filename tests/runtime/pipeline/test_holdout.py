"""No row that is held back is trained on, aligned values stay aligned, and nothing else is lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import fuzzing
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from nbexport_runtime.pipeline import holdout
from nbexport_runtime.pipeline.holdout import hold_back
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from scipy import sparse

Rows = Sequence[int]
"""Numbers of rows; each stands for other values."""


def numbers(rows: Rows) -> np.ndarray:
    return np.array([[row, row * 0.5, -row] for row in rows], dtype=np.float64).reshape(len(rows), 3)


FEATURES: dict[str, Callable[[Rows], Any]] = {
    "frame": lambda rows: pd.DataFrame({"a": list(rows), "b": [f"text {row}" for row in rows]}, index=list(rows)),
    "array": numbers,
    "images": lambda rows: np.repeat(numbers(rows), 4, axis=1).reshape(len(rows), 3, 2, 2).astype(np.float32),
    "tensor": lambda rows: torch.tensor(numbers(rows), dtype=torch.float32),
    "sparse": lambda rows: sparse.csr_matrix(numbers(rows)),
    "list": lambda rows: [[row, row + 1] for row in rows],
    "tuple": lambda rows: tuple((row, "x") for row in rows),
    "texts": lambda rows: pd.Series([f"text {row}" for row in rows]),
    "one column": lambda rows: pd.DataFrame({"a": [row * 0.25 for row in rows]}),
    "numbers": lambda rows: np.array([row * 0.25 for row in rows]),
}
LABELS: dict[str, Callable[[Rows], Any]] = {
    "series": lambda rows: pd.Series([row % 3 for row in rows], index=list(rows), dtype="int64"),
    "array": lambda rows: np.array([row % 3 for row in rows], dtype=np.int64),
    "tensor": lambda rows: torch.tensor([row % 3 for row in rows], dtype=torch.int64),
    "list": lambda rows: [f"class {row % 3}" for row in rows],
    "target": lambda rows: [row * 1.5 for row in rows],
}


def plain(value: Any) -> Any:
    if sparse.issparse(value):
        value = value.toarray()
    if isinstance(value, pd.DataFrame | pd.Series):
        return type(value).__name__, value.reset_index(drop=True).to_dict()
    return type(value).__name__, value.tolist() if hasattr(value, "tolist") else value


@st.composite
def splits(draw: st.DrawFn) -> dict[str, list[int]]:
    """Rows of some sets: frozen ones, and what a data stage gives now, in which frozen rows may be again."""
    every = draw(st.lists(st.integers(1, 400), min_size=6, max_size=20, unique=True))
    at = draw(st.integers(1, len(every) - 2))
    until = draw(st.integers(at + 1, len(every) - 1))
    frozen = {"val": every[:at], "test": every[at:until]}
    train = draw(st.lists(st.sampled_from(every), min_size=1, max_size=20, unique=True))
    twice = draw(st.lists(st.sampled_from(train), max_size=len(train), unique=True))
    return {**frozen, "train": [*train, *twice], "": draw(st.permutations(every)) * 2}


def named(sets: Mapping[str, Rows], features: str, labels: str) -> dict[str, Any]:
    state: dict[str, Any] = {}
    for name, rows in sets.items():
        suffix = f"_{name}" if name else ""
        state[f"x{suffix}"] = FEATURES[features](rows)
        state[f"y{suffix}"] = LABELS[labels](rows)
    return state


@fuzzing.examples(60)
@given(splits(), splits(), st.sampled_from(sorted(FEATURES)), st.sampled_from(sorted(LABELS)))
def test_training_has_no_frozen_row_and_loses_no_other(
    sets: dict[str, list[int]], other: dict[str, list[int]], features: str, labels: str
) -> None:
    frozen_rows = {name: sets[name] for name in ("val", "test")}
    held_back = {row for rows in frozen_rows.values() for row in rows}
    given_rows = {**other, "train": sets["train"], "": sets[""]}
    if len(given_rows[""]) == len(given_rows["train"]):
        # rows of two sets of the same length are taken for aligned
        given_rows[""] = [*given_rows[""], 401]
    frozen = named(frozen_rows, features, labels)
    result, left_out = hold_back(named(given_rows, features, labels), frozen)
    stay = {name: [row for row in given_rows[name] if row not in held_back] for name in ("train", "")}
    expected = {**frozen, **named(stay, features, labels)}
    assert {name: plain(value) for name, value in result.items()} == {
        name: plain(value) for name, value in expected.items()
    }
    assert left_out == sum(len(given_rows[name]) - len(stay[name]) for name in stay)


def test_test_rows_leave_the_training_beside_validation_rows_of_the_same_number() -> None:
    state = named({"train": [1, 2, 3, 4, 5, 6], "val": [7, 8], "test": [9, 10]}, "array", "array")
    frozen = named({"val": [1, 2], "test": [3, 4]}, "array", "array")
    result, left_out = hold_back(state, frozen)
    assert result["x_train"][:, 0].tolist() == [5, 6]
    assert result["y_train"].tolist() == [2, 0]
    assert left_out == 4


@pytest.mark.parametrize("features", ["numbers", "one column", "texts", "array"])
@pytest.mark.parametrize("labels", sorted(LABELS))
def test_a_label_that_is_rare_among_the_frozen_rows_stays_in_the_training(features: str, labels: str) -> None:
    result, left_out = hold_back(
        named({"train": [1, 2, 3, 4, 5, 6, 7]}, features, labels), named({"test": [1], "val": [3]}, features, labels)
    )
    assert left_out == 2
    assert plain(result["y_train"]) == plain(LABELS[labels]([2, 4, 5, 6, 7]))


def test_a_message_with_another_label_is_the_same_message() -> None:
    frozen = {"x_test": ["a", "b", "c"], "y_test": ["one", "two", "one"]}
    result, _ = hold_back({"x_train": ["a", "d"], "y_train": ["two", "one"]}, frozen)
    assert (result["x_train"], result["y_train"]) == (["d"], ["one"])


def test_names_of_classes_are_not_rows() -> None:
    state = {"labels": ["a", "b"], "y_train": ["a", "b", "a", "b", "a"], "x_train": [1.0, 2.0, 3.0, 4.0, 5.0]}
    result, left_out = hold_back(state, {"labels": ["a", "b"]})
    assert (result, left_out) == (state, 0)


def test_a_row_is_known_again_when_a_column_became_a_float_or_was_added() -> None:
    frozen = {"test": pd.DataFrame({"a": [1, 2], "b": [None, "x"]})}
    later = pd.DataFrame({"b": ["x", "y", None], "a": [2.0, float("nan"), 1.0], "new": [0, 0, 0]})
    result, left_out = hold_back({"train": later, "test": later}, frozen)
    assert result["train"]["b"].tolist() == ["y"]
    assert left_out == 2


def test_a_data_set_of_torch_loses_the_same_rows() -> None:
    state = named({"train": [1, 2, 3]}, "tensor", "tensor")
    state["train_set"] = torch.utils.data.TensorDataset(state["x_train"], state["y_train"])
    result, _ = hold_back(state, named({"test": [2]}, "tensor", "tensor"))
    assert [row[0].item() for row, _ in result["train_set"]] == [1.0, 3.0]


def test_what_cannot_be_shortened_is_named() -> None:
    class Odd:
        def __len__(self) -> int:
            return 3

    state = named({"train": [1, 2, 3]}, "array", "array") | {"odd": Odd()}
    with pytest.raises(
        PipelineError, match="`odd` holds rows that are held back, and rows cannot be taken from a `Odd`"
    ):
        hold_back(state, named({"test": [2]}, "array", "array"))


def test_rows_that_were_renewed_are_the_ones_held_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holdout.dvc, "add", lambda _, folder: folder.with_name(f"{folder.name}.dvc").touch())
    project = Project(tmp_path, tmp_path)
    assert holdout.identity(project) is None
    first = holdout.freeze(project, {"test": [1, 2]})
    assert holdout.identity(project) == first
    second = holdout.freeze(project, {"test": [3, 4]}, renewed=True)
    assert (holdout.identity(project), second[:7]) == (second, "h-r001-")
    # what knows no renewal takes the first of all names
    assert min(second, first) == first
    with pytest.raises(PipelineError, match="are held back already"):
        holdout.freeze(project, {"test": [3, 4]}, renewed=True)
    third = holdout.freeze(project, {"test": [1, 2]}, renewed=True)
    assert (holdout.identity(project), third[:7]) == (third, "h-r002-")
    monkeypatch.setenv(holdout.VARIABLE, first)
    assert holdout.identity(project) == first
