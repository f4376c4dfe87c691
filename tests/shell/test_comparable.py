"""`nbexport verify NOTEBOOK` finds the project to compare with, or makes one that does not stay."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nbexport.shell import cli, comparable


def run(*words: str | Path) -> int:
    return cli.main([str(word) for word in words])


def test_a_notebook_without_a_project_is_compared_all_the_same(
    sound: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # too long for the socket of a kernel
    scratch = tmp_path / ("scratch" * 12)
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    notebook = sound.rename(sound.with_name("-the sound.py"))
    # without a `predict` there is no service to wait for, and level 1 is what can be compared
    notebook.write_text(notebook.read_text().partition('# %% tags=["predict"]')[0])
    monkeypatch.chdir(notebook.parent)
    assert run("verify", f"./{notebook.name}") == 0
    told = capsys.readouterr()
    assert "`-the sound.py` has no exported project: level 1 of it is made in a scratch folder" in told.err
    assert "To keep a project: nbexport './-the sound.py' --level 1" in told.err
    assert "are equal (exactly): compared 1 metric" in told.out
    assert "nbexport.lock" not in told.out
    assert os.listdir(notebook.parent) == [notebook.name]
    assert not list(scratch.glob("nbexport-verify-*"))


def test_what_cannot_be_exported_is_told_what_it_lacks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    notebook = tmp_path / "untagged.py"
    notebook.write_text("# %%\nx = 1\n")
    assert run("verify", notebook) == 2
    told = capsys.readouterr().err
    assert "cannot be exported, so there is nothing to compare with" in told
    assert f"fix: run `nbexport {notebook} --level 1`" in told
    assert run("verify", notebook, "--project", tmp_path / "nothing") == 2


def test_a_project_that_lies_elsewhere_is_taken(sound: Path, tmp_path: Path) -> None:
    assert run(sound, "--output", tmp_path / "one") == 0
    with comparable.project_of(sound, None, level=None) as project:
        assert project == tmp_path / "one"
    assert run(sound, "--output", tmp_path / "two") == 0
    with pytest.raises(Exception, match="has several projects"), comparable.project_of(sound, None, level=None):
        pass
    assert run(sound) == 0
    with comparable.project_of(sound, None, level=None) as project:
        assert project == sound.with_suffix("")
    with comparable.project_of(sound, str(tmp_path / "two"), level=None) as project:
        assert project == tmp_path / "two"
