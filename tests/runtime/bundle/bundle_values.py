"""Values of every kind that a bundle holds, and of kinds that it refuses; imported by two processes."""

from __future__ import annotations

import collections
import datetime
import decimal
import enum
import functools
import math
import pathlib
import re
import threading
import types
import zoneinfo
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from scipy import stats
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from torch import nn


class Colour(enum.Enum):
    RED = "r"
    BLUE = ("b", 2)


class Mode(enum.IntFlag):
    READ = 1
    WRITE = 2


class Point(NamedTuple):
    x: float
    y: float


@dataclass
class Config:
    name: str
    sizes: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Frozen:
    low: float
    high: float


class Slotted:
    __slots__ = ("left", "right")


class Stateful:
    def __init__(self, number: int) -> None:
        self.number = number
        self.cache = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        return {"number": self.number}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.number = state["number"]
        self.cache = threading.Lock()


class SetsFirst(nn.Module):
    def __init__(self) -> None:
        self.width = 2
        super().__init__()
        self.layer = nn.Linear(self.width, 1)


class Vocabulary(dict):  # type: ignore[type-arg]
    unknown: int

    def __setitem__(self, key: str, value: int) -> None:
        raise AssertionError("loading sets items without this")


class Triangle(stats.rv_continuous):  # type: ignore[misc]
    """scipy would execute text that stands in its state."""


class Tokens(list):  # type: ignore[type-arg]
    pass


class Clip(BaseEstimator, TransformerMixin):
    def __init__(self, limit: float = 1.0) -> None:
        self.limit = limit

    def fit(self, rows: Any, y: Any = None) -> Clip:
        self.seen_ = np.abs(rows).max()
        return self

    def transform(self, rows: Any) -> Any:
        return np.clip(rows, -self.limit, self.limit)


class Learnt(BaseEstimator, TransformerMixin):
    """Learns what skops cannot hold: a Series, tuples as keys, a tensor."""

    def fit(self, rows: Any, y: Any = None) -> Learnt:
        self.medians_ = pd.DataFrame(rows).median()
        self.pairs_ = {(0, 1): 2.0}
        self.net_ = nn.Linear(3, 3)
        self.scaler_ = StandardScaler().fit(rows)
        return self

    def transform(self, rows: Any) -> Any:
        with torch.no_grad():
            moved = self.net_(torch.as_tensor(self.scaler_.transform(rows), dtype=torch.float32))
        return moved.numpy() - self.medians_.to_numpy() + self.pairs_[0, 1]


class Net(nn.Module):
    """Weights as parameters, buffers, plain tensors, in lists, tied and aliased."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 4))
        self.rnn = nn.LSTM(4, 4, batch_first=True)
        self.attention = nn.MultiheadAttention(4, 2, batch_first=True)
        self.head = nn.Linear(4, 4)
        self.head.weight = self.body[3].weight
        self.plain = torch.randn(4, 4)
        self._hidden = [torch.randn(4), torch.randn(4)]
        self.layers = [self.head]
        self.act = torch.relu

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        rows = self.body(rows) @ self.plain + self._hidden[0]
        rows, _ = self.rnn(rows[:, None])
        rows, _ = self.attention(rows, rows, rows)
        return self.layers[0](self.act(rows[:, 0])) + self._hidden[1]


def double(rows: Any) -> Any:
    return np.asarray(rows) * 2


def values() -> dict[str, Any]:
    """One value of each kind, the same in every process."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    rows, labels = rng.normal(size=(40, 3)), rng.integers(0, 2, 40)
    slotted = Slotted()
    slotted.left, slotted.right = [1], None  # type: ignore[attr-defined]
    vocabulary = Vocabulary()
    dict.__setitem__(vocabulary, "a", 1)
    vocabulary.unknown = 7
    cycle: list[Any] = [1]
    cycle.append({"again": cycle})
    shared = np.arange(3.0)
    net = Net()
    with torch.no_grad():
        net(torch.randn(8, 3))
    net.eval()
    grid = GridSearchCV(make_pipeline(StandardScaler(), LogisticRegression()), {"logisticregression__C": [0.1, 1]})
    utc = datetime.UTC
    prague = zoneinfo.ZoneInfo("Europe/Prague")
    structured = np.array([(1, 2.5)], dtype=np.dtype([("a", "i1"), ("b", "f8")], align=True))
    objects = np.array([None, "x", (1, 2), 3.5], dtype=object).reshape(2, 2)
    frame = pd.DataFrame(
        {
            "number": [1.5, np.nan],
            "whole": pd.array([1, None], dtype="Int64"),
            "flag": pd.array([True, None], dtype="boolean"),
            "text": ["a", None],
            "mixed": pd.Series([1, "x"], dtype=object),
            "kind": pd.Categorical(["lo", "hi"], categories=["lo", "hi"], ordered=True),
            "bin": pd.cut([1, 5], [0, 2, 10]),
            "day": pd.to_datetime(["2024-01-01", None]),
            "moment": pd.to_datetime(["2024-01-01", "2024-07-01"]).tz_localize("Europe/Prague"),
            "span": pd.to_timedelta([1, 2], unit="h"),
            3: [1, 2],
        },
        index=["r1", "r2"],
    )
    return {
        "none": None,
        "flags": [True, False],
        "numbers": [0, -1, 2**80, -0.0, 1e-300, math.inf, -math.inf, math.nan, 1 - 2j],
        "bytes": [b"\x00\xff", bytearray(b"ab")],
        "texts": ["", "日本", "\ud800", 'quote"\\', "\u2028"],
        "settings": types.SimpleNamespace(rate=0.1, sizes=[1, 2]),
        "nested": [1, (2, {3, "x"}, frozenset({4.5})), [], ()],
        "keys": {1: "int", "1": "text", (1, "a"): [1], None: 0, 1.5: 1, True and "b": 2},
        "ordered": collections.OrderedDict([("z", 1), ("a", 2)]),
        "counter": collections.Counter("abca"),
        "default": collections.defaultdict(list, {"a": [1]}),
        "deque": collections.deque([1, 2], maxlen=3),
        "vocabulary": vocabulary,
        "ranges": [range(0, 10, 3), slice(1, None, 2)],
        "moments": [
            datetime.datetime(2024, 1, 2, 3, 4, 5, 6),  # noqa: DTZ001 - a moment without a zone is a kind
            datetime.datetime(2024, 1, 2, tzinfo=utc),
            datetime.datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=prague),
            datetime.datetime(2024, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=-3))),
            datetime.date(2024, 2, 29),
            datetime.time(1, 2, 3),
            datetime.timedelta(days=-1, microseconds=5),
        ],
        "path": [pathlib.Path("a/b"), pathlib.PurePosixPath("/c"), pathlib.PureWindowsPath("d\\e")],
        "decimal": decimal.Decimal("1.10"),
        "enums": [Colour.RED, Colour.BLUE, Mode.READ | Mode.WRITE],
        "namedtuple": Point(1.0, 2.0),
        "dataclasses": [Config("c", [1, 2]), Frozen(0.1, 0.9)],
        "pattern": re.compile(r"\d+", re.IGNORECASE),
        "callables": [double, len, np.log, torch.relu, math.sqrt, Config, functools.partial(double, rows=2)],
        "method": Stateful(3).__getstate__,
        "slotted": slotted,
        "stateful": Stateful(5),
        "cycle": cycle,
        "shared": [shared, shared],
        "scalars": [np.float32(0.1), np.int64(3), np.bool_(True), np.str_("s"), np.datetime64("2024-01-01")],
        "arrays": [
            np.arange(6, dtype="i4").reshape(2, 3),
            np.array(["ab", "c"]),
            np.array(["2024-01-01", "NaT"], dtype="M8[D]"),
            np.array(5),
            np.zeros((0, 2)),
            np.array([1 + 2j]),
            structured,
            objects,
        ],
        "dtypes": [
            np.dtype("f4"),
            np.dtype([("a", "i1"), ("b", "f8", (2,))]),
            torch.float16,
            torch.device("cpu"),
            torch.Size([1, 2]),
        ],
        "random": [np.random.default_rng(3), np.random.RandomState(4), np.random.shuffle.__self__],
        "tensors": [
            torch.randn(2, 3).T,
            torch.tensor(3),
            torch.tensor([True]),
            torch.tensor([1 + 2j]),
            torch.randn(2).to(torch.bfloat16),
            nn.Parameter(torch.randn(2), requires_grad=False),
        ],
        "net": net,
        "recurrent": nn.RNN(3, 2),
        "sets first": SetsFirst(),
        "alias": net.body[0],
        "frame": frame,
        "series": pd.Series([1, 2], index=pd.date_range("2024-01-01", periods=2), name=("a", 1)),
        "twice": pd.DataFrame([[1, "a"], [2, "b"]], columns=["same", "same"], index=[0, 0]),
        "indexes": [
            pd.RangeIndex(2, 8, 3, name="r"),
            pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["x", "y"]),
            pd.Index(["a", "b"], dtype=object),
        ],
        "stamps": [
            pd.Timestamp("2024-01-01 01:02:03.000000004"),
            pd.Timestamp("2024-07-01", tz="Europe/Prague"),
            pd.Timedelta("1h"),
            pd.Period("2024-03", "M"),
            pd.Interval(0, 1, closed="left"),
            pd.NaT,
            pd.NA,
        ],
        "labels": [
            pd.Series(["b", "a", "b"]).unique(),
            pd.Series(["b", None], dtype="category").unique(),
            pd.Series(pd.to_datetime(["2024-01-01"]).tz_localize("UTC")).unique(),
            pd.array([1, None], dtype="Int64"),
            pd.Series([1.5]).array,
        ],
        "column types": frame.dtypes,
        "taken apart": make_pipeline(Learnt(), LogisticRegression()).fit(rows, labels),
        "pipeline": make_pipeline(Clip(2.0), FunctionTransformer(double), LogisticRegression()).fit(rows, labels),
        "grid": grid.fit(rows, labels),
        "forest": RandomForestClassifier(3, random_state=0).fit(rows, labels),
        "boosting": HistGradientBoostingClassifier(max_iter=3, random_state=0).fit(rows, labels),
        "neighbours": KNeighborsClassifier(3).fit(rows, labels),
    }


LARGE = ("boosting", "forest", "grid", "neighbours", "taken apart")


def small() -> dict[str, Any]:
    """The values that the kept bundles of each format hold."""
    kept = {name: value for name, value in values().items() if name not in LARGE}
    steps = make_pipeline(Clip(2.0), FunctionTransformer(double), StandardScaler())
    return {**kept, "pipeline": steps.fit(np.arange(6.0).reshape(3, 2))}


def predict(state: Any, rows: Any) -> dict[str, Any]:
    """An answer that all models have a part in."""
    with torch.no_grad():
        net = state["net"](torch.as_tensor(rows, dtype=torch.float32))
    models = [
        state[name].predict_proba(np.array(rows)) for name in ("pipeline", "taken apart", "grid", "forest", "boosting")
    ]
    return {"net": net, "models": models, "near": state["neighbours"].predict(rows), "frame": state["frame"]}


def hooked() -> nn.Module:
    made = nn.Linear(1, 1)
    made.register_forward_hook(double)
    return made


def local() -> Any:
    class Inner:
        pass

    return Inner()


def inside_itself() -> Any:
    part: list[Any] = []
    whole = (part,)
    part.append(whole)
    return whole


class Main:
    """Pretends to be a class of the script that runs."""


Main.__module__ = "__main__"

REFUSED = {
    "lock": lambda: {"deep": [threading.Lock()]},
    "file": lambda: open(__file__, encoding="utf-8"),  # noqa: SIM115 - the test closes it
    "lambda": lambda: [lambda rows: rows],
    "local": local,
    "heir": Triangle,
    "main": Main,
    "hooks": lambda: nn.Sequential(hooked()),
    "generator": lambda: (number for number in range(3)),
    "list subclass": lambda: Tokens([1]),
    "tuple in itself": inside_itself,
    "record of objects": lambda: np.zeros(1, dtype=[("a", "O")]),
    "matrix": lambda: np.matrix([[1.0]]),
    "compiled": lambda: torch.jit.trace(nn.Linear(1, 1), torch.ones(1)),
    "lambda in estimator": lambda: FunctionTransformer(lambda rows: rows),
}
