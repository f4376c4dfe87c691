"""What the program says about its own texts, so that no emitter has to read them."""

from __future__ import annotations

import pytest

from nbexport.analysis.analyse import analyse
from nbexport.lift.placing import place
from nbexport.lift.program import lift
from nbexport.program import Argument, Expression, Member, Predict, Program
from nbexport.read.notebook import read_text


def lifted(text: str) -> Program:
    placed = place(analyse(read_text(text, "notebook.py"), level=1))
    assert placed.layout.problems == [], [problem.message for problem in placed.layout.problems]
    return lift(placed, name="notebook.py")


NOTEBOOK = """\
# %%
from __future__ import annotations
from dataclasses import dataclass
import datetime as dt
import numpy as np
import numpy.typing as npt
{imports}
# %% tags=["define"]
LIMIT = 3
@dataclass
class Base:
    seen: dt.date
@dataclass
class Customer(Base):
    age: "float"
    rows: list[np.ndarray]
{define}
# %% tags=["data"]
{data}
# %% tags=["features"]
{features}
# %% tags=["train"]
{train}
# %% tags=["evaluate"]
metrics = {{"w": float({metric})}}
# %% tags=["predict"]
{predict}
"""

PLAIN = {
    "imports": "",
    "define": "",
    "data": "train_part, test_part = [1.0, 2.0], [3.0]",
    "features": "train_rows = [2 * x for x in train_part]",
    "train": "weight = sum(train_rows)",
    "metric": "weight",
    "predict": "def predict(a: int) -> float:\n    return weight * a",
}


def program(**parts: str) -> Program:
    return lifted(NOTEBOOK.format(**{**PLAIN, **parts}))


def interface(predict: str) -> Predict:
    found = program(predict=predict).predict
    assert found is not None
    return found


def test_each_argument_with_its_type_default_and_how_it_is_passed() -> None:
    found = interface(
        "def predict(rows: npt.NDArray[np.float32], /, who: 'Customer | None' = None, *, top: int = LIMIT) -> float:\n"
        "    return weight"
    )
    assert found.arguments == (
        Argument("rows", Expression("Array", frozenset({"Array"})), None, True),
        Argument("who", Expression("Customer | None", frozenset({"Customer"})), Expression("None")),
        Argument("top", Expression("int", frozenset({"int"})), Expression("LIMIT", frozenset({"LIMIT"}))),
    )
    assert found.answer == (Member("result", Expression("float | None")),)
    assert found.imports == {
        "Customer": "from definitions import Customer",
        "LIMIT": "from definitions import LIMIT",
    }


def test_an_argument_of_the_name_that_the_bundle_is_passed_by_is_one_of_the_request() -> None:
    found = interface("def predict(a: int, state: str) -> float:\n    return weight")
    assert [argument.name for argument in found.arguments] == ["a", "state"]


DICTS = """\
def predict(a: int) -> dict:
    def inner():
        return 3
    if a:
        return {'n': len([a]), 'p': round(weight, 2), 'not a name': 1, 'x': 1}
    return {'p': float(a), 'n': 0, 'x': 'text', 'only here': 1}
"""


@pytest.mark.parametrize(
    ("predict", "answer"),
    [
        (
            "def predict(a: int) -> Customer:\n    return Customer(dt.date(2020, 1, 1), weight, [])",
            [("seen", "dt.date"), ("age", "float"), ("rows", "list[Array]")],
        ),
        (
            DICTS,
            [("p", "float | None"), ("n", "int"), ("x", "Any")],
        ),
        ("def predict(a: int) -> np.ndarray:\n    return np.array(weight)", [("result", "Any")]),
        ("def predict(a: int) -> 'no type !':\n    return weight", []),
    ],
    ids=["class", "dict", "array", "text that is not a type"],
)
def test_the_members_of_the_answer(predict: str, answer: list[tuple[str, str]]) -> None:
    assert [(member.name, member.type.text) for member in interface(predict).answer] == answer


def test_a_class_that_is_its_own_ancestor_ends() -> None:
    found = program(
        define="class One(Two):\n    a: int\nclass Two(One):\n    b: int",
        predict="def predict(a: int) -> One:\n    return weight",
    )
    assert found.predict is not None
    assert [member.name for member in found.predict.answer] == ["b", "a"]


HELD_BACK = {
    "what only the evaluation reads": ({"metric": "weight + test_part[0]"}, ("test_part",)),
    "through a stage of features": (
        {
            "features": "train_rows = [2 * x for x in train_part]\ntest_rows = [2 * x for x in test_part]",
            "metric": "weight + test_rows[0]",
        },
        ("test_part",),
    ),
    "through the values that a definition is given": (
        {
            "define": "def scaled(x):\n    return x * test_part[0]",
            "features": "train_rows = train_part\nscores = [scaled(1)]",
            "metric": "weight + scores[0]",
        },
        ("test_part",),
    ),
    "in the block that always runs": (
        {
            "features": "train_rows = train_part\nif __name__ == '__main__':\n    seen = list(test_part)",
            "metric": "weight + seen[0]",
        },
        ("test_part",),
    ),
    "watched by the training, but of a name that says it": (
        {"train": "weight = sum(train_rows)\nprint(test_part)", "metric": "weight + test_part[0]"},
        ("test_part",),
    ),
    "nothing but the model": ({}, ()),
}


@pytest.mark.parametrize("name", HELD_BACK)
def test_what_is_held_back(name: str) -> None:
    parts, held = HELD_BACK[name]
    assert program(**parts).held_back == held


MADE_HERE = {
    "a text": 'open("a.txt", "w").write("1\\n")\ntrain_part = [float(line) for line in open("a.txt")]',
    "a name": 'place = "a.txt"\nopen(place, "w").write("1\\n")\ntrain_part = [float(line) for line in open(place)]',
    "a path": (
        'from pathlib import Path\nplace = Path("a.txt")\nplace.write_text("1\\n")\n'
        "train_part = [float(line) for line in open(place)]"
    ),
    "another spelling": (
        'place = "./a.txt"\nopen("a.txt", "w").write("1\\n")\ntrain_part = [float(line) for line in open(place)]'
    ),
}


@pytest.mark.parametrize("name", MADE_HERE)
def test_a_file_that_the_notebook_writes_first_is_not_data_from_outside(name: str) -> None:
    assert program(data=MADE_HERE[name] + "\ntest_part = [3.0]").sources == ()


def test_a_file_that_the_notebook_reads_first_is_data_from_outside() -> None:
    read = 'place = "a.txt"\ntrain_part = [float(line) for line in open(place)]\nopen(place, "w").write("1\\n")'
    (source,) = program(data=read + "\ntest_part = [3.0]").sources
    assert source.path == "a.txt"


NOT_SHARED = {
    "no loop": ({}, "it has no training loop of torch, which calls `backward` on a loss"),
    "a loop": ({"train": "weight = sum(train_rows)\nprint(weight.backward())"}, ""),
    "a loop in a definition": (
        {"define": "def step(loss):\n    loss.backward()", "train": "weight = 1.0\nstep(weight)"},
        "",
    ),
    "by itself": (
        {
            "imports": "import torch",
            "train": "weight = torch.nn.DataParallel(train_rows)\nweight.backward()",
        },
        "it does so itself (`DataParallel`)",
    ),
    "by itself, where it is installed": (
        {
            "imports": "try:\n    import accelerate\nexcept ImportError:\n    accelerate = Accelerator = None",
            "train": "weight = sum(train_rows)\nprint(accelerate, weight.backward())",
        },
        "it does so itself (`Accelerator`)",
    ),
}


@pytest.mark.parametrize("name", NOT_SHARED)
def test_what_stands_against_sharing(name: str) -> None:
    parts, reason = NOT_SHARED[name]
    assert program(**parts).not_shared == reason


def test_which_cells_draw_what_nothing_seeds() -> None:
    text = """# %% tags=["data"]
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier
X, y = load_iris(return_X_y=True)
# %%
DecisionTreeClassifier().fit(X, y)
# %% tags=["train"]
model = DecisionTreeClassifier(max_depth=3)
model.fit(X, y)
# %% tags=["evaluate"]
metrics = {"score": model.score(X, y)}
"""
    assert lifted(text).unseeded == (3,)
    assert lifted(text.replace("max_depth=3", "max_depth=3, random_state=1")).unseeded == ()
