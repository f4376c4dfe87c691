"""A model judged on rows that it was fitted on, or a transformer fitted again on the test rows.

## What it does
Reports `model.fit(X, y)` when the model then scores or predicts `X_test`, which a split made out of the same `X`, and
when the model is fitted on the test rows themselves. Also a scaler, imputer or encoder that is fitted on the training
rows and once more on the test rows.

## Why is this bad
A model that has seen the test rows is judged by its memory. A scaler fitted again on the test rows scales them by other
figures than the model was trained on.

## How to fix
Fit on the training rows: `model.fit(X_train, y_train)`, and give the test rows to `transform` only.

## Limits
Only scikit-learn's interface, and only `train_test_split`. A fit on all rows after the last look at the test rows, for
the final model, is not reported.

## Source
scikit-learn, "Common pitfalls and recommended practices"; Yang et al., "Data leakage in notebooks: static detection and
better processes", ASE 2022 (overlap leakage).
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
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
X, y = load_wine(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
scaler = StandardScaler().fit(X_train)
model = LogisticRegression()
model.fit(scaler.transform(X_train), y_train)
print(model.score(scaler.transform(X_test), y_test))
# %%
model.fit(X, y)
final = model
# %%
X_rest, X_valid, y_rest, y_valid = train_test_split(X_train, y_train, random_state=0)
other = LogisticRegression().fit(X_rest, y_rest)
print(other.score(X_valid, y_valid))
other.fit(X_train, y_train)
print(other.score(X_test, y_test))
"""

BAD = """\
# %%
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
X, y = load_wine(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
scaler = StandardScaler()
A = scaler.fit_transform(X_train)
B = scaler.fit_transform(X_test)  # <- here
# %%
model = LogisticRegression()
model.fit(X, y)  # <- here
print(model.score(X_test, y_test))
# %%
other = LogisticRegression().fit(X_test, y_test)  # <- here
print(other.predict(X_test))
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Models that have seen the rows they are judged on, and transformers fitted again on the test rows."""
    for leak in leaks(analysis):
        if leak.kind not in (LeakKind.TEST, LeakKind.REFITTED):
            continue
        cell, span = leak.place(analysis)
        judged = analysis.units[leak.other].cell
        refitted = leak.kind is LeakKind.REFITTED
        yield Problem(
            f"`{leak.what}`, fitted on the training rows before, is fitted again on the test rows"
            if refitted
            else f"`{leak.what}` is fitted on rows that cell {judged} judges it on",
            "give the test rows to `transform`" if refitted else "fit on the training rows only",
            cell,
            span,
            leak.what,
        )
