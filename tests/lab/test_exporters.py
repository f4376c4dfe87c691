"""nbconvert gives the zip of the project, or says why there is none."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from conftest import SOUND
from lab.test_server import as_content
from nbconvert.utils.exceptions import ConversionException

from nbexport import api, disk
from nbexport.lab.exporters import ServeExporter, TrainExporter
from nbexport.plan import ExportRequest


def written(folder: Path, text: str = SOUND) -> Path:
    path = folder / "some.ipynb"
    path.write_text(json.dumps(as_content(text)), encoding="utf-8")
    return path


@pytest.mark.parametrize(("kind", "level"), [(TrainExporter, 1), (ServeExporter, 2)])
def test_the_zip_holds_what_an_export_writes(kind: type, level: int, tmp_path: Path) -> None:
    path = written(tmp_path)
    content, resources = kind().from_filename(str(path))
    plan = api.plan(ExportRequest(path, level=level, output=tmp_path / "some"))
    assert not isinstance(plan, api.Refused)
    expected = {change.path: change.after for change in plan.changes if change.path not in (disk.LOCK, disk.BASE)}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {name.removeprefix("some/"): archive.read(name) for name in archive.namelist()} == expected
    assert kind().from_filename(str(path))[0] == content
    assert resources["output_extension"] == ".zip"


def test_a_notebook_that_cannot_be_exported_is_told_why(tmp_path: Path) -> None:
    node = nbformat.from_dict(as_content(SOUND.replace("sum(rows)", "sum(missing)")))
    with pytest.raises(ConversionException, match="NBX101 cell 3: `missing`"):
        TrainExporter().from_notebook_node(node)


def test_nbconvert_lists_and_runs_it(tmp_path: Path) -> None:
    path = written(tmp_path)
    command = [sys.executable, "-m", "nbconvert", "--to", "nbexport-train", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(tmp_path / "some.zip") as archive:
        assert "some/train.py" in archive.namelist()
