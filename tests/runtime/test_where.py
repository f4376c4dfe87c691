"""A traceback of a project is told in cells and rows of its notebook, by the project alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from nbexport_runtime import masking, where

from nbexport import api
from nbexport.plan import ExportRequest, Plan

NOTEBOOK = """\
# %% tags=["parameters"]
rate = 0.5
# %% tags=["define"]
def share(whole, rate):
    # one line here,
    # three in the project
    return (whole / rate) + len(['a long text that makes the line too long', 'so that it is broken', 'into several ones'])
# %% tags=["data"]
rows = [1.0, 2.0, 3.0]
# %%
print("exploration")
# %% tags=["train"]
weight = 0.0
for row in rows:
    if row:
        weight += share( row, rate )
# %% tags=["evaluate"]
metrics = {"weight": weight}
assert metrics["weight"] > 0
assert len(rows) == 3, "rows are lost"
# %% tags=["predict"]
def predict(row: float) -> float:
    return row * weight
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exported project, away from its notebook, which is gone."""
    folder = tmp_path_factory.mktemp("where")
    notebook = folder / "note.py"
    notebook.write_text(NOTEBOOK, encoding="utf-8")
    plan = api.plan(ExportRequest(notebook, folder / "project", 1))
    assert isinstance(plan, Plan)
    api.apply(plan)
    notebook.unlink()
    return folder / "project"


def run(project: Path, *words: str, stdin: str = "", cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """A command of the project, which has its runtime as a folder and nothing of nbexport."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    command = [sys.executable, *words]
    return subprocess.run(
        command, cwd=cwd or project, env=environment, input=stdin, capture_output=True, text=True, check=False
    )


def line_of(path: Path, text: str) -> int:
    (line,) = [number for number, line in enumerate(path.read_text().splitlines(), start=1) if text in line]
    return line


def test_a_training_that_fails_names_cells_and_lines(project: Path) -> None:
    done = run(project, "train.py", "--rate", "0", "--output", "models/failed")
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    told = done.stderr.splitlines()[-1]
    assert told.endswith("ERROR   in the notebook: cell 5, line 4 of note.py → cell 2, line 4 of note.py")


def test_an_assert_that_fails_names_its_cell(project: Path) -> None:
    text = (project / "model.py").read_text()
    try:
        (project / "model.py").write_text(text.replace("rows = [1.0, 2.0, 3.0]", "# fewer\n    rows = [1.0, 2.0]"))
        done = run(project, "train.py", "--output", "models/failed")
    finally:
        (project / "model.py").write_text(text)
    assert done.returncode == 1
    assert "an assert of the notebook failed: rows are lost" in done.stderr
    assert done.stderr.splitlines()[-1].endswith("in the notebook: cell 6, line 3 of note.py")


def test_a_traceback_is_told_in_cells(project: Path, tmp_path: Path) -> None:
    line = line_of(project / "definitions.py", "whole / rate")
    text = f'Traceback:\n  File "{project}/definitions.py", line {line}, in share\n    return\nZeroDivisionError\n'
    done = run(project, "-m", "nbexport_runtime.where", stdin=text)
    assert done.returncode == 0, done.stderr
    assert done.stdout == text.replace("share\n", "share\n  ↳ cell 2, line 4 of note.py\n")
    kept = tmp_path / "log.txt"
    kept.write_text(text)
    assert run(project, "-m", "nbexport_runtime.where", str(kept)).stdout == done.stdout
    named = run(project, "-m", "nbexport_runtime.where", f"definitions.py:{line}")
    assert named.stdout == "cell 2, line 4 of note.py\n"


def test_lines_that_no_cell_has_written_are_said(project: Path) -> None:
    done = run(project, "-m", "nbexport_runtime.where", "model.py:1")
    assert done.returncode == 1
    assert "no cell of a notebook has written line 1 of `model.py`" in done.stderr
    assert run(project, "-m", "nbexport_runtime.where", stdin="nothing here\n").returncode == 1
    assert run(project, "-m", "nbexport_runtime.where", "a", "b").returncode == 2
    assert run(project, "-m", "nbexport_runtime.where", "missing.txt").returncode == 2


def test_lines_of_an_edited_file_are_found_by_what_was_exported(project: Path) -> None:
    path = project / "definitions.py"
    text = path.read_text()
    line = line_of(path, "whole / rate")
    before = where.place_of(path, line)
    assert before is not None
    try:
        path.write_text('"""More."""\n\nx = 1\n' + text.replace("whole / rate", "whole / rate / 2"))
        assert where.place_of(path, line + 3) == before
        assert where.place_of(path, 3) is None
    finally:
        path.write_text(text)


def test_every_line_of_the_notebook_s_own_code_has_its_row(project: Path) -> None:
    cells = NOTEBOOK.split("# %%")[1:]
    found = []
    for file in ("model.py", "definitions.py"):
        for line, text in enumerate((project / file).read_text().splitlines(), start=1):
            place = where.place_of(project / file, line)
            if place is not None:
                row = cells[place.cell - 1].split("\n")[place.row]
                words = {"weight", "rows", "share", "metrics", "row", "whole", "predict", "rate"}
                assert not (common := words & {*text.replace("(", " ").split()}) or common & {
                    *row.replace("(", " ").split()
                }
                found.append((file, place.cell, place.row))
    assert {("model.py", 5, 1), ("model.py", 5, 2), ("model.py", 5, 3), ("model.py", 5, 4)} <= {*found}
    assert {("definitions.py", 2, 1), ("definitions.py", 2, 4), ("definitions.py", 7, 2)} <= {*found}


@pytest.mark.parametrize("content", ["", "{}", '{"texts": ["x"], "origins": ["x"]}', "[]"])
def test_a_damaged_or_older_base_hides_no_traceback(tmp_path: Path, content: str) -> None:
    (tmp_path / ".nbexport").mkdir()
    (tmp_path / ".nbexport" / "base.json").write_text(content)
    (tmp_path / "model.py").write_text("x = 1\n")
    assert where.place_of(tmp_path / "model.py", 1) is None


def test_what_the_service_logs_names_the_cell_too(project: Path) -> None:
    path = project / "definitions.py"
    names: dict[str, object] = {}
    exec(compile(path.read_text(), str(path), "exec"), names)
    with pytest.raises(ZeroDivisionError) as caught:
        names["share"](1.0, 0.0)  # type: ignore[operator]
    assert masking.masked_traceback(caught.value).endswith("in the notebook: cell 2, line 4 of note.py\n")
    with pytest.raises(KeyError) as other:
        json.loads("{}")["x"]
    assert "notebook" not in masking.masked_traceback(other.value)
