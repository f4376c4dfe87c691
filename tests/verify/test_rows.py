"""Rows that `predict` takes are found in what the evaluation reads, whatever form they have there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from nbexport.verify.rows import ROWS, calls


def total(values: list[float]) -> dict[str, float]:
    return {"sum": sum(values)}


def test_rows_of_an_array_frame_or_tensor_stand_for_a_list() -> None:
    table = np.arange(12.0).reshape(4, 3)
    expected = [({"values": row.tolist()}, {"sum": sum(row.tolist())}) for row in table]
    for value in (table, pd.DataFrame(table, columns=list("abc")), torch.tensor(table), table.tolist()):
        assert calls(total, lambda f: f([1.0, 2.0, 3.0]), [value]) == expected


def test_rows_of_another_width_or_kind_do_not() -> None:
    for value in (np.ones((4, 2)), ["a", "b"], np.array([["a", "b", "c"]]), 3, None, np.full((2, 3), np.nan)):
        assert calls(total, lambda f: f([1.0, 2.0, 3.0]), [value]) == []


def test_only_the_rows_that_are_taken_are_looked_at() -> None:
    class Endless(list[list[float]]):
        def __init__(self) -> None:
            self.asked = 0

        def __len__(self) -> int:
            return 10**9

        def __getitem__(self, at: Any) -> Any:
            self.asked += 1
            return [float(at)]

    rows = Endless()
    assert len(calls(total, lambda f: f([1.0]), [rows])) == rows.asked == ROWS


def test_images_are_flattened_where_the_example_is_flat() -> None:
    found = calls(total, lambda f: f([1.0] * 4), [np.ones((3, 2, 2))])
    assert [arguments for arguments, _ in found] == [{"values": [1.0] * 4}] * 3


def test_columns_are_arguments() -> None:
    frame = pd.DataFrame(
        {
            "plan": ["a", "b", "c"],
            "months": [1.0, 2.0, np.nan],
            "since": pd.to_datetime(["2025-01-02", "2025-01-03", "2025-01-04"]),
            "other": 1,
        }
    )

    def predict(plan: str, months: int, since: str, top: int = 1) -> str:
        return f"{plan}{months}{since}{top}"

    found = calls(predict, lambda f: f("x", 3, since="2020-01-01"), [frame])
    first = {"plan": "a", "months": 1, "since": "2025-01-02", "top": 1}
    # months of the third are not known
    assert [answer for _, answer in found] == [{"result": "a12025-01-021"}, {"result": "b22025-01-031"}]
    assert found[0][0] == first


def test_texts_and_objects_stand_for_themselves() -> None:
    assert calls(str.upper, lambda f: f("x"), [["a", "b"]]) == []  # a builtin's argument has no name to send it under
    shout = calls(lambda text: text.upper(), lambda f: f("x"), [pd.Series(["a", "b"])])
    assert shout == [({"text": "a"}, {"result": "A"}), ({"text": "b"}, {"result": "B"})]
    rows = [{"a": 1, "b": 2.5}, {"a": 2, "b": 3}]
    found = calls(lambda row: row["a"] * row["b"], lambda f: f({"a": 3, "b": 1.5}), [rows])
    assert [answer for _, answer in found] == [{"result": 2.5}, {"result": 6.0}]


def test_the_value_with_most_rows_is_taken_and_of_it_some() -> None:
    found = calls(total, lambda f: f([1.0]), [np.ones((2, 1)), np.arange(1000.0).reshape(-1, 1), np.ones((3, 1))])
    assert len(found) == ROWS
    assert found[-1][0] == {"values": [950.0]}


@pytest.mark.parametrize(
    "example", [lambda f: f([1.0, 2.0], [3.0]), lambda f: {}["x"], lambda f: "no call"], ids=["wrong", "fails", "none"]
)
def test_examples_that_are_none_give_no_rows(example: Any) -> None:
    assert calls(total, example, [np.ones((2, 2))]) == []


def test_what_predict_cannot_take_is_left() -> None:
    def predict(values: list[float]) -> float:
        if values[0] > 1:
            raise ValueError("too large")
        return float("nan")

    found = calls(predict, lambda f: f([1.0]), [np.array([[0.0], [1.0], [2.0]])])
    assert found == [({"values": [0.0]}, {"result": None}), ({"values": [1.0]}, {"result": None})]
