"""Cells that are not run are read for the names that they would bind."""

from __future__ import annotations

from typing import Any

import pytest

from nbexport import api
from nbexport.analysis import unseen

NOTEBOOK = """\
# %% [markdown]
# rows, columns and labels were loaded by
# ```python
# rows = load()
# ```
# %%
print(rows)
# %%
print(rows, columns)
# %%
print(columns, labels)
"""


def test_a_text_is_parsed_once_however_many_names_are_sought_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    units_of_source = unseen.units_of_source

    def counting(code: str, *args: Any, **kwargs: Any) -> Any:
        parsed.append(code)
        return units_of_source(code, *args, **kwargs)

    monkeypatch.setattr(unseen, "units_of_source", counting)
    unseen._bound.cache_clear()
    _, findings = api.check_text(NOTEBOOK, "a.py")
    assert [(found.code, found.problem.name, found.problem.cell) for found in findings] == [
        ("NBX113", "rows", 2),
        ("NBX113", "rows", 3),
        ("NBX101", "columns", 3),
        ("NBX101", "columns", 4),
        ("NBX101", "labels", 4),
    ]
    assert len(parsed) == 2  # the cell, and the block in it
    assert len(set(parsed)) == 2
