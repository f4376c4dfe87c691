"""What a random notebook is about: things with a state, ways to change it, ways to look at it, and how it is read.

`{o}` stands for the expression that reaches the thing, `{cls}` and others for names. A strand without `make` is a state of the process.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Strand:
    """One thing with a state."""

    name: str
    make: str
    """An expression; empty for a state of the process."""
    touches: tuple[str, ...]
    """Expressions and statements that change what `read` gives."""
    looks: tuple[str, ...]
    """Expressions that change nothing."""
    read: str
    """A number."""
    define: str = ""
    """Definitions that it needs, lifted as `define`."""
    begin: str = ""
    """Statements that set the state of the process up."""


def lines(text: str) -> tuple[str, ...]:
    """One template a line; `⏎` breaks the lines of one."""
    return tuple(line.strip().replace("⏎", "\n") for line in text.strip().splitlines())


IMPORTS = """\
import collections
import contextlib
import copy
import dataclasses
import decimal
import functools
import io
import itertools
import math
import operator
import os
import random
import types
import warnings
import numpy as np
import pandas as pd
"""
TORCH_IMPORTS = "import torch\nfrom torch import nn\n"

PLAIN = (
    Strand(
        "list",
        "[3.0, 1.0, 2.0]",
        lines("""
            {o}.append(5.0)
            {o}.sort()
            {o}.extend([4.0, 4.0])
            {o}.insert(0, 7.0)
            {o}.pop()
            {o}.__setitem__(0, 8.0)
            operator.setitem({o}, 0, 6.0)
            operator.iconcat({o}, [1.0])
            list(map({o}.append, [4.0]))
            {o}[0] = 9.0
            del {o}[0]
            {o}[1:] = [2.5]
            {o}[0] += 3.0
            for {o}[0] in range(3):⏎    pass
        """),
        lines("""
            sum({o})
            sorted({o})
            {o}[:]
            max({o})
            {o}.copy()
            [x * 2 for x in {o}]
            list({o}).append(3.0)
            sorted({o}, reverse=True).pop()
            {o}.index(3.0) if 3.0 in {o} else -1
            dict(enumerate({o}))
            copy.deepcopy({o}).clear()
        """),
        "sum(k * x for k, x in enumerate({o}, 1))",
    ),
    Strand(
        "number",
        "2.0",
        lines("""
            {o} = 5.0
            {o} += 1.0
            for {o} in range(4):⏎    pass
            with contextlib.nullcontext(8.0) as {o}:⏎    pass
            [{o}, _] = [9.0, 0]
            _, *{o} = [1, 2]⏎{o} = {o}[0]
            {o} = {o} * 3⏎print({o})
        """),
        lines("""
            {o} + 1
            round({o}, 1)
            float({o})
            [{o}].append(3.0)
        """),
        "{o}",
    ),
    Strand(
        "nested list",
        "[[1.0], [2.0, 3.0]]",
        lines("""
            {o}[0].append(4.0)
            {o}.copy()[1].clear()
            list({o})[0].append(9.0)
            copy.copy({o})[1].append(5.0)
            max({o}, key=len).pop()
            [row.sort(reverse=True) for row in {o}]
            for row in {o}:⏎    row.append(1.5)
            for row in reversed({o}):⏎    row[0] = 0.0
            for k, row in enumerate({o}):⏎    row[0] += k + 1
            next(iter({o})).append(8.0)
            sorted({o}, key=len)[0].append(2.0)
        """),
        lines("""
            sum(map(sum, {o}))
            [row[:] for row in {o}]
            copy.deepcopy({o})[0].clear()
            {o}.copy().append([])
            [x for row in {o} for x in row].sort()
            len({o}[0])
        """),
        "sum(k * x for row in {o} for k, x in enumerate(row, 1))",
    ),
    Strand(
        "dict",
        '{"rate": 1.0, "sub": {"depth": 2.0}}',
        lines("""
            {o}.update(rate=4.0)
            {o}.setdefault("extra", 5.0)
            {o}["sub"].update(depth=7.0)
            {o}.pop("rate")
            operator.setitem({o}, "rate", 3.0)
            dict({o})["sub"].clear()
            {o}["rate"] = 6.0
            {o}["sub"]["depth"] += 1.0
            del {o}["rate"]
            for value in {o}.values():⏎    if isinstance(value, dict):⏎        value["depth"] = 9.0
            {o}.__delitem__("rate")
        """),
        lines("""
            {o}.get("none", 0.0)
            list({o}.items())
            dict({o}).update(rate=2.0)
            {**{o}}.pop("rate", None)
            "rate" in {o}
            sorted({o})
            copy.deepcopy({o})["sub"].clear()
        """),
        '{o}.get("rate", 50.0) + 2 * {o}["sub"].get("depth", 30.0) + len({o})',
    ),
    Strand(
        "default dict",
        "collections.defaultdict(float, a=1.0)",
        lines("""
            {o}["b"]
            {o}["a"] += 1.0
            [{o}[key] for key in "xy"]
            max({o}["q"], 0.0)
            {o}.clear()
        """),
        lines("""
            {o}.get("z")
            "z" in {o}
            list({o})
            dict({o})
        """),
        "sum({o}.values()) + len({o})",
    ),
    Strand(
        "deque",
        "collections.deque([1.0, 2.0, 3.0])",
        lines("""
            {o}.rotate(1)
            {o}.appendleft(4.0)
            {o}.pop()
            {o}.reverse()
            {o}[0] = 8.0
        """),
        lines("""
            list({o})
            {o}[0]
            max({o})
            {o}.count(1.0)
        """),
        "sum(k * x for k, x in enumerate({o}, 1))",
    ),
    Strand(
        "set",
        "{1.0, 2.0}",
        lines("""
            {o}.add(5.0)
            {o}.discard(1.0)
            {o}.update([7.0])
            {o}.__ior__({9.0})
        """),
        lines("""
            {o} | {9.0}
            sorted({o})
            {o}.copy().clear()
            1.0 in {o}
        """),
        "sum({o})",
    ),
    Strand(
        "iterator",
        "iter([4.0, 2.0, 3.0])",
        lines("""
            next({o}, 0.0)
            2.0 in {o}
            max({o}, default=0.0)
            list({o})
            [*{o}]
            sorted({o})
            list(itertools.islice({o}, 1))
            list(zip({o}, "ab"))
            for one in {o}:⏎    break
            first, *rest = {o}
            print(*{o})
            functools.reduce(operator.add, {o}, 0.0)
            collections.deque({o}, maxlen=0)
            ",".join(map(str, {o}))
        """),
        lines("""
            type({o}).__name__
            callable({o})
            {o} is None
            {o}
        """),
        "sum({o})",
    ),
    Strand(
        "generator expression",
        "(k * k + 0.5 for k in range(1, 5))",
        lines("""
            next({o})
            any({o})
            min({o})
            {o}.close()
            dict(enumerate({o}))
            for one in {o}:⏎    if one > 4:⏎        break
        """),
        lines("""
            type({o})
            {o} == 3
        """),
        "sum({o})",
    ),
    Strand(
        "zip",
        "zip([1.0, 2.0], [3.0, 4.0])",
        lines("""
            next({o})
            dict({o})
            pd.DataFrame({o})
            for left, right in {o}:⏎    break
        """),
        lines("""
            type({o})
        """),
        "sum(left * right for left, right in {o})",
    ),
    Strand(
        "counter of itertools",
        "itertools.count(3)",
        lines("""
            next({o})
            list(zip("ab", {o}))
            list(itertools.islice({o}, 4))
        """),
        lines("""
            type({o})
            repr({o})
        """),
        "next({o})",
    ),
    Strand(
        "stream",
        'io.StringIO("1\\n2\\n3\\n4\\n")',
        lines("""
            {o}.readline()
            {o}.read(2)
            next({o})
            {o}.seek(4)
            pd.read_csv({o}, header=None)
            list({o})
        """),
        lines("""
            {o}.getvalue()
            {o}.closed
        """),
        "sum(int(line) for line in {o})",
    ),
    Strand(
        "array",
        "np.arange(1.0, 7.0)",
        lines("""
            {o}.fill(2.0)
            np.put({o}, [0], 9.0)
            np.add({o}, 1.0, out={o})
            np.copyto({o}, 3.0)
            np.place({o}, {o} > 3, [0.5])
            np.random.default_rng(0).shuffle({o})
            {o}.__setitem__(0, 50.0)
            {o}[0] = 9.0
            {o}[2:] *= 2
            {o}.reshape(2, 3)[0] = 0.0
            np.asarray({o})[1] = 7.0
            {o}.ravel()[0] = -1.0
            {o}[::2].sort()
            for row in {o}.reshape(2, 3):⏎    row += 1.0
            memoryview({o})[0] = 4.0
            {o}.T[3] = 11.0
            np.multiply({o}, 2.0, {o})
            np.clip({o}, 0.0, 2.0, out={o})
        """),
        lines("""
            {o}.mean()
            {o} * 2
            {o}.copy().fill(0.0)
            np.sort({o})[0]
            {o}.astype(int).sum()
            {o}[{o} > 2].fill(0.0)
            np.array({o}).sort()
            {o}.flatten().fill(1.0)
            {o}.tolist().clear()
            np.percentile({o}, 50)
            {o}.shape
            np.random.default_rng(1).permutation({o})
        """),
        "float(({o} * np.arange(1.0, len({o}) + 1)).sum())",
    ),
    Strand(
        "frame",
        'pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [4.0, 5.0, 6.0]})',
        lines("""
            {o}.insert(0, "z", 7.0)
            {o}.pop("a")
            {o}.update(pd.DataFrame({"a": [9.0]}))
            {o}.drop(columns="b", inplace=True)
            {o}.rename(columns={"a": "b", "b": "a"}, inplace=True)
            {o}.eval("c = a + b", inplace=True)
            {o}.sort_values("a", ascending=False, inplace=True)
            {o}.__setitem__("c", 1.0)
            {o}["c"] = {o}["a"] * 2
            {o}.loc[0, "a"] = 50.0
            {o}.at[1, "b"] = 60.0
            {o}.iloc[0] = 0.0
            {o}.columns = ["b", "a"]
            del {o}["a"]
            {o}.a = [3.0, 2.0, 1.0]
        """),
        lines("""
            {o}.describe()
            {o}.head(2)
            {o}["a"].mean()
            {o}.copy().pop("a")
            {o}.assign(c=1.0)
            {o}.drop(columns="a")
            {o}.groupby("a").sum()
            {o}.to_numpy(copy=True).sum()
            {o}.sort_values("b", ascending=False)
            {o}.isna().sum()
            {o}.query("a > 1").shape
            {o}["a"].apply(lambda x: x + 1).sum()
            {o}.corr()
            {o}.to_dict("records").clear()
        """),
        'float({o}.to_numpy().sum() + 10 * {o}.iloc[0, 0] + 100 * {o}["a" if "a" in {o} else {o}.columns[0]].iloc[-1])',
    ),
    Strand(
        "series",
        "pd.Series([1.0, 2.0, 3.0])",
        lines("""
            {o}.update(pd.Series([9.0]))
            {o}.pop(0)
            {o}.sort_values(ascending=False, inplace=True)
            {o}.iloc[0] = 8.0
            {o}[1] = 5.0
            {o}.at[2] = 4.0
        """),
        lines("""
            {o}.mean()
            {o} + 1
            {o}.value_counts()
            {o}.copy().pop(0)
            {o}.map(lambda x: x * 2).sum()
            {o}.tolist().clear()
        """),
        "float({o}.sum() + 10 * {o}.iloc[0])",
    ),
    Strand(
        "numpy generator",
        "np.random.default_rng(5)",
        lines("""
            {o}.normal()
            {o}.integers(5, size=3)
            {o}.shuffle([1, 2, 3])
            {o}.choice([1, 2])
            pd.DataFrame({"a": range(9)}).sample(2, random_state={o})
            [{o}.random() for _ in range(2)]
            {o}.spawn(1)[0].random() + {o}.random()
        """),
        lines("""
            type({o})
            copy.deepcopy({o}).random()
            np.random.default_rng(5).random()
        """),
        "float({o}.random())",
    ),
    Strand(
        "random state",
        "np.random.RandomState(5)",
        lines("""
            {o}.rand()
            {o}.shuffle([1, 2, 3])
            {o}.seed(1)
            pd.Series(range(9)).sample(2, random_state={o})
        """),
        lines("""
            type({o})
            np.random.RandomState(5).rand()
        """),
        "float({o}.rand())",
    ),
    Strand(
        "python generator",
        "random.Random(5)",
        lines("""
            {o}.random()
            {o}.shuffle([1, 2, 3])
            {o}.seed(9)
            {o}.choice("abc")
        """),
        lines("""
            type({o})
            random.Random(5).random()
        """),
        "{o}.random()",
    ),
    Strand(
        "object with methods",
        "{cls}()",
        lines("""
            {o}.grow(2.0)
            {o}.deep(3.0)
            {cls}.grow({o}, 4.0)
            {o}(5.0)
            {o}.seen
            setattr({o}, "size", 9.0)
            vars({o}).update(size=7.0)
            {o}.__dict__.update(size=6.0)
            {o}.size = 5.0
            {o}.size += 1.5
            {o}.rows.append(4.0)
            {o} << 3.0
            len({o})
            with {o}:⏎    pass
            getattr({o}, "gr" + "ow")(1.0)
        """),
        lines("""
            {o}.total()
            {cls}().grow(3.0)
            {o}.size + 1
            sum({o}.rows)
            {cls}()(2.0)
            copy.deepcopy({o}).grow(9.0)
            isinstance({o}, {cls})
        """),
        "{o}.total()",
        define="""\
class {base}:
    def __init__(self):
        self.size = 1.0
        self.rows = [2.0]

    def grow(self, by):
        self.size += by
        return self

    def deep(self, by):
        return self._put(by)

    def _put(self, by):
        self.rows.append(by)
        return self


class {cls}({base}):
    def total(self):
        return self.size + 10 * sum(self.rows)

    def __call__(self, by):
        self.rows.insert(0, by)

    def __lshift__(self, by):
        return self.grow(by)

    def __len__(self):
        self.size += 0.5
        return 2

    def __enter__(self):
        self.size *= 3

    def __exit__(self, *error):
        return None

    @property
    def seen(self):
        self.rows[0] += 1.0
        return self.rows[0]
""",
    ),
    Strand(
        "class attribute",
        "{cls}",
        lines("""
            setattr({o}, "rate", 4.0)
            {o}.rate = 6.0
            {o}.rows.append(2.0)
            {o}()
            {o}.up()
            {o}().rows.append(3.0)
        """),
        lines("""
            {o}.__name__
            {o}.rate + 1
            len({o}.rows)
        """),
        "{o}.rate + 10 * len({o}.rows) + 100 * {o}.count",
        define="""\
class {cls}:
    rate = 1.0
    rows = []
    count = 0

    def __init__(self):
        {cls}.count += 1

    @classmethod
    def up(cls):
        cls.rate += 1.0
""",
    ),
    Strand(
        "closure",
        "{make}()",
        lines("""
            {o}(2.0)
            list(map({o}, [1.0, 2.0]))
            {o}(x=3.0)
        """),
        lines("""
            callable({o})
            {make}()(5.0)
            {o} is None
        """),
        "{o}(1.0)",
        define="""\
def {make}():
    total, seen = 0.0, []

    def inner(x):
        nonlocal total
        total += x
        seen.append(x)
        return total + 10 * len(seen)
    return inner
""",
    ),
    Strand(
        "mutable default",
        "{make}",
        lines("""
            {o}(2.0)
            [{o}(x) for x in (1.0, 2.0)]
        """),
        lines("""
            {o}.__name__
            {o}(5.0, [])
        """),
        "{o}(1.0)",
        define="""\
def {make}(x, seen=[]):
    seen.append(x)
    return sum(seen) + 10 * len(seen)
""",
    ),
    Strand(
        "cached function",
        "{make}",
        lines("""
            {o}(3.0)
            max(map({o}, [2.0, 3.0]))
        """),
        lines("""
            {o}.__name__
            {o}.__wrapped__
        """),
        "{o}(3.0) + 10 * {o}.cache_info().hits + 100 * {o}.cache_info().currsize",
        define="""\
@functools.lru_cache
def {make}(x):
    return x * x
""",
    ),
    Strand(
        "cached property",
        "{cls}()",
        lines("""
            {o}.total
            f"{{o}.total}"
            setattr({o}, "total", 3.0)
            {o}.total = 4.0
            vars({o}).update(total=9.0)
            getattr({o}, "total")
        """),
        lines("""
            {o}.rows[:]
            {cls}().total
            type({o})
        """),
        "{o}.grown()",
        define="""\
class {cls}:
    def __init__(self):
        self.rows = [1.0, 2.0]

    @functools.cached_property
    def total(self):
        return sum(self.rows)

    def grown(self):
        self.rows.append(5.0)
        return self.total
""",
    ),
    Strand(
        "own iterator",
        "{cls}(6)",
        lines("""
            next({o})
            list({o})
            3 in {o}
            sum({o})
            for k in {o}:⏎    break
            {o}.left = 2
            dict(zip("ab", {o}))
        """),
        lines("""
            {o}.left
            list({cls}(3))
            repr(type({o}))
        """),
        "sum({o})",
        define="""\
class {cls}:
    def __init__(self, left):
        self.left = left

    def __iter__(self):
        return self

    def __next__(self):
        if self.left <= 0:
            raise StopIteration
        self.left -= 1
        return self.left
""",
    ),
    Strand(
        "lazy memo",
        "{cls}()",
        lines("""
            {o}["x"]
            {o}.get_or("y")
            {o}.update(z=3.0)
            [{o}[key] for key in "pq"]
            {o}["x"] = 8.0
        """),
        lines("""
            {o}.get("x")
            "x" in {o}
            dict({o})
            {cls}()["x"]
        """),
        '{o}["r"] + 10 * len({o})',
        define="""\
class {cls}(dict):
    def __missing__(self, key):
        self[key] = float(len(self))
        return self[key]

    def get_or(self, key):
        return self[key]
""",
    ),
    Strand(
        "data base",
        "{make}()",
        lines("""
            {o}.execute("insert into t values (5)")
            {o}.executescript("delete from t where x = 1")
            {o}.execute("update t set x = 7").rowcount
            pd.DataFrame({"x": [4.0]}).to_sql("t", {o}, if_exists="append", index=False)
            with {o}:⏎    {o}.execute("insert into t values (3)")
        """),
        lines("""
            {o}.execute("select count(*) from t").fetchone()
            pd.read_sql("select * from t", {o})
            {o}.total_changes
        """),
        '{o}.execute("select sum(x) from t").fetchone()[0]',
        define="""\
import sqlite3


def {make}():
    base = sqlite3.connect(":memory:")
    base.execute("create table t (x real)")
    base.execute("insert into t values (1), (2)")
    return base
""",
    ),
    Strand(
        "counter of words",
        'collections.Counter("abca")',
        lines("""
            {o}.update("aa")
            {o}.subtract("a")
            {o}["z"] += 4
            {o}.pop("b")
            {o} -= collections.Counter("a")
        """),
        lines("""
            {o}["q"]
            {o}.most_common(1)
            {o} + collections.Counter("aa")
            sum({o}.values())
        """),
        '{o}["a"] + 10 * {o}["b"] + 100 * sum({o}.values())',
    ),
    Strand(
        "namespace",
        "types.SimpleNamespace(rate=1.0, sub=types.SimpleNamespace(rows=[1.0]))",
        lines("""
            setattr({o}, "rate", 3.0)
            {o}.sub.rows.append(5.0)
            vars({o}.sub)["rows"].append(4.0)
            {o}.__dict__.update(rate=8.0)
            {o}.rate = 2.0
            {o}.sub.rows = [9.0]
        """),
        lines("""
            {o}.rate * 2
            sum({o}.sub.rows)
            vars({o}).copy().clear()
        """),
        "{o}.rate + 10 * sum({o}.sub.rows)",
    ),
    Strand(
        "estimator",
        "Ridge().fit(np.arange(6.0).reshape(6, 1), np.arange(6.0) ** 2)",
        lines("""
            {o}.fit([[0.0], [1.0]], [3.0, 9.0])
            [{o}.fit([[0.0], [n]], [0.0, 1.0]) for n in (1.0, 2.0)]
            make_pipeline(StandardScaler(), {o}).fit([[0.0], [1.0]], [1.0, 2.0])
            setattr({o}, "intercept_", 4.0)
            {o}.intercept_ = 3.0
            {o}.coef_[0] = 0.0
            {o}.coef_ *= 2
        """),
        lines("""
            {o}.predict([[1.0]])
            {o}.score([[0.0], [1.0]], [0.0, 1.0])
            clone({o}).fit([[0.0], [1.0]], [5.0, 6.0])
            cross_val_score({o}, np.arange(6.0).reshape(6, 1), np.arange(6.0), cv=2)
            {o}.coef_.copy().fill(0.0)
            {o}.get_params()
            {o}
        """),
        "float({o}.predict([[2.0]])[0])",
    ),
)
ESTIMATORS = """\
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
"""

PROCESS = (
    Strand(
        "numpy's random state",
        "",
        lines("""
            np.random.rand()
            np.random.normal(size=3)
            np.random.shuffle([1, 2, 3])
            np.random.choice([1, 2, 3])
            np.random.seed(8)
            pd.Series(range(9)).sample(2)
            np.random.RandomState.rand(np.random.mtrand._rand)
            [np.random.rand() for _ in range(2)]
        """),
        lines("""
            np.random.default_rng(0).random()
            np.random.RandomState(0).rand()
            np.random.get_state()[2]
        """),
        "float(np.random.rand())",
        begin="np.random.seed(4)",
    ),
    Strand(
        "python's random state",
        "",
        lines("""
            random.random()
            random.shuffle([1, 2, 3])
            random.choice("abc")
            random.seed(8)
            random.gauss(0.0, 1.0)
        """),
        lines("""
            random.Random(0).random()
            random.getstate()[0]
        """),
        "random.random()",
        begin="random.seed(4)",
    ),
    Strand(
        "environment",
        "",
        lines("""
            os.environ.update(OWN_SCALE="3")
            os.environ.pop("OWN_SCALE", None)
            os.environ["OWN_SCALE"] = "5"
            del os.environ["OWN_SCALE"]
        """),
        lines("""
            os.environ.get("OWN_SCALE")
            dict(os.environ).clear()
            os.getcwd()
        """),
        'float(os.environ.get("OWN_SCALE", "1"))',
        begin='os.environ["OWN_SCALE"] = "2"',
    ),
    Strand(
        "numpy's errors",
        "",
        lines("""
            np.seterr(all="raise")
            np.seterr(divide="raise")
        """),
        lines("""
            np.geterr()
            np.finfo(float).eps
        """),
        "{divide}()",
        define="""\
def {divide}():
    try:
        return float(np.float64(1.0) / np.float64(0.0) > 5)
    except FloatingPointError:
        return 7.0
""",
        begin='np.seterr(all="ignore")',
    ),
    Strand(
        "decimal precision",
        "",
        lines("""
            setattr(decimal.getcontext(), "prec", 5)
            decimal.setcontext(decimal.Context(prec=6))
            decimal.getcontext().prec = 4
        """),
        lines("""
            decimal.getcontext().prec
            decimal.Decimal("1.5") + 1
        """),
        "float(decimal.Decimal(1) / decimal.Decimal(3))",
    ),
    Strand(
        "warnings",
        "",
        lines("""
            warnings.simplefilter("error")
            warnings.filterwarnings("error", category=UserWarning)
        """),
        lines("""
            len(warnings.filters)
        """),
        "{warned}()",
        define="""\
def {warned}():
    try:
        warnings.warn("careful", UserWarning)
    except UserWarning:
        return 3.0
    return 1.0
""",
    ),
    Strand(
        "pandas options",
        "",
        lines("""
            pd.set_option("display.precision", 2)
            pd.options.display.precision = 1
        """),
        lines("""
            pd.get_option("display.precision")
        """),
        "len(pd.Series([1.23456789]).to_string())",
    ),
    Strand(
        "function of a module",
        "",
        lines("""
            setattr(math, "sqrt", lambda x: 5.0)
            math.sqrt = lambda x: 2.0
            math.sqrt = math.floor
        """),
        lines("""
            math.sqrt(4.0)
            math.floor(2.5)
        """),
        "math.sqrt(2.0)",
    ),
    Strand(
        "file",
        "",
        lines("""
            open("own_rows.txt", "a").write("4\\n")
            pd.DataFrame({"a": [5]}).to_csv("own_rows.txt", index=False, header=False)
            os.truncate("own_rows.txt", 2)
            with open("own_rows.txt", "w") as stream:⏎    stream.write("8\\n")
        """),
        lines("""
            open("own_rows.txt").read()
            os.path.exists("own_rows.txt")
            pd.DataFrame({"a": [5]}).to_csv("another.txt")
        """),
        'sum(int(line) for line in open("own_rows.txt"))',
        begin='with open("own_rows.txt", "w") as stream:\n    stream.write("1\\n2\\n")',
    ),
)

TORCH = (
    Strand(
        "torch's random state",
        "",
        lines("""
            torch.rand(1)
            torch.randperm(4)
            torch.manual_seed(8)
            nn.Linear(2, 2)
            nn.Dropout(0.5)(torch.ones(4))
            torch.zeros(3).normal_()
        """),
        lines("""
            torch.rand(1, generator=torch.Generator().manual_seed(1))
            torch.zeros(2).sum()
            nn.ReLU()(torch.ones(2))
        """),
        "torch.rand(1).item()",
        begin="torch.manual_seed(4)",
    ),
    Strand(
        "torch generator",
        "torch.Generator().manual_seed(3)",
        lines("""
            torch.rand(1, generator={o})
            torch.randperm(3, generator={o})
            {o}.manual_seed(9)
        """),
        lines("""
            {o}.initial_seed()
            type({o})
        """),
        "torch.rand(1, generator={o}).item()",
    ),
    Strand(
        "tensor",
        "torch.arange(1.0, 7.0)",
        lines("""
            {o}.mul_(2)
            {o}.view(2, 3).zero_()
            {o}.numpy().fill(3.0)
            {o}.detach().add_(1)
            torch.add({o}, 1, out={o})
            {o}.data.fill_(4.0)
            {o}[0] = 9.0
            {o}[::2] *= 3
            {o}.reshape(2, 3)[0] = 0.0
            for part in {o}.chunk(2):⏎    part.neg_()
            torch.nn.init.ones_({o})
        """),
        lines("""
            {o}.mean().item()
            ({o} * 2).zero_()
            {o}.clone().fill_(0.0)
            {o}.double().zero_()
            {o}.tolist().clear()
            {o}.numpy().copy().fill(0.0)
            {o}.shape
        """),
        "({o} * torch.arange(1.0, 7.0)).sum().item()",
    ),
    Strand(
        "network",
        "{make}()",
        lines("""
            {o}.double()
            {o}.train()(torch.ones(4, 2) * torch.arange(4.0).reshape(4, 1))
            {o}.apply(lambda part: nn.init.ones_(part.weight) if hasattr(part, "weight") else None)
            {o}.load_state_dict({name: torch.ones_like(value) for name, value in {o}.state_dict().items()})
            {o}[0].register_forward_hook(lambda module, given, out: out * 3)
            {o}[0].weight.data.zero_()
            torch.optim.SGD({o}.parameters(), lr=1.0).step(lambda: {o}(torch.ones(2, 2)).sum().backward())
            for p in {o}.parameters():⏎    p.data += 1.0
            {o}[0].bias.data[0] = 5.0
            {o}[1].running_mean += 2.0
        """),
        lines("""
            sum(p.numel() for p in {o}.parameters())
            {o}
            copy.deepcopy({o})[0].weight.data.zero_()
            {o}[0].weight.detach().clone().zero_()
            [name for name, _ in {o}.named_parameters()]
            {o}.eval()(torch.ones(2, 2)).sum().item()
        """),
        "float({o}.eval()(torch.ones(2, 2, dtype=next({o}.parameters()).dtype)).sum()) + next({o}.parameters()).element_size()",
        define="""\
def {make}():
    with torch.random.fork_rng():
        torch.manual_seed(1)
        net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    return net.eval()
""",
    ),
    Strand(
        "default dtype",
        "",
        lines("""
            torch.set_default_dtype(torch.float64)
        """),
        lines("""
            torch.get_default_dtype()
        """),
        "torch.tensor([0.1]).item()",
    ),
)
