"""Cells that do not parse, and the cause where one can be told."""

from __future__ import annotations

import sys

import pytest

from nbexport import api
from nbexport.names.unparsed import needed_python

LATER = {
    "type Row = list[float]": (3, 12),
    "type Row[T] = list[T]\nrow: Row[int] = [1]": (3, 12),
    "def first[T: (int, str), *Ts, **P](rows: list[T]) -> T:\n    return rows[0]": (3, 12),
    "class Box[T](Base):\n    async def get[K](self) -> T: ...": (3, 12),
    "text = f'{rows['a']:>{width}} {x!r}'": (3, 12),
    'text = f"{chr(10).join(rows) + "\\n"}"': (3, 12),
    "text = f'''{\n    x  # a comment\n}'''": (3, 12),
    "type Row[T = int] = list[T]": (3, 13),
    "try:\n    f()\nexcept ValueError, errors.TypeError:\n    pass": (3, 14),
    "page = t'<b>{title}</b>'\ndef f[T](): ...": (3, 14),
    "lazy import pandas as pd": (3, 15),
    "if x:\n    lazy from pandas import DataFrame": (3, 15),
    "rows = [*part for part in parts]": (3, 15),
}
BROKEN = [
    "x = (1",
    "def f(:",
    "see the cell above",
    "print 'a'",
    "type Row",
    "type Row = = 2",
    "f'{a b}'",
    "f'{a'",
    "'never closed",
    "x[0] = 1\ny = (",
    "def first[T](rows)\n    return 1",
    "def first[T(rows): ...",
    "x = [*a b]",
    "lazy = import os",
    "try:\n    f()\nexcept ValueError, e:\n    pass",
    "x = f'{'a'}' (",
]


@pytest.mark.parametrize(("code", "version"), LATER.items())
def test_a_later_python_is_named(code: str, version: tuple[int, int]) -> None:
    later = version if version > sys.version_info[:2] else None
    assert needed_python(code) == later


@pytest.mark.parametrize("code", BROKEN)
def test_what_no_python_understands_needs_no_later_one(code: str) -> None:
    assert needed_python(code) is None


PYTHON_2 = {
    "x = 1\nprint x  # all": (2, "this is Python 2: `print x`", "write `print(x)`"),
    "print 'a %d' % x, y": (1, "this is Python 2: `print 'a %d' % x, y`", "write `print('a %d' % x, y)`"),
    "for x in y: print x,": (1, "this is Python 2: `print x,`", 'write `print(x, end=" ")`'),
    "print 'é'; x = 1": (1, "this is Python 2: `print 'é'`", "write `print('é')`"),
    f"print '{'long ' * 20}'": (1, "this is Python 2: `print …`", "write `print(…)`"),
    "exec 'x = 1'": (1, "this is Python 2: `exec 'x = 1'`", "write `exec('x = 1')`"),
    "raise ValueError, 'no'": (1, "this is Python 2: `raise ValueError, 'no'`", "write `raise ValueError('no')`"),
    "try:\n    f()\nexcept (A, B), e:\n    pass": (
        3,
        "this is Python 2: `except (A, B), e:`",
        "write `except (A, B) as e:`",
    ),
}


@pytest.mark.parametrize(("code", "told"), PYTHON_2.items())
def test_python_2_is_told_with_what_python_3_writes(code: str, told: tuple[int, str, str]) -> None:
    (found,) = api.check_text(f"# %%\n{code}\n", "a.py")[1]
    assert (found.problem.span.row, found.problem.message, found.problem.hint) == told


@pytest.mark.parametrize("code", ["print the sum of it", "print(x", "raise ValueError, see above"])
def test_prose_and_open_brackets_are_not_python_2(code: str) -> None:
    (found,) = api.check_text(f"# %%\n{code}\n", "a.py")[1]
    assert found.problem.message.startswith("this cell does not parse")


@pytest.mark.parametrize("code", list(LATER) + BROKEN)
def test_any_beginning_of_a_text_can_be_asked_about(code: str) -> None:
    assert {needed_python(code[:end]) for end in range(len(code))} <= {None, *LATER.values()}


def _only(source: str) -> tuple[str, str, int, int]:
    ((finding,)) = api.check_text(f"# %%\n{source}\n", "a.py")[1]
    problem = finding.problem
    assert finding.code == "NBX001"
    return problem.message, problem.hint, problem.span.row, problem.span.column


def test_the_message_says_which_version() -> None:
    own = f"{sys.version_info[0]}.{sys.version_info[1]}"
    message, hint, row, _ = _only("x = 1\nrows = [*part for part in [[1]]]")
    if sys.version_info < (3, 15):
        assert message == f"this cell needs Python 3.15, and nbexport runs on Python {own}"
        assert (hint, row) == ("install nbexport for Python 3.15 or newer", 2)


def test_a_merge_conflict_in_a_cell() -> None:
    said = _only("x = 1\n<<<<<<< HEAD\ny = 1\n=======\ny = 2\n>>>>>>> other")
    assert said == (
        "this cell holds a merge conflict",
        "keep one of the two sides, and remove the lines that mark them",
        2,
        1,
    )
    assert _only("x = (\n# <<<<<<< not at the margin")[0].startswith("this cell does not parse")
