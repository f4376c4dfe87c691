"""Features selected by the target on rows that are then split.

## What it does
Reports `SelectKBest`, `RFE`, `SelectFromModel` and their kin fitted on rows that `train_test_split` or cross-validation
takes apart afterwards, when what is split are the selected features.

## Why is this bad
The features were chosen by how well they tell the labels of the test rows too. With many features and few rows, noise
alone scores well.

## How to fix
Split first and select on the training rows only, or put the selector and the model into one `Pipeline`.

## Limits
Selectors of scikit-learn only; a choice made by hand, from correlations say, is not seen.

## Source
scikit-learn, "Common pitfalls and recommended practices: data leakage"; Hastie, Tibshirani, Friedman, "The Elements of
Statistical Learning", 7.10.2 (the wrong and right way to do cross-validation).
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
from sklearn.datasets import load_wine
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import Pipeline
X, y = load_wine(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
selector = SelectKBest(k=5)
chosen = selector.fit_transform(X_train, y_train)
kept = selector.transform(X_test)
# %%
both = Pipeline([("select", SelectKBest(k=5)), ("fit", LogisticRegression())])
print(cross_val_score(both, X, y))
# %%
print(SelectKBest(k=5).fit(X, y).scores_)
"""

BAD = """\
# %%
import pandas as pd
from sklearn.feature_selection import RFE, SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score, train_test_split
df = pd.read_csv("rows.csv")
X, y = df.drop(columns=["label"]), df["label"]
# %%
chosen = SelectKBest(k=5).fit_transform(X, y)  # <- here
# %%
print(cross_val_score(LogisticRegression(), chosen, y))
# %%
selector = RFE(LogisticRegression())
selector.fit(X, y)  # <- here
# %%
best = X.columns[selector.support_]
X_train, X_test, y_train, y_test = train_test_split(X[best], y, random_state=0)
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Selectors that have seen the labels of the test rows."""
    for leak in leaks(analysis):
        if leak.kind is LeakKind.SELECTED:
            cell, span = leak.place(analysis)
            split = analysis.units[leak.other].cell
            yield Problem(
                f"`{leak.what}` selects features by rows that cell {split} splits: it has seen the test rows' labels",
                "split first and select on the training rows only",
                cell,
                span,
                leak.what,
            )
