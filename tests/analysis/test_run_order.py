"""What counts and stored outputs say about how a notebook was run, and where they say nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nbexport import api

STORED = ("NBX121", "NBX122", "NBX123", "NBX124", "NBX126")


def cell(source: str, count: int | None = None, *outputs: dict[str, Any], tags: tuple[str, ...] = ()) -> dict[str, Any]:
    """One code cell as nbformat stores it."""
    return {
        "cell_type": "code",
        "source": source,
        "execution_count": count,
        "outputs": list(outputs),
        "metadata": {"tags": list(tags)},
    }


def out(text: str, name: str = "stdout") -> dict[str, Any]:
    """A stored stream."""
    return {"output_type": "stream", "name": name, "text": [text]}


def value(text: str) -> dict[str, Any]:
    """A stored value."""
    return {"output_type": "execute_result", "data": {"text/plain": text}, "metadata": {}}


def error(count: int, line: str) -> dict[str, Any]:
    """A stored traceback, coloured as IPython does."""
    frame = f"Cell \x1b[0;32mIn[{count}]\x1b[0m, line 1\n\x1b[0;32m----> 1\x1b[0m {line}\n"
    return {
        "output_type": "error",
        "ename": "NameError",
        "evalue": "no",
        "traceback": ["-----", "NameError  Traceback", frame],
    }


def findings(cells: list[dict[str, Any]], folder: Path) -> list[tuple[str, int, str]]:
    """(code, cell, message) of what is said about the run."""
    path = folder / "notebook.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}), encoding="utf-8")
    _, found = api.check(path)
    return [(f.code, f.problem.cell, f.problem.message) for f in found if f.code in STORED]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([1, 2, 3], []),
        ([None, None, None], []),
        ([7, 8, 9], []),
        ([1, 2, None], []),
        ([2, 1, 3], [("NBX121", 2)]),
        ([3, 2, 1], [("NBX121", 2)]),
        ([1, 3, 4], [("NBX122", 2)]),
        ([1, 1, 2], [("NBX123", 2)]),
        ([1, None, 2], [("NBX124", 2)]),
        ([5, 1, 1], [("NBX121", 2), ("NBX122", 1), ("NBX123", 3)]),
    ],
)
def test_counts(counts: list[int | None], expected: list[tuple[str, int]], tmp_path: Path) -> None:
    cells = [cell(f"x{number} = {number}", count) for number, count in enumerate(counts)]
    assert sorted((code, number) for code, number, _ in findings(cells, tmp_path)) == expected


def test_one_finding_says_how_many(tmp_path: Path) -> None:
    cells = [cell(f"x{count} = 1", count) for count in (9, 7, 5, 1)]
    messages = [message for code, _, message in findings(cells, tmp_path) if code in ("NBX121", "NBX122")]
    assert [("3 such places" in message, "5 missing" in message) for message in sorted(messages)] == [
        (False, True),
        (True, False),
    ]


@pytest.mark.parametrize("tags", [("skip-execution",), ()])
def test_cells_that_need_not_run(tags: tuple[str, ...], tmp_path: Path) -> None:
    middle = cell("x = 1", None, tags=tags) if tags else cell("# only a note\n", None)
    assert findings([cell("a = 1", 1), middle, cell("b = 1", 2)], tmp_path) == []


def test_a_cell_of_comments_that_was_run_leaves_no_gap(tmp_path: Path) -> None:
    assert findings([cell("a = 1", 1), cell("# only a note", 2), cell("b = 1", 3)], tmp_path) == []


@pytest.mark.parametrize(
    ("source", "output", "found"),
    [
        ("x = 1", out("1\n"), True),
        ("x = 1", value("1"), True),
        ("def f():\n    print(1)", out("1\n"), True),
        ("x = [y, 'a']", out("1\n"), True),
        ("x = 1", out("old\n", "stderr"), False),
        ("x = f(1)", out("1\n"), False),
        ("x = y.z", out("1\n"), False),
        ("import this", out("Beautiful\n"), False),
        ("x", value("1"), False),
        ("%time x = 1", out("CPU times\n"), False),
        ("@shown\ndef f():\n    pass", out("f\n"), False),
        ("class A(Shown):\n    pass", out("f\n"), False),
        ("print('a', 'b')\nprint('c')", out("a b\nc\n"), False),
        ("print('a')", out("b\n"), True),
        ("print('a', end='')", out("b\n"), True),
        ("print('a', end='')", out("a"), False),
        ("print('a', end=x)", out("b\n"), False),
        ("print(3)", out("3\n"), False),
        ("print(3)", out("4\n"), True),
        ("n = 3\nprint(n, f'{n:03d} {n!r}', sep='-')", out("3-003 3\n"), False),
        ("n = 3\nprint(n, f'{n:03d} {n!r}', sep='-')", out("4-004 4\n"), True),
        ("n = 3\nn = 4\nprint(n)", out("3\n"), False),
        ("rows = [1]\nprint(rows)", out("[1, 2]\n"), False),
        ("print(*rows)", out("b\n"), False),
        ("print(f'{x}')", out("b\n"), False),
        ("n = 3\nprint(f'{n:q}')", out("3\n"), False),
        ("print(x)", out("b\n"), False),
        ("fail(1)", error(1, "fail(1)"), False),
        ("fail(1)", error(1, "fail(2)"), True),
        ("fail(1, 'a')", error(1, 'fail(1,"a",)'), False),
        ("fail(1)", error(4, "fail(2)"), False),
    ],
)
def test_outputs(source: str, output: dict[str, Any], found: bool, tmp_path: Path) -> None:
    said = [code for code, _, _ in findings([cell(source, 1, output)], tmp_path)]
    assert said == (["NBX126"] if found else [])


def test_hooks_and_threads_may_print_anywhere(tmp_path: Path) -> None:
    cells = [cell("%load_ext autotime", 1), cell("x = 1", 2, out("time: 1 ms\n"))]
    assert findings(cells, tmp_path) == []


def test_an_own_print_prints_what_it_likes(tmp_path: Path) -> None:
    cells = [cell("print = shout", 1), cell("print('a')", 2, out("A\n"))]
    assert findings(cells, tmp_path) == []
