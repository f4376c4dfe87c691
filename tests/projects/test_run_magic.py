"""A notebook that runs others by `%run`, or imports them, is exported with their code, and compared as it runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbexport_runtime import where
from notebook_files import written

from nbexport import api
from nbexport.plan import ExportRequest, Plan
from nbexport.program import Refused
from nbexport.shell.cli import main

HELPERS = [
    "# Helpers",
    "import math\nlimit = 3",
    "def small(rows):\n    return [math.floor(row) for row in rows if row < limit]",
]
READ = """\
import csv
with open('rows.csv') as file:
    rows = [(float(row['a']), float(row['b'])) for row in csv.DictReader(file)]"""
PREPARE = [READ, "len(rows)", "few = small(a for a, _ in rows)"]
MAIN = [
    "# Title",
    "%run helpers.ipynb",
    "scale = 2  # how much",
    "%run ./prepare.ipynb\nprint(few)",
    "slope = sum(a * b * scale for a, b in rows) / sum(a**2 for a, _ in rows)",
    "metrics = {'slope': slope, 'few': len(few)}",
    "def predict(a: float) -> float:\n    return a * slope\n\npredict(2.0)",
]


def notebooks(folder: Path) -> Path:
    """Three untagged notebooks and their data; the one that runs the others."""
    folder.mkdir(exist_ok=True)
    (folder / "rows.csv").write_text("a,b\n1,2\n2,4\n3,6\n4,9\n")
    written(folder / "helpers.ipynb", *HELPERS)
    written(folder / "prepare.ipynb", *PREPARE)
    return written(folder / "main.ipynb", *MAIN)


def run(*words: str | Path) -> int:
    """The exit code of a command line."""
    return main([str(word) for word in words])


def test_untagged_notebooks_become_one_project_that_is_equal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notebook, project = notebooks(tmp_path / "work"), tmp_path / "out"
    before = {path: path.read_bytes() for path in notebook.parent.iterdir()}
    assert run("tag", "--apply", notebook) == 0
    cells = json.loads(notebook.read_text())["cells"]
    assert [cell["metadata"]["tags"] for cell in cells[1:5]] == [
        ["parameters", "define"],
        ["nbexport:parameters"],
        ["data", "features"],
        ["features"],
    ]
    assert run("check", "--level", "2", notebook) == 0
    assert run(notebook, "--level", "2", "-o", project) == 0
    model = (project / "model.py").read_text()
    assert "From cells 1, 3 of `prepare.ipynb` and cell 4 of `main.ipynb`." in model
    assert "# cell 3 of `prepare.ipynb`\n    few = small(" in model
    assert "`main.ipynb`, `helpers.ipynb` and `prepare.ipynb`" in (project / "definitions.py").read_text()
    lock = json.loads((project / "nbexport.lock").read_text())
    assert lock["notebook"] == "main.ipynb"
    assert "notebooks" not in lock
    capsys.readouterr()
    assert run("verify", notebook, "--project", project) == 0
    assert "are equal (exactly)" in capsys.readouterr().out
    others = {path: content for path, content in before.items() if path != notebook}
    assert {path: path.read_bytes() for path in others} == others, "only the notebook that is named gets tags"

    # what it runs is part of it
    assert run("sync", "--check", notebook) == 0
    written(notebook.parent / "helpers.ipynb", HELPERS[0], HELPERS[1].replace("3", "4"), HELPERS[2])
    assert run("sync", "--check", notebook) == 1
    assert "has fallen behind" in capsys.readouterr().out
    assert run("verify", notebook, "--project", project) == 1
    assert "different" in capsys.readouterr().out
    assert run("sync", notebook) == 0
    assert run("sync", "--check", notebook) == 0

    # a place is told by the notebook that it stands in; edits of such a project are not pulled
    assert run("pull", notebook, "-o", project) == 2
    assert "runs other notebooks" in capsys.readouterr().err


def test_cells_in_place_compute_what_ipython_computes(tmp_path: Path) -> None:
    """The comparison runs the cells one by one; the command itself, in a kernel, leaves the same values."""
    notebook = notebooks(tmp_path / "work")
    assert run("tag", "--apply", notebook) == 0
    assert run(notebook, "-o", tmp_path / "out") == 0
    assert run("verify", notebook, "--project", tmp_path / "out") == 0
    document = nbformat.read(notebook, as_version=4)
    show = "import json\nprint(json.dumps({'metrics': metrics, 'limit': limit, 'few': list(few)}))"
    document.cells.append(nbformat.v4.new_code_cell(show))
    client = NotebookClient(document, kernel_name="python3", resources={"metadata": {"path": str(notebook.parent)}})
    client.execute()
    values = json.loads(document.cells[-1].outputs[0].text)
    assert values["limit"] == 3
    assert values["few"] == [1, 2]
    done = subprocess.run(
        [sys.executable, "train.py", "--output", "bundle"],
        cwd=tmp_path / "out",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "out" / "bundle" / "metrics.json").read_text()) == values["metrics"]


@pytest.mark.parametrize("way", ["import import_ipynb\nimport helpers", "from ipynb.fs.full import helpers"])
def test_a_notebook_that_is_imported_comes_along_as_a_module(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], way: str
) -> None:
    folder, project = tmp_path / "work", tmp_path / "out"
    written(folder / "constants.ipynb", "limit = 3")
    inner = "from ipynb.fs.full.constants import limit"
    # `ipynb` reads no commands of IPython, not even those that a module does without
    head = f"%matplotlib inline\n{inner}" if "import_ipynb" in way else inner
    written(folder / "helpers.ipynb", head, HELPERS[2].replace("math.floor", "int"))
    notebook = written(
        folder / "main.ipynb",
        way,
        ("few = helpers.small([1.5, 2.5, 3.5])", ["data"]),
        ("total = sum(few) / helpers.limit", ["train"]),
        ("metrics = {'total': total}", ["evaluate"]),
    )
    assert run(notebook, "-o", project) == 0
    assert "import helpers\n" in (project / "model.py").read_text()
    assert (project / "helpers.py").read_text().startswith('"""The code of `helpers.ipynb`, as a module."""')
    assert (project / "constants.py").read_text().endswith("limit = 3\n")
    assert "ipynb" not in (project / "requirements.txt").read_text()
    capsys.readouterr()
    assert run("verify", notebook, "--project", project) == 0
    assert "are equal (exactly)" in capsys.readouterr().out
    written(folder / "constants.ipynb", "limit = 2")
    assert run("sync", "--check", notebook) == 1
    assert run("verify", notebook, "--project", project) == 1
    assert "different" in capsys.readouterr().out


def test_what_prevents_an_export_names_the_notebook(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    notebook = notebooks(tmp_path / "work")
    assert run("tag", "--apply", notebook) == 0
    written(notebook.parent / "prepare.ipynb", *PREPARE[:2], "few = small(a for a, _ in rows)\nfew = missing(few)")
    refused = api.plan(ExportRequest(notebook, tmp_path / "out", 1))
    assert isinstance(refused, Refused)
    (against,) = refused.against
    assert str(against.problem.cell) == "3 of `prepare.ipynb`"
    capsys.readouterr()
    assert run(notebook, "-o", tmp_path / "out") == 1
    assert "prepare.ipynb:cell 3:2:7" in capsys.readouterr().out


def test_a_cell_of_the_other_notebook_that_fails_ends_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notebook = notebooks(tmp_path / "work")
    assert run("tag", "--apply", notebook) == 0
    assert run(notebook, "-o", tmp_path / "out") == 0
    written(notebook.parent / "helpers.ipynb", *HELPERS, "1 / 0")
    plan = api.plan(ExportRequest(notebook, tmp_path / "out", 1))
    assert isinstance(plan, Plan), "exploration"
    capsys.readouterr()
    assert run("verify", notebook, "--project", tmp_path / "out") == 2
    assert "fails in cell 4 of `helpers.ipynb`" in capsys.readouterr().err


def test_a_traceback_is_told_in_cells_of_the_other_notebook(tmp_path: Path) -> None:
    notebook = notebooks(tmp_path / "work")
    assert run("tag", "--apply", notebook) == 0
    assert run(notebook, "-o", tmp_path / "out") == 0
    lines = (tmp_path / "out" / "model.py").read_text().splitlines()
    row = next(at for at, line in enumerate(lines, 1) if "few = small(" in line)
    assert str(where.place_of(tmp_path / "out" / "model.py", row)) == "cell 3, line 1 of prepare.ipynb"
    row = next(at for at, line in enumerate(lines, 1) if "print(few)" in line)
    assert str(where.place_of(tmp_path / "out" / "model.py", row)) == "cell 4, line 2 of main.ipynb"
