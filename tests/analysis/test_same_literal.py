"""Two bindings of one literal that nothing can change: either may stand for the other."""

from __future__ import annotations

import pytest

from nbexport.analysis.analyse import analyse
from nbexport.read.notebook import read_text


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("3", "3", True),
        ("-1e-3", "-0.001", True),
        ("'a'", '"a"', True),
        ("(1, 'a')", "(1, 'a')", True),
        ("None", "None", True),
        ("3", "3.0", False),
        ("1", "True", False),
        ("3", "4", False),
        ("[1]", "[1]", False),
        ("(1, [2])", "(1, [2])", False),
        ("n", "n", False),
        ("f()", "f()", False),
    ],
)
def test_same(one: str, other: str, same: bool) -> None:
    analysis = analyse(read_text(f"# %%\nx = {one}\n# %%\nx = {other}", "a.py"))
    first, second = analysis.definitions["x"]
    assert analysis.binds_same_literal(first, second) is same
