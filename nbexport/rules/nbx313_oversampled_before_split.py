"""Rows oversampled before they are split.

## What it does
Reports `fit_resample` of imbalanced-learn's oversamplers, scikit-learn's `resample(…, n_samples=…)` and
`df.sample(replace=True)` when `train_test_split` or cross-validation takes their result apart.

## Why is this bad
Copies and blends of one row stand on both sides of the split: the model has seen the test rows, and the score says so.

## How to fix
Split first and oversample the training rows only; in cross-validation, use the `Pipeline` of imbalanced-learn.

## Limits
Samplers that only leave rows out are not reported.

## Source
imbalanced-learn, "Common pitfalls and recommended practices: data leakage".
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
from imblearn.over_sampling import SMOTE
from imblearn.under_sampling import RandomUnderSampler
from sklearn.model_selection import train_test_split
from sklearn.utils import resample
df = pd.read_csv("rows.csv")
X, y = df.drop(columns="label"), df["label"]
# %%
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
X_more, y_more = SMOTE().fit_resample(X_train, y_train)
# %%
fewer = resample(df, replace=False, n_samples=100, random_state=0)
a, b = train_test_split(fewer, random_state=0)
# %%
X_less, y_less = RandomUnderSampler().fit_resample(X, y)
X_train, X_test, y_train, y_test = train_test_split(X_less, y_less, random_state=0)
"""

BAD = """\
# %%
import pandas as pd
from imblearn.over_sampling import SMOTE
from sklearn.model_selection import train_test_split
from sklearn.utils import resample
df = pd.read_csv("rows.csv")
X, y = df.drop(columns="label"), df["label"]
# %%
sampler = SMOTE(random_state=0)
X_more, y_more = sampler.fit_resample(X, y)  # <- here
# %%
X_train, X_test, y_train, y_test = train_test_split(X_more, y_more, random_state=0)
# %%
rare, common = df[df["label"] == 1], df[df["label"] == 0]
more = resample(rare, replace=True, n_samples=len(common), random_state=0)  # <- here
even = pd.concat([common, more])
# %%
train, test = train_test_split(even, random_state=0)
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Oversampled rows that are split."""
    for leak in leaks(analysis):
        if leak.kind is LeakKind.OVERSAMPLED:
            cell, span = leak.place(analysis)
            split = analysis.units[leak.other].cell
            yield Problem(
                f"`{leak.what}` copies or blends rows that cell {split} then splits: they may stand on both sides",
                "split first and oversample the training rows only",
                cell,
                span,
                leak.what,
            )
