"""Which `predict` is served, and what is said of one that cannot be."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from both_ways import against, program_of, run_cells, run_program

EQUAL = {
    "state argument": """
# %% tags=["train", "evaluate"]
tax = {"BY": 0.5}
metrics = {"n": 1}
# %% tags=["predict"]
def predict(state: str, definitions: int = 1) -> dict:
    return {"class": tax.get(state, 0.0), "model_version": "mine"}
predict("BY", definitions=2)
""",
    "two predicts": """
# %%
import math
# %% tags=["train"]
w = 2.0
# %% tags=["evaluate"]
def predict(rows):
    return [w * r for r in rows]
metrics = {"n": sum(predict([1, 2]))}
# %% tags=["predict"]
def predict(x: float) -> float:
    return math.floor(w * x)
predict(2.2)
""",
    "two predicts define": """
# %% tags=["define"]
def predict(rows):
    return [w * r for r in rows]
# %% tags=["train"]
w = 2.0
# %% tags=["evaluate"]
metrics = {"n": sum(predict([1, 2]))}
# %% tags=["predict"]
def predict(x: float) -> float:
    return w * x
predict(2.0)
""",
    "predict decorated default": """
# %% tags=["train", "evaluate"]
w = 2.0
metrics = {"n": 1}
# %% tags=["predict"]
def predict(x: float, y: float = w) -> float:
    return y * x
predict(2.0)
""",
    "predict lru free": """
# %%
from functools import lru_cache
# %% tags=["train", "evaluate"]
w = 2.0
metrics = {"n": 1}
# %% tags=["predict"]
@lru_cache
def predict(x: float) -> float:
    return 2 * x
predict(2.0)
""",
    "predict twice in predict cells": """
# %% tags=["train", "evaluate"]
w = 2.0
metrics = {"n": 1}
# %% tags=["predict"]
def predict(x: float) -> float:
    return w * x
predict(2.0)
# %% tags=["predict"]
def predict(x: float) -> float:
    return w * x * 2
predict(3.0)
""",
    "predict method and metric": """
# %% tags=["train"]
w = 2.0
def predict(model, xs):
    return [model * x for x in xs]
p = predict(w, [1, 2])
# %% tags=["evaluate"]
metrics = {"n": sum(p) + sum(predict(w, [3]))}
# %% tags=["predict"]
def predict(x: float) -> float:
    return w * x
predict(2.0)
""",
    "predict calls itself": """
# %% tags=["train"]
w = 2.0
# %% tags=["evaluate"]
metrics = {"n": 1}
# %% tags=["predict"]
def predict(x: float) -> float:
    return w if x <= 0 else predict(x - 1) * w
predict(2.0)
""",
    "helper calls predict": """
# %% tags=["train"]
w = 2.0
# %% tags=["define"]
def total(xs):
    return sum(predict(x) for x in xs)
# %% tags=["predict"]
def predict(x: float) -> float:
    return w * x
predict(2.0)
# %% tags=["evaluate"]
metrics = {"n": total([1, 2])}
""",
    "helper only in predict": """
# %%
import math
def helper(x):
    return math.floor(x)
# %% tags=["train"]
b = 2.5
# %% tags=["evaluate"]
metrics = {"b": b}
# %% tags=["predict"]
def predict(x: float) -> int:
    return helper(x) + int(b)
predict(2.5)
""",
    "import later in predict": """
# %%
import math as m
# %% tags=["train"]
b = m.floor(2.5)
# %% tags=["evaluate"]
metrics = {"b": b}
# %% tags=["predict"]
import numpy as m
def predict(x: float) -> str:
    return type(m.floor(x)).__name__ + str(b)
predict(2.5)
""",
    "monkeypatch class own": """
# %% tags=["define"]
class A:
    def m(self):
        return 1
# %% tags=["data"]
a = A().m()
A.m = lambda self: 5
# %% tags=["train"]
b = A().m()
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
# %% tags=["predict"]
def predict(x: int) -> int:
    return A().m() + b
predict(1)
""",
    "function attr predict": """
# %% tags=["define"]
def f(x):
    return x * f.k
# %% tags=["data"]
f.k = 3
# %% tags=["train"]
b = f(2)
# %% tags=["evaluate"]
metrics = {"b": b}
# %% tags=["predict"]
def predict(x: int) -> int:
    return f(x) + b
predict(1)
""",
    "registry from stage predict": """
# %% tags=["define"]
REG = {}
def lookup(x):
    return REG.get(x, 0)
# %% tags=["train"]
REG["a"] = 4
b = lookup("a")
# %% tags=["evaluate"]
metrics = {"b": b}
# %% tags=["predict"]
def predict(x: str) -> int:
    return lookup(x) + b
predict("a")
""",
    "cached function predict": """
# %%
from functools import lru_cache
# %% tags=["define"]
@lru_cache
def f(x):
    return x * 2
# %% tags=["train"]
b = f(2)
# %% tags=["evaluate"]
metrics = {"b": b}
# %% tags=["predict"]
def predict(x: int) -> int:
    return f(x) + b
predict(1)
""",
    "helper calls the earlier predict": """
# %% tags=["data"]
rows = [1, 2]
# %% tags=["define"]
def predict(x):
    return x + 1
def one(x):
    return predict(x)
def total(xs):
    return sum(one(x) for x in xs)
# %% tags=["train"]
w = 2.0
# %% tags=["evaluate"]
metrics = {"n": total(rows)}
# %% tags=["predict"]
def predict(x: float) -> float:
    return w * x
predict(2.0)
""",
}
"""What is exported computes what the notebook computes."""

REFUSED = {
    "kw": (
        "NBX205",
        2,
        """
# %% tags=["train", "evaluate"]
tax = {"BY": 0.5}
metrics = {"n": 1}
# %% tags=["predict"]
def predict(*values: float, **kw: float) -> dict:
    return {"n": len(values) + len(kw) + len(tax)}
predict(1.0, self=2.0, state=3.0)
""",
    ),
    "predict wraps predict": (
        "NBX206",
        2,
        """
# %% tags=["train"]
w = 2.0
# %% tags=["define"]
def predict(rows):
    return [w * r for r in rows]
_inner = predict
# %% tags=["evaluate"]
metrics = {"n": sum(predict([1, 2]))}
# %% tags=["predict"]
def predict(x: float) -> float:
    return _inner([x])[0]
predict(2.0)
""",
    ),
    "predict conditional": (
        "NBX205",
        2,
        """
# %% tags=["train", "evaluate"]
w = 2.0
metrics = {"n": 1}
# %% tags=["predict"]
if True:
    def predict(x: float) -> float:
        return w * x
predict(2.0)
""",
    ),
    "predict lambda": (
        "NBX205",
        2,
        """
# %% tags=["train", "evaluate"]
w = 2.0
metrics = {"n": 1}
# %% tags=["predict"]
predict = lambda x: w * x
predict(2.0)
""",
    ),
    "predict decorated": (
        "NBX206",
        3,
        """
# %%
import functools
# %% tags=["train", "evaluate"]
w = 2.0
metrics = {"n": 1}
# %% tags=["predict"]
@functools.lru_cache
def predict(x: float) -> float:
    return w * x
predict(2.0)
""",
    ),
    "predict class": (
        "NBX205",
        2,
        """
# %% tags=["train", "evaluate"]
w = 2.0
metrics = {"n": 1}
# %% tags=["predict"]
class predict:
    def __init__(self, x: float):
        self.y = w * x
predict(2.0)
""",
    ),
    "predict random default": (
        "NBX206",
        3,
        """
# %%
import random
# %% tags=["train", "evaluate"]
random.seed(1)
w = 2.0
metrics = {"n": 1}
# %% tags=["predict"]
def predict(x: float, y: float = random.random()) -> float:
    return y * x
predict(2.0)
""",
    ),
    "predict lru": (
        "NBX206",
        3,
        """
# %%
from functools import lru_cache
# %% tags=["train", "evaluate"]
w = 2.0
metrics = {"n": 1}
# %% tags=["predict"]
@lru_cache
def predict(x: float) -> float:
    return w * x
predict(2.0)
""",
    ),
    "predict own decorator": (
        "NBX206",
        3,
        """
# %% tags=["train", "evaluate"]
w = 2.0
metrics = {"n": 1}
# %% tags=["define"]
def checked(f):
    def inner(x):
        return f(x)
    return inner
# %% tags=["predict"]
@checked
def predict(x: float) -> float:
    return w * x
predict(2.0)
""",
    ),
    "helper means both predicts": (
        "NBX206",
        2,
        """
# %%
rows = [1, 2]
# %% tags=["define"]
def predict(x):
    return x + 1
def total(xs):
    return sum(predict(x) for x in xs)
# %% tags=["train"]
w = total(rows)
# %% tags=["predict"]
def predict(x: float) -> float:
    return w * x
predict(2.0)
# %% tags=["evaluate"]
metrics = {"n": total(rows)}
""",
    ),
    "predict rebound after": (
        "NBX206",
        2,
        """
# %% tags=["train"]
w = 2.0
# %% tags=["predict"]
def predict(x: float) -> float:
    return w * x
predict(2.0)
# %% tags=["evaluate"]
predict = 5
metrics = {"n": predict}
""",
    ),
}
"""Code, cell, notebook: what cannot be the same is said, where it stands."""


@pytest.mark.parametrize("text", EQUAL.values(), ids=EQUAL)
def test_equal(text: str, tmp_path: Path) -> None:
    (metrics,) = run_cells(text, tmp_path)
    program = program_of(text, level=2)
    assert program.predict is not None
    assert run_program(program, tmp_path) == metrics


COMPUTED = """
# %% tags=["train", "evaluate"]
w = 2.0
metrics = {"n": 1}
# %% tags=["predict"]
def predict(row: dict[str, float]) -> float:
    return w * sum(row.values())
"""


@pytest.mark.parametrize(
    ("call", "examples"),
    [
        ("predict({k: 0.5 for k in 'ab'})", ("predict({k: 0.5 for k in 'ab'})",)),
        ("predict({k: 0.5 for k in ['a', 'b']})", ("predict({k: 0.5 for k in ['a', 'b']})",)),
        (
            "for n in (1, 2):\n    predict({k: n for k in 'ab'})",
            ("predict({k: 1 for k in 'ab'})", "predict({k: 2 for k in 'ab'})"),
        ),
        ("[predict({k: 1 for k in k}) for k in ('a', 'b')]", ()),
        ("k = 'ab'\npredict({k: 1 for k in k})", ()),
        ("predict({'a': predict({'a': 1})})", ("predict({'a': 1})",)),
    ],
    ids=["text", "list", "in a loop", "one name in two scopes", "a name of the notebook", "an answer"],
)
def test_an_example_may_compute_its_arguments(call: str, examples: tuple[str, ...]) -> None:
    served = program_of(f"{COMPUTED}{call}\n", level=2).predict
    assert served is not None
    assert served.examples == examples


@pytest.mark.parametrize(("code", "cell", "text"), REFUSED.values(), ids=REFUSED)
def test_refused(code: str, cell: int, text: str) -> None:
    found = against(text, level=2)
    assert (code, cell) in {(finding.code, finding.problem.cell) for finding in found}
    assert all(finding.problem.hint for finding in found)


HELPER = """
# %% tags=["define"]
def fit(xs):
    return {"scale": 10.0}, sum(xs)
def predict(rows, scaler, model):
    return [model * scaler["scale"] * row for row in rows]
# %% tags=["data"]
rows = [1, 2]
# %% tags=["train"]
scaler, model = fit(rows)
answers = predict(rows, scaler, model)
# %% tags=["evaluate"]
metrics = {"n": sum(predict(rows, scaler, model))}
# %% tags=["predict"]
def predict(row: float) -> float:
    return model * scaler["scale"] * row / 2
predict(rows[0])
"""


def test_the_tagged_function_is_served_and_not_a_helper_of_its_name(tmp_path: Path) -> None:
    notebook = tmp_path / "helper.py"
    notebook.write_text(HELPER, encoding="utf-8")
    asking = "import model; print(model.load_model('models/latest').predict(3.0))"
    for words in (["-m", "nbexport", "../helper.py", "-o", "."], ["train.py"], ["-c", asking]):
        project = tmp_path / "project"
        project.mkdir(exist_ok=True)
        done = subprocess.run([sys.executable, *words], cwd=project, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert float(done.stdout) == 45.0
    assert json.loads((tmp_path / "project/models/latest/metrics.json").read_text())["n"] == 90.0


def test_a_later_helper_of_the_same_name_is_to_be_renamed() -> None:
    cells = HELPER.split("# %%")
    moved = "# %%".join(
        [*cells[:1], cells[2], cells[3].replace("answers = predict", "# "), cells[5], cells[1], cells[4]]
    )
    found = against(moved.replace("scaler, model = fit(rows)", "scaler, model = {'scale': 1.0}, 2.0"), level=2)
    assert [(finding.code, finding.problem.cell) for finding in found] == [("NBX206", 4)]
    assert "in cell 3" in found[0].problem.message
    assert found[0].problem.hint.startswith("rename this helper")
