"""A scaler, encoder, imputer, vectorizer or decomposition fitted on rows that are then split.

## What it does
Reports `fit` and `fit_transform` of scikit-learn transformers on rows that `train_test_split` takes apart afterwards,
when what is split is the transformed table, or when both parts are transformed by that fit. Also of means of the target
by group, such as `df.groupby("city")["price"].mean()`, that are computed before the split and become a feature, and of
what is fitted on the training and the test rows put together again.

## Why is this bad
The means, ranges and words that were learned include the test rows, which the model should never have seen: the score
is better than it will be on new rows.

## How to fix
Split first and fit on the training rows only, or put the transformer and the model into one `Pipeline`.

## Limits
Only `train_test_split`, and only what can be followed through assignments and the usual calls of pandas and numpy.
`LabelEncoder` only numbers the labels and is left alone. Cross-validation of a table that was scaled before is not
reported.

## Source
scikit-learn, "Common pitfalls and recommended practices: data leakage"; Yang et al., "Data leakage in notebooks: static
detection and better processes", ASE 2022 (preprocessing leakage).
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
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder, StandardScaler
df = pd.read_csv("rows.csv")
X, y = df.drop(columns="label"), LabelEncoder().fit_transform(df["label"])
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
scaler = StandardScaler()
A = scaler.fit_transform(X_train)
B = scaler.transform(X_test)
# %%
model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X_train, y_train)
print(cross_val_score(make_pipeline(StandardScaler(), LogisticRegression()), X, y))
# %%
picture = PCA(2).fit_transform(X)
# %%
other = pd.read_csv("other.csv")
scaled = StandardScaler().fit_transform(other)
# %%
print(df.groupby("town")["label"].mean())
train, test = train_test_split(df, random_state=0)
means = train.groupby("town")["label"].mean()
train["town"] = train["town"].map(means)
test["town"] = test["town"].map(means)
LogisticRegression().fit(train[["town"]], train["label"])
"""

BAD = """\
# %%
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler, StandardScaler
df = pd.read_csv("rows.csv")
y = df["label"]
# %%
X = StandardScaler().fit_transform(df.drop(columns="label"))  # <- here
# %%
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
scaler = MinMaxScaler()
features = df[["a", "b"]]
scaler.fit(features)  # <- here
# %%
X_train, X_test = train_test_split(features, random_state=0)
A, B = scaler.transform(X_train), scaler.transform(X_test)
# %%
def prepared(table):
    table["a"] = SimpleImputer().fit_transform(table[["a"]])  # <- here
    return train_test_split(table, random_state=0)
# %%
words = TfidfVectorizer()
texts = df["text"].str.lower()
bag = words.fit_transform(texts)  # <- here
# %%
X_train, X_test, y_train, y_test = train_test_split(bag.toarray(), y, random_state=0)
# %%
means = df.groupby("town")["label"].mean()  # <- here
df["town"] = df["town"].map(means)
# %%
train, test = train_test_split(df, random_state=0)
LogisticRegression().fit(train[["town"]], train["label"])
# %%
both = StandardScaler().fit(pd.concat([train[["a"]], test[["a"]]]))  # <- here
A, B = both.transform(train[["a"]]), both.transform(test[["a"]])
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Transformers that have seen the test rows."""
    for leak in leaks(analysis):
        if leak.kind is LeakKind.FITTED:
            cell, span = leak.place(analysis)
            split = analysis.units[leak.other].cell
            yield Problem(
                f"`{leak.what}` is fitted on rows that cell {split} splits: what it learns includes the test rows",
                "split first and fit on the training rows only",
                cell,
                span,
                leak.what,
            )
