"""Which type a name holds: known where the call that makes it is, and nothing is guessed elsewhere."""

from __future__ import annotations

import builtins
import importlib
import typing
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from conforming import conforms

from nbexport.analysis.analyse import analyse
from nbexport.analysis.value_types import tables
from nbexport.analysis.value_types.inference import value_types
from nbexport.analysis.value_types.types import Type, join, parsed
from nbexport.read.notebook import read_text

HEAD = """import numpy as np
import sklearn.metrics
import sklearn.tree
import pandas as pd
import torch
from torch import nn
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
"""


def types_in(code: str) -> dict[str, str]:
    """Name → the type that it holds at the end of a notebook of one cell."""
    analysis = analyse(read_text(f"# %%\n{HEAD}\n{code}\n", "notebook.py"))
    types = value_types(analysis)
    return {
        name: str(types.of_definitions(sorted(definitions, key=lambda d: d.place)))
        for name, definitions in analysis.final.items()
    }


FRAME, SERIES, ARRAY, TENSOR, ANY = "pandas.DataFrame", "pandas.Series", "numpy.ndarray", "torch.Tensor", "typing.Any"

KNOWN = {
    'x = pd.read_csv("a.csv")': FRAME,
    'x = pd.read_csv("a.csv")["age"]': SERIES,
    'x = pd.read_csv("a.csv")[["age", "sex"]]': FRAME,
    'f = pd.read_csv("a.csv")\nx = f[f["age"] > 40]': FRAME,
    'f = pd.read_csv("a.csv")\ncolumns = ["a"]\nx = f[columns]': FRAME,
    'f = pd.read_csv("a.csv")\nx = f.drop(columns=["age"]).dropna()': FRAME,
    'f = pd.read_csv("a.csv")\nx = f.iloc[:, :-1]': FRAME,
    'f = pd.read_csv("a.csv")\nx = f.iloc[:, -1]': SERIES,
    'f = pd.read_csv("a.csv")\nx = f.loc[f["a"] > 1, "b"]': SERIES,
    'f = pd.read_csv("a.csv")\nx = (f["a"] > 1).astype(int)': SERIES,
    'f = pd.read_csv("a.csv")\nx = f["a"].to_numpy()': ARRAY,
    'x = pd.concat([pd.read_csv("a.csv"), pd.read_csv("b.csv")])': FRAME,
    'f = pd.read_csv("a.csv")\nf["new"] = 1\nx = f': FRAME,
    'x, y, *_ = train_test_split(pd.read_csv("a.csv"), [1])': ANY,
    'x, z, v, w = train_test_split(pd.read_csv("a.csv"), pd.read_csv("a.csv")["y"])': FRAME,
    'v, w, z, x = train_test_split(pd.read_csv("a.csv"), pd.read_csv("a.csv")["y"])': SERIES,
    "x = 3 * np.arange(20.0) + 1": ARRAY,
    "x = np.array([1, 2])[:1]": ARRAY,
    "x = StandardScaler().fit_transform(np.arange(4).reshape(-1, 1))": ARRAY,
    "x = torch.randn(3).to('cpu').float()": TENSOR,
    "x = torch.randn(3) @ torch.randn(3)": TENSOR,
    "x = nn.Linear(1, 1).to('cpu')": "torch.nn.Linear",
    "x = LogisticRegression(C=2).fit([[1]], [1])": "sklearn.linear_model.LogisticRegression",
    "x = make_pipeline(StandardScaler(), LogisticRegression())": "sklearn.pipeline.Pipeline",
    "x = torch.device('cpu')": "torch.device",
    "class Net(nn.Module):\n    pass\nx = Net().to('cpu')": ".Net",
    "x = 0.1 * 3": "float",
    "x = len('a') // 2": "int",
    "x = f'{1}'.upper()": "str",
    "x = {'a': 0.5, 'b': 1}": "dict[str, float]",
    "x = ['a', 'b']": "list[str]",
    "x = ['a', 'b']\nx.append(3)": "list[typing.Any]",
    "x = [1]\ny = x\ny.append('a')": "list[typing.Any]",
    "x = {'a': 0.5}\nx['b'] = [1]": "dict[str, typing.Any]",
    "x = {'a': 0.5}\nx[3] = 1": "dict[typing.Any, typing.Any]",
    "x = {}\nfor i in range(3):\n    x[i] = i": "dict[typing.Any, typing.Any]",
    "x = (1, 'a')": "tuple[int, str]",
    "for x in range(3):\n    pass": "int",
    "x = 1\nfor i in range(3):\n    x = x / 2": "float",
}

KNOWN |= {
    "x = train_test_split(pd.read_csv('a'), [1])[0]": FRAME,
    "x = train_test_split(pd.read_csv('a'))": f"list[{FRAME}]",
}

KNOWN |= {
    "x = nn.Parameter(torch.zeros(1)).to('cpu')": TENSOR,
    "class Net(nn.Module):\n    def start(self):\n        return self\nx = Net().start()": ".Net",
    "x = {'a': {}}\nx['a'][3] = 1": "dict[typing.Any, typing.Any]",
    "y = {'a': 1}\nx = y\ny[3] = 1": "dict[typing.Any, typing.Any]",
}

UNKNOWN = {
    "a header that has become one of several lines": (
        "f = pd.read_csv('a')\nf.columns = pd.MultiIndex.from_tuples([])\nx = f['a']"
    ),
    "a count where a share is asked for": (
        "from sklearn.metrics import accuracy_score\nx = accuracy_score([1], [1], normalize=False)"
    ),
    "a figure for each class": "from sklearn.metrics import f1_score\nx = f1_score([1, 0], [1, 0], average=None)",
    "a method put into the notebook's own class": (
        "class Net(nn.Module):\n    def start(self):\n        return self\nNet.start = len\nx = Net().start()"
    ),
    "a function of the notebook": "def load():\n    return pd.DataFrame()\nx = load()",
    "two paths": "x = pd.read_csv('a')\nif len(x):\n    x = x['y']",
    "a loop that changes what a name holds": (
        "x = pd.read_csv('a')\nfor i in range(3):\n    y = x\n    x = y['a'] if i else y\n"
    ),
    "pieces": "x = pd.read_csv('a', chunksize=3)",
    "arguments that cannot be seen": "options = {}\nx = pd.read_csv('a', **options)",
    "a call that changes in place and gives nothing": "f = pd.read_csv('a')\nx = f.dropna(inplace=True)",
    "a column of several header lines": "f = pd.read_csv('a', header=[0, 1])\nx = f['a']",
    "a name that may be of one column or of several": "f = pd.read_csv('a')\nname = input() or ['a']\nx = f[name]",
    "arithmetic on an array without a dimension": "x = np.array(5) * 2",
    "a number out of an array": "x = np.arange(4)[0]",
    "a random number": "x = np.random.rand()",
    "something else in the place of the function": "pd.read_csv = len\nx = pd.read_csv('a')",
    "something else in the place of the method": "pd.DataFrame.dropna = len\nx = pd.read_csv('a').dropna()",
    "set by name": "setattr(pd, 'read_' + 'csv', len)\nx = pd.read_csv('a')",
    "another output of a transformer": (
        "x = StandardScaler().set_output(transform='pandas').fit_transform(np.arange(4).reshape(-1, 1))"
    ),
    "a class that makes something else": "class Net:\n    def __new__(cls):\n        return 1\nx = Net()",
    "a class with a metaclass": "class Meta(type):\n    pass\nclass Net(metaclass=Meta):\n    pass\nx = Net()",
    "a decorated class": "def other(cls):\n    return int\n@other\nclass Net:\n    pass\nx = Net()",
    "a method of the user's that gives something else": (
        "class Net(nn.Module):\n    def to(self, device):\n        return 1\nx = Net().to('cpu')"
    ),
    "a name that a comprehension keeps to itself": "y = 1\nx = [y for y in input()][0]",
    "a power": "x = 2 ** -1",
    "a builtin's name bound again": "len = max\nx = len('a')",
    "a function called like a class's function": "x = nn.Module.to(nn.Linear(1, 1), 'cpu')",
}


@pytest.mark.parametrize(("code", "of"), KNOWN.items(), ids=KNOWN)
def test_known(code: str, of: str) -> None:
    assert types_in(code)["x"] == of


@pytest.mark.parametrize("code", UNKNOWN.values(), ids=UNKNOWN)
def test_not_guessed(code: str) -> None:
    assert types_in(code)["x"] == ANY


def test_what_is_made_of_itself_ends() -> None:
    lines = [f"a{i} = 1" for i in range(12)]
    inside = [f"    a{i} = a{(i * 5 + 1) % 12} + a{(i * 7 + 2) % 12}" for i in range(12)]
    found = types_in("\n".join([*lines, "for i in range(3):", *inside]))
    assert {found[f"a{i}"] for i in range(12)} <= {"int", ANY}


def test_a_long_chain_ends() -> None:
    assert types_in("\n".join(["x = 1", *["x = x + 1"] * 500]))["x"] in ("int", ANY)


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("int", "float", "float"),
        ("int", "str", ANY),
        (FRAME, FRAME, FRAME),
        (FRAME, SERIES, ANY),
        ("bool", "int", "int"),
    ],
)
def test_joined(one: str, other: str, both: str) -> None:
    assert str(join(parsed(one), parsed(other))) == both == str(join(parsed(other), parsed(one)))


def test_a_regular_frame_and_another_are_no_regular_one() -> None:
    assert not join(Type(FRAME, regular=True), Type(FRAME)).regular


OF_PYTHON = {"bool", "int", "float", "str", "list", "dict", "set", "tuple", "range", "None", "..."}
WORDS = {"class", "self", "argument", "element", "split", "array"}
SHOWN = {
    FRAME: pd.DataFrame({"a": [1]}),
    SERIES: pd.Series([1]),
    ARRAY: np.zeros(1),
    TENSOR: torch.zeros(1, 1),
}
INSTALLED = ("builtins", "collections", "numpy", "pandas", "pathlib", "sklearn", "time", "torch")


def thing(full: str) -> Any:
    """What a dotted name stands for in the installed libraries."""
    owner, _, name = full.rpartition(".")
    if not owner:
        return getattr(builtins, full)
    try:
        return getattr(importlib.import_module(owner), name)
    except ModuleNotFoundError:
        return getattr(thing(owner), name)


def check_type(of: Type) -> None:
    """Fail where a type is not a class that there is."""
    if of.name not in OF_PYTHON and str(of) != ANY:
        assert isinstance(thing(of.name), type), of
    for part in of.of:
        check_type(part)


@pytest.mark.parametrize("root", INSTALLED)
def test_the_libraries_have_what_the_tables_name(root: str) -> None:
    table = tables.library(root)
    for group in table.functions:
        for name in group.names:
            if not set("*[") & set(name):
                assert callable(thing(name)), name
        if group.gives not in WORDS:
            check_type(parsed(group.gives))
    for owner, groups in table.methods.items():
        for group in groups:
            if group.gives not in WORDS:
                check_type(parsed(group.gives))
            if "*" not in owner:
                of = thing(owner)
                assert [name for name in group.names if not callable(getattr(of, name, None))] == [], owner
    for owner, names in [*table.looks.items(), *table.computes.items()]:
        of = SHOWN[owner] if owner in SHOWN else thing(owner)()
        assert [name for name in names if not hasattr(of, name)] == [], owner
    for attributes in table.attributes.values():
        for text in attributes.values():
            check_type(parsed(text.rstrip("!")))


@pytest.mark.parametrize(
    "code",
    [
        "np.arange(3)",
        "np.linspace(0, 1)",
        "np.unique([1, 2])",
        "np.polyfit([1, 2], [1, 2], 1)",
        "np.sqrt(np.arange(3))",
        "np.where(np.arange(3) > 1, 1, 0)",
        "np.random.default_rng(0).permutation(3)",
        "np.random.default_rng(0).normal(size=3)",
        "np.array([1]).astype(float).ravel()",
        "pd.get_dummies(pd.Series(['a']))",
        "pd.DataFrame({'a': [1]}).merge(pd.DataFrame({'a': [1]}))",
        "pd.DataFrame({'a': [1]}).query('a > 0')",
        "pd.DataFrame({'a': [1]}).describe()",
        "pd.to_datetime(pd.Series(['2020-01-01']))",
        "pd.DataFrame({'a': [1]})['a'].value_counts()",
        "pd.DataFrame({'a': [1]}).values",
        "pd.DataFrame({'a': [1]}).shape",
        "torch.argmax(torch.zeros(3))",
        "torch.zeros(3).sum()",
        "torch.zeros(3).numpy()",
        "torch.zeros(3).size(0)",
        "torch.nn.functional.mse_loss(torch.zeros(1), torch.zeros(1))",
        "train_test_split(pd.DataFrame({'a': [1, 2]}), [1, 2], np.arange(2))",
        "'a b'.split()",
        "sklearn.metrics.accuracy_score([1, 0], [1, 1])",
        "sklearn.metrics.f1_score([1, 0], [1, 1])",
        "sklearn.metrics.r2_score([1.0, 0.0], [1.0, 1.0])",
        "sklearn.metrics.mean_absolute_error([1.0, 0.0], [1.0, 1.0])",
        "LogisticRegression().fit([[1], [2]], [0, 1]).predict([[1]])",
        "LogisticRegression().fit([[1], [2]], [0, 1]).score([[1]], [1])",
        "sklearn.tree.DecisionTreeRegressor().fit([[1], [2]], [0, 1]).score([[1], [2]], [1, 2])",
        "round(1.5)",
        "round(1.5, 1)",
        "abs(-1.5)",
        "{'a': [1]}",
        "not 1",
    ],
)
def test_the_type_is_what_python_makes(code: str) -> None:
    names: dict[str, Any] = {}
    exec(HEAD, names)
    of = types_in(f"x = {code}")["x"]
    assert of != ANY
    hint = eval(of, {"typing": typing, "numpy": np, "pandas": pd, "torch": torch})
    assert conforms(eval(code, names), hint), of
