"""Slices of the rows held back, fresh rows, and ratios: what they are made of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from nbexport_runtime.pipeline import fresh, resources, slices
from nbexport_runtime.pipeline.evidence import Difference, SliceGain
from nbexport_runtime.pipeline.replay import Call
from nbexport_runtime.pipeline.scorers import ScoringError
from nbexport_runtime.pipeline.stages import Stage, Stages
from nbexport_runtime.pipeline.subsets import significantly_worse

FRAME = pd.DataFrame(
    {
        "plan": ["a", "b", "a", None] * 10,
        "new": [True, False] * 20,
        "count": [1, 2, 3, 4] * 10,
        "name": [f"name {row}" for row in range(40)],
        "same": ["x"] * 40,
    }
)


def test_columns_with_few_texts_or_truth_values_are_sliced() -> None:
    known, unknown = slices.found({"X": FRAME, "numbers": np.zeros((40, 3))}, [])
    assert [(part.name, len(part.rows)) for part in known] == [
        ("new = False", 20),
        ("new = True", 20),
        ("plan = a", 20),
        ("plan = b", 10),
    ]
    assert unknown == []
    assert known[-1].rows == tuple(range(1, 40, 4))
    assert {part.of for part in known} == {40}


def test_a_person_may_name_a_column_of_numbers_and_it_comes_first() -> None:
    known, unknown = slices.found({"X": FRAME}, ["count", "country", "name"][:2])
    assert [part.name for part in known[:4]] == ["count = 1", "count = 2", "count = 3", "count = 4"]
    assert unknown == ["country"]
    assert slices.found({"X": FRAME}, ["same"])[1] == ["same"]


def test_labels_beside_the_table_are_sliced_where_they_are_texts() -> None:
    labels = pd.Series(["cat", "dog"] * 20, name="kind")
    assert [part.name for part in slices.found({"y": labels}, [])[0]] == ["kind = cat", "kind = dog"]
    assert slices.found({"y": pd.Series([0, 1] * 20)}, []) == ([], [])


def test_the_more_slices_the_surer_one_must_be() -> None:
    worse = Difference("auc", 0.5, 0.9, -0.4)
    parts = [SliceGain(f"p = {p}", "p", False, 99, worse, p) for p in (0.004, 0.012, 0.02, 0.5)]
    # 0.05 / 4, 0.05 / 3, then 0.05 / 2
    assert [part.name for part, _ in significantly_worse(parts, 0.95)] == ["p = 0.004", "p = 0.012", "p = 0.02"]
    many = [SliceGain(f"p = {n}", "p", False, 99, worse, 0.02) for n in range(4)]
    assert significantly_worse(many, 0.95) == []


def test_slices_of_equal_models_are_rarely_found_worse() -> None:
    """Six slices of equal models, 400 times: one of them is called worse in at most 5 % of all comparisons."""
    random = np.random.default_rng(2)
    worse = Difference("auc", 0.5, 0.9, -0.4)
    times = 0
    for _ in range(400):
        parts = [SliceGain(str(n), "p", False, 99, worse, float(p)) for n, p in enumerate(random.random(6))]
        times += bool(significantly_worse(parts, 0.95))
    assert times / 400 <= 0.05 + 3 * (0.05 * 0.95 / 400) ** 0.5


# ---------------------------------------------------------------------- fresh rows

STAGES = Stages(
    "n.ipynb",
    (
        Stage("load_data", "data", gives=("X_train", "X_test", "whole")),
        Stage("train_model", "train", takes=("X_train",), gives=("model",)),
    ),
    held_back=("X_test",),
)


def numbered(*rows: int) -> pd.DataFrame:
    return pd.DataFrame({"a": rows, "b": [row * 0.5 for row in rows]})


def loads(train: Any, test: Any) -> Call:
    whole = pd.concat([train, test])
    return lambda stage, values: dict(zip(stage.gives, (train, test, whole), strict=True))


def test_fresh_is_what_neither_model_was_trained_on_and_nobody_holds_back() -> None:
    call = loads(numbered(1, 2, 3), numbered(4, 5, 6, 7))
    own = fresh.own_rows(STAGES, call)
    assert list(own) == ["X_test"]
    production = fresh.trained_on(STAGES, loads(numbered(5, 8), numbered(9)), {"X_test": numbered(9)})
    # what only the whole table holds was not trained on
    assert list(production) == ["X_train"]
    known = fresh.seen(own, [production, {"X_test": numbered(4)}])
    assert known == [[0, 1]]
    assert fresh.without(own, known)["X_test"]["a"].tolist() == [6, 7]


# ---------------------------------------------------------------------- latency


class Timed:
    """A scorer whose predictions take a known time."""

    complete = True

    def __init__(self, *times_ms: float, noise: float = 0.0, fails: bool = False) -> None:
        self.times_ms, self.noise, self.fails = times_ms, noise, fails
        self.random = np.random.default_rng(4)
        self.asked = 0

    def ask(self, do: str, **request: Any) -> dict[str, Any]:
        self.asked += 1
        if self.fails:
            raise ScoringError("`predict` raises")
        factor = 1 + self.noise * self.random.random()
        return {"ms": [time * factor for time in self.times_ms], "examples": len(self.times_ms)}


def test_the_ratio_is_the_median_over_the_examples() -> None:
    ratio = resources.latency(Timed(5.0, 20.0, 3.0), Timed(1.0, 10.0, 30.0), 1.5)
    assert (ratio.candidate, ratio.baseline) == (5.0, 10.0)
    assert ratio.ratio == pytest.approx(20.1 / 10.1)


def test_microseconds_refuse_nobody() -> None:
    assert resources.latency(Timed(0.0011), Timed(0.0005), 1.5).ratio < 1.01


def test_equal_models_on_a_noisy_machine_are_equally_fast() -> None:
    for noise in (0.5, 2.0):
        assert resources.latency(Timed(5.0, noise=noise), Timed(5.0, noise=noise), 1.5).ratio < 1.5


def test_near_the_limit_more_is_measured() -> None:
    near, far = Timed(1.45), Timed(3.0)
    resources.latency(near, Timed(1.0), 1.5)
    resources.latency(far, Timed(1.0), 1.5)
    assert (near.asked, far.asked) == (1 + resources.MORE, 1 + resources.ROUNDS)


def test_what_cannot_be_measured_says_why() -> None:
    assert resources.latency(Timed(fails=True), Timed(1.0), 1.5).problem == "`predict` raises"


@pytest.mark.parametrize(("own", "other"), [({}, {"a": {"size_bytes": 3}}), ({"a": {}}, {})])
def test_sizes_come_from_the_manifests(own: Any, other: Any, tmp_path: Any) -> None:
    for name, files in (("own", own), ("other", other), ("ten", {"a": {"size_bytes": 4}, "b": {"size_bytes": 6}})):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text(repr({"files": files}).replace("'", '"'), encoding="utf-8")
    assert resources.size(tmp_path / "own", tmp_path / "other").problem
    assert resources.size(tmp_path / "ten", tmp_path / "ten").candidate == 10.0
