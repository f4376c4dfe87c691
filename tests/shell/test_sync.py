"""`nbexport sync` says, and fixes, where a project is no longer what its notebook says."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import shutil
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


@pytest.fixture
def elsewhere(sound: Path) -> Path:
    """The project of a sound notebook, in a folder that `--output` named."""
    folder = sound.parent.parent / "the services" / "-sound"
    assert run(sound, f"--output={folder}") == 0
    return folder


def test_a_project_that_lies_elsewhere_is_found(
    sound: Path, elsewhere: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = sound.read_text()
    assert run("sync", "--check", sound) == 0
    assert f"its project in `{elsewhere}` is up to date" in capsys.readouterr().out
    sound.write_text(notebook.replace("* rate", "* rate * 2"))
    # relative paths: folder and notebook may be moved together, as a clone does
    moved = sound.parent.parent.rename(sound.parent.parent.with_name("clone"))
    monkeypatch.chdir(moved)
    assert run("sync", "--check", "work/sound.py") == 1
    told = capsys.readouterr()
    assert "`model.py` would be updated" in told.out
    fix = told.err.splitlines()[-1].removeprefix("fix: nbexport ")
    assert run(*shlex.split(fix)) == 0
    assert "rate * 2" in (moved / "the services" / "-sound" / "model.py").read_text()
    assert run("sync", "--check", "work/sound.py") == 0


def test_a_folder_is_searched_for_projects(
    sound: Path, elsewhere: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    beside, lone = sound.with_name("beside.py"), sound.with_name("lone.py")
    for notebook in (beside, lone):
        notebook.write_text(sound.read_text())
    assert run(beside) == 0
    monkeypatch.chdir(sound.parent.parent)
    capsys.readouterr()
    assert run("sync", "--check") == 0
    said = capsys.readouterr().out
    assert said.count("is up to date") == 2
    assert "lone" not in said
    for notebook in (sound, beside):
        notebook.write_text(notebook.read_text().replace("* rate", "* rate * 2"))
    assert run("sync", "--check") == 1
    assert capsys.readouterr().out.count("has fallen behind") == 2
    assert run("sync") == 0
    assert run("sync", "--check", ".") == 0
    monkeypatch.chdir(elsewhere)
    assert run("sync", "--check", "nbexport_runtime") == 0
    assert "no exported projects in `nbexport_runtime`" in capsys.readouterr().err


def test_every_project_of_a_notebook_counts(sound: Path, elsewhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(sound) == 0
    assert run(sound, "--output", sound.parent / "third") == 0
    remembered = json.loads((sound.parent / ".nbexport" / "projects.json").read_text())
    assert remembered == {"sound.py": ["../the services/-sound", "third"]}
    shutil.rmtree(sound.parent / "third")
    sound.write_text(sound.read_text().replace("* rate", "* rate * 2"))
    capsys.readouterr()
    assert run("sync", "--check", sound) == 1
    assert capsys.readouterr().out.count("has fallen behind") == 2


def test_where_nothing_can_be_remembered_the_export_stands(sound: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (sound.parent / ".nbexport").write_text("a file")
    output = sound.parent / "my project"
    assert run(sound, "--output", output) == 0
    assert f"warning: `nbexport sync` needs `--output '{output}'`" in capsys.readouterr().err
    assert run("sync", "--check", sound, "--output", output) == 0
    (sound.parent / ".nbexport").unlink()
    (sound.parent / ".nbexport").mkdir()
    (sound.parent / ".nbexport" / "projects.json").write_text("[1")
    assert run("sync", "--check", sound) == 2
    assert "projects.json` is damaged" in capsys.readouterr().err


def test_a_module_that_lies_elsewhere_has_changed(sound: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = sound.parent.parent / "src"
    (source / "tidy_local").mkdir(parents=True)
    module = source / "tidy_local" / "__init__.py"
    module.write_text("def tidied(x):\n    return x\n")
    train = '# %% tags=["train"]\n'
    path = "import sys\nsys.path.append('../src')\n"
    use = f"{train}{path}from tidy_local import tidied\nkept = tidied(1)\n"
    sound.write_text(sound.read_text().replace(train, use))
    assert run(sound) == 0
    assert run("sync", "--check", sound) == 0
    module.write_text("from tidy_local.more import tidied\n")
    (source / "tidy_local" / "more.py").write_text("def tidied(x):\n    return 2 * x\n")
    capsys.readouterr()
    assert run("sync", "--check", sound) == 1
    told = capsys.readouterr().out
    assert "`tidy_local/__init__.py` would be updated" in told
    assert "`tidy_local/more.py` would be created" in told
    assert run("sync", sound) == 0
    assert run("sync", "--check", sound) == 0


def test_versions_that_are_installed_here_are_no_change_of_the_notebook(exported: Path) -> None:
    folder = exported.parent / "sound"
    lock, requirements = folder / "nbexport.lock", folder / "requirements.txt"
    before = requirements.read_text()
    other = re.sub(r"==[\d.]+", "==0.0.1", before)
    assert other != before
    requirements.write_text(other)
    written = json.loads(lock.read_text())
    written["files"]["requirements.txt"]["sha256"] = hashlib.sha256(other.encode()).hexdigest()
    lock.write_text(json.dumps(written))
    exported.write_text(exported.read_text() + "# %%\nprint('looked at it')\n")
    assert run("sync", "--check", exported) == 0
    requirements.write_text(f"{other}one-more\n")
    written["files"]["requirements.txt"]["sha256"] = hashlib.sha256(f"{other}one-more\n".encode()).hexdigest()
    lock.write_text(json.dumps(written))
    assert run("sync", "--check", exported) == 1
