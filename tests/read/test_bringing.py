"""`%run other.ipynb`: which cells stand in its place, and what is left as it is."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest
from notebook_files import written

from nbexport.model import CellNumber, Notebook, Role
from nbexport.read import bringing
from nbexport.read.notebook import read


def told(document: Notebook) -> list[tuple[str, str]]:
    """Number and code of each code cell, as a person reads them."""
    return [(str(cell.number), cell.code.strip()) for cell in document.cells if cell.kind == "code"]


def test_cells_stand_in_place_of_the_command(tmp_path: Path) -> None:
    written(tmp_path / "clean.ipynb", "# How to clean", "gaps = 0", ("rows = []", ["data"]))
    main = written(tmp_path / "main.ipynb", "x = 1", "%run clean.ipynb", "print(rows)")
    notebook = read(main)
    document = bringing.in_place(notebook)
    assert told(document) == [
        ("1", "x = 1"),
        ("2", ""),
        ("2 of `clean.ipynb`", "gaps = 0"),
        ("3 of `clean.ipynb`", "rows = []"),
        ("3", "print(rows)"),
    ]
    assert [int(cell.number) for cell in document.cells] == [1, 2, 3, 4, 5, 6]
    assert document.cells[4].roles == (Role.DATA,)
    assert [cell.id for cell in document.cells] == ["cell-0", "cell-1", None, None, None, "cell-2"]
    assert document.brought[0] is notebook
    assert [Path(one.path) for one in document.brought] == [main, tmp_path / "clean.ipynb"]
    number = document.cells[4].number
    again = pickle.loads(pickle.dumps(number))
    assert isinstance(again, CellNumber)
    assert (again, again.own, again.notebook, again.brought) == (5, 3, "clean.ipynb", True)


def test_a_cell_is_divided_at_the_rows_of_the_file(tmp_path: Path) -> None:
    written(tmp_path / "a.ipynb", "a = 1")
    written(tmp_path / "b.ipynb", "b = a")
    source = "import os\n%run a.ipynb\n\n%run -i './b.ipynb'  # needs a\nc = b\n%time d = c"
    document = bringing.in_place(read(written(tmp_path / "main.ipynb", (source, ["features"]))))
    assert told(document) == [
        ("1", "import os"),
        ("1 of `a.ipynb`", "a = 1"),
        ("1 of `b.ipynb`", "b = a"),
        ("1", "c = b\nd = c"),
    ]
    assert [cell.code.split("\n").index(cell.code.split("\n")[-1]) for cell in document.cells[-1:]] == [5]
    assert document.cells[-1].source.split("\n")[4:] == ["c = b", "%time d = c"]
    assert [magic.span.row for magic in document.cells[-1].magics] == [6]
    assert document.cells[-1].column_shifts == {6: 6}
    assert {cell.roles for cell in document.cells} == {(Role.FEATURES,)}, "untagged notebooks have those of the cell"


def test_notebooks_run_notebooks(tmp_path: Path) -> None:
    written(tmp_path / "lib" / "inner.ipynb", "z = 1")
    # paths begin from the folder of the kernel, whichever notebook names them
    written(tmp_path / "lib" / "outer.ipynb", "%run lib/inner.ipynb", "y = z")
    document = bringing.in_place(read(written(tmp_path / "main.ipynb", "%run lib/outer.ipynb")))
    assert told(document) == [
        ("1", ""),
        ("1 of `lib/outer.ipynb`", ""),
        ("1 of `lib/inner.ipynb`", "z = 1"),
        ("2 of `lib/outer.ipynb`", "y = z"),
    ]
    digest = document.digest
    written(tmp_path / "lib" / "inner.ipynb", "z = 2")
    assert bringing.in_place(read(tmp_path / "main.ipynb")).digest != digest, "it is part of what is exported"


def test_tags_of_the_runner_matter_and_those_of_the_run_do_not(tmp_path: Path) -> None:
    """IPython runs every code cell of the file, and nothing of a cell that is not executed."""
    written(tmp_path / "a.ipynb", ("a = 1", ["skip-execution"]))
    document = bringing.in_place(read(written(tmp_path / "main.ipynb", "%run a.ipynb")))
    assert [cell.runs for cell in document.cells] == [True, True]
    main = read(written(tmp_path / "main.ipynb", ("%run a.ipynb", ["skip-execution"])))
    assert bringing.in_place(main) is main


LEFT = {
    "missing": "%run missing.ipynb",
    "a script": "%run script.py",
    "an absolute path": "%run {folder}/other.ipynb",
    "out of the folder": "%run ../outside.ipynb",
    "a link out of the folder": "%run link.ipynb",
    "hidden": "%run .hidden/other.ipynb",
    "a path of a run": "%run $name",
    "a path in braces": "%run {{name}}.ipynb",
    "itself": "%run main.ipynb",
    "another kernel": "%run r.ipynb",
    "not a notebook": "%run broken.ipynb",
    "its own file name": "%run file.ipynb",
    "future": "%run future.ipynb",
    "with words behind it": "%run other.ipynb --fast",
    "in a statement": "if True:\n    %run other.ipynb",
    "below a cell magic": "%%time\n%run other.ipynb",
    "in another folder": "import os\nos.chdir('..')\n%run other.ipynb",
    "after cd": "%cd ..\n%run other.ipynb",
    "bound": "x = %run other.ipynb",
    "from the future": "from __future__ import annotations\n%run other.ipynb",
    "in a text": "text = '''\n%run other.ipynb\n'''",
}


@pytest.mark.parametrize("kind", LEFT)
def test_what_cannot_be_followed_stays(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "work"
    written(folder / "other.ipynb", "y = 1")
    written(folder / ".hidden" / "other.ipynb", "y = 1")
    written(tmp_path / "outside.ipynb", "y = 1")
    (folder / "link.ipynb").symlink_to(tmp_path / "outside.ipynb")
    (folder / "script.py").write_text("y = 1")
    (folder / "broken.ipynb").write_text("{")
    written(folder / "file.ipynb", "print(__file__)")
    written(folder / "future.ipynb", "from __future__ import annotations")
    kernel = {"name": "ir", "display_name": "R", "language": "R"}
    (folder / "r.ipynb").write_text(
        json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": []})
    )
    notebook = read(written(folder / "main.ipynb", LEFT[kind].format(folder=folder)))
    assert bringing.in_place(notebook) is notebook
    followed = bringing.in_place(read(written(folder / "main.ipynb", "%run other.ipynb")))
    assert len(followed.cells) == 2, "the same without what is special about it"


def test_notebooks_that_run_each_other_end(tmp_path: Path) -> None:
    written(tmp_path / "a.ipynb", "%run b.ipynb")
    written(tmp_path / "b.ipynb", "%run a.ipynb")
    document = bringing.in_place(read(tmp_path / "a.ipynb"))
    assert [str(cell.number) for cell in document.cells] == ["1", "1 of `b.ipynb`"]
    assert bringing.path_of(document.cells[1].magics[0]) == "a.ipynb", "which the rules report"


def test_a_document_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bringing, "MAX_CELLS", 5)
    written(tmp_path / "a.ipynb", "a = 1", "a = 2")
    small = read(written(tmp_path / "main.ipynb", "%run a.ipynb\n%run a.ipynb"))
    assert len(bringing.in_place(small).cells) == 5
    large = read(written(tmp_path / "main.ipynb", "%run a.ipynb\n%run a.ipynb\n%run a.ipynb"))
    assert bringing.in_place(large) is large
