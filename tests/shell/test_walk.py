"""What is searched: folders and patterns without what git, people and nbexport leave out; named files always."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbexport.shell.cli import main
from nbexport.shell.walk import notebooks_in


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with notebooks, which is the current one."""
    for name in (
        "a.ipynb",
        "b.py",
        "drafts/c.ipynb",
        "drafts/kept.ipynb",
        "drafts/deep/d.ipynb",
        "drafts/deep/e.py",
        "build/f.ipynb",
        ".ipynb_checkpoints/a-checkpoint.ipynb",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def searched(*words: str) -> list[str]:
    """The notebooks that words stand for."""
    return [path.as_posix() for path in notebooks_in(words)]


EVERYTHING = ["a.ipynb", "build/f.ipynb", "drafts/c.ipynb", "drafts/kept.ipynb", "drafts/deep/d.ipynb"]


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ("*.ipynb", ["a.ipynb"]),
        ("**/*.ipynb", EVERYTHING),
        ("**/*.py", ["b.py", "drafts/deep/e.py"]),
        ("drafts/*.ipynb", ["drafts/c.ipynb", "drafts/kept.ipynb"]),
        ("drafts/*/*", ["drafts/deep/d.ipynb", "drafts/deep/e.py"]),
        ("*/[cf].ipynb", ["build/f.ipynb", "drafts/c.ipynb"]),
        ("?.py", ["b.py"]),
        ("*.txt", []),
    ],
)
def test_patterns(pattern: str, wanted: list[str], folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert searched(pattern) == wanted
    assert [path.relative_to(folder).as_posix() for path in notebooks_in([f"{folder}/{pattern}"])] == wanted
    assert ("no notebooks in" in capsys.readouterr().err) == (not wanted)


def test_a_file_whose_name_looks_like_a_pattern(folder: Path) -> None:
    (folder / "[a].ipynb").write_text("{}")
    assert searched("[a].ipynb") == ["[a].ipynb"]


def test_gitignore_is_respected(folder: Path) -> None:
    assert searched(".") == EVERYTHING
    (folder / ".gitignore").write_text("build/\n/a.ipynb\nc.*\n")
    assert searched(".") == ["drafts/kept.ipynb", "drafts/deep/d.ipynb"]
    (folder / "drafts" / ".gitignore").write_text("*.ipynb\n!kept.ipynb\n")
    (folder / "drafts" / "deep" / ".gitignore").write_text("!d.ipynb\n")
    assert searched(".") == ["drafts/kept.ipynb", "drafts/deep/d.ipynb"]
    (folder / "drafts" / "deep" / ".gitignore").unlink()
    assert searched(".", "**/*.py") == ["drafts/kept.ipynb", "b.py", "drafts/deep/e.py"]
    assert searched("a.ipynb", "drafts/c.ipynb") == ["a.ipynb", "drafts/c.ipynb"]


def test_gitignore_above_counts_in_a_repository(folder: Path) -> None:
    (folder / ".gitignore").write_text("drafts/*.ipynb\n!drafts/kept.ipynb\n")
    assert searched("drafts") == ["drafts/c.ipynb", "drafts/kept.ipynb", "drafts/deep/d.ipynb"]
    (folder / ".git").mkdir()
    assert searched("drafts") == ["drafts/kept.ipynb", "drafts/deep/d.ipynb"]
    assert searched("drafts/deep") == ["drafts/deep/d.ipynb"]


def test_an_ignored_folder_that_is_named_is_searched(folder: Path) -> None:
    (folder / ".git").mkdir()
    (folder / ".gitignore").write_text("build/\n")
    assert searched(".") == ["a.ipynb", *EVERYTHING[2:]]
    assert searched("build") == ["build/f.ipynb"]


def test_exclude(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def names(*words: str) -> list[str]:
        for path in EVERYTHING:
            (folder / path).write_text("{")
        assert main(["check", *words]) == 2
        said = capsys.readouterr().err
        return [path for path in EVERYTHING if f"`{path}`" in said]

    assert names(".") == EVERYTHING
    assert names(".", "--exclude", "drafts") == ["a.ipynb", "build/f.ipynb"]
    (folder / "nbexport.toml").write_text('exclude = ["drafts/deep", "build", "a.*"]\n')
    assert names(".") == ["drafts/c.ipynb", "drafts/kept.ipynb"]
    assert names(".", "--exclude", "build,c.ipynb") == ["a.ipynb", "drafts/kept.ipynb", "drafts/deep/d.ipynb"]
    assert names(".", "--isolated") == EVERYTHING
    assert names("a.ipynb", "drafts/deep/d.ipynb") == ["a.ipynb", "drafts/deep/d.ipynb"]


def test_a_gitignore_that_leads_nowhere(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / ".gitignore").symlink_to(folder / "missing")
    assert searched(".") == EVERYTHING
    assert "`.gitignore` is not respected: No such file" in capsys.readouterr().err
