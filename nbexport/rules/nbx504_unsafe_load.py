"""A file that can run code when it is loaded.

## What it does
Reports `pickle`, `joblib`, `dill` and `shelve` loads, `pandas.read_pickle`, `numpy.load(allow_pickle=True)`,
`yaml.load` without a safe loader, and `torch.load` without `weights_only=True`.

## Why is this bad
Whoever can change the file can run anything as whoever loads it.

## How to fix
Load data, not objects: `safetensors`, `skops`, Parquet, JSON, `yaml.safe_load`, `torch.load(…, weights_only=True)`.

## Limits
Files that the notebook wrote itself are reported too: they may be changed in between. Since torch 2.6 `weights_only`
is `True` by default.

## Source
Python documentation, `pickle`; PyTorch documentation, `torch.load`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis, Called
from nbexport.fix.edits import argument_added
from nbexport.model import Fix, Problem, Severity

SEVERITY = Severity.WARNING
SCOPE = "notebook"
WORDS = ("pickle", "dill", "joblib", "shelve", "yaml", "marshal", "torch")

GOOD = """\
# %%
import json, torch, yaml
import numpy as np
rows = json.load(open("rows.json"))
weights = torch.load("weights.pt", weights_only=True)
settings = yaml.load(open("a.yaml"), Loader=yaml.SafeLoader)
arrays = np.load("a.npz")
def load(path):
    return path
load("model.pkl")
"""

BAD = """\
# %%
import pickle, joblib, torch, yaml
import numpy as np
import pandas as pd
model = pickle.load(open("model.pkl", "rb"))  # <- here
other = joblib.load("model.joblib")  # <- here
weights = torch.load("weights.pt")  # <- here
frame = pd.read_pickle("rows.pkl")  # <- here
arrays = np.load("a.npy", allow_pickle=True)  # <- here
settings = yaml.load(open("a.yaml"), Loader=yaml.Loader)  # <- here
"""

_ALWAYS = frozenset(
    """pickle.load pickle.loads pickle.Unpickler dill.load dill.loads cloudpickle.load cloudpickle.loads joblib.load
    pandas.read_pickle shelve.open yaml.unsafe_load yaml.unsafe_load_all jsonpickle.decode marshal.loads""".split()
)


def find(analysis: Analysis) -> Iterator[Problem]:
    """Loads that may run code."""
    for call in analysis.calls:
        if call.full is None or not _is_unsafe(call, call.full):
            continue
        fix = None
        if call.full == "torch.load" and call.keyword("weights_only") is None:
            edit = argument_added(analysis, call.unit, call.node, "weights_only=True")
            fix = Fix("load weights only", (edit,), safe=False)
        yield Problem(
            f"`{call.full}` {'before torch 2.6 ' if fix else ''}can run code that somebody put into the file",
            "load with `weights_only=True`" if fix else "load data instead of objects, or only files that you wrote",
            analysis.units[call.unit].cell,
            analysis.span(call.unit, call.node),
            fix=fix,
        )


def _is_unsafe(call: Called, full: str) -> bool:
    if full in _ALWAYS:
        return True
    if full == "torch.load":
        return not _is_true(call.keyword("weights_only"))
    if full == "numpy.load":
        return _is_true(call.keyword("allow_pickle"))
    if full in ("yaml.load", "yaml.load_all"):
        loader = call.keyword("Loader") or (call.node.args[1] if len(call.node.args) > 1 else None)
        return loader is None or "Safe" not in ast.unparse(loader)
    return False


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True
