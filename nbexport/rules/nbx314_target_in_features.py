"""The target column left among the features.

## What it does
Reports `model.fit(X, y)` of scikit-learn and its kin when `y` is a column of a table and `X` is that table with the
column still in it.

## Why is this bad
The model is told the answer. Its score is perfect, and it is of no use where the answer is not known.

## How to fix
Leave the column out: `X = df.drop(columns="label")`.

## Limits
Only columns named by literals; a table whose columns are not certain, or a pipeline that may choose columns itself, is
left alone.

## Source
Kaufman et al., "Leakage in data mining: formulation, detection, and avoidance", TKDD 2012.
"""

from __future__ import annotations

from collections.abc import Iterator

from nbexport.analysis.leakage import LIBRARIES, LeakKind, leaks
from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity

SEVERITY = Severity.WARNING
SCOPE = "notebook"
WORDS = LIBRARIES

GOOD = """\
# %%
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
df = pd.read_csv("rows.csv")
# %%
X, y = df.drop("label", axis=1), df["label"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
LogisticRegression().fit(X_train, y_train)
# %%
columns = [name for name in df.columns if name != "label"]
LogisticRegression().fit(df[columns], df["label"])
# %%
wanted = ["a", "label"]
wanted.remove("label")
LogisticRegression().fit(df[wanted], df["label"])
# %%
chosen = make_column_transformer((StandardScaler(), ["a", "b"]))
make_pipeline(chosen, LogisticRegression()).fit(df, df["label"])
# %%
X = df.copy()
y = X.pop("label")
LogisticRegression().fit(X, y)
# %%
X = df.iloc[:, :-1]
LogisticRegression().fit(X, df["label"])
"""

BAD = """\
# %%
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
df = pd.read_csv("rows.csv")
# %%
X = df.drop(columns=["id"])
y = df["label"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
model = LogisticRegression()
model.fit(X_train, y_train)  # <- here
# %%
columns = ["a", "b", "label"]
LogisticRegression().fit(df[columns], df.label)  # <- here
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Models that are given their target."""
    for leak in leaks(analysis):
        if leak.kind is LeakKind.TARGET:
            cell, span = leak.place(analysis)
            yield Problem(
                f"the target `{leak.what}` is a column of the features too",
                f"leave it out: `.drop(columns={leak.what!r})`",
                cell,
                span,
                leak.what,
            )
