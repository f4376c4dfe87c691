"""`nbexport sync` says, and fixes, where a project is no longer what its notebook says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nbexport.shell import cli


def run(*words: str | Path) -> int:
    return cli.main([str(word) for word in words])


@pytest.fixture
def exported(sound: Path) -> Path:
    """A sound notebook with its project beside it."""
    assert run(sound) == 0
    return sound


def test_up_to_date(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (exported.parent / "sound" / "README.md").write_text("mine")
    assert run("sync", "--check", exported) == 0
    assert "up to date" in capsys.readouterr().out


def test_a_project_of_another_generator_is_up_to_date(exported: Path) -> None:
    lock = exported.parent / "sound" / "nbexport.lock"
    written = json.loads(lock.read_text())
    lock.write_text(json.dumps({**written, "generator": "nbexport 99.0", "files": {}}))
    assert run("sync", "--check", exported) == 0


def test_no_project(sound: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("sync", "--check", sound) == 0
    assert "no project" in capsys.readouterr().out


def test_behind_and_again_up_to_date(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exported.write_text(exported.read_text().replace("* rate", "* rate * 2"))
    assert run("sync", "--check", exported) == 1
    told = capsys.readouterr()
    assert "`model.py` would be updated" in told.out
    assert "nbexport sync" in told.err
    assert run("sync", exported) == 0
    assert run("sync", "--check", exported) == 0


def test_a_change_that_no_project_sees_is_none(exported: Path) -> None:
    exported.write_text(exported.read_text() + "# %%\nprint('looked at it')\n")
    assert run("sync", "--check", exported) == 0


def test_a_module_beside_the_notebook_that_has_changed(sound: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module = sound.parent / "tidy_local.py"
    module.write_text("def tidied(x):\n    return x\n")
    (sound.parent / "README.md").write_text("of the folder, not of the project")
    train = '# %% tags=["train"]\n'
    sound.write_text(sound.read_text().replace(train, f"{train}from tidy_local import tidied\nkept = tidied(1)\n"))
    assert run(sound) == 0
    assert run("sync", "--check", sound) == 0
    module.write_text("def tidied(x):\n    return 2 * x\n")
    capsys.readouterr()
    assert run("sync", "--check", sound) == 1
    assert "`tidy_local.py` would be updated" in capsys.readouterr().out
    assert run("sync", sound) == 0
    assert (sound.parent / "sound" / "tidy_local.py").read_text() == module.read_text()
    assert run("sync", "--check", sound) == 0


def test_a_file_that_is_gone(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (exported.parent / "sound" / "train.py").unlink()
    assert run("sync", "--check", exported) == 1
    assert "`train.py` is missing" in capsys.readouterr().out


def test_a_notebook_that_can_no_longer_be_exported(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exported.write_text(exported.read_text().replace("sum(rows)", "sum(lost)"))
    assert run("sync", "--check", exported) == 1
    assert "NBX101" in capsys.readouterr().out


def test_the_project_of_another_notebook(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = exported.with_name("other.py")
    other.write_text(exported.read_text())
    assert run("sync", "--check", other, "--output", exported.parent / "sound") == 2
    assert "`sound.py`" in capsys.readouterr().err
