"""What a definition does where it stands is done there, or where nobody can tell the difference."""

from __future__ import annotations

from pathlib import Path

import pytest
from both_ways import program_of, run_cells, run_program

EQUAL = {
    "another name of a function that is given a value": """
# %%
import functools
import numpy as np
# %% tags=["data"]
rng = np.random.default_rng(5)
# %% tags=["train"]
def drawn():
    return float(rng.random())
other = drawn
class Dice:
    @functools.cached_property
    def value(self):
        return other()
v = Dice().value
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "lambda constant": """
# %% tags=["define"]
f = lambda x: x * K
K = 3
# %% tags=["train"]
v = f(2)
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "registry factory": """
# %% tags=["define"]
STEPS = {}
def step(name):
    def deco(f):
        STEPS[name] = f
        return f
    return deco
# %% tags=["define"]
@step("a")
def a(x):
    return x + 1
@step("b")
def b(x):
    return x * 2
# %% tags=["train"]
v = 1
for f in STEPS.values():
    v = f(v)
# %% tags=["evaluate"]
metrics = {"v": v, "n": len(STEPS)}
""",
    "registry plain": """
# %% tags=["define"]
STEPS = []
def register(f):
    STEPS.append(f)
    return f
@register
def a(x):
    return x + 1
# %% tags=["train"]
v = 1
for f in STEPS:
    v = f(v)
# %% tags=["evaluate"]
metrics = {"v": v, "n": len(STEPS)}
""",
    "registry read between": """
# %% tags=["define"]
STEPS = []
def register(f):
    STEPS.append(f)
    return f
@register
def a(x):
    return x + 1
# %% tags=["data"]
n = len(STEPS)
# %% tags=["define"]
@register
def b(x):
    return x + 1
# %% tags=["train"]
v = len(STEPS)
# %% tags=["evaluate"]
metrics = {"v": v, "n": n}
""",
    "registry of stage": """
# %% tags=["data"]
seen = []
# %% tags=["define"]
def register(f):
    seen.append(f.__name__)
    return f
@register
def a(x):
    return x + 1
# %% tags=["train"]
v = len(seen) + a(1)
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "class body appends": """
# %% tags=["define"]
LOG = []
class A:
    LOG.append("a")
    size = len(LOG)
# %% tags=["data"]
n = len(LOG)
# %% tags=["define"]
class B:
    LOG.append("b")
    size = len(LOG)
# %% tags=["train"]
v = A.size + B.size
# %% tags=["evaluate"]
metrics = {"v": v, "n": n}
""",
    "draw in default": """
# %%
import numpy as np
# %% tags=["data"]
np.random.seed(0)
a = np.random.rand()
# %% tags=["define"]
def f(x, noise=np.random.rand()):
    return x + noise
# %% tags=["train"]
v = f(a) + np.random.rand()
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "seed in define": """
# %%
import numpy as np
# %% tags=["data"]
a = np.random.RandomState(3).rand()
np.random.seed(1)
b = np.random.rand()
# %% tags=["define"]
np.random.seed(0)
def f(x):
    return x + np.random.rand()
# %% tags=["train"]
v = f(a) + np.random.rand() + b
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "draw in define": """
# %%
import numpy as np
# %% tags=["data"]
np.random.seed(1)
b = np.random.rand()
# %% tags=["define"]
WEIGHTS = np.random.rand(3)
# %% tags=["train"]
v = WEIGHTS.sum() + np.random.rand() + b
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "default reads data": """
# %% tags=["data"]
rows = [1, 2]
# %% tags=["define"]
def f(x, n=len(rows)):
    return x + n
# %% tags=["data"]
rows.append(3)
# %% tags=["train"]
v = f(1)
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "default is data": """
# %% tags=["data"]
rows = [1, 2]
# %% tags=["define"]
def f(x, n=rows):
    return x + len(n)
# %% tags=["data"]
rows.append(3)
# %% tags=["train"]
v = f(1)
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "base from stage": """
# %% tags=["data"]
from collections import namedtuple
fields = ["a", "b"]
Base = namedtuple("Base", fields)
# %% tags=["define"]
class Row(Base):
    def total(self):
        return self.a + self.b
# %% tags=["train"]
v = Row(1, 2).total()
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "class attribute from data": """
# %% tags=["data"]
rows = [1, 2]
# %% tags=["define"]
class Row:
    n = len(rows)
    def total(self):
        return self.n
# %% tags=["data"]
rows = [1, 2, 3]
# %% tags=["train"]
v = Row().total()
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "annotation from stage": """
# %% tags=["data"]
kind = int
# %% tags=["define"]
def f(x: kind) -> kind:
    return x + 1
kind = float
# %% tags=["train"]
v = f(1)
n = f.__annotations__["x"].__name__
# %% tags=["evaluate"]
metrics = {"v": v, "n": n}
""",
    "dataclass field annotation": """
# %%
from dataclasses import dataclass, fields
# %% tags=["data"]
kind = int
# %% tags=["define"]
@dataclass
class P:
    x: kind = 3
# %% tags=["train"]
v = P().x
# %% tags=["evaluate"]
metrics = {"v": v, "n": fields(P)[0].type.__name__}
""",
    "timing decorator counts": """
# %% tags=["define"]
CALLS = {"n": 0}
def counted(f):
    def inner(*args):
        CALLS["n"] += 1
        return f(*args)
    return inner
@counted
def g(x):
    return x
# %% tags=["data"]
g(1)
# %% tags=["train"]
g(2)
v = CALLS["n"]
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "decorator called define counts": """
# %% tags=["define"]
COUNT = [0]
def numbered(f):
    COUNT[0] += 1
    f.number = COUNT[0]
    return f
@numbered
def g(x):
    return x
# %% tags=["data"]
COUNT[0] += 10
# %% tags=["define"]
@numbered
def h(x):
    return x
# %% tags=["train"]
v = g.number * 100 + h.number
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "singledispatch": """
# %%
from functools import singledispatch
# %% tags=["define"]
@singledispatch
def show(x):
    return 0
# %% tags=["data"]
a = show(3)
# %% tags=["define"]
@show.register
def _(x: int):
    return 1
# %% tags=["train"]
b = show(3)
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    "function attribute": """
# %% tags=["define"]
def f(x):
    f.calls += 1
    return x
f.calls = 0
# %% tags=["train"]
f(1)
f(2)
# %% tags=["evaluate"]
metrics = {"n": f.calls}
""",
    "class attribute changed": """
# %% tags=["define"]
class A:
    n = 0
    def m(self):
        return self.n
# %% tags=["data"]
a = A().m()
# %% tags=["define"]
A.n = 5
# %% tags=["train"]
b = A().m()
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    "print in define": """
# %% tags=["define"]
print("hello")
K = 3
# %% tags=["train"]
v = K
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "constant read before bound dependent": """
# %% tags=["data"]
import os
os.environ["LIFT_K"] = "4"
# %% tags=["define"]
K = int(os.environ.get("LIFT_K", "1"))
# %% tags=["train"]
v = K
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "default from environ": """
# %% tags=["data"]
import os
os.environ["LIFT_K"] = "4"
# %% tags=["define"]
def f(k=os.environ.get("LIFT_K", "1")):
    return int(k)
# %% tags=["train"]
v = f()
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "constant shared and changed": """
# %% tags=["define"]
BASE = [1, 2]
COPY = BASE
# %% tags=["data"]
COPY.append(3)
# %% tags=["train"]
v = len(BASE)
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "subclass registry": """
# %% tags=["define"]
REG = []
class Base:
    def __init_subclass__(cls, **kw):
        REG.append(cls.__name__)
# %% tags=["data"]
n = len(REG)
# %% tags=["define"]
class A(Base):
    pass
# %% tags=["train"]
v = len(REG)
# %% tags=["evaluate"]
metrics = {"v": v, "n": n}
""",
    "open in default": """
# %% tags=["data"]
with open("n.txt", "w") as h:
    h.write("7")
# %% tags=["define"]
def f(k=int(open("n.txt").read())):
    return k
# %% tags=["train"]
v = f()
# %% tags=["evaluate"]
metrics = {"v": v}
""",
}
"""What is exported computes what the notebook computes."""


@pytest.mark.parametrize("text", EQUAL.values(), ids=EQUAL)
def test_equal(text: str, tmp_path: Path) -> None:
    (metrics,) = run_cells(text, tmp_path)
    assert run_program(program_of(text), tmp_path) == metrics
