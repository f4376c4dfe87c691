"""Rows that are copied before they are split.

## What it does
Reports `pd.concat([df, df])`, `np.concatenate([X, X])`, `np.repeat(X, n, axis=0)` and `np.tile(X, n, axis=0)` when
`train_test_split` or cross-validation takes their result apart.

## Why is this bad
One copy of a row may be trained on and the other tested on, so the model is judged on rows that it knows.

## How to fix
Split first and copy the training rows only, or call `drop_duplicates()` before the split.

## Limits
Only copies that the source makes. Whether the data themselves hold a row twice cannot be seen without running them.

## Source
Kapoor and Narayanan, "Leakage and the reproducibility crisis in machine-learning-based science", Patterns 2023 (L1.4,
duplicates).
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
import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split
df, more = pd.read_csv("rows.csv"), pd.read_csv("more.csv")
# %%
both = pd.concat([df, more])
a, b = train_test_split(both, random_state=0)
# %%
train, test = train_test_split(df, random_state=0)
train = pd.concat([train, train])
# %%
clean = pd.concat([df, df]).drop_duplicates()
a, b = train_test_split(clean, random_state=0)
# %%
wide = pd.concat([df, df], axis=1)
a, b = train_test_split(wide, random_state=0)
"""

BAD = """\
# %%
import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split
df = pd.read_csv("rows.csv")
# %%
twice = pd.concat([df, df], ignore_index=True)  # <- here
train, test = train_test_split(twice, random_state=0)
# %%
X = np.repeat(df.values, 3, axis=0)  # <- here
train, test = train_test_split(X, random_state=0)
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Copied rows that are split."""
    for leak in leaks(analysis):
        if leak.kind is LeakKind.COPIED:
            cell, span = leak.place(analysis)
            split = analysis.units[leak.other].cell
            yield Problem(
                f"`{leak.what}` copies rows that cell {split} then splits: the same row may stand on both sides",
                "split first and copy the training rows only",
                cell,
                span,
                leak.what,
            )
