"""The analysis is shared by all rules, so nothing in it can be changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from nbexport.analysis.analyse import analyse
from nbexport.analysis.notebook import Analysis
from nbexport.read.notebook import read_text
from nbexport.record import replace

SOURCE = """\
# %%
broken = (
# %% tags=["data"]
import random
import numpy as np
random.seed(0)
rows = [random.random() for _ in range(9)]
# %% tags=["train"]
def grow(table):
    table.append(np.ones(3))
for row in rows:
    best = row
grow(rows)
print(best)
"""


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return analyse(read_text(SOURCE, "a.py"))


def fields(value: object) -> tuple[str, ...]:
    return type(value).__match_args__  # type: ignore[attr-defined]


def parts(analysis: Analysis) -> list[object]:
    uses = [use for use in analysis.uses if use.name == "rows"]
    found = [analysis, *uses, *analysis.changes, *analysis.randomness, *analysis.calls, *analysis.units]
    return [*found, *(d for ds in analysis.definitions.values() for d in ds), *(d for u in uses for d in u.definitions)]


def test_every_kind_of_record_is_there(analysis: Analysis) -> None:
    names = {type(part).__name__ for part in parts(analysis)}
    assert names == {"Analysis", "Use", "Change", "Randomness", "Called", "Unit", "Definition"}
    assert analysis.broken.keys() == {1}


def test_no_value_of_a_record_can_be_set(analysis: Analysis) -> None:
    for part in parts(analysis):
        for name in fields(part):
            with pytest.raises(AttributeError, match="cannot be changed"):
                setattr(part, name, None)
            with pytest.raises(AttributeError, match="cannot be changed"):
                delattr(part, name)


def test_no_collection_can_be_changed(analysis: Analysis) -> None:
    """A mapping takes no entry, and nothing that holds several things is a list, a set or a dict."""
    for part in parts(analysis):
        for name in (*fields(part), *(("calls", "texts") if part is analysis else ())):
            value: Any = getattr(part, name)
            assert not isinstance(value, list | set), name
            if isinstance(value, Mapping):
                with pytest.raises(TypeError):
                    value["rows"] = ()  # type: ignore[index]
                assert not hasattr(value, "update"), name
    for state in (*analysis.before, analysis.final):
        with pytest.raises(TypeError):
            state["rows"] = frozenset()  # type: ignore[index]


def test_another_level_shares_everything_else(analysis: Analysis) -> None:
    other = replace(analysis, level=3)
    assert (analysis.level, other.level) == (None, 3)
    assert all(getattr(other, name) is getattr(analysis, name) for name in fields(analysis) if name != "level")
