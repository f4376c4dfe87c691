"""A notebook, and code that people wrote by hand from it."""

from __future__ import annotations

import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from nbexport import api
from nbexport.program import Lifted, Refused
from nbexport.verify.against import predictions
from nbexport.verify.against.sides import NotebookSide
from nbexport.verify.against.target import target_of
from nbexport.verify.against.verdict import Against
from nbexport.verify.against.work import Wish, Work
from nbexport.verify.limits import Limits
from nbexport.verify.stopping import Stop

NOTEBOOK = """\
# %% tags=["parameters"]
seed = 3
# %% tags=["data"]
import numpy as np
rng = np.random.default_rng(seed)
X = rng.normal([30, 5000, 2], [10, 2000, 1], (200, 3))
y = X @ [0.1, 0.001, -2.0] + rng.normal(size=200)
X_train, X_test, y_train, y_test = X[:150], X[150:], y[:150], y[150:]
# %% tags=["define"]
class Scaler:
    def fit(self, table):
        self.mean, self.spread = table.mean(axis=0), table.std(axis=0)
        self.n_features_in_ = table.shape[1]
        return self

    def transform(self, table):
        return (np.asarray(table) - self.mean) / self.spread
# %% tags=["train"]
scaler = Scaler().fit(X_train)
weights = np.linalg.lstsq(scaler.transform(X_train), y_train - y_train.mean(), rcond=None)[0]
level = y_train.mean()
# %% tags=["evaluate"]
wrong = scaler.transform(X_test) @ weights + level - y_test
metrics = {"mse": float((wrong**2).mean()), "bias": float(wrong.mean())}
# %% tags=["predict"]
def predict(age: float, income: float, kids: float) -> float:
    return float((scaler.transform([[age, income, kids]]) @ weights + level)[0])
predict(30.5, 5100.0, 2.0)
predict(40.0, 3000.0, 1.0)
"""

SCORING = """\
import json
from dataclasses import dataclass

import numpy as np

rng = np.random.default_rng(3)
X = rng.normal([30, 5000, 2], [10, 2000, 1], (200, 3))
y = X @ [0.1, 0.001, -2.0] + rng.normal(size=200)
mean, spread = X[:150].mean(axis=0), X[:150].std(axis=0)
level = y[:150].mean()
weights = np.linalg.lstsq((X[:150] - mean) / spread, y[:150] - level, rcond=None)[0]


@dataclass
class Person:
    age: float
    income: float
    kids: float


def score(kids, income, age):
    return ((np.array([[age, income, kids]]) - mean) / spread @ weights + level)[0]


def of_person(person: Person):
    return {"prediction": score(person.kids, person.income, person.age), "model": "v3"}


def of_people(people: list[dict]):
    return [{"out": {"y": score(**person)}} for person in people]


def of_row(row):
    return score(**row)


def of_array(X: np.ndarray):
    return (X - mean) / spread @ weights + level


async def awaited(age, income, kids):
    return score(kids, income, age)


def unscaled(age, income, kids):
    return (np.array([[age, income, kids]]) @ weights + level)[0]


def swapped(age, income, kids):
    return score(age, income, kids)


def rounded(age, income, kids):
    return round(score(kids, income, age), 2)


def single(age, income, kids):
    return np.float32(score(kids, income, age) + 0.0)


def unseeded(age, income, kids):
    return score(kids, income, age) + np.random.default_rng().normal()


def hashed(age, income, kids):
    return score(kids, income, age) + hash("a") % 1000


def raises(age, income, kids):
    raise ValueError("no such customer")


def raises_for_some(age, income, kids):
    assert age != 40.0, "too old"
    return score(kids, income, age)


def leaves(age, income, kids):
    raise SystemExit(3)


def two_numbers(age, income, kids):
    return {"y": score(kids, income, age), "latency_ms": 1.5}


def of_frame(table: "pd.DataFrame"):
    import pandas as pd

    return pd.DataFrame({"y": of_array(table.to_numpy())})


def as_tensor(age, income, kids):
    import torch

    return torch.tensor([score(kids, income, age)])


def other_names(years, money, children):
    return score(children, money, years)


def metrics():
    wrong = (X[150:] - mean) / spread @ weights + level - y[150:]
    return {"mse": (wrong**2).mean(), "bias": wrong.mean()}


def values():
    return {"X_test": X[150:].tolist(), "seed": 3.0, "weights": weights * 1.001, "unknown": 1}


class Service:
    def score(self, age, income, kids):
        return score(kids, income, age)


service = Service()

if __name__ == "__main__":
    with open("left.txt", "w") as file:
        file.write("a trace")
    print("epoch 1")
    print(json.dumps({"test": {name: float(value) for name, value in metrics().items()}}))
"""
"""A correct conversion, and mistakes that people make."""


class Reusing(Work):
    """A comparison that takes the notebook's side from a run that there was."""

    side: NotebookSide

    def run_notebook(self, **_: Any) -> NotebookSide:
        return self.side


@cache
def lifted() -> Lifted | Refused:
    """The notebook as it is lifted, which takes longer than many a comparison."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "risk.py"
        path.write_text(NOTEBOOK, encoding="utf-8")
        return api.lift(path, level=1)


def work(
    folder: Path,
    side: NotebookSide,
    against: str,
    *,
    limits: Limits | None = None,
    python: str = sys.executable,
    **wish: Any,
) -> Reusing:
    """A comparison of the notebook with code of `scoring.py`."""
    scratch = folder / "scratch"
    scratch.mkdir()
    made = Reusing(
        lifted(),
        target_of(against),
        Wish(**wish),
        python=python,
        limits=limits or Limits(),
        progress=lambda step: None,
        stop=Stop(),
        scratch=scratch,
    )
    made.side = side
    return made


def predicted(folder: Path, side: NotebookSide, function: str, **options: Any) -> Against:
    """The verdict on the predictions of a function of `scoring.py`."""
    return predictions.compare(work(folder, side, f"{folder / 'scoring.py'}:{function}", **options))
