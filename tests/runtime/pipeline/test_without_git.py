"""Where there is no program git, as in an image, data is kept all the same, and the commit is what a variable names."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from nbexport_runtime.pipeline import dvc
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.training import provenance

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path on which nothing is, and none of the variables of a CI."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for name in provenance.NAMED_BY:
        monkeypatch.delenv(name, raising=False)
    assert shutil.which("git") is None


def data_set(root: Path) -> Path:
    """A data set that DVC does not know yet."""
    folder = root / "data" / "sets" / "d-1"
    folder.mkdir(parents=True)
    (folder / "rows.csv").write_text("a\n1\n", encoding="utf-8")
    return folder


def comes_back(root: Path) -> bool:
    """Whether the store brings back a data set that DVC was let know of."""
    project = Project(root, root)
    folder = data_set(root)
    dvc.add(project, folder)
    dvc.push(project, ["data/sets/d-1.dvc"])
    shutil.rmtree(folder)
    shutil.rmtree(root / ".dvc" / "cache")
    dvc.bring(project, folder)
    return (folder / "rows.csv").read_text(encoding="utf-8") == "a\n1\n"


@pytest.mark.parametrize("place", ["a repository", "below one", "ignored by one", "none"])
def test_data_is_kept_and_comes_back(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "project"
    root.mkdir()
    if place != "none":
        folder = root if place == "a repository" else tmp_path
        subprocess.run(["git", "init", "--quiet", folder], check=True)
    if place == "ignored by one":
        (tmp_path / ".gitignore").write_text("project/\n", encoding="utf-8")
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert comes_back(root)


@pytest.mark.usefixtures("without_git")
def test_what_was_made_in_a_repository_works_in_an_image_without_it(tmp_path: Path) -> None:
    root = tmp_path / "project"
    (root / ".dvc").mkdir(parents=True)
    # as `dvc init` in a repository writes it, and somebody commits it
    (root / ".dvc" / "config").write_text("[core]\n    analytics = false\n", encoding="utf-8")
    assert comes_back(root)
    assert "no_scm" not in (root / ".dvc" / "config").read_text(encoding="utf-8")


@pytest.mark.usefixtures("without_git")
def test_the_commit_is_unknown_or_what_a_variable_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert provenance.git_state(tmp_path) is None
    for name in provenance.NAMED_BY:
        with monkeypatch.context() as only:
            only.setenv(name, COMMIT)
            assert provenance.git_state(tmp_path) == {"commit": COMMIT, "dirty": None}
            only.setenv(name, "main; rm -rf ~")
            assert provenance.git_state(tmp_path) is None


def test_git_itself_wins_over_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    subprocess.run(["git", "-C", tmp_path, *who, "commit", "--quiet", "--allow-empty", "--message", "one"], check=True)
    monkeypatch.setenv("GITHUB_SHA", COMMIT)
    state = provenance.git_state(tmp_path)
    assert state is not None
    assert state["commit"] != COMMIT
    assert state["dirty"] is False
