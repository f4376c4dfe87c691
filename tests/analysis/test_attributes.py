"""What is looked up on an object that a library made: its parts have attributes, and what may be a method has none."""

from __future__ import annotations

import pytest

from nbexport import api

NOTEBOOK = """\
# %%
import pandas as pd
# %% tags=["data"]
df = pd.read_csv("rows.csv")
# %%
{code}
# %% tags=["train"]
count = len(df)
"""


def changes(code: str) -> bool:
    """Whether a cell without a role is taken to change what is exported."""
    _, findings = api.check_text(NOTEBOOK.format(code=code).encode(), "some.py", level=1)
    return any(finding.code == "NBX104" for finding in findings)


@pytest.mark.parametrize("code", ["df.age.plot.hist()", 'df["age"].plot.hist()', "df.age.hist()", "df.age.plot.box()"])
def test_a_plot_of_a_column_changes_nothing(code: str) -> None:
    assert not changes(code)


@pytest.mark.parametrize("code", ["f = df.insert\nf(0, 'a', 1)", "f = df.age.update\nf([1])", "df.age.values.sort()"])
def test_a_method_that_is_kept_and_called_later_changes_its_object(code: str) -> None:
    assert changes(code)
