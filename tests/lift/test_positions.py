"""Imports, star imports, definitions, `del` and handlers are bindings with a position: each reader finds its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from both_ways import against, program_of, run_cells, run_program

EQUAL = {
    "datetime twice": """
# %%
import datetime
# %% tags=["data"]
a = datetime.date(2020, 1, 5).day
# %%
from datetime import datetime
# %% tags=["train"]
b = datetime(2021, 2, 3).month
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    "datetime twice one stage": """
# %% tags=["train"]
import datetime
a = datetime.date(2020, 1, 5).day
from datetime import datetime
b = datetime(2021, 2, 3).month
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    "star hides sum": """
# %% tags=["data"]
a = max([1, 5], [2, 3])
t = pow(2, 5, 7)
# %%
from math import *
# %% tags=["train"]
b = sqrt(16) + pow(2, 3)
# %% tags=["evaluate"]
metrics = {"a": sum(a), "t": t, "b": b}
""",
    "star numpy round": """
# %%
import numpy as np
# %% tags=["data"]
a = sum([[1, 2], [3, 4]], [])
b = max(1, 2)
# %%
from numpy import *
# %% tags=["train"]
c = sum([[1, 2], [3, 4]], 0)
# %% tags=["evaluate"]
metrics = {"a": len(a), "b": b, "c": [int(x) for x in c]}
""",
    "star hides value": """
# %% tags=["data"]
e = 5
k = 3
# %% tags=["train"]
from math import *
b = e * 2
# %% tags=["evaluate"]
metrics = {"b": b, "k": k}
""",
    "star hides value untagged": """
# %% tags=["data"]
e = 5
# %%
from math import *
# %% tags=["train"]
b = e * 2
# %% tags=["evaluate"]
metrics = {"b": b}
""",
    "star order": """
# %%
from numpy import *
from math import *
# %% tags=["train"]
b = type(sqrt(4)).__name__
# %% tags=["evaluate"]
metrics = {"b": b}
""",
    "star then import": """
# %%
from numpy import *
from math import sqrt
import builtins
# %% tags=["train"]
b = type(sqrt(4)).__name__
# %% tags=["evaluate"]
metrics = {"b": b}
""",
    "star used in define": """
# %%
from math import *
# %% tags=["define"]
def f(x):
    return sqrt(x) + e
# %% tags=["train"]
b = f(4)
# %% tags=["evaluate"]
metrics = {"b": b}
""",
    "star after def": """
# %% tags=["define"]
def f(x):
    return pow(x, 2, 7)
# %% tags=["data"]
a = f(4)
# %%
from math import *
# %% tags=["train"]
b = sqrt(4)
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    "np rebound": """
# %%
import numpy as np
# %% tags=["data"]
a = np.arange(4)
# %% tags=["train"]
b = int(a.sum())
np = 7
# %% tags=["evaluate"]
metrics = {"b": b, "np": np}
""",
    "np rebound same": """
# %%
import numpy as np
# %% tags=["train"]
b = int(np.arange(4).sum())
np = 7
c = np + 1
# %% tags=["evaluate"]
metrics = {"b": b, "c": c}
""",
    "np rebound untagged": """
# %%
import math as m
# %% tags=["train"]
b = m.floor(2.5)
# %%
m = 3
# %% tags=["evaluate"]
metrics = {"b": b, "m": 1}
""",
    "rebound by assignment then import": """
# %% tags=["data"]
json = 3
a = json + 1
# %% tags=["train"]
import json
b = json.loads("4")
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    "alias two modules": """
# %%
import math as m
# %% tags=["data"]
a = m.floor(2.5)
# %%
import statistics as m
# %% tags=["train"]
b = m.mean([1, 2, 3])
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    "alias two modules in function": """
# %%
import math as m
# %% tags=["define"]
def f(x):
    return m.floor(x)
# %% tags=["data"]
a = f(2.5)
# %%
import numpy as m
# %% tags=["train"]
b = f(3.5)
# %% tags=["evaluate"]
metrics = {"a": a, "b": type(b).__name__}
""",
    "alias two functions": """
# %%
import math as m
# %% tags=["define"]
def f(x):
    return m.floor(x)
# %% tags=["data"]
a = f(2.5)
# %%
import numpy as m
# %% tags=["define"]
def g(x):
    return m.floor(x)
# %% tags=["train"]
b = g(3.5)
# %% tags=["evaluate"]
metrics = {"a": type(a).__name__, "b": type(b).__name__}
""",
    "def twice": """
# %% tags=["define"]
def f(x):
    return x + 1
# %% tags=["data"]
a = f(1)
# %% tags=["define"]
def f(x):
    return x + 10
# %% tags=["train"]
b = f(1)
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    "def twice caller": """
# %% tags=["define"]
def f(x):
    return x + 1
def g(x):
    return f(x) * 2
# %% tags=["data"]
a = g(1)
# %% tags=["define"]
def f(x):
    return x + 10
# %% tags=["train"]
b = g(1)
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    "def then assignment": """
# %% tags=["define"]
def f(x):
    return x + 1
# %% tags=["data"]
a = f(1)
# %% tags=["train"]
f = 12
b = f
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    "wrapped def": """
# %% tags=["define"]
def f(x):
    return x + 1
# %% tags=["data"]
a = f(1)
# %% tags=["train"]
g = f
f = lambda x: g(x) * 100
b = f(1)
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    "global rebound between calls": """
# %% tags=["data"]
rate = 2
# %% tags=["define"]
def f(x):
    return x * rate
# %% tags=["features"]
a = f(1)
rate = 5
# %% tags=["train"]
b = f(1)
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    "constant rebound between calls": """
# %% tags=["define"]
RATE = 2
def f(x):
    return x * RATE
# %% tags=["features"]
a = f(1)
# %% tags=["define"]
RATE = 5
# %% tags=["train"]
b = f(1)
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    "default keeps": """
# %% tags=["data"]
rate = 2
# %% tags=["define"]
def f(x, r=rate):
    return x * r
# %% tags=["features"]
rate = 5
# %% tags=["train"]
b = f(1)
# %% tags=["evaluate"]
metrics = {"b": b}
""",
    "default keeps constant": """
# %% tags=["define"]
RATE = 2
def f(x, r=RATE):
    return x * r
RATE = 7
# %% tags=["train"]
b = f(1) + RATE
# %% tags=["evaluate"]
metrics = {"b": b}
""",
    "del then exists": """
# %% tags=["data"]
x = 5
# %% tags=["features"]
del x
# %% tags=["train"]
b = 1 if "x" in globals() else 2
# %% tags=["evaluate"]
metrics = {"b": b}
""",
    "builtin shadowed late": """
# %% tags=["data"]
a = max(1, 2)
# %% tags=["train"]
max = 10
b = max + 1
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    "builtin shadowed same stage": """
# %% tags=["train"]
a = max(1, 2)
max = 10
b = max + 1
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    "builtin shadowed used by function": """
# %% tags=["define"]
def f(x):
    return max(x, 2)
# %% tags=["data"]
a = f(1)
# %% tags=["train"]
max = lambda x, y: -1
b = f(1)
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    "def shadows builtin later": """
# %% tags=["data"]
a = round(2.567)
# %% tags=["define"]
def round(x):
    return x * 100
# %% tags=["train"]
b = round(2)
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    "constant shadows builtin later": """
# %% tags=["data"]
a = len([1, 2])
# %% tags=["define"]
len = 5
# %% tags=["train"]
b = len + 1
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    "import shadows builtin later": """
# %% tags=["data"]
a = pow(2, 3, 5)
# %%
from math import pow
# %% tags=["train"]
b = pow(2, 3)
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    "import inside if in stage": """
# %%
import json as c
# %% tags=["data"]
a = c.dumps([1])
flag = True
# %% tags=["train"]
if flag:
    import pickle as c
b = len(c.dumps([1])) > 3
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    "del import unread": """
# %%
import math
# %% tags=["data"]
a = math.floor(2.5)
del math
# %% tags=["train"]
metrics = {"a": a}
# %% tags=["evaluate"]
metrics["b"] = 1
""",
    "del function": """
# %% tags=["define"]
def f(x):
    return x + 1
# %% tags=["data"]
a = f(1)
del f
# %% tags=["train"]
metrics = {"a": a}
# %% tags=["evaluate"]
metrics["b"] = 1
""",
    "map consumed": """
# %% tags=["data"]
rate = 2
g = list(map(lambda r: r * rate, [1, 2]))
# %% tags=["features"]
rate = 5
# %% tags=["train"]
b = sum(g)
# %% tags=["evaluate"]
metrics = {"b": b}
""",
    "helper with generator rebound": """
# %% tags=["data"]
rate = 2
# %% tags=["define"]
def total(rows):
    return sum(r * rate for r in rows)
# %% tags=["data"]
a = total([1, 2])
# %% tags=["features"]
rate = 5
# %% tags=["train"]
b = total([1, 2])
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    "inner def only called": """
# %% tags=["data"]
rate = 2
# %% tags=["define"]
def total(rows):
    def one(r):
        return r * rate
    return one(rows[0]) + one(rows[1])
# %% tags=["data"]
a = total([1, 2])
# %% tags=["features"]
rate = 5
# %% tags=["train"]
b = total([1, 2])
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    "late constant": """
# %% tags=["define"]
K = 3
def f(x):
    return x * K
# %% tags=["data"]
a = f(1)
# %% tags=["train"]
K = 10
b = f(1)
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    "alike defs other defaults": """
# %% tags=["define"]
K = 3
def f(x, k=K):
    return x * k
# %% tags=["data"]
a = f(1)
# %% tags=["define"]
K = 4
def f(x, k=K):
    return x * k
# %% tags=["train"]
b = f(1)
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    "alike classes": """
# %% tags=["define"]
class A:
    seen = []
    def add(self, x):
        self.seen.append(x)
        return len(self.seen)
# %% tags=["data"]
a = A().add(1)
# %% tags=["define"]
class A:
    seen = []
    def add(self, x):
        self.seen.append(x)
        return len(self.seen)
# %% tags=["train"]
b = A().add(1)
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    "mutable default": """
# %% tags=["define"]
def f(x, seen=[]):
    seen.append(x)
    return len(seen)
# %% tags=["data"]
a = f(1)
# %% tags=["define"]
def f(x, seen=[]):
    seen.append(x)
    return len(seen)
# %% tags=["train"]
b = f(1)
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    "import in try": """
# %%
try:
    import ujson_not_there as js
except ImportError:
    import json as js
# %% tags=["data"]
a = js.loads("3")
# %% tags=["train"]
js = 4
b = js
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    "import later unlifted": """
# %%
import math as m
# %% tags=["train"]
b = m.floor(2.5)
# %% tags=["evaluate"]
metrics = {"b": b}
# %%
import numpy as m
print(m.floor(2.5))
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
    "plain submodules": """
# %%
import os
import os.path
import xml.dom
# %% tags=["train"]
import xml.etree.ElementTree
b = os.path.join("a", "b") + xml.etree.ElementTree.__name__ + xml.dom.__name__
# %% tags=["evaluate"]
metrics = {"b": len(b)}
""",
    "import as in function default": """
# %%
import math as m
# %% tags=["define"]
def f(x, g=m.floor):
    return g(x)
# %%
import numpy as m
# %% tags=["train"]
v = f(2.5)
w = m.floor(2.5)
# %% tags=["evaluate"]
metrics = {"v": type(v).__name__, "w": type(w).__name__}
""",
    "class base two modules": """
# %%
import collections as c
# %% tags=["define"]
class A(c.OrderedDict):
    pass
# %%
import json as c
# %% tags=["train"]
v = c.dumps(A(a=1))
# %% tags=["evaluate"]
metrics = {"v": len(v)}
""",
    "from import shadows function": """
# %% tags=["define"]
def mean(xs):
    return -1
# %% tags=["data"]
a = mean([1])
# %%
from statistics import mean
# %% tags=["train"]
b = mean([1, 3])
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    "function shadows import": """
# %%
from statistics import mean
# %% tags=["data"]
a = mean([1, 3])
# %% tags=["define"]
def mean(xs):
    return -1
# %% tags=["train"]
b = mean([1])
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    "function uses other function redefined": """
# %% tags=["define"]
def scale(x):
    return x * 2
def apply(xs):
    return [scale(x) for x in xs]
# %% tags=["data"]
a = apply([1])
# %% tags=["define"]
def scale(x):
    return x * 3
# %% tags=["train"]
b = apply([1])
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    "loop variable shadows import": """
# %%
import math as i
# %% tags=["data"]
a = i.floor(2.5)
# %% tags=["train"]
for i in range(3):
    pass
b = i
# %% tags=["evaluate"]
metrics = {"a": a, "b": b, "i": i}
""",
    "conditional import": """
# %%
import sys
if sys.version_info >= (3, 0):
    import json as codec_
else:
    import pickle as codec_
# %% tags=["train"]
v = codec_.dumps([1])
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "try import shadow": """
# %%
import json as c
# %% tags=["data"]
a = c.dumps([1])
# %%
try:
    import pickle as c
except ImportError:
    c = None
# %% tags=["train"]
b = type(c.dumps([1])).__name__
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    "star random": """
# %%
from numpy.random import *
seed(0)
# %% tags=["train"]
v = rand() + randn()
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "star then own def": """
# %%
from math import *
# %% tags=["define"]
def sqrt(x):
    return -x
# %% tags=["train"]
v = sqrt(4)
# %% tags=["evaluate"]
metrics = {"v": v, "w": floor(2.5)}
""",
    "own def then star": """
# %% tags=["define"]
def sqrt(x):
    return -x
# %% tags=["data"]
a = sqrt(4)
# %%
from math import *
# %% tags=["train"]
v = sqrt(4)
# %% tags=["evaluate"]
metrics = {"v": v, "a": a}
""",
    "two stars between": """
# %%
from math import *
# %% tags=["data"]
a = type(sqrt(4)).__name__
# %%
from numpy import *
# %% tags=["train"]
v = type(sqrt(4)).__name__
# %% tags=["evaluate"]
metrics = {"v": v, "a": a}
""",
    "print shadowed": """
# %% tags=["data"]
print("x")
a = 1
# %% tags=["define"]
def print(*x):
    return 7
# %% tags=["train"]
b = print("y")
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    "list shadowed then used in helper": """
# %% tags=["define"]
def f(x):
    return list(x)
# %% tags=["data"]
a = f((1, 2))
# %% tags=["train"]
list = [5]
b = list[0]
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    "helper calls shadowed later": """
# %% tags=["define"]
def f(x):
    return id(x) is not None
# %% tags=["data"]
a = f((1, 2))
# %% tags=["train"]
id = 3
b = id
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    "type annotation with rebound": """
# %%
from typing import List
# %% tags=["define"]
def f(x: List[int]) -> List[int]:
    return x
# %% tags=["train"]
List = 4
v = f([1])[0] + List
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "nested function contested": """
# %%
import math as m
# %% tags=["define"]
def outer(x):
    def inner(y):
        return m.floor(y)
    return inner(x)
def other(x):
    return max(x, 2)
# %% tags=["data"]
a = outer(2.5)
b = other(1)
# %%
import numpy as m
# %% tags=["define"]
def later(x):
    return type(m.floor(x)).__name__
def max(a, b):
    return 99
# %% tags=["train"]
c = later(1.5)
d = max(1, 2)
# %% tags=["evaluate"]
metrics = {"a": a, "b": b, "c": c, "d": d}
""",
    "docstring prologue": """
# %%
import math as m
# %% tags=["define"]
def f(x): "doc"; return m.floor(x)
# %% tags=["data"]
a = f(2.5)
# %%
import numpy as m
# %% tags=["define"]
def g(x):
    'Doc.'
    return type(m.floor(x)).__name__
# %% tags=["train"]
c = g(1.5)
# %% tags=["evaluate"]
metrics = {"a": a, "c": c, "d": g.__doc__}
""",
    "with as shadow": """
# %%
import io as f
# %% tags=["data"]
a = f.StringIO("x").read()
# %% tags=["train"]
import io
with io.StringIO("y") as f:
    b = f.read()
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    "comprehension only": """
# %%
import math as m
# %% tags=["train"]
v = [m for m in [1, 2]]
w = m.floor(2.5)
# %% tags=["evaluate"]
metrics = {"v": v, "w": w}
""",
    "process then star": """
# %%
import decimal
decimal.getcontext().prec = 4
from decimal import *
# %% tags=["train"]
v = float(Decimal(1) / Decimal(3))
# %% tags=["evaluate"]
metrics = {"v": v}
""",
}
"""What is exported computes what the notebook computes."""

REFUSED = {
    "lambda late": (
        "NBX206",
        1,
        """
# %% tags=["data"]
rate = 2
f = lambda x: x * rate
# %% tags=["features"]
rate = 5
# %% tags=["train"]
b = f(1)
# %% tags=["evaluate"]
metrics = {"b": b}
""",
    ),
    "lambda in list late": (
        "NBX206",
        1,
        """
# %% tags=["data"]
rate = 2
fs = [lambda x: x * rate]
# %% tags=["features"]
rate = 5
# %% tags=["train"]
b = fs[0](1)
# %% tags=["evaluate"]
metrics = {"b": b}
""",
    ),
    "generator late": (
        "NBX206",
        1,
        """
# %% tags=["data"]
rate = 2
rows = [1, 2, 3]
g = (r * rate for r in rows)
# %% tags=["features"]
rate = 5
# %% tags=["train"]
b = sum(g)
# %% tags=["evaluate"]
metrics = {"b": b}
""",
    ),
    "generator function late": (
        "NBX206",
        1,
        """
# %% tags=["data"]
rate = 2
def gen():
    for r in [1, 2]:
        yield r * rate
g = gen()
# %% tags=["features"]
rate = 5
# %% tags=["train"]
b = sum(g)
# %% tags=["evaluate"]
metrics = {"b": b}
""",
    ),
    "generator function late define": (
        "NBX206",
        2,
        """
# %% tags=["data"]
rate = 2
# %% tags=["define"]
def gen():
    for r in [1, 2]:
        yield r * rate
# %% tags=["data"]
g = gen()
# %% tags=["features"]
rate = 5
# %% tags=["train"]
b = sum(g)
# %% tags=["evaluate"]
metrics = {"b": b}
""",
    ),
    "map late": (
        "NBX206",
        1,
        """
# %% tags=["data"]
rate = 2
g = map(lambda r: r * rate, [1, 2])
# %% tags=["features"]
rate = 5
# %% tags=["train"]
b = sum(g)
# %% tags=["evaluate"]
metrics = {"b": b}
""",
    ),
    "closure list late": (
        "NBX206",
        1,
        """
# %% tags=["define"]
def make():
    return lambda x: x * rate
# %% tags=["data"]
rate = 2
f = make()
# %% tags=["features"]
rate = 5
# %% tags=["train"]
b = f(1)
# %% tags=["evaluate"]
metrics = {"b": b}
""",
    ),
    "partial late": (
        "NBX206",
        2,
        """
# %%
from functools import partial
# %% tags=["data"]
rate = 2
def h(x, y):
    return x * y * rate
f = partial(h, 3)
# %% tags=["features"]
rate = 5
# %% tags=["train"]
b = f(1)
# %% tags=["evaluate"]
metrics = {"b": b}
""",
    ),
    "except unbinds caught": (
        "NBX206",
        3,
        """
# %% tags=["data"]
e = 5
# %% tags=["train"]
try:
    int("x")
except ValueError as e:
    b = 1
# %% tags=["evaluate"]
try:
    b = e
except NameError:
    b = -1
metrics = {"b": b}
""",
    ),
    "except then builtin": (
        "NBX107",
        2,
        """
# %% tags=["train"]
max = 3
try:
    int("x")
except ValueError as max:
    b = 1
c = max(1, 2)
# %% tags=["evaluate"]
metrics = {"b": b, "c": c}
""",
    ),
    "except shadow import": (
        "NBX107",
        3,
        """
# %%
import math as e
# %% tags=["train"]
a = e.floor(2.5)
try:
    int("x")
except ValueError as e:
    b = str(e)
# %% tags=["evaluate"]
metrics = {"a": a, "b": len(b)}
""",
    ),
    "del reveals builtin": (
        "NBX206",
        2,
        """
# %% tags=["data"]
sum = 5
a = sum + 1
del sum
# %% tags=["train"]
b = sum([1, 2])
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    ),
    "del reveals builtin same": (
        "NBX106",
        1,
        """
# %% tags=["train"]
sum = 5
a = sum + 1
del sum
b = sum([1, 2])
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    ),
    "del import": (
        "NBX206",
        3,
        """
# %%
import math
# %% tags=["data"]
a = math.floor(2.5)
del math
# %% tags=["train"]
try:
    b = math.floor(3.5)
except NameError:
    b = -1
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    ),
    "del import guarded": (
        "NBX206",
        3,
        """
# %%
import math
# %% tags=["data"]
a = math.floor(2.5)
del math
# %% tags=["train"]
try:
    b = math.floor(3.5)
except NameError:
    b = -1
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    ),
    "del function guarded": (
        "NBX206",
        3,
        """
# %% tags=["define"]
def f(x):
    return x + 1
# %% tags=["data"]
a = f(1)
del f
# %% tags=["train"]
try:
    b = f(2)
except NameError:
    b = -1
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    ),
    "del value guarded": (
        "NBX206",
        3,
        """
# %% tags=["data"]
a = 4
# %% tags=["features"]
del a
# %% tags=["train"]
try:
    b = a
except NameError:
    b = -1
# %% tags=["evaluate"]
metrics = {"b": b}
""",
    ),
    "del conditional guarded": (
        "NBX206",
        3,
        """
# %% tags=["data"]
a = 4
import sys
# %% tags=["features"]
if len(sys.argv) >= 0:
    del a
# %% tags=["train"]
try:
    b = a
except NameError:
    b = -1
# %% tags=["evaluate"]
metrics = {"b": b}
""",
    ),
    "except redefines import name": (
        "NBX206",
        3,
        """
# %%
import json as e
# %% tags=["train"]
b = -2
try:
    int("x")
except ValueError as e:
    b = 1
# %% tags=["evaluate"]
try:
    c = e.loads("3")
except NameError:
    c = -1
metrics = {"b": b, "c": c}
""",
    ),
    "decorator late": (
        "NBX206",
        2,
        """
# %% tags=["data"]
rate = 2
# %% tags=["define"]
def scaled(f):
    def inner(x):
        return f(x) * rate
    return inner
@scaled
def g(x):
    return x + 1
# %% tags=["data"]
a = g(1)
# %% tags=["features"]
rate = 5
# %% tags=["train"]
b = g(1)
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    ),
    "late import in lambda": (
        "NBX206",
        2,
        """
# %%
import math as m
# %% tags=["data"]
fs = [lambda x: m.floor(x)]
# %%
import numpy as m
# %% tags=["train"]
b = fs[0](2.5)
# %% tags=["evaluate"]
metrics = {"b": type(b).__name__}
""",
    ),
    "late def in lambda": (
        "NBX206",
        2,
        """
# %% tags=["define"]
def f(x):
    return x
# %% tags=["data"]
fs = [lambda x: f(x)]
# %% tags=["define"]
def f(x):
    return x * 10
# %% tags=["train"]
b = fs[0](2)
# %% tags=["evaluate"]
metrics = {"b": b}
""",
    ),
    "class reads rebound constant": (
        "NBX206",
        1,
        """
# %% tags=["define"]
K = 3
class A:
    def m(self):
        return K
# %% tags=["data"]
x = A()
a = x.m()
# %% tags=["train"]
K = 10
b = x.m()
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    ),
    "class two modules": (
        "NBX206",
        2,
        """
# %%
import math as m
# %% tags=["define"]
class A:
    def f(self):
        return m.floor(2.5)
# %% tags=["data"]
x = A()
a = x.f()
# %%
import numpy as m
# %% tags=["train"]
b = x.f()
# %% tags=["evaluate"]
metrics = {"a": type(a).__name__, "b": type(b).__name__}
""",
    ),
    "star random drawn behind": (
        "NBX105",
        2,
        """
# %%
from numpy.random import *
seed(0)
# %%
print(rand())
# %% tags=["train"]
v = rand()
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    ),
    "global in function": (
        "NBX206",
        2,
        """
# %%
import math as m
# %% tags=["define"]
def swap():
    global m
    import statistics as m
# %% tags=["train"]
a = m.floor(2.5)
swap()
b = m.mean([1, 3])
# %% tags=["evaluate"]
metrics = {"a": a, "b": b}
""",
    ),
}
"""Code, cell, notebook: what cannot be the same is said, where it stands."""


@pytest.mark.parametrize("text", EQUAL.values(), ids=EQUAL)
def test_equal(text: str, tmp_path: Path) -> None:
    (metrics,) = run_cells(text, tmp_path)
    assert run_program(program_of(text), tmp_path) == metrics


@pytest.mark.parametrize(("code", "cell", "text"), REFUSED.values(), ids=REFUSED)
def test_refused(code: str, cell: int, text: str) -> None:
    found = against(text)
    assert (code, cell) in {(finding.code, finding.problem.cell) for finding in found}
    assert all(finding.problem.hint for finding in found)
