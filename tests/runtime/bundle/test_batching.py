"""Predictions that share calls of the model give what they give alone, or do not share them."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
import torch
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from torch import nn

DEAR_MS = 5.0


@pytest.fixture(scope="module")
def batching() -> Any:
    """The module."""
    return importlib.import_module("nbexport_runtime.bundle.batching")


@pytest.fixture
def together(batching: Any) -> Iterator[Callable[..., Any]]:
    """Makes a `Together` that is closed in the end."""
    made = []

    def make(values: dict[str, Any], *labels: str) -> Any:
        made.append(batching.Together(values, labels))
        return made[-1]

    yield make
    for one in made:
        one.close()


class Net(nn.Module):
    """A small network that notes how many rows each call had."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.words = nn.Embedding(10, 4)
        self.last = nn.Linear(4, 2)
        self.seen: list[int] = []

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        self.seen.append(len(ids))
        out: torch.Tensor = self.last(self.words(ids).mean(dim=1))
        return out


def scores(net: nn.Module, ids: list[int]) -> list[float]:
    """What a notebook's `predict` looks like."""
    net.eval()
    with torch.no_grad():
        found: list[float] = net(torch.tensor([ids])).softmax(dim=1)[0].tolist()
    return found


def close(left: Any, right: Any) -> bool:
    return bool(np.allclose(left, right, rtol=1e-6))


def proven(batching: Any, values: dict[str, Any], predict: Callable[..., Any], *inputs: Any) -> list[str]:
    tasks = [partial(predict, given) for given in inputs]
    found: list[str] = batching.proven(tasks, values, DEAR_MS, close)["calls"]
    assert not any(vars(value).keys() & {"forward", "transform", "predict"} for value in values.values())
    return found


# --------------------------------------------------------------------------- what is joined


def test_rows_share_a_call_and_get_their_own_answers(together: Callable[..., Any]) -> None:
    net = Net()
    inputs = [[1, 2, 3], [4, 5, 6], [7, 8, 9], [0, 0, 1]]
    expected = [scores(net, ids) for ids in inputs]
    net.seen.clear()
    joined = together({"net": net}, "net")
    for _ in range(3):
        assert close(joined.run([partial(scores, net, ids) for ids in inputs]), expected)
    assert net.seen == [4, 4, 4]


def test_inputs_of_other_shapes_are_called_apart(together: Callable[..., Any]) -> None:
    net = Net()
    inputs = [[1, 2], [4, 5, 6], [7, 8], [0, 0, 1]]
    expected = [scores(net, ids) for ids in inputs]
    net.seen.clear()
    joined = together({"net": net}, "net")
    assert close(joined.run([partial(scores, net, ids) for ids in inputs]), expected)
    assert net.seen == [2, 2]


def test_a_row_that_the_model_cannot_use_spoils_no_other(together: Callable[..., Any]) -> None:
    net = Net()
    inputs = [[1, 2, 3], [4, 5, 99], [7, 8, 9]]
    first, bad, last = together({"net": net}, "net").run([partial(scores, net, ids) for ids in inputs])
    assert isinstance(bad, IndexError)
    assert close([first, last], [scores(net, inputs[0]), scores(net, inputs[2])])


def test_what_a_prediction_does_beside_the_model_happens_once(together: Callable[..., Any]) -> None:
    net = Net()
    done: list[int] = []

    def predict(number: int) -> list[float]:
        done.append(number)
        if number == 2:
            raise ValueError("no such number")
        found = scores(net, [number])
        done.append(-number)
        return found

    outcomes = together({"net": net}, "net").run([partial(predict, number) for number in (1, 2, 3)])
    assert sorted(done) == [-3, -1, 1, 2, 3]
    assert isinstance(outcomes[1], ValueError)
    assert close([outcomes[0], outcomes[2]], [scores(net, [1]), scores(net, [3])])


def test_modes_of_torch_are_kept_for_each(together: Callable[..., Any]) -> None:
    net = Net()

    def plain(ids: list[int]) -> bool:
        net.eval()
        return bool(net(torch.tensor([ids])).requires_grad)

    def quiet(ids: list[int]) -> bool:
        with torch.inference_mode():
            return plain(ids)

    joined = together({"net": net}, "net")
    assert joined.run([partial(f, [1, 2]) for f in (plain, quiet, plain, quiet)]) == [True, False, True, False]
    assert net.seen == [2, 2]


def test_one_that_holds_what_the_others_need_does_not_stop_them(together: Callable[..., Any]) -> None:
    net, lock = Net(), threading.Lock()

    def predict(ids: list[int]) -> list[float]:
        with lock:
            return scores(net, ids)

    inputs = [[1, 2], [3, 4], [5, 6]]
    joined = together({"net": net}, "net")
    assert close(joined.run([partial(predict, ids) for ids in inputs]), [scores(net, ids) for ids in inputs])
    assert joined.stuck


def test_the_models_are_given_back(batching: Any) -> None:
    net = Net()
    joined = batching.Together({"net": net}, ["net"])
    assert "forward" in vars(net)
    joined.close()
    assert "forward" not in vars(net)


# --------------------------------------------------------------------------- what is proven


def test_a_network_is_proven(batching: Any) -> None:
    net = Net()
    assert proven(batching, {"net": net}, partial(scores, net), [1, 2, 3], [4, 5, 6]) == ["net"]


class Centred(Net):
    """Rows that see each other: their mean is taken away."""

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        out = super().forward(ids)
        return out - out.mean(dim=0)


class TimeFirst(nn.Module):
    """The first dimension is time, not rows."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(3, 2)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.gru(ids.float().reshape(-1, 1, 3))[0][:, 0]
        return out


class Shuffled(Net):
    """Something random in each call."""

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return super().forward(ids) + torch.rand(1)


@pytest.mark.parametrize("kind", [Centred, TimeFirst, Shuffled])
@pytest.mark.parametrize("inputs", [([1, 2, 3], [4, 5, 6]), ([1, 2, 3],)])
def test_rows_that_see_each_other_are_not_joined(batching: Any, kind: type[nn.Module], inputs: Any) -> None:
    net = kind()
    assert proven(batching, {"net": net}, partial(scores, net), *inputs) == []


def test_a_network_in_training_is_not_joined(batching: Any) -> None:
    net = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3))

    def predict(row: list[float]) -> list[float]:
        net.train()
        found: list[float] = net(torch.tensor([row, row])).tolist()
        return found

    assert proven(batching, {"net": net}, predict, [1.0, 2.0, 3.0]) == []


def test_steps_of_an_estimator_are_proven(batching: Any) -> None:
    texts = ["good one", "bad thing", "nice day", "worse thing"] * 5
    words = TfidfVectorizer()
    model = LogisticRegression().fit(words.fit_transform(texts), [1, 0, 1, 0] * 5)

    def predict(text: str) -> float:
        return float(model.predict_proba(words.transform([text]))[0, 1])

    found = proven(batching, {"words": words, "model": model}, predict, *texts[:4])
    assert found == ["model.predict_proba", "words.transform"]


def test_frames_in_lists_of_estimators_are_proven(batching: Any) -> None:
    dice = np.random.default_rng(0)
    rows = pd.DataFrame(dice.normal(size=(60, 3)), columns=list("abc"))
    scaler = StandardScaler().set_output(transform="pandas").fit(rows)
    forests = [RandomForestClassifier(5, random_state=n).fit(scaler.transform(rows), rows.a > 0) for n in (0, 1)]

    def predict(row: dict[str, float]) -> float:
        frame = scaler.transform(pd.DataFrame([row]))
        return float(np.mean([forest.predict_proba(frame)[0, 1] for forest in forests]))

    tasks = [partial(predict, rows.iloc[at].to_dict()) for at in range(3)]
    found = batching.proven(tasks, {"scaler": scaler, "forests": forests}, DEAR_MS, close)
    assert found["calls"] == ["forests[0].predict_proba", "forests[1].predict_proba", "scaler.transform"]
    assert found["gain"] > 0


def test_each_thread_is_set_as_the_notebook_s_was(batching: Any) -> None:
    """scikit-learn holds its settings for each thread, and a tree that was fitted to a frame warns about arrays."""
    dice = np.random.default_rng(0)
    rows = pd.DataFrame(dice.normal(size=(60, 3)), columns=list("abc"))
    scaler = StandardScaler().fit(rows)

    def set_process() -> None:
        sklearn.set_config(transform_output="pandas")

    with sklearn.config_context(transform_output="pandas"):
        forest = RandomForestClassifier(5, random_state=0).fit(scaler.transform(rows), rows.a > 0)

        def predict(row: dict[str, float]) -> float:
            return float(forest.predict_proba(scaler.transform(pd.DataFrame([row])))[0, 1])

        tasks = [partial(predict, rows.iloc[at].to_dict()) for at in range(3)]
        # warnings are errors: a thread that is not set refutes the call
        found = batching.proven(tasks, {"scaler": scaler, "forest": forest}, DEAR_MS, close, set_process)
    assert found["calls"] == ["forest.predict_proba", "scaler.transform"]


def test_what_only_one_thread_may_use_is_not_joined(batching: Any) -> None:
    net, home = Net(), threading.get_ident()

    def predict(ids: list[int]) -> list[float]:
        if threading.get_ident() != home:
            raise RuntimeError("made in another thread")
        return scores(net, ids)

    assert proven(batching, {"net": net}, predict, [1, 2], [3, 4]) == []


def test_what_is_only_locked_is_not_joined(batching: Any) -> None:
    net, lock = Net(), threading.Lock()

    def predict(ids: list[int]) -> list[float]:
        with lock:
            return scores(net, ids)

    assert proven(batching, {"net": net}, predict, [1, 2], [3, 4]) == []
