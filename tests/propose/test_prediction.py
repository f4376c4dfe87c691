"""`init-predict` proposes a `predict` that runs in the notebook it was made for, and writes nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from nbexport.analysis.analyse import analyse
from nbexport.errors import NbexportError
from nbexport.propose.prediction import predict_cell
from nbexport.read.notebook import python_notebook

HEAD = """\
# %%
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
"""
COLUMNS = """\
# %%
df = pd.DataFrame({"age": [1.0, 2.0, 3.0, 4.0] * 10, "pay": [4.0, 3.0, 2.0, 1.0] * 10, "left": [0, 0, 1, 1] * 10})
features = ["age", "pay"]
X_train, X_test, y_train, y_test = train_test_split(df[features], df["left"], random_state=0)
# %%
model = LogisticRegression().fit(X_train, y_train)
# %%
print(accuracy_score(y_test, model.predict(X_test)), model.predict_proba(X_test)[:1])
"""
STEPS = """\
# %%
df = pd.DataFrame({"age": [1.0, 2.0, 3.0, 4.0] * 10, "first name": [4.0, 3.0, 2.0, 1.0] * 10, "left": [0, 0, 1, 1] * 10})
def wider(table, power=2):
    return table.assign(older=table["age"] ** power)
X = wider(df.drop(columns="left"), power=3)
X_train, X_test, y_train, y_test = train_test_split(X, df["left"], random_state=0)
scaler = StandardScaler()
Z_train = scaler.fit_transform(X_train)
Z_test = scaler.transform(X_test)
# %%
other = Ridge().fit(Z_train, y_train)
model = LogisticRegression()
model.fit(Z_train, y_train)
# %%
predicted = model.predict(Z_test)
metrics = {"accuracy": accuracy_score(y_test, predicted)}
"""
TEXTS = """\
# %%
df = pd.DataFrame({"text": ["good one", "bad one", "nice", "worse"] * 5, "kind": ["+", "-", "+", "-"] * 5})
words = TfidfVectorizer()
X = words.fit_transform(df["text"])
# %%
model = LogisticRegression().fit(X, df["kind"])
# %%
model.score(X, df["kind"])
"""
NETWORK = """\
# %%
import torch
from torch import nn
torch.manual_seed(0)
X = torch.randn(20, 3)
y = (X.sum(dim=1) > 0).long()
# %%
net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(3):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(net(X), y)
    loss.backward()
    optimizer.step()
# %%
metrics = {"accuracy": (net(X).argmax(dim=1) == y).float().mean().item()}
"""


def proposed(text: str, folder: Path) -> tuple[str, str]:
    """What is proposed, and what the notebook shows for its example call once it is pasted."""
    path = folder / "some.py"
    path.write_text(HEAD + text, encoding="utf-8")
    before = path.read_bytes()
    prediction = predict_cell(analyse(python_notebook(path)))
    assert path.read_bytes() == before
    function, _, call = prediction.source.rpartition("\n\n\n")
    code = "\n".join([HEAD + text, function, f"print(({call}))"])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, prediction.source + done.stderr
    return prediction.source, done.stdout.splitlines()[-1]


def test_columns_become_arguments(tmp_path: Path) -> None:
    source, answer = proposed(COLUMNS, tmp_path)
    assert source.startswith("def predict(age: float, pay: float) -> dict:")
    assert "'probabilities': [" in answer


def test_steps_between_the_data_and_the_model_are_repeated(tmp_path: Path) -> None:
    source, answer = proposed(STEPS, tmp_path)
    lines = [line.strip() for line in source.split("\n")]
    at = lines.index("features = wider(features, power=3)")
    assert lines[at - 1 : at + 2] == [
        'features = pd.DataFrame([{"age": age, "first name": first_name}])',
        "features = wider(features, power=3)",
        "features = scaler.transform(features)",
    ]
    assert "model.predict" in source
    assert "other" not in source
    assert answer.startswith("{'prediction': ")


def test_a_text_goes_through_its_vectorizer(tmp_path: Path) -> None:
    source, answer = proposed(TEXTS, tmp_path)
    assert "def predict(text: str) -> dict:" in source
    assert answer == "{'prediction': '+'}"


def test_a_network_answers_without_gradients(tmp_path: Path) -> None:
    source, answer = proposed(NETWORK, tmp_path)
    assert "with torch.no_grad():" in source
    assert answer.startswith("{'scores': [")


def test_a_notebook_that_has_a_predict_or_no_model_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "some.py"
    path.write_text("# %%\ndef predict(x):\n    return x\n", encoding="utf-8")
    with pytest.raises(NbexportError, match="cell 1 defines `predict` already"):
        predict_cell(analyse(python_notebook(path)))
    path.write_text("# %%\nx = 1\n", encoding="utf-8")
    with pytest.raises(NbexportError, match="no call of a trained model"):
        predict_cell(analyse(python_notebook(path)))


def test_the_command_keeps_text_and_reasons_apart(tmp_path: Path) -> None:
    path = tmp_path / "some.py"
    path.write_text(HEAD + COLUMNS, encoding="utf-8")
    command = [sys.executable, "-m", "nbexport", "init-predict", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    compile(done.stdout, "cell", "exec")
    assert "Paste this as a new cell below cell 4" in done.stderr
    assert "cell 4: the input is one row of `X_test`" in done.stderr
    found = json.loads(
        subprocess.run([*command, "--output-format", "json"], capture_output=True, text=True, check=True).stdout
    )
    assert found["source"] == done.stdout.rstrip("\n")
    assert found["below_cell"] == 4
