"""The lifted program computes what the notebook computes: each case is run both ways and compared exactly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lifted_run import forget, run_in

from nbexport.analysis.analyse import analyse
from nbexport.lift.placing import place
from nbexport.lift.program import lift
from nbexport.model import Notebook
from nbexport.program import Program
from nbexport.read.notebook import read_text


def run_notebook(notebook: Notebook) -> dict[str, Any]:
    """The notebook's namespace after a top-to-bottom run."""
    namespace: dict[str, Any] = {"__name__": "__main__", "display": lambda *_: None}
    for cell in notebook.cells:
        if cell.runs:
            exec(compile(cell.code, f"cell {cell.number}", "exec"), namespace)
    return namespace


def lifted(text: str) -> Program:
    placed = place(analyse(read_text(text, "notebook.py"), level=1))
    assert placed.layout.problems == [], [problem.message for problem in placed.layout.problems]
    return lift(placed, name="notebook.py")


@pytest.fixture
def run_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that imports a program's modules and runs it with the given parameters."""

    def run(program: Program, **parameters: Any) -> Any:
        monkeypatch.syspath_prepend(tmp_path)
        forget()
        try:
            return run_in(tmp_path, program, **parameters)
        finally:
            forget()

    return run


CASES = {
    "a name of an exploration is bound again by an exported loop": """
# %%
for row in [7, 8]:
    loss = row
# %% tags=["data"]
rows = [3, 1, 2]
# %% tags=["train"]
for epoch in range(len(rows)):
    for row in rows:
        loss = row * epoch
    if epoch % 2 == 0:
        seen = loss
# %% tags=["evaluate"]
metrics = {"loss": loss, "seen": seen}
""",
    "a second parameters cell gives the same value again": """
# %% tags=["parameters"]
rate = 0.5
# %% tags=["train"]
first = rate * 2
# %% tags=["parameters"]
rate = 0.5
# %% tags=["train", "evaluate"]
metrics = {"first": first, "second": rate * 3}
""",
    "papermill's injected parameters outrank the notebook's": """
# %% tags=["parameters"]
rate = 0.5
# %% tags=["injected-parameters"]
rate = 0.25
# %% tags=["train", "evaluate"]
metrics = {"rate": rate}
""",
    "the device of a model is looked at in an exploration": """
# %% tags=["model"]
class Model:
    def __init__(self): self.rows = [1, 2]
    def parameters(self): return iter(self.rows)
model = Model()
# %%
next(model.parameters())
# %% tags=["train", "evaluate"]
metrics = {"sum": sum(model.parameters())}
""",
    "rebinding across stages and exploration": """
# %% tags=["data"]
x = [3, 1, 2]
# %%
y = sorted(x)
# %% tags=["train"]
y = max(x)
x = y + 1
# %% tags=["evaluate"]
x = x * 2
metrics = {"x": x, "y": y}
""",
    "a helper reads stage values through its callers": """
# %%
def inner(v):
    return v * scale
def outer(v):
    return inner(v) + offset
# %% tags=["data"]
scale, offset = 3, 4
# %% tags=["train"]
total = sum(outer(v) for v in range(3))
# %% tags=["evaluate"]
scale = 10
metrics = {"total": total, "later": outer(1), "mapped": list(map(outer, [1, 2]))}
""",
    "the user's names are the generated ones": """
# %% tags=["define"]
def train_model(data):
    return sum(data)
def load_data():
    return [1, 2, 3]
def run(model):
    return model + 1
# %% tags=["data"]
data = load_data()
parameters = {"a": 1}
seed = 5
# %% tags=["train"]
model = train_model(data)
state = run(model)
# %% tags=["evaluate"]
def evaluate_model(model):
    return model * seed
metrics = {"m": evaluate_model(model), "p": parameters["a"], "s": state}
""",
    "an import and a dict share the name metrics": """
# %%
from sklearn import metrics
import numpy as np
# %% tags=["train"]
y, p = np.array([0, 1, 1]), np.array([0, 1, 0])
score = metrics.accuracy_score(y, p)
# %% tags=["evaluate"]
metrics = {"accuracy": metrics.accuracy_score(y, p), "again": score}
""",
    "a builtin is shadowed after its use": """
# %% tags=["train"]
values = [1, 2, 3]
sum = sum(values)
max = max(values) + sum
# %% tags=["evaluate"]
metrics = {"sum": sum, "max": max, "min": min(values)}
""",
    "one cell with every role": """
# %%
import numpy as np
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
# %% tags=["data", "features", "model", "train", "evaluate"]
X, y = load_iris(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
scaler = StandardScaler().fit(X_train)
clf = DecisionTreeClassifier(random_state=0)
clf.fit(scaler.transform(X_train), y_train)
metrics = {"accuracy": clf.score(scaler.transform(X_test), y_test)}
""",
    "several models, names rebound, a list of them": """
# %%
import numpy as np
from sklearn.linear_model import LinearRegression, Ridge
# %% tags=["data"]
rng = np.random.RandomState(0)
X = rng.rand(30, 2)
y = X @ [1, 2] + rng.rand(30)
results = {}
# %% tags=["model", "train", "evaluate"]
model = LinearRegression()
model.fit(X, y)
results["linear"] = model.score(X, y)
# %% tags=["model", "train", "evaluate"]
model = Ridge(alpha=1.0)
model.fit(X, y)
results["ridge"] = model.score(X, y)
models = []
for alpha in (0.1, 1, 10):
    m = Ridge(alpha=alpha).fit(X, y)
    models.append(m)
metrics = dict(results, best=max(m.score(X, y) for m in models))
""",
    "a name bound on some paths passes through": """
# %% tags=["data"]
best = 1
rows = [4, 0]
# %% tags=["train"]
if rows[1]:
    best = 9
for row in rows:
    if row > best:
        best = row
        break
# %% tags=["evaluate"]
metrics = {"best": best, "row": row}
""",
    "loop-carried and accumulated names": """
# %% tags=["data"]
history = []
w = 0.0
# %% tags=["train"]
for epoch in range(5):
    w += 0.5 * (1 - w)
    history.append(w)
# %% tags=["train"]
for epoch in range(5, 8):
    w += 0.1
    history += [w]
# %% tags=["evaluate"]
metrics = {"w": w, "n": len(history), "last": history[-1], "epoch": epoch}
""",
    "identity: an alias sees the change": """
# %% tags=["data"]
layer = {"w": [1, 2]}
net = [layer, layer]
view = layer["w"]
# %% tags=["train"]
net[0]["w"].append(3)
view[0] = 9
# %% tags=["evaluate"]
metrics = {"w": sum(net[1]["w"]), "same": net[0] is net[1], "view": view is layer["w"]}
""",
    "closures, lambdas and functions bound twice": """
# %% tags=["data"]
k = 2
f = lambda v: v * k
def g(v):
    return v + k
def g(v):
    return v - k
# %% tags=["train"]
a = f(3)
k = 5
def g2(v, k=k):
    return v * k
# %% tags=["evaluate"]
metrics = {"a": a, "g2": g2(2)}
""",
    "a class reads a parameter and a constant": """
# %% tags=["parameters"]
hidden = 4
# %% tags=["define"]
OFFSET = 3
class Net:
    def __init__(self):
        self.size = hidden + OFFSET
    def __call__(self, x):
        return [x] * self.size
# %% tags=["train"]
model = Net()
# %% tags=["evaluate"]
metrics = {"n": len(model(1))}
""",
    "a class inside a stage reads that stage's value": """
# %% tags=["data"]
words = "a b a".split()
vocab = {w: i for i, w in enumerate(sorted(set(words)))}
class Rows:
    def __getitem__(self, i):
        return vocab[words[i]]
rows = Rows()
# %% tags=["train"]
model = [rows[i] for i in range(3)]
# %% tags=["evaluate"]
again = Rows()
metrics = {"sum": sum(model), "again": again[1]}
""",
    "the main guard is open": """
# %% tags=["train"]
def main():
    return 7
if __name__ == "__main__":
    # runs in a notebook
    model = main()
# %% tags=["evaluate"]
metrics = {"m": model}
""",
    "display lines go, effects stay": """
# %% tags=["train"]
items = [1]
items
items.append(2)
len(items)
items.pop
display(items)
display(items.append(3))
# %% tags=["evaluate"]
metrics = {"n": len(items)}
metrics
""",
    "plots go, what they share stays": """
# %%
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
# %% tags=["train"]
losses = [3, 2, 1]
it = iter(losses)
fig, ax = plt.subplots()
ax.plot(losses)
plt.title("loss")
plt.plot([next(it)])
for i, loss in enumerate(losses):
    plt.text(i, loss, str(loss))
plt.show()
# %% tags=["evaluate"]
metrics = {"next": next(it), "loss": loss}
""",
    "statements on one line, strings over several": '''
# %% tags=["train"]
a = 1; b = 2; a + b; c = [
    a,
    b,
]
if a:
  # two spaces
  text = """first
  second
third"""
# %% tags=["evaluate"]
metrics = {"a": a + b + sum(c), "text": len(text)}
''',
    "del, walrus, match, with, try": """
# %%
import contextlib
# %% tags=["data"]
tmp = 5
if (n := tmp * 2) > 3:
    kind = "big"
else:
    kind = "small"
del tmp
match (n, kind):
    case (10, word):
        found = word
    case _:
        found = None
try:
    value = {}["x"]
except KeyError as error:
    value = str(error)
with contextlib.suppress(ValueError):
    inside = n
# %% tags=["train"]
tmp = n
# %% tags=["evaluate"]
metrics = {"n": tmp, "found": found, "value": value, "inside": inside}
""",
    "seeding in the imports cell": """
# %%
import random
import numpy as np
def set_seed(seed):
    random.seed(seed)
    np.random.seed(seed)
set_seed(3)
# %% tags=["train"]
x = np.random.rand() + random.random()
# %% tags=["evaluate"]
metrics = {"x": x}
""",
    "a parameter cell with code in it": """
# %% tags=["parameters"]
epochs: int = 3  # passes
lr, momentum = 0.1, 0.9
steps = epochs * 10
half = 1 / 2
# %% tags=["train"]
w = sum(lr * momentum for _ in range(steps)) + half
# %% tags=["evaluate"]
metrics = {"w": w, "epochs": epochs}
""",
    "star import and a local rebinding": """
# %%
from math import *
# %% tags=["train"]
r = sqrt(16) + floor(2.5)
pi = 3
# %% tags=["evaluate"]
metrics = {"r": r, "pi": pi, "tau": tau}
""",
    "decorated, recursive and generator helpers": """
# %%
import functools
def logged(f):
    @functools.wraps(f)
    def inner(*args, **kwargs):
        calls.append(f.__name__)
        return f(*args, **kwargs)
    return inner
def fact(n):
    return base if n == 0 else n * fact(n - 1)
def rows():
    for value in source:
        yield value * base
# %% tags=["data"]
calls = []
base, source = 1, [1, 2, 3]
# %% tags=["train"]
@logged
def square(v):
    return v * v + base
total = square(3) + fact(4) + sum(rows())
# %% tags=["evaluate"]
metrics = {"total": total, "calls": len(calls)}
""",
    "a comprehension shadows, a class holds state": """
# %% tags=["define"]
class Counter:
    count = 0
    def up(self, by=1):
        self.count += by
        return self
# %% tags=["train"]
x = 10
squares = [x * x for x in range(4)]
counter = Counter()
for _ in squares:
    counter.up()
# %% tags=["evaluate"]
metrics = {"x": x, "squares": sum(squares), "count": counter.up(2).count}
""",
    "a main guard binds for certain": """
# %% tags=["train"]
if __name__ == "__main__":
    model = 3
# %% tags=["evaluate"]
metrics = {"m": model}
""",
    "a local name of a helper is a global need of what it calls": """
# %% tags=["define"]
def score(v):
    return v * scale
def report(scale):
    return [score(v) for v in scale]
# %% tags=["train"]
scale = 2
model = report([1, 2])
# %% tags=["evaluate"]
metrics = {"sum": sum(model)}
""",
}


@pytest.mark.parametrize("name", CASES)
def test_equal(name: str, run_program: Any) -> None:
    program = lifted(CASES[name])
    expected = run_notebook(read_text(CASES[name], "notebook.py"))["metrics"]
    assert run_program(program).metrics == expected


def test_without_predict_the_bundle_holds_what_each_trained_name_stands_for_at_the_end(run_program: Any) -> None:
    text = """
# %% tags=["define"]
class Model:
    def __init__(self, seed): self.weight = seed
    def fit(self, rows): self.weight += sum(rows)
# %% tags=["data"]
rows = [1, 2]
# %% tags=["model"]
model = Model(1)
# %% tags=["train"]
model.fit(rows)
first = model.weight
# %% tags=["train"]
for seed in rows:
    model = Model(seed)
    model.fit(rows)
score = model.weight
# %% tags=["evaluate"]
metrics = {"first": first, "score": score}
"""
    trained = run_program(lifted(text))
    assert trained.metrics == {"first": 4, "score": 5}
    assert trained.state["model"].weight == 5


def test_a_later_cell_left_behind_does_not_take_the_metrics(run_program: Any) -> None:
    program = lifted(
        '# %% tags=["train"]\nx = 1\n# %% tags=["evaluate"]\nmetrics = {"x": x}\nassert metrics["x"] > 0\n'
        "# %%\nmetrics = None\n"
    )
    assert run_program(program).metrics == {"x": 1}
    assert [gate.option for gate in program.gates] == ["--min-x"]


@pytest.mark.parametrize(
    ("source", "default"),
    [
        ('rows = pd.read_csv("a/b.csv")', "a/b.csv"),
        ('path = "a/b.csv"\nrows = pd.read_csv(path)', "a/b.csv"),
        ('path = Path("a/b.csv")\nrows = pd.read_csv(path)', "a/b.csv"),
        ('rows = open("a.txt").read() + Path("b.txt").read_text()', "."),
        ('out = Path("models")\nrows = [out]', None),
        ('open("log.txt", "w").close()\nrows = []', None),
        ('rows = pd.read_csv("https://example.org/a.csv")', None),
    ],
)
def test_the_default_of_data(source: str, default: str | None) -> None:
    program = lifted(
        f'# %%\nimport pandas as pd\nfrom pathlib import Path\n# %% tags=["data"]\n{source}\n'
        '# %% tags=["train"]\nmodel = rows\n# %% tags=["evaluate"]\nmetrics = {"n": len(model)}\n'
    )
    option = "" if default is None else f"default=Path({default!r}), "
    assert f'"--data", type=Path, {option}help=' in program.train


HELPERS = """\
def read(path, sep=","):
    return pd.read_csv(path, sep=sep)
def load(name, *, sep=";"):
    return read(name, sep)
def joined(name):
    return pd.read_csv(f"in/{name}")
def cached(path):
    if not Path(path).exists():
        Path(path).write_text("a")
    return Path(path).read_text()
def asked(query, file):
    return pd.read_sql(query, sqlite3.connect(file))
"""


@pytest.mark.parametrize(
    ("source", "default", "text"),
    [
        ('rows = read("a/b.csv")', "a/b.csv", "read(str(data))"),
        ('rows = load(name="a/b.csv")', "a/b.csv", "load(name=str(data))"),
        ('rows = load(Path("a/b.csv"))', "a/b.csv", "load(Path(data))"),
        ('place = "a/b.csv"\nrows = load(place)', "a/b.csv", "place = str(data)"),
        ('rows = asked("select 1", "a.db")', "a.db", 'asked("select 1", str(data))'),
        ('rows = joined("b.csv")', None, 'joined("b.csv")'),
        ('rows = cached("a.txt")', None, 'cached("a.txt")'),
    ],
)
def test_a_path_that_a_helper_reads_is_the_default_of_data(source: str, default: str | None, text: str) -> None:
    program = lifted(
        f'# %%\nimport sqlite3\nimport pandas as pd\nfrom pathlib import Path\n{HELPERS}# %% tags=["data"]\n{source}\n'
        '# %% tags=["train"]\nmodel = rows\n# %% tags=["evaluate"]\nmetrics = {"n": len(model)}\n'
    )
    option = "" if default is None else f"default=Path({default!r}), "
    assert f'"--data", type=Path, {option}help=' in program.train
    assert text in program.model


def test_the_types_of_parameters() -> None:
    program = lifted(
        "# %%\nfrom pathlib import Path\nfrom typing import Literal\n"
        '# %% tags=["parameters"]\nn = 3\nlr: float = 1\nflag = True\nname = "x"  # who\n'
        'sizes = [1, 2]\nshape = (2, 3)\nlimit = None\nopts = {"a": 1}\nout = Path("a/b")\n'
        'kind: Literal["a", "b"] = "a"\nscale = 28 * 28\nseed = 1\noutput = "o"\n'
        '# %% tags=["train", "evaluate"]\nmetrics = {"n": n}\n'
    )
    found = {p.name: (p.option, p.type) for p in program.parameters}
    assert found == {
        "n": ("--n", "int"),
        "lr": ("--lr", "float"),
        "flag": ("--flag", "bool"),
        "name": ("--name", "str"),
        "sizes": ("--sizes", "list[int]"),
        "shape": ("--shape", "tuple[int, ...]"),
        "limit": ("--limit", "str"),
        "opts": ("--opts", "dict"),
        "out": ("--out", "Path"),
        "kind": ("--kind", "Literal"),
        "scale": ("--scale", "int"),
        "seed": ("--seed", "int"),
        "output": ("--param-output", "str"),
    }
    assert {p.name: p.help for p in program.parameters}["name"] == "who"


def test_parameters_reach_classes_and_stages(run_program: Any) -> None:
    program = lifted(CASES["a class reads a parameter and a constant"])
    assert run_program(program, hidden=1).metrics == {"n": 4}


def test_seed_option_replaces_literals_only_when_given(run_program: Any) -> None:
    program = lifted(
        '# %%\nimport random\n# %% tags=["train"]\nrandom.seed(1)\nx = random.random()\n'
        '# %% tags=["evaluate"]\nmetrics = {"x": x}\n'
    )
    assert "1 if seed is None else seed" in program.model


def test_example_calls_read_imports_definitions_values_and_parameters(run_program: Any) -> None:
    program = lifted("""
# %%
import datetime as dt
from math import floor
# %% tags=["define"]
def doubled(x):
    return 2 * x
# %% tags=["parameters"]
rate = 0.5
# %% tags=["data"]
rows = [1.0, 2.0, 3.0]
# %% tags=["train"]
serving = sum(rows) * rate
# %% tags=["evaluate"]
metrics = {"w": serving}
# %% tags=["predict"]
def predict(row: list[float], day: int = 1) -> float:
    return sum(row) * serving
predict([floor(v) for v in (1.5, 2.5)])
predict(rows[:2], day=dt.date(2026, 1, 2).day)
predict([doubled(rate)])
""")
    run = run_program(program, rate=2.0)
    assert run.examples == [(([1, 2],), {}), (([1.0, 2.0],), {"day": 2}), (([4.0],), {})]
    assert run.state == {"serving": 12.0}


def test_what_predict_needs_is_kept_as_it_was_beside_what_example_calls_read(run_program: Any) -> None:
    """`serving` is bound again after the cell of `predict`, which answers with what it was there."""
    program = lifted("""
# %% tags=["data"]
rows = [1.0, 2.0]
# %% tags=["train"]
serving = sum(rows)
# %% tags=["predict"]
def predict(row: float) -> float:
    return row * serving
predict(rows[0])
# %% tags=["evaluate"]
serving = serving + 1
metrics = {"w": serving}
""")
    run = run_program(program)
    assert run.metrics == {"w": 4.0}
    assert run.examples == [((1.0,), {})]
