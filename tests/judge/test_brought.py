"""What is found in notebooks that `%run` brings in is said by the cells of the file that runs them."""

from __future__ import annotations

from pathlib import Path

import pytest
from notebook_files import written

from nbexport import api
from nbexport.judge.brought import of_file, own_numbers
from nbexport.judge.fixing import fix
from nbexport.model import Edit, Finding, Fix, Problem, Related, Severity, Span
from nbexport.read.bringing import in_place
from nbexport.read.notebook import read
from nbexport.shell.cli import main

TAGGED = [
    ("rows = small([1, 2, 3])", ["data"]),
    ("total = sum(rows)", ["train"]),
    ("metrics = {'total': total}", ["evaluate"]),
]
SPAN = Span(1, 1, 1, 2)


def codes(path: Path) -> list[tuple[str, int]]:
    """Code and cell of what a check of a file finds."""
    _, findings = api.check(path, level=1)
    return [(one.code, one.problem.cell) for one in findings if one.severity is Severity.ERROR]


def test_names_of_a_notebook_that_is_run_are_bound(tmp_path: Path) -> None:
    written(tmp_path / "helpers.ipynb", ("def small(rows):\n    return rows[:2]", ["define"]))
    notebook = written(tmp_path / "main.ipynb", "%run helpers.ipynb", *TAGGED)
    assert codes(notebook) == []
    checked, _ = api.check(notebook)
    assert next(cell.source for cell in checked.cells) == "%run helpers.ipynb", "the file as it is"
    (tmp_path / "helpers.ipynb").unlink()
    assert ("NBX109", 1) in codes(notebook)


def test_an_error_in_a_notebook_that_is_run_stands_at_the_command(tmp_path: Path) -> None:
    written(tmp_path / "other.ipynb", ("import math", ["define"]))
    written(tmp_path / "helpers.ipynb", "limit = 2", ("def small(rows):\n    return rows[:limit]", ["define"]))
    notebook = written(tmp_path / "main.ipynb", "# Title", "%run other.ipynb\n%run ./helpers.ipynb", *TAGGED)
    _, findings = api.check(notebook, level=1)
    (finding,) = (one for one in findings if one.code == "NBX103")
    assert "bound only in cell 1 of `helpers.ipynb`" in finding.problem.message
    assert (finding.problem.cell, finding.problem.span.row) == (2, 2)
    assert all(type(one.problem.cell) is int for one in findings)


def test_numbers_and_places_are_those_of_the_file(tmp_path: Path) -> None:
    written(tmp_path / "a.ipynb", "a = 1", "b = 1")
    document = in_place(read(written(tmp_path / "main.ipynb", "# Title", "x = 1\n%run a.ipynb\ny = 1", "z = 1")))
    numbers = own_numbers(document)
    assert [numbers[cell.number] for cell in document.cells] == [1, 2, 2, 2, 2, 3]
    by_name = {str(cell.number): cell.number for cell in document.cells}
    inner, last = by_name["2 of `a.ipynb`"], by_name["3"]
    related = (Related(inner, SPAN, "there"), Related(last, SPAN, "here"))
    own = Problem("own", "", last, SPAN, fix=Fix("fix", (Edit(last, SPAN, "w"),)), related=related)
    both = Problem("both", "", last, SPAN, fix=Fix("fix", (Edit(last, SPAN, "w"), Edit(inner, SPAN, "w"))))
    brought = Problem("brought", "", inner, SPAN, fix=Fix("fix", (Edit(inner, SPAN, "w"),)))
    findings = [Finding("NBX101", Severity.ERROR, one) for one in (own, both, brought)]
    warning = Finding("NBX101", Severity.WARNING, brought)
    mapped = of_file(document, [*findings, warning])
    assert [one.problem.cell for one in mapped] == [3, 3, 2], "a warning stands where that notebook is checked"
    first, second, third = (one.problem for one in mapped)
    assert first.fix == Fix("fix", (Edit(3, SPAN, "w"),))
    assert first.related == (Related(3, SPAN, "here"),)
    assert second.fix is None, "another file is not changed"
    assert third.message == "in cell 2 of `a.ipynb`: brought"
    assert third.span.row == 2
    assert third.fix is None


def test_a_fix_leaves_the_other_notebook_alone(tmp_path: Path) -> None:
    helpers = written(tmp_path / "helpers.ipynb", ("def small(rows):\n    return rows[:2]", ["define"]))
    notebook = written(
        tmp_path / "main.ipynb",
        "%run helpers.ipynb",
        TAGGED[0],
        ("total = sum(rows) * 12", ["train"]),
        TAGGED[2],
    )
    before = helpers.read_bytes()
    fixed = fix(notebook.read_bytes(), str(notebook), level=1, unsafe=True)
    assert fixed.notebook.cells[0].source == "%run helpers.ipynb"
    assert helpers.read_bytes() == before


def test_what_was_found_is_not_remembered_without_the_other_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NBEXPORT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    helpers = written(tmp_path / "helpers.ipynb", ("def small(rows):\n    return rows[:2]", ["define"]))
    notebook = written(tmp_path / "main.ipynb", "%run helpers.ipynb", *TAGGED)
    assert main(["check", str(notebook)]) == 0
    written(helpers, ("def large(rows):\n    return rows", ["define"]))
    assert main(["check", str(notebook)]) == 1
    assert "`small`" in capsys.readouterr().out
