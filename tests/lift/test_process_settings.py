"""What sets the process is lifted in the notebook's order, and holds for whoever answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from both_ways import against, ask, program_of, run_cells, run_program

EQUAL = {
    "warnings error": """
# %%
import warnings
warnings.simplefilter("error")
# %% tags=["train"]
try:
    warnings.warn("x")
    v = 0
except UserWarning:
    v = 1
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "warnings ignore counted": """
# %%
import warnings
warnings.filterwarnings("ignore")
# %% tags=["train"]
with warnings.catch_warnings(record=True) as seen:
    warnings.warn("x")
v = len(seen)
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "warnings ignore plain": """
# %%
import warnings
warnings.filterwarnings("ignore")
# %% tags=["train"]
v = 1
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "seterr": """
# %%
import numpy as np
np.seterr(all="raise")
# %% tags=["train"]
try:
    v = float(np.float64(1) / np.float64(0))
except FloatingPointError:
    v = -1.0
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "printoptions text": """
# %%
import numpy as np
np.set_printoptions(precision=2)
# %% tags=["train"]
v = len(str(np.array([1 / 3])))
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "pandas display text": """
# %%
import pandas as pd
pd.set_option("display.precision", 2)
pd.options.display.max_rows = 3
# %% tags=["train"]
v = len(pd.DataFrame({"a": [1 / 3] * 10}).to_string())
w = len(repr(pd.DataFrame({"a": [1 / 3] * 10})))
# %% tags=["evaluate"]
metrics = {"v": v, "w": w}
""",
    "torch dtype": """
# %%
import torch
torch.set_default_dtype(torch.float64)
# %% tags=["train"]
v = torch.tensor([0.1]).sum().item()
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "torch dtype after constant": """
# %%
import torch
# %% tags=["define"]
K = torch.tensor([0.1])
# %%
torch.set_default_dtype(torch.float64)
# %% tags=["train"]
v = torch.tensor([0.1]).sum().item() + K.double().sum().item()
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "constant after late setting": """
# %%
import torch
# %% tags=["data"]
a = torch.tensor([0.1]).double().sum().item()
torch.set_default_dtype(torch.float64)
# %% tags=["define"]
K = torch.tensor([0.1])
# %% tags=["train"]
v = torch.tensor([0.1]).sum().item() + K.double().sum().item()
# %% tags=["evaluate"]
metrics = {"v": v, "a": a}
""",
    "param setting": """
# %% tags=["parameters"]
prec = 4
# %%
import decimal
from decimal import Decimal
# %% tags=["data"]
decimal.getcontext().prec = prec
a = float(Decimal(1) / Decimal(3))
# %% tags=["train"]
v = float(Decimal(1) / Decimal(3))
# %% tags=["evaluate"]
metrics = {"v": v, "a": a}
""",
    "environ then read": """
# %%
import os
os.environ["LIFT_A"] = "3"
# %% tags=["train"]
v = int(os.environ["LIFT_A"])
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "environ update": """
# %%
import os
os.environ.update({"LIFT_B": "3"})
os.environ.setdefault("LIFT_C", "4")
# %% tags=["train"]
v = int(os.environ["LIFT_B"]) + int(os.environ["LIFT_C"])
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "locale try": """
# %%
import locale
try:
    locale.setlocale(locale.LC_ALL, "C.UTF-8")
except locale.Error:
    pass
# %% tags=["train"]
v = len(locale.setlocale(locale.LC_ALL))
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "tzset": """
# %%
import os, time
os.environ["TZ"] = "Asia/Tokyo"
time.tzset()
# %% tags=["train"]
v = time.localtime(0).tm_hour
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "tqdm pandas": """
# %%
import pandas as pd
from tqdm import tqdm
tqdm.pandas()
# %% tags=["train"]
v = int(pd.Series([1, 2]).progress_apply(lambda x: x * 2).sum())
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "recursionlimit": """
# %%
import sys
sys.setrecursionlimit(5000)
# %% tags=["define"]
def f(n):
    return 0 if n == 0 else 1 + f(n - 1)
# %% tags=["train"]
v = f(3000)
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "setting in helper": """
# %%
import decimal
from decimal import Decimal
def setup():
    decimal.getcontext().prec = 4
setup()
# %% tags=["train"]
v = float(Decimal(1) / Decimal(3))
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "setting in localcontext": """
# %%
import decimal
from decimal import Decimal
with decimal.localcontext() as c:
    c.prec = 4
    print(Decimal(1) / Decimal(3))
# %% tags=["train"]
v = float(Decimal(1) / Decimal(3))
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "set and back": """
# %%
import decimal
from decimal import Decimal
decimal.getcontext().prec = 4
print(Decimal(1) / Decimal(3))
decimal.getcontext().prec = 28
# %% tags=["train"]
v = float(Decimal(1) / Decimal(3))
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "grad mode": """
# %%
import torch
torch.set_grad_enabled(False)
# %% tags=["train"]
w = torch.ones(2, requires_grad=True)
v = float((w * 2).requires_grad)
# %% tags=["evaluate"]
metrics = {"v": v}
""",
    "pil attribute": """
# %%
import decimal
decimal.FLOAT_REPR_X = 3
# %% tags=["train"]
v = decimal.FLOAT_REPR_X
# %% tags=["evaluate"]
metrics = {"v": v}
""",
}
"""What is exported computes what the notebook computes."""

REFUSED = {
    "param setting predict": (
        "NBX206",
        3,
        """
# %% tags=["parameters"]
prec = 4
# %%
import decimal
from decimal import Decimal
# %% tags=["data"]
decimal.getcontext().prec = prec
a = float(Decimal(1) / Decimal(3))
# %% tags=["train"]
v = float(Decimal(1) / Decimal(3))
# %% tags=["evaluate"]
metrics = {"v": v, "a": a}
# %% tags=["predict"]
def predict(x: float) -> float:
    return x + v
predict(2.0)
""",
    ),
    "setting of exploration": (
        "NBX103",
        1,
        """
# %%
import decimal
from decimal import Decimal
n = 2 + 2
decimal.getcontext().prec = n
# %% tags=["train"]
v = float(Decimal(1) / Decimal(3))
# %% tags=["evaluate"]
metrics = {"v": v}
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


SERVED = {
    "decimal untagged": """
# %%
import decimal
from decimal import Decimal
decimal.getcontext().prec = 4
# %% tags=["train"]
v = float(Decimal(1) / Decimal(3))
# %% tags=["evaluate"]
metrics = {"v": v}
# %% tags=["predict"]
def predict(x: int) -> float:
    return float(Decimal(x) / Decimal(3)) + v
predict(2)
""",
    "decimal late": """
# %%
import decimal
from decimal import Decimal
# %% tags=["data"]
a = float(Decimal(1) / Decimal(3))
# %%
decimal.getcontext().prec = 4
# %% tags=["train"]
v = float(Decimal(1) / Decimal(3))
# %% tags=["evaluate"]
metrics = {"v": v, "a": a}
# %% tags=["predict"]
def predict(x: int) -> float:
    return float(Decimal(x) / Decimal(3)) + v
predict(2)
""",
    "decimal tagged": """
# %%
import decimal
from decimal import Decimal
# %% tags=["data"]
decimal.getcontext().prec = 4
a = float(Decimal(1) / Decimal(3))
# %% tags=["train"]
v = float(Decimal(1) / Decimal(3))
# %% tags=["evaluate"]
metrics = {"v": v, "a": a}
# %% tags=["predict"]
def predict(x: int) -> float:
    return float(Decimal(x) / Decimal(3)) + v
predict(2)
""",
    "monkeypatch lambda": """
# %%
import pandas as pd
pd.Series.doubled = lambda self: self * 2
# %% tags=["train"]
v = int(pd.Series([1, 2]).doubled().sum())
# %% tags=["evaluate"]
metrics = {"v": v}
# %% tags=["predict"]
def predict(x: int) -> float:
    return float(pd.Series([x]).doubled().sum()) + v
predict(2)
""",
    "monkeypatch function": """
# %%
import pandas as pd
def doubled(self):
    return self * 2
pd.Series.doubled = doubled
# %% tags=["train"]
v = int(pd.Series([1, 2]).doubled().sum())
# %% tags=["evaluate"]
metrics = {"v": v}
# %% tags=["predict"]
def predict(x: int) -> float:
    return float(pd.Series([x]).doubled().sum()) + v
predict(2)
""",
    "monkeypatch tagged": """
# %%
import pandas as pd
# %% tags=["data"]
rows = pd.Series([1, 2])
pd.Series.doubled = lambda self: self * 2
# %% tags=["train"]
v = int(rows.doubled().sum())
# %% tags=["evaluate"]
metrics = {"v": v}
# %% tags=["predict"]
def predict(x: int) -> float:
    return float(pd.Series([x]).doubled().sum()) + v
predict(2)
""",
}
"""Notebooks whose `predict` is governed by what they set."""


@pytest.mark.parametrize("text", SERVED.values(), ids=SERVED)
def test_a_service_is_set_as_the_notebook_was(text: str, tmp_path: Path) -> None:
    program = program_of(text, level=2)
    assert program.predict is not None
    metrics, *answers = run_cells(text, tmp_path, asked=program.predict.examples)
    assert run_program(program, tmp_path) == metrics
    assert ask(tmp_path, {"v": metrics["v"]}, program.predict.examples) == answers
    # whoever measures the model after training, and whoever serves it
    assert program.model.count("prepare=set_process") == (2 if "def set_process" in program.model else 0)


def test_a_seed_below_all_that_is_exported_stays_in_the_notebook() -> None:
    text = """
# %% tags=["train"]
import numpy as np
np.random.seed(0)
w = np.random.rand()
# %% tags=["evaluate"]
metrics = {"w": w}
# %% tags=["predict"]
def predict(x: float) -> float:
    return w * x
predict(2.0)
# %%
w = None
np.random.seed(1)
noise = np.random.rand(3)
"""
    program = program_of(text, level=2)
    assert [stage.cells for stage in program.stages] == [(1,), (2,)]
    assert "seed(1" not in program.model
    # what an example draws is drawn where it stands
    drawn = text.replace('# %% tags=["predict"]', '# %%\nnp.random.seed(1)\n# %% tags=["predict"]')
    assert "seed(1" in program_of(drawn, level=2).model
