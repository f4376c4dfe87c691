"""Proposed cells run where they are pasted: each notebook is run with them, and gives its own answer for its own row."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nbexport.propose.missing import MissingCell, missing_cells
from nbexport.read.notebook import read, read_text

HEAD = """\
# %%
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.preprocessing import LabelEncoder, OneHotEncoder, PolynomialFeatures, StandardScaler
rng = np.random.default_rng(0)
df = pd.DataFrame({"size": rng.normal(size=60), "town": rng.choice(["a", "b"], 60), "rooms": [1, 2, 3] * 20})
df["y"] = (df["size"] > 0).astype(int)
train, test = train_test_split(df, random_state=0)
"""
TEXTS = """\
# %%
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.pipeline import make_pipeline
mails = pd.DataFrame({"text": ["good one", "bad one", "nice", "worse"] * 8, "kind": ["+", "-", "+", "-"] * 8})
"""
DICTS = """\
# %%
from sklearn.feature_extraction import DictVectorizer
dv = DictVectorizer(sparse=False)
train_dicts = train[["size", "town"]].to_dict(orient="records")
test_dicts = test[["size", "town"]].to_dict(orient="records")
X_train, X_test = dv.fit_transform(train_dicts), dv.transform(test_dicts)
"""
HELPERS = """\
# %%
from sklearn.feature_extraction import DictVectorizer
columns = ["size", "town"]
def fitted(table, target):
    dv = DictVectorizer(sparse=False)
    X = dv.fit_transform(table[columns].to_dict(orient="records"))
    return dv, Ridge().fit(X, target)
def predict(table, dv, model):
    dicts = table[columns].to_dict(orient="records")
    return model.predict(dv.transform(dicts))
# %%
dv, model = fitted(train, train.y)
score = float(((predict(test, dv, model) > 0.5) == test.y).mean())
"""
IMAGES = """\
# %%
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
torch.manual_seed(0)
images = rng.integers(0, 16, (24, 4, 4))
labels = images.sum(axis=(1, 2)) % 2
X_train, X_test, y_train, y_test = train_test_split(images / 16.0, labels, random_state=0)
loader = DataLoader(TensorDataset(torch.tensor(X_train, dtype=torch.float32), torch.tensor(y_train)), batch_size=8)
test_loader = DataLoader(TensorDataset(torch.tensor(X_test, dtype=torch.float32), torch.tensor(y_test)))
# %%
net = nn.Sequential(nn.Flatten(), nn.Linear(16, 2))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(2):
    for rows, right in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(rows), right)
        loss.backward()
        optimizer.step()
# %%
def share(model, batches):
    model.eval()
    hits = total = 0
    for rows, right in batches:
        hits += (model(rows).argmax(1) == right).sum().item()
        total += len(right)
    return hits / total
accuracy = share(net, test_loader)
"""
NETWORK = """\
# %%
import torch
from torch import nn
torch.manual_seed(0)
x = torch.linspace(20, 90, 20).unsqueeze(1)
model = nn.Linear(1, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
for epoch in range(3):
    loss = ((model(0.1 * x) - x) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
# %%
model(0.1 * x)
"""

PASTED = {
    # name: (cells below HEAD, the function's first line, the notebook's own answer for the row of the example)
    "dicts": (
        f"{DICTS}# %%\nmodel = LogisticRegression().fit(X_train, train.y)\n# %%\nmodel.score(X_test, test.y)\n",
        "def predict(size: float, town: str) -> dict:",
        "model.predict(X_test)[0]",
    ),
    "another model before": (
        (
            f"{DICTS}# %%\nother = Ridge().fit(X_train, train.y)\nother.score(X_test, test.y)\n# %%\n"
            "model = LogisticRegression().fit(X_train, train.y)\n# %%\nmodel.score(X_test, test.y)\n"
        ),
        "def predict(size: float, town: str) -> dict:",
        "model.predict(X_test)[0]",
    ),
    "a helper called predict": (
        HELPERS,
        "def predict(size: float, town: str) -> dict:",
        "model.predict(dv.transform(test[columns].to_dict(orient='records')))[0]",
    ),
    "texts": (
        (
            f"{TEXTS}# %%\nwords = TfidfVectorizer()\nX = words.fit_transform(mails.text)\n# %%\n"
            "X_train, X_test, y_train, y_test = train_test_split(X, mails.kind, random_state=0)\n"
            "model = LogisticRegression().fit(X_train, y_train)\n# %%\nmodel.score(X_test, y_test)\n"
            '# %%\nquestions = ["a nice one"]\nmodel.predict(words.transform(questions))\n'
        ),
        "def predict(text: str) -> dict:",
        "model.predict(words.transform(mails.text))[0]",
    ),
    "a text pipeline": (
        (
            f"{TEXTS}# %%\nlearn = mails.sample(frac=0.7, random_state=1)\nrest = mails.drop(learn.index)\n"
            'model = make_pipeline(CountVectorizer(), LogisticRegression()).fit(learn["text"], learn["kind"])\n'
            '# %%\nmodel.score(rest["text"], rest["kind"])\n'
        ),
        "def predict(text: str) -> dict:",
        'model.predict(rest["text"])[0]',
    ),
    "columns through a search": (
        (
            "# %%\nfrom sklearn.compose import make_column_transformer\nfrom sklearn.pipeline import make_pipeline\n"
            'numbers, words = ["size", "rooms"], ["town"]\n'
            "prepare = make_column_transformer((StandardScaler(), numbers), (OneHotEncoder(), words))\n"
            'search = GridSearchCV(make_pipeline(prepare, LogisticRegression()), {"logisticregression__C": [0.1, 1.0]})\n'
            "search.fit(train[numbers + words], train.y)\n# %%\nprint(search.best_score_)\n"
        ),
        "def predict(size: float, rooms: int, town: str) -> dict:",
        "search.predict(train[numbers + words])[0]",
    ),
    "arrays scaled by hand": (
        (
            '# %%\nX, y = df[["size", "rooms"]].to_numpy(), df["y"].to_numpy()\nX_train, X_test = X[:40], X[40:]\n'
            "mean, std = X_train.mean(axis=0), X_train.std(axis=0)\nZ_train, Z_test = (X_train - mean) / std, (X_test - mean) / std\n"
            "poly = PolynomialFeatures(2)\nmodel = Ridge().fit(poly.fit_transform(Z_train), y[:40])\n"
            "# %%\nprint(model.score(poly.transform(Z_test), y[40:]))\n"
        ),
        "def predict(size: float, rooms: int) -> dict:",
        "model.predict(poly.transform((X[:1] - mean) / std))[0]",
    ),
    "what is fitted below a loop of comparisons": (
        (
            '# %%\nX, y = df[["size", "rooms"]].to_numpy(), df["y"]\nX_train, X_test, y_train, y_test = train_test_split(X, y)\n'
            "for alpha in (0.1, 1.0):\n    model = Ridge(alpha=alpha)\n    model.fit(X_train, y_train)\n"
            "    print(model.score(X_test, y_test))\n# %%\nbest = Ridge(alpha=0.5)\nbest.fit(X, y)\n"
        ),
        "def predict(size: float, rooms: int) -> dict:",
        "best.predict(X)[0]",
    ),
    "one number": (
        '# %%\nX = df["size"].values.reshape(-1, 1)\nmodel = Ridge().fit(X, df.y)\n# %%\nmodel.score(X, df.y)\n',
        "def predict(value: float) -> dict:",
        "model.predict(X)[0]",
    ),
    "a frame that a function makes": (
        (
            "# %%\ndef opened(name):\n    if name:\n        return df.copy()\n    return df\n"
            'table = opened("rows").drop_duplicates()\nprint(table.columns)\nX = table.drop(columns=["y", "town"])\n'
            "X_train, X_test, y_train, y_test = train_test_split(X, table.y, random_state=0)\n"
            "model = LogisticRegression().fit(X_train, y_train)\n# %%\nmodel.score(X_test, y_test)\n"
        ),
        "def predict(row: dict) -> dict:",
        "model.predict(X_test)[0]",
    ),
    "rows that are bound again": (
        (
            '# %%\nX = df[["size", "rooms"]].to_numpy()\nX = X / np.abs(X).max()\nmodel = LogisticRegression().fit(X, df.y)\n'
            "# %%\nmodel.score(X, df.y)\n"
        ),
        "def predict(values: list[float]) -> dict:",
        "model.predict(X)[0]",
    ),
    "batches in a function": (IMAGES, "def predict(values: list) -> dict:", ""),
    "a scaled tensor": (NETWORK, "def predict(values: list) -> dict:", "model(0.1 * x)[0].tolist()"),
    "a scaler without a name": (
        (
            '# %%\nX = df[["size", "rooms"]]\nZ = StandardScaler().fit_transform(X)\n'
            'model = LogisticRegression().fit(Z, df["y"])\n# %%\nprint(model.score(Z, df["y"]))\n'
        ),
        "def predict(values: list[float]) -> dict:",
        "model.predict(Z)[0]",
    ),
    "columns made of all rows": (
        (
            '# %%\nX = pd.get_dummies(df.drop(columns="y"), columns=["town"])\n'
            'X_train, X_test, y_train, y_test = train_test_split(X, df["y"], random_state=0)\n'
            "scaler = StandardScaler()\nmodel = LogisticRegression().fit(scaler.fit_transform(X_train), y_train)\n"
            "# %%\nmodel.score(scaler.transform(X_test), y_test)\n"
        ),
        "def predict(row: dict) -> dict:",
        "model.predict(scaler.transform(X_test))[0]",
    ),
    "an array of numbers and flags": (
        (
            '# %%\nX = pd.get_dummies(df.drop(columns="y"))\nX = np.array(X)\ny = df["y"]\n'
            "X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)\n"
            "model = LogisticRegression().fit(X_train, y_train)\n# %%\nmodel.score(X_test, y_test)\n"
        ),
        "def predict(values: list[float]) -> dict:",
        "model.predict(X_test)[0]",
    ),
    "a table that a loop widens": (
        (
            '# %%\ntable = df.copy()\nfor name in ["town"]:\n    wide = table.join(pd.get_dummies(table[name], dtype=int))\n'
            '    table = wide\nprint(table.columns)\n# %%\nchosen = ["size", "a"]\nX = table[chosen]\n'
            'X_train, X_test, y_train, y_test = train_test_split(X, table["y"], random_state=0)\n'
            "model = LogisticRegression().fit(X_train, y_train)\n# %%\nmodel.score(X_test, y_test)\n"
        ),
        "def predict(size: float, a: float) -> dict:",
        "model.predict(X_test)[0]",
    ),
    "tables from a helper that gives both": (
        (
            "# %%\ndef halves():\n    learn, rest = train.copy(), test.copy()\n    for part in (learn, rest):\n"
            '        part["size"] = part["size"].round(2)\n'
            '    X_learn, y_learn = learn[["size", "rooms"]], learn["y"]\n'
            '    X_rest, y_rest = rest.drop(["y", "town"], axis=1), rest["y"]\n'
            "    return X_learn, y_learn, X_rest, y_rest\n"
            "# %%\nX_train, y_train, X_test, y_test = halves()\n"
            "model = LogisticRegression().fit(X_train, y_train)\n# %%\nmodel.score(X_test[X_train.columns], y_test)\n"
        ),
        "def predict(",
        "model.predict(X_test[X_train.columns])[0]",
    ),
}
SAYS = {
    "rows that are bound again": "not repeated, so give the input as it is below: `X = X / np.abs(X).max()`",
    "a helper called predict": "the function of the cell tagged `predict` counts",
    "a scaler without a name": "not repeated, so give the input as it is below: `Z = StandardScaler().fit_transform(X)`",
    "columns made of all rows": "not repeated, so give the input as it is below: `X = pd.get_dummies(",
}


def cells_for(text: str) -> dict[str, MissingCell]:
    """Role → the cell that is proposed for a py:percent notebook."""
    return {cell.role.value: cell for cell in missing_cells(read_text(text, "notebook.py"))}


def with_pasted(text: str, own: str) -> str:
    """The notebook as Python, the proposed cells in their places; it prints both answers as JSON."""
    lines: list[str] = []
    found = cells_for(text)
    for cell in read_text(text, "notebook.py").cells:
        lines.append(cell.code)
        for new in found.values():
            if new.below == cell.number:
                assert new.source, new.refusal
                before, _, call = new.source.rpartition("\n\n\n")
                lines += [before, f"__answer = {call}" if new.role.value == "predict" else call]
    lines.append(f"__own = ({own or None})")
    lines.append("__own = __own.item() if hasattr(__own, 'item') else __own")
    lines.append("print('\\nANSWERS', __import__('json').dumps([__answer, __own, metrics]))")
    return "\n".join(lines)


@pytest.fixture(scope="module")
def answers() -> dict[str, list[object]]:
    """Name → the proposal's answer, the notebook's own, and its metrics; one process runs them all."""
    codes = {name: with_pasted(HEAD + text, own) for name, (text, _, own) in PASTED.items()}
    runner = "import json, sys\nfor code in json.load(sys.stdin).values():\n    exec(code, {'__name__': '__main__'})\n"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", runner],
        input=json.dumps(codes),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = [json.loads(row.removeprefix("ANSWERS ")) for row in done.stdout.split("\n") if row.startswith("ANSWERS ")]
    return dict(zip(codes, found, strict=True))


@pytest.mark.parametrize("name", PASTED)
def test_what_is_pasted_answers_as_the_notebook_does(name: str, answers: dict[str, list[object]]) -> None:
    text, signature, own = PASTED[name]
    proposal = cells_for(HEAD + text)["predict"]
    assert signature in proposal.source
    answer, expected, metrics = answers[name]
    assert isinstance(answer, dict)
    assert isinstance(metrics, dict)
    assert all(isinstance(value, float) for value in metrics.values())
    if own:
        assert answer.get("prediction", answer.get("scores")) == pytest.approx(expected)
    if name in SAYS:
        assert any(SAYS[name] in reason for reason in proposal.reasons)


BOOSTER = """\
# %%
import xgboost as xgb
names = list(dv.get_feature_names_out())
dtrain = xgb.DMatrix(X_train, label=train.y, feature_names=names)
dtest = xgb.DMatrix(X_test, label=test.y, feature_names=names)
rf = Ridge().fit(X_train, train.y)
rf.score(X_test, test.y)
# %%
model = xgb.train({"max_depth": 3}, dtrain, num_boost_round=5)
# %%
from sklearn.metrics import roc_auc_score
roc_auc_score(test.y, model.predict(dtest))
"""


def test_a_booster_is_given_its_own_container() -> None:
    source = cells_for(HEAD + DICTS + BOOSTER)["predict"].source
    assert [line.strip() for line in source.split("\n")[2:6]] == [
        'features = [{"size": size, "town": town}]',
        "features = dv.transform(features)",
        "features = xgb.DMatrix(features, feature_names=names)",
        'return {"prediction": model.predict(features).tolist()[0]}',
    ]


def test_what_is_lost_before_an_array_of_unknown_making_is_named() -> None:
    text = """\
# %%
import keras
(X_train, y_train), (X_test, y_test) = keras.datasets.mnist.load_data()
X_train = X_train.reshape(60000, 784).astype("float32") / 255
X_test = X_test.reshape(10000, 784).astype("float32") / 255
# %%
model = keras.Sequential([keras.layers.Dense(10)])
model.compile(loss="mse")
model.fit(X_train, y_train)
# %%
model.evaluate(X_test, y_test)
"""
    found = cells_for(text)
    assert found["evaluate"].source == "metrics = model.evaluate(X_test, y_test, return_dict=True)"
    assert "model.predict(features, verbose=0)" in found["predict"].source
    lost = "the notebook no longer has the rows before `X_test.reshape(10000, 784).astype('float32') / 255`"
    assert any(lost in reason for reason in found["predict"].reasons)


def test_a_table_beside_the_notebook_gives_types_and_a_row(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("age,pay (k$),town,left\n,1.5,a,0\n31,2.5,b,1\n40,3,c,0\n", encoding="utf-8")
    path = tmp_path / "some.py"
    path.write_text(
        "# %%\nimport pandas as pd\nfrom some_library import Model\nfrom sklearn.pipeline import make_pipeline\n"
        'from sklearn.linear_model import Ridge\ndf = pd.read_csv("rows.csv")\nX = df.drop(columns=["left"])\n'
        '# %%\nmodel = make_pipeline(Model(), Ridge())\nmodel.fit(X, df["left"])\n# %%\nmodel.score(X, df["left"])\n',
        encoding="utf-8",
    )
    [source] = [cell.source for cell in missing_cells(read(path)) if cell.role.value == "predict"]
    assert "def predict(age: float, pay_k: float, town: str) -> dict:" in source
    assert '{"age": age, "pay (k$)": pay_k, "town": town}' in source
    assert source.endswith('predict(age=31.0, pay_k=2.5, town="b")')


def test_a_model_that_cannot_be_asked_is_refused_with_the_reason() -> None:
    text = f"{HEAD}# %%\nfrom sklearn.cluster import DBSCAN\ngroups = DBSCAN()\ngroups.fit(df[['size']])\n"
    refused = cells_for(text)["predict"]
    assert refused.source == ""
    assert "`groups` is a `DBSCAN`, which cannot be asked about rows that it was not fitted to" in refused.refusal
    assert refused.fix.startswith("write a function `predict`")


# --------------------------------------------------------------------------- metrics

FITTED = """\
# %%
X_train, X_test, y_train, y_test = train_test_split(df[["size", "rooms"]], df["y"], random_state=0)
model = LogisticRegression().fit(X_train, y_train)
predicted = model.predict(X_test)
"""


@pytest.mark.parametrize(
    ("cells", "source"),
    [
        (
            "# %%\nfrom sklearn.metrics import classification_report\nprint(classification_report(y_test, predicted))\n",
            (
                "from sklearn.metrics import accuracy_score\n"
                'metrics = {"accuracy": float(accuracy_score(y_test, predicted))}'
            ),
        ),
        (
            (
                "# %%\nfrom sklearn.metrics import f1_score, roc_auc_score\n"
                "print(f1_score(y_test, predicted), roc_auc_score(y_test, predicted))\n"
            ),
            (
                'metrics = {\n    "f1": float(f1_score(y_test, predicted)),\n'
                '    "roc_auc": float(roc_auc_score(y_test, predicted)),\n}'
            ),
        ),
        ("# %%\nacc = (predicted == y_test).mean()\n", 'metrics = {"acc": float(acc)}'),
        ("# %%\nprint('done')\n", 'metrics = {"accuracy": float(model.score(X_test, y_test))}'),
        (
            (
                "# %%\nfrom sklearn.dummy import DummyClassifier\nprint(model.score(X_test, y_test))\n# %%\n"
                "print(((y_test * 0) == y_test).mean())\n"
            ),
            'metrics = {"accuracy": float(model.score(X_test, y_test))}',
        ),
    ],
)
def test_the_scores_become_metrics(cells: str, source: str) -> None:
    found = cells_for(HEAD + FITTED + cells)["evaluate"]
    assert found.source == source
    assert found.below == 3 if "print('done')" not in cells else 2


def test_a_cell_that_binds_metrics_goes_below_the_last_use_of_the_module() -> None:
    text = f"{HEAD}{FITTED}# %%\nfrom sklearn import metrics\nprint(metrics.accuracy_score(y_test, predicted))\n"
    text += (
        "# %%\nprint(df.head())\n# %%\nprint(metrics.confusion_matrix(y_test * 0, y_test))\n# %%\nprint(df.tail())\n"
    )
    found = cells_for(text)["evaluate"]
    assert found.below == 5
    assert found.source == 'metrics = {"accuracy": float(metrics.accuracy_score(y_test, predicted))}'


def test_what_is_bound_anew_before_the_cell_is_not_scored() -> None:
    text = (
        f"{HEAD}{FITTED}# %%\nfrom sklearn.metrics import f1_score\nprint(f1_score(y_test, predicted))\ny_test = None\n"
    )
    refused = cells_for(text)["evaluate"]
    assert refused.source == ""
    assert "`f1_score` in cell 3 cannot be read below its cell" in refused.refusal


def test_cross_validation_alone_is_no_model_to_serve() -> None:
    text = f'{HEAD}# %%\nscores = cross_val_score(Ridge(), df[["size"]], df["y"])\n'
    found = cells_for(text)
    assert found["evaluate"].source == 'metrics = {"scores": float(scores.mean())}'
    assert any("keeps no fitted model" in reason for reason in found["evaluate"].reasons)
    assert found["predict"].source == ""


# --------------------------------------------------------------------------- statistical results, and who asks the model

STATISTICAL = """\
# %%
import numpy as np
import statsmodels.api as sm
from statsmodels.tsa.arima.model import ARIMA
rows = np.linspace(0, 1, 40)
X = sm.add_constant(rows)
seen = 2 + rows
"""


def test_results_are_asked_and_not_the_model_that_was_fitted() -> None:
    text = f"{STATISTICAL}# %%\nline = sm.OLS(seen, X)\nfound = line.fit()\nprint(found.summary())\n"
    cells = cells_for(text)
    assert cells["evaluate"].source == 'metrics = {"rsquared": float(found.rsquared)}'
    assert any("the rows that it was fitted to" in reason for reason in cells["evaluate"].reasons)
    assert "found.predict(features).tolist()[0]" in cells["predict"].source
    assert "line" not in cells["predict"].source


def test_the_figure_that_a_notebook_shows_is_its_metric() -> None:
    text = f"{STATISTICAL}# %%\nfound = sm.GLM(seen, X).fit()\nprint(found.deviance)\n"
    assert cells_for(text)["evaluate"].source == 'metrics = {"deviance": float(found.deviance)}'


def test_a_series_is_asked_for_the_steps_that_follow_it() -> None:
    text = f"{STATISTICAL}# %%\nseries = ARIMA(seen, order=(1, 0, 0)).fit()\nprint(series.predict(3, 5))\n"
    cells = cells_for(text)
    assert cells["evaluate"].source == 'metrics = {"aic": float(series.aic)}'
    assert 'return {"prediction": series.forecast(steps).tolist()}' in cells["predict"].source
    assert "steps = max(1, min(steps, 100))" in cells["predict"].source
    assert cells["predict"].source.endswith("\npredict(3)")


@pytest.mark.parametrize(
    ("fit", "reason"),
    [
        ("ARIMA(seen, exog=rows).fit()", "`found` depends on `exog`, which has to be known for each step"),
        ("sm.RecursiveLS(seen, X).fit()", "`found` is a `RecursiveLS`, which cannot be asked about rows"),
    ],
)
def test_a_series_that_cannot_be_asked_so_is_refused_with_the_reason(fit: str, reason: str) -> None:
    refused = cells_for(f"{STATISTICAL}# %%\nfound = {fit}\n")["predict"]
    assert refused.source == ""
    assert reason in refused.refusal


def test_a_library_that_is_given_the_model_asks_it_about_the_rows_beside_it() -> None:
    text = (
        f"{HEAD}{FITTED}# %%\nfrom sklearn.metrics import RocCurveDisplay, auc\n"
        "def score_and_draw(X, y, fitted):\n    display = RocCurveDisplay.from_estimator(fitted, X, y)\n"
        "    return auc(display.fpr, display.tpr)\n# %%\nscore_and_draw(X_test, y_test, model)\n"
    )
    source = cells_for(text.replace("predicted = model.predict(X_test)\n", ""))["predict"].source
    assert "def predict(size: float, rooms: int) -> dict:" in source
    assert "model.predict(features)" in source


def test_a_pool_is_no_step_for_the_model_takes_plain_rows() -> None:
    text = (
        f"{HEAD}# %%\nimport catboost as cb\nimport catboost.utils as cbu\nfrom sklearn.metrics import auc\n"
        "def drawn(rows, right, fitted):\n    pool = cb.Pool(rows, right, cat_features=np.where(rows.dtypes != float)[0])\n"
        "    fpr, tpr, _ = cbu.get_roc_curve(fitted, pool)\n    return auc(fpr, tpr)\n"
        '# %%\nmodel = cb.CatBoostClassifier()\nmodel.fit(train[["size", "town"]], train["y"])\n'
        '# %%\ndrawn(test[["size", "town"]], test["y"], model)\n'
    )
    source = cells_for(text)["predict"].source
    assert "Pool" not in source
    assert "def predict(size: float, town: str) -> dict:" in source


def test_preparing_a_design_matrix_constructs_no_model() -> None:
    from nbexport.propose import suggest

    text = f"{STATISTICAL}# %%\nwide = sm.add_constant(rows)\n# %%\nfound = sm.OLS(seen, wide).fit()\n"
    proposals = suggest(read_text(text, "notebook.py")).proposals
    assert "model" not in proposals[1].roles
    assert "train" in proposals[2].roles


def test_a_data_set_of_statsmodels_holds_frames_and_no_texts() -> None:
    text = (
        "# %%\nimport pandas as pd\nimport statsmodels.api as sm\nfrom statsmodels.datasets.stackloss import load_pandas\n"
        "y = load_pandas().endog\nX = sm.add_constant(load_pandas().exog)\n# %%\nfound = sm.OLS(y, X).fit()\n"
    )
    source = cells_for(text)["predict"].source
    assert "def predict(row: dict) -> dict:" in source
    assert "predict(load_pandas().exog.iloc[0].to_dict())" in source


OWN_STEP = """\
# %%
from scipy.sparse import csr_matrix
from sklearn.base import TransformerMixin
from sklearn.pipeline import Pipeline
class Wide(TransformerMixin):
    def fit(self, rows, right=None):
        return self
    def transform(self, rows):
        return csr_matrix(OneHotEncoder().fit_transform(rows))
chain = Pipeline([("wide", Wide())])
Z_train, Z_test = chain.fit_transform(train[["town"]]), chain.transform(test[["town"]])
# %%
model = LogisticRegression().fit(Z_train, train["y"])
# %%
model.score(Z_test, test["y"])
"""


def test_a_step_of_the_notebook_that_fits_while_it_is_asked_is_refused_with_the_reason() -> None:
    refused = cells_for(HEAD + OWN_STEP)["predict"]
    assert refused.source == ""
    assert "applies `chain`, whose own `transform` computes with all rows (`fit_transform`)" in refused.refusal


def test_what_draws_a_score_is_no_score() -> None:
    drawn = (
        "# %%\nfrom sklearn.metrics import RocCurveDisplay, accuracy_score\n"
        "accuracy_score(y_test, model.predict(X_test))\n"
        "# %%\nRocCurveDisplay.from_estimator(model, X_test, y_test)\n"
    )
    source = cells_for(f"{HEAD}{FITTED}{drawn}")["evaluate"].source
    assert "accuracy_score" in source
    assert "Display" not in source


def test_a_row_of_many_columns_is_put_in_the_order_of_the_training() -> None:
    """A JSON object has no order, and a model of scikit-learn refuses columns in another order than it learned."""
    names = [f"c{number}" for number in range(14, 0, -1)]
    values = ", ".join(f'"{name}": [{number}.5, 1.5, 2.5, 0.5]' for number, name in enumerate(names))
    text = (
        "# %%\nimport pandas as pd\nfrom sklearn.linear_model import Ridge\n"
        f"frame = pd.DataFrame({{{values}}})\nright = [1.0, 2.0, 3.0, 4.0]\n"
        "# %%\nmodel = Ridge().fit(frame, right)\nprint(model.score(frame, right))\n"
    )
    cell = cells_for(text)["predict"].source
    assert "def predict(row: dict) -> dict:" in cell
    scope: dict[str, Any] = {}
    exec(text.replace("# %%", "") + cell, scope)
    row = scope["frame"].iloc[0].to_dict()
    turned = dict(reversed(row.items()))
    assert scope["predict"](turned) == scope["predict"](row)
    with pytest.raises(KeyError):
        scope["predict"]({name: row[name] for name in names[1:]})


# --------------------------------------------------------------------------- nothing is scored

UNLABELLED = """\
# %%
import numpy as np
from sklearn.cluster import DBSCAN, KMeans
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.mixture import GaussianMixture
rows = np.random.default_rng(0).normal(size=(40, 3))
# %%
"""


@pytest.mark.parametrize(
    ("fit", "name", "value"),
    [
        ("found = KMeans(2, random_state=0)\nlabels = found.fit_predict(rows)", "inertia", "found.inertia_"),
        ("found = GaussianMixture(2).fit(rows)", "log_likelihood", "found.score(rows)"),
        ("found = DBSCAN().fit(rows)", "clusters", "len(set(found.labels_))"),
        ("found = IsolationForest()\nfound.fit(rows)", "outliers", "(found.predict(rows) == -1).mean()"),
    ],
)
def test_a_model_without_a_target_says_what_it_found(fit: str, name: str, value: str) -> None:
    found = cells_for(f"{UNLABELLED}{fit}\n# %%\nprint(found)\n")["evaluate"]
    assert found.source == f'metrics = {{"{name}": float({value})}}'
    assert any("to check" in reason for reason in found.reasons)
    namespace: dict[str, object] = {}
    exec(compile(f"{UNLABELLED}{fit}\n{found.source}", "cells", "exec", dont_inherit=True), namespace)
    assert isinstance(namespace["metrics"], dict)


def test_rows_that_are_gone_below_the_fit_are_not_asked_for() -> None:
    found = cells_for(f"{UNLABELLED}found = GaussianMixture(2).fit(rows)\nrows = None\n")["evaluate"]
    assert found.source == ""


def test_a_score_in_a_loop_gives_way_to_that_of_the_last_model_on_the_rows_held_back() -> None:
    loop = """# %%
X_train, X_test, y_train, y_test = train_test_split(df[["size"]], df["y"], random_state=0)
# %%
from sklearn.metrics import mean_absolute_error
for alpha in (0.1, 1.0):
    model = Ridge(alpha=alpha)
    model.fit(X_train, y_train)
    print(mean_absolute_error(y_test, model.predict(X_test)))
"""
    found = cells_for(f"{HEAD}{loop}")["evaluate"]
    assert found.source == 'metrics = {"r2": float(model.score(X_test, y_test))}'
    assert any("`mean_absolute_error` in cell 3 cannot be read below its cell" in reason for reason in found.reasons)


def test_a_function_that_only_prints_scores_gives_none() -> None:
    text = f"""{HEAD}{FITTED}# %%
def show_score(model):
    def inner():
        return 1
    print("score", model.score(X_test, y_test))
# %%
show_score(model)
"""
    found = cells_for(text)["evaluate"]
    assert "show_score" not in found.source
    returning = cells_for(text.replace('    print("score", ', "    return (").replace("show_", "get_"))["evaluate"]
    assert returning.source == 'metrics = {"score": float(get_score(model))}'


@pytest.mark.parametrize("member", ["iris.data", 'iris["data"]'])
def test_a_row_of_a_data_set_is_a_row_of_an_array(member: str) -> None:
    text = f"""# %%
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
iris = load_iris()
X, y = {member}, iris.target
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
model = LogisticRegression(max_iter=500).fit(X_train, y_train)
print(model.score(X_test, y_test))
"""
    assert "predict(values: list[float])" in cells_for(text)["predict"].source


def test_a_predict_goes_below_its_model_also_where_metrics_has_to_go_further_down() -> None:
    later = "# %%\nmodel = LogisticRegression(C=0.1)\nmodel.fit(X_train[:9], y_train[:9])\nprint(metrics)\n"
    text = f"{HEAD}{FITTED}from sklearn import metrics\nprint(metrics.accuracy_score(y_test, predicted))\n{later}"
    found = cells_for(text)
    assert found["predict"].below == 2
    assert found["evaluate"].below == 3


def test_a_model_that_is_bound_to_its_own_fit_is_still_known() -> None:
    fit = "model = LogisticRegression()\nmodel = model.fit(X_train, y_train)\n"
    split = 'X_train, X_test, y_train, y_test = train_test_split(df[["size"]], df["y"], random_state=0)\n'
    found = cells_for(f"{HEAD}# %%\n{split}{fit}")["evaluate"]
    assert found.source == 'metrics = {"accuracy": float(model.score(X_test, y_test))}'


def test_a_step_of_a_pipeline_is_not_the_pipeline() -> None:
    split = 'X_train, X_test, y_train, y_test = train_test_split(df[["size", "rooms"]], df["y"], random_state=0)\n'
    made = "from sklearn.pipeline import make_pipeline\nfrom sklearn.decomposition import PCA\n"
    text = (
        f"{HEAD}# %%\n{made}{split}model = make_pipeline(PCA(1), LogisticRegression())\nmodel.fit(X_train, y_train)\n"
    )
    found = cells_for(text)["evaluate"]
    assert found.source == 'metrics = {"accuracy": float(model.score(X_test, y_test))}'


def test_a_search_whose_best_score_is_only_printed_still_has_it() -> None:
    text = f"""{HEAD}# %%
def report(results):
    print(results.best_score_)
# %%
search = GridSearchCV(LogisticRegression(), {{"C": [0.1, 1.0]}})
search.fit(df[["size"]], df["y"])
report(search)
"""
    assert cells_for(text)["evaluate"].source == 'metrics = {"best_score": float(search.best_score_)}'
