"""The disk keeps what people wrote, and holds the old project or the new one whatever happens."""

from __future__ import annotations

import base64
import errno
import fcntl
import json
import os
import stat
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbexport import disk
from nbexport.disk import lockfile, swap
from nbexport.disk.merge import three_way
from nbexport.errors import NbexportError
from nbexport.plan import Action, Artifact, Plan

FACTS: dict[str, Any] = {"notebook": "a.ipynb", "digest": "d", "level": 1}
TEXT = b"one\ntwo\nthree\nfour\nfive\n"


def files(**contents: bytes) -> list[Artifact]:
    """Artifacts by name, `_` for `.`."""
    return [Artifact(name.replace("_", "."), content) for name, content in contents.items()]


def export(artifacts: list[Artifact], folder: Path, *, force: bool = False) -> Plan:
    """The plan, carried out."""
    plan = disk.plan(artifacts, folder, **FACTS)
    disk.apply(plan, force=force)
    return plan


def actions(plan: Plan) -> dict[str, str]:
    """File → what happens to it, without nbexport's own records."""
    return {change.path: change.action.value for change in plan.changes if "nbexport" not in change.path}


def tree(folder: Path) -> dict[str, bytes]:
    """Every file under the folder but what `nbexport undo` keeps, which has the time in it."""
    files = [path for path in folder.rglob("*") if path.is_file() and "history" not in path.parts]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


# --------------------------------------------------------------------------- the plan


def test_second_export_is_all_same_and_touches_nothing(out: Path) -> None:
    first = export(files(train_py=TEXT), out)
    assert set(actions(first).values()) == {"create"}
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    second = export(files(train_py=TEXT), out)
    assert {change.action for change in second.changes} == {Action.SAME}
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


def test_a_plan_writes_nothing(out: Path) -> None:
    disk.plan(files(train_py=TEXT), out, **FACTS)
    assert list(out.parent.iterdir()) == []


def test_same_input_same_bytes_in_any_folder(tmp_path: Path) -> None:
    artifacts = [*files(b_py=b"b\n", a_py=b"a\n"), Artifact("rows.csv", b"1\n", owned=False)]
    export(artifacts, tmp_path / "one")
    export(artifacts[::-1], tmp_path / "elsewhere" / "two")
    assert tree(tmp_path / "one") == tree(tmp_path / "elsewhere" / "two")


def test_unedited_files_follow_the_notebook(out: Path) -> None:
    export(files(train_py=TEXT, old_py=b"old\n"), out)
    plan = export(files(train_py=b"new\n"), out)
    assert actions(plan) == {"train.py": "update", "old.py": "orphan"}
    assert sorted(tree(out)) == [".nbexport/base.json", "nbexport.lock", "train.py"]


def test_folders_that_lose_their_last_file_go(out: Path) -> None:
    export([Artifact("a/b/c.py", b"c\n"), Artifact("d.py", b"d\n")], out)
    export([Artifact("d.py", b"d\n")], out)
    assert not (out / "a").exists()
    (out / "models").mkdir()
    export([Artifact("a/b/c.py", b"c\n"), Artifact("d.py", b"d\n")], out)
    export([Artifact("d.py", b"d\n")], out)
    assert not (out / "a").exists()


def test_a_hand_edit_stays_when_the_notebook_did_not_change_that_file(out: Path) -> None:
    export(files(train_py=TEXT, model_py=b"a\n"), out)
    (out / "train.py").write_bytes(b"mine\n")
    plan = export(files(train_py=TEXT, model_py=b"b\n"), out)
    assert actions(plan) == {"train.py": "same", "model.py": "update"}
    assert (out / "train.py").read_bytes() == b"mine\n"
    assert actions(export(files(train_py=TEXT, model_py=b"b\n"), out)) == {"train.py": "same", "model.py": "same"}


def test_both_sides_changed_in_different_places_is_merged(out: Path) -> None:
    export(files(notes_txt=TEXT), out)
    (out / "notes.txt").write_bytes(TEXT.replace(b"one", b"mine"))
    plan = export(files(notes_txt=TEXT.replace(b"five", b"theirs")), out)
    assert actions(plan) == {"notes.txt": "merge"}
    assert (out / "notes.txt").read_bytes() == b"mine\ntwo\nthree\nfour\ntheirs\n"
    assert actions(export(files(notes_txt=TEXT.replace(b"five", b"theirs")), out)) == {"notes.txt": "same"}
    export(files(notes_txt=TEXT), out)
    assert (out / "notes.txt").read_bytes() == TEXT.replace(b"one", b"mine")


def test_a_real_conflict_writes_nothing_at_all(out: Path) -> None:
    export(files(train_py=TEXT, model_py=b"a\n"), out)
    (out / "train.py").write_bytes(TEXT.replace(b"two", b"mine"))
    before = tree(out)
    plan = disk.plan(files(train_py=TEXT.replace(b"two", b"theirs"), model_py=b"b\n"), out, **FACTS)
    assert [change.path for change in plan.conflicts] == ["train.py"]
    with pytest.raises(NbexportError, match="written by hand"):
        disk.apply(plan)
    assert tree(out) == before


def test_force_keeps_numbered_backups(out: Path) -> None:
    export(files(train_py=TEXT), out)
    for number in range(3):
        (out / "train.py").write_bytes(b"mine %d\n" % number)
        export(files(train_py=b"theirs %d\n" % number), out, force=True)
        assert (out / "train.py").read_bytes() == b"theirs %d\n" % number
    backups = {name: content for name, content in tree(out).items() if ".orig" in name}
    assert backups == {"train.py.orig": b"mine 0\n", "train.py.orig.2": b"mine 1\n", "train.py.orig.3": b"mine 2\n"}


def test_a_merge_that_breaks_the_python_is_a_conflict(out: Path) -> None:
    base = b"x = [\n    1,\n    2,\n    3,\n]\n"
    export(files(train_py=base), out)
    (out / "train.py").write_bytes(base.replace(b"x = [\n", b"x = (\n"))
    plan = disk.plan(files(train_py=base.replace(b"    3,\n", b"    4,\n")), out, **FACTS)
    assert actions(plan) == {"train.py": "conflict"}


def test_a_file_that_nbexport_never_wrote_is_in_the_way(out: Path) -> None:
    out.mkdir()
    (out / "train.py").write_bytes(b"mine\n")
    plan = disk.plan(files(train_py=TEXT), out, **FACTS)
    assert [(change.path, change.note) for change in plan.conflicts] == [("train.py", "not written by nbexport")]
    (out / "train.py").write_bytes(TEXT)
    assert actions(disk.plan(files(train_py=TEXT), out, **FACTS)) == {"train.py": "same"}


def test_an_edited_file_that_is_no_longer_generated_stays(out: Path) -> None:
    export(files(old_py=TEXT, train_py=TEXT), out)
    (out / "old.py").write_bytes(b"mine\n")
    plan = export(files(train_py=TEXT), out)
    (orphan,) = [change for change in plan.changes if change.action is Action.ORPHAN]
    assert "kept" in orphan.note
    assert (out / "old.py").read_bytes() == b"mine\n"


def test_a_deleted_file_comes_back(out: Path) -> None:
    export(files(train_py=TEXT), out)
    (out / "train.py").unlink()
    assert actions(export(files(train_py=TEXT), out)) == {"train.py": "create"}


def test_data_belongs_to_the_user_once_written(out: Path) -> None:
    data = Artifact("data/rows.csv", b"1\n", owned=False)
    export([data, *files(train_py=TEXT)], out)
    (out / "data/rows.csv").write_bytes(b"2\n")
    plan = export([Artifact("data/rows.csv", b"3\n", owned=False), *files(train_py=TEXT)], out)
    (change,) = [change for change in plan.changes if change.path == "data/rows.csv"]
    assert change.action is Action.SAME
    assert "delete it" in change.note
    export(files(train_py=TEXT), out)
    assert (out / "data/rows.csv").read_bytes() == b"2\n"


def test_changed_line_ends_are_no_edit(out: Path) -> None:
    export(files(train_py=TEXT), out)
    (out / "train.py").write_bytes(TEXT.replace(b"\n", b"\r\n"))
    assert actions(disk.plan(files(train_py=TEXT), out, **FACTS)) == {"train.py": "same"}
    assert actions(disk.plan(files(train_py=b"new\n"), out, **FACTS)) == {"train.py": "update"}


def test_a_change_between_plan_and_apply_is_noticed(out: Path) -> None:
    export(files(train_py=TEXT), out)
    plan = disk.plan(files(train_py=b"new\n"), out, **FACTS)
    (out / "train.py").write_bytes(b"typed meanwhile\n")
    with pytest.raises(NbexportError, match="changed while"):
        disk.apply(plan)
    assert (out / "train.py").read_bytes() == b"typed meanwhile\n"


def test_without_its_base_a_double_change_is_a_conflict(out: Path) -> None:
    export(files(notes_txt=TEXT), out)
    (out / ".nbexport/base.json").write_text('{"notes.txt": ["forged\\n"]}')
    (out / "notes.txt").write_bytes(TEXT.replace(b"one", b"mine"))
    plan = disk.plan(files(notes_txt=TEXT.replace(b"five", b"theirs")), out, **FACTS)
    assert actions(plan) == {"notes.txt": "conflict"}


def test_another_notebook_taking_over_is_said(out: Path) -> None:
    export(files(train_py=TEXT), out)
    plan = disk.plan(files(train_py=b"new\n"), out, **{**FACTS, "notebook": "b.ipynb"})
    assert any("a.ipynb" in note for note in plan.notes)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}', '{"format": "x", "files": {}}', "[" * 100_000])
def test_a_damaged_lock_is_a_clear_error(out: Path, text: str) -> None:
    export(files(train_py=TEXT), out)
    (out / "nbexport.lock").write_text(text)
    with pytest.raises(NbexportError, match="damaged"):
        disk.plan(files(train_py=TEXT), out, **FACTS)


def test_a_lock_of_a_newer_format_is_a_clear_error(out: Path) -> None:
    export(files(train_py=TEXT), out)
    lock = json.loads((out / "nbexport.lock").read_text())
    (out / "nbexport.lock").write_text(json.dumps({**lock, "format": 99, "generator": "nbexport 9"}))
    with pytest.raises(NbexportError, match="newer nbexport"):
        disk.plan(files(train_py=TEXT), out, **FACTS)


def test_a_lock_that_names_files_outside_removes_none(out: Path) -> None:
    export(files(train_py=TEXT), out)
    victim = out.parent / "victim.txt"
    victim.write_bytes(TEXT)
    lock = json.loads((out / "nbexport.lock").read_text())
    lock["files"]["../victim.txt"] = lock["files"]["train.py"]
    (out / "nbexport.lock").write_text(json.dumps(lock))
    with pytest.raises(NbexportError, match="not a path inside"):
        disk.plan(files(train_py=TEXT), out, **FACTS)
    assert victim.exists()


def test_verified_lasts_until_notebook_or_project_change(out: Path) -> None:
    generated = [*files(train_py=TEXT, README_md=b"read me\n"), Artifact("tests/test_it.py", b"assert 1\n")]
    export(generated, out)

    def holds(notebook: str = "d") -> bool:
        return disk.verified(disk.written(out), notebook=notebook, project=disk.project_digest(out))

    assert not holds()
    disk.record_verified(out, notebook="d", equal=True)
    lock = json.loads((out / disk.LOCK).read_text())["verified"]
    assert lock.keys() == {"notebook", "project", "at", "nbexport"}
    assert holds()
    assert not holds("another notebook")
    for path, content, lasts in [
        ("train.py", TEXT.replace(b"\n", b"\r\n"), True),
        ("train.py", TEXT + b"six\n", False),
        ("train.py", TEXT, True),
        ("README.md", b"hand-written\n", True),
        ("tests/test_it.py", b"assert 2\n", True),
        ("models/v1/model.py", b"1", True),
        ("own/helper.py", b"2", False),
    ]:
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_bytes(content)
        assert holds() == lasts, path
    (out / "own/helper.py").unlink()
    (out / "train.py").unlink()
    assert not holds()
    (out / "train.py").write_bytes(TEXT)
    # an export of the same notebook leaves it as it is, and so does not look like drift
    again = disk.plan(generated, out, **FACTS)
    assert {change.path: change.action for change in again.changes}[disk.LOCK] is Action.SAME
    # one of another notebook takes it out
    disk.apply(disk.plan(generated, out, **{**FACTS, "digest": "e"}), force=True)
    assert "verified" not in json.loads((out / disk.LOCK).read_text())


def test_a_comparison_that_fails_takes_verified_back(out: Path) -> None:
    export(files(train_py=TEXT), out)
    before = (out / disk.LOCK).read_bytes()
    disk.record_verified(out, notebook="d", equal=True)
    assert (out / disk.LOCK).read_bytes() != before
    assert disk.record_verified(out, notebook="d", equal=False) is None
    assert (out / disk.LOCK).read_bytes() == before


def test_edited_names_what_a_person_changed(out: Path) -> None:
    export(files(a_py=b"a\n", b_py=b"b\n", c_py=b"c\n"), out)
    (out / "a.py").write_bytes(b"mine\n")
    (out / "b.py").unlink()
    assert disk.edited(out) == ("a.py", "b.py")
    with pytest.raises(NbexportError, match="not an exported project"):
        disk.edited(out.parent)


# --------------------------------------------------------------------------- where files may lie


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "../x.py", "a/../../x.py", "./x.py", "a//b", "", "c:\\x", "c:x", ".git/hooks/pre-commit", "a\nb"],
)
def test_paths_that_leave_the_folder_are_refused(out: Path, path: str) -> None:
    with pytest.raises(NbexportError, match="not a path inside"):
        disk.plan([Artifact(path, TEXT)], out, **FACTS)


@pytest.mark.parametrize("paths", [("Model.py", "model.py"), ("a", "a/b"), ("A/x.py", "a/X.py"), ("NBEXPORT.lock",)])
def test_paths_that_collide_are_refused(out: Path, paths: tuple[str, ...]) -> None:
    with pytest.raises(NbexportError, match=r"one file where|which is a file"):
        disk.plan([Artifact(path, TEXT) for path in paths], out, **FACTS)


def test_links_out_of_the_folder_are_refused(out: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    out.mkdir()
    (out / "tests").symlink_to(outside)
    with pytest.raises(NbexportError, match="outside the project"):
        disk.plan([Artifact("tests/test_a.py", TEXT)], out, **FACTS)
    (out / "train.py").symlink_to(outside / "train.py")
    with pytest.raises(NbexportError, match="symbolic link"):
        disk.plan(files(train_py=TEXT), out, **FACTS)
    assert list(outside.iterdir()) == []


def test_the_folder_itself_may_be_a_link(out: Path, tmp_path: Path) -> None:
    real = tmp_path / "elsewhere" / "real"
    real.mkdir(parents=True)
    out.symlink_to(real)
    export(files(train_py=TEXT), out)
    assert out.is_symlink()
    assert (real / "train.py").read_bytes() == TEXT


def test_a_folder_where_a_file_belongs_and_the_reverse(out: Path, tmp_path: Path) -> None:
    (out / "train.py").mkdir(parents=True)
    with pytest.raises(NbexportError, match="not a file"):
        disk.plan(files(train_py=TEXT), out, **FACTS)
    (out / "tests").write_bytes(b"")
    with pytest.raises(NbexportError, match="needs a folder"):
        disk.plan([Artifact("tests/a.py", TEXT)], out, **FACTS)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(NbexportError, match="is a file"):
        disk.plan(files(train_py=TEXT), tmp_path / "file", **FACTS)


# --------------------------------------------------------------------------- modes


def test_modes_are_kept_and_programs_can_run(out: Path) -> None:
    program = Artifact("run.sh", b"#!/bin/sh\n", executable=True)
    export([program, *files(train_py=TEXT)], out)
    assert (out / "run.sh").stat().st_mode & stat.S_IXUSR
    (out / "train.py").chmod(0o640)
    (out / "run.sh").chmod(0o644)
    plan = export([program, *files(train_py=b"new\n")], out)
    assert actions(plan) == {"train.py": "update", "run.sh": "update"}
    assert stat.S_IMODE((out / "train.py").stat().st_mode) == 0o640
    assert (out / "run.sh").stat().st_mode & stat.S_IXUSR


# --------------------------------------------------------------------------- all or nothing


@pytest.mark.parametrize("kind", ["fresh", "plain", "lived-in", "amended"])
def test_a_killed_writer_leaves_the_old_project_or_the_new_one(tmp_path: Path, kind: str) -> None:
    program = Path(__file__).with_name("killed_writer.py")
    done = subprocess.run(
        [sys.executable, str(program), str(tmp_path / "place" / "out"), kind],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    kills = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(kills) > 15
    assert [kill["killed"] for kill in kills] == [True] * (len(kills) - 1) + [False]
    assert {kill["recovered"] for kill in kills} == {"old", "new"}
    assert all(kill["left_over"] == [] for kill in kills)
    # once an export has happened it is not taken back
    verdicts = [kill["recovered"] for kill in kills]
    assert verdicts == sorted(verdicts, key=["old", "new"].index)
    if kind == "fresh" or (kind == "plain" and swap.renameat2() is not None):
        # one system call puts the project in place: there is no mixture even before the next nbexport looks
        assert {kill["at_once"] for kill in kills} == {"old", "new"}


def interrupted(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An export to a folder with a life of its own, ended between two of its renames."""
    export(files(a_py=b"a\n", b_py=b"b\n", c_py=b"c\n"), out)
    (out / "models").mkdir()
    plan = disk.plan(files(a_py=b"A\n", b_py=b"B\n", c_py=b"c\n"), out, **FACTS)

    class Killed(BaseException):
        pass

    rename = os.replace

    def dies(source: Any, target: Any) -> None:
        if str(target).endswith("b.py"):
            raise Killed
        rename(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", dies)
        with pytest.raises(Killed):
            disk.apply(plan)
    assert ((out / "a.py").read_bytes(), (out / "b.py").read_bytes()) == (b"A\n", b"b\n")


def test_recovery_is_said_and_loses_no_later_edit(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted(out, monkeypatch)
    (out / "b.py").write_bytes(b"typed after the crash\n")
    plan = disk.plan(files(a_py=b"A\n", b_py=b"B\n", c_py=b"c\n"), out, **FACTS)
    assert any("interrupted" in note for note in plan.notes)
    assert (out / "b.py").read_bytes() == b"B\n"
    assert (out / "b.py.orig").read_bytes() == b"typed after the crash\n"
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def test_a_plan_from_before_a_crash_is_not_carried_out(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export(files(a_py=b"a\n", b_py=b"b\n", c_py=b"c\n"), out)
    early = disk.plan(files(a_py=b"a\n", b_py=b"b\n", c_py=b"C\n", d_py=b"d\n"), out, **FACTS)
    (only,) = [change for change in early.changes if change.path == "c.py"]
    interrupted(out, monkeypatch)
    with pytest.raises(NbexportError, match="run the same command again"):
        disk.apply(Plan(early.folder, (only,)))
    assert (out / "c.py").read_bytes() == b"c\n"
    assert (out / "b.py").read_bytes() == b"B\n"


@pytest.mark.parametrize("failing", ["a.py", "b.py", "nbexport.lock"])
def test_a_rename_that_fails_puts_the_old_files_back(out: Path, monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    export([*files(a_py=b"a\n", b_py=b"b\n"), Artifact("gone/c.py", b"c\n")], out)
    (out / "models").mkdir()
    before = tree(out)
    plan = disk.plan([*files(a_py=b"A\n", b_py=b"B\n"), Artifact("new/d.py", b"d\n")], out, **FACTS)
    rename, failed = os.replace, []

    def fails_once(source: Any, target: Any) -> None:
        if str(target).endswith(f"/{failing}") and not failed:
            failed.append(target)
            raise OSError(errno.EPERM, "not permitted", str(target))
        rename(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fails_once)
        with pytest.raises(NbexportError, match="as it was before"):
            disk.apply(plan)
    assert tree(out) == before
    assert not (out / "new").exists()
    assert [path.name for path in out.parent.iterdir()] == ["out"]


@pytest.mark.parametrize("kind", ["fresh", "plain", "lived-in"])
def test_a_full_disk_leaves_nothing_half_written(out: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    if kind != "fresh":
        export(files(a_py=b"a\n", b_py=b"b\n"), out)
    if kind == "lived-in":
        (out / "models").mkdir()
    before = tree(out) if out.exists() else None
    plan = disk.plan(files(a_py=b"A\n", b_py=b"B\n"), out, **FACTS)
    flush, flushed = os.fsync, []

    def full(handle: int) -> None:
        flushed.append(handle)
        if len(flushed) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        flush(handle)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(NbexportError, match="No space left"):
            disk.apply(plan)
    assert (tree(out) if out.exists() else None) == before
    assert [path for path in out.parent.iterdir() if path != out] == []


def test_a_folder_that_cannot_be_written_is_a_clear_error(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = disk.plan(files(a_py=b"a\n"), out, **FACTS)

    def closed(*_: Any, **__: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(out))

    with monkeypatch.context() as patch:
        patch.setattr(os, "mkdir", closed)
        with pytest.raises(NbexportError, match="cannot be written") as caught:
            disk.apply(plan)
    assert "Permission denied" in str(caught.value)


def test_two_exports_at_once_do_not_mix(out: Path) -> None:
    export(files(a_py=b"a\n"), out)
    place = out.with_name(".out.nbexport")
    place.mkdir()
    held = os.open(place, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(NbexportError, match="another nbexport"):
            disk.plan(files(a_py=b"A\n"), out, **FACTS)
    finally:
        os.close(held)
    export(files(a_py=b"A\n"), out)
    assert (out / "a.py").read_bytes() == b"A\n"


def test_a_folder_where_someone_works_keeps_its_identity(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export(files(a_py=b"a\n"), out)
    monkeypatch.chdir(out)
    identity = out.stat().st_ino
    export(files(a_py=b"A\n"), Path())
    assert out.stat().st_ino == identity
    assert Path("a.py").read_bytes() == b"A\n"


def test_a_folder_with_a_life_of_its_own_keeps_its_identity(out: Path) -> None:
    export(files(a_py=b"a\n"), out)
    (out / "models").mkdir()
    (out / "models" / "weights").write_bytes(b"w")
    identity = out.stat().st_ino
    export(files(a_py=b"A\n"), out)
    assert out.stat().st_ino == identity
    assert (out / "models" / "weights").read_bytes() == b"w"


def test_a_file_system_without_hard_links_or_exchange_is_written_too(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(files(a_py=b"a\n", b_py=b"b\n"), out)
    (out / "notes.txt").write_bytes(b"mine")
    plan = disk.plan(files(a_py=b"A\n"), out, **FACTS)

    def refused(*_: Any, **__: Any) -> None:
        raise OSError(errno.EPERM, "no links here")

    with monkeypatch.context() as patch:
        patch.setattr(os, "link", refused)
        disk.apply(plan)
    assert (out / "a.py").read_bytes() == b"A\n"
    plan = disk.plan(files(a_py=b"AA\n"), out, **FACTS)
    with monkeypatch.context() as patch:
        patch.setattr(swap, "renameat2", lambda: lambda *_: -1)
        disk.apply(plan)
    assert sorted(tree(out)) == [".nbexport/base.json", "a.py", "nbexport.lock", "notes.txt"]
    assert (out / "a.py").read_bytes() == b"AA\n"


def test_loose_files_and_links_survive_a_swap(out: Path) -> None:
    export(files(a_py=b"a\n"), out)
    (out / "notes.txt").write_bytes(b"mine")
    (out / "link").symlink_to("notes.txt")
    (out / "__pycache__").mkdir()
    export(files(a_py=b"A\n"), out)
    assert (out / "notes.txt").read_bytes() == b"mine"
    assert (out / "link").readlink() == Path("notes.txt")


def test_what_is_written_into_the_old_folder_during_a_swap_is_carried_over(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(files(a_py=b"a\n"), out)
    plan = disk.plan(files(a_py=b"A\n"), out, **FACTS)
    exchange = swap.exchange

    def late(work: Path, folder: Path, *, removed: Any) -> bool:
        (out / "late.txt").write_bytes(b"just in time")
        return exchange(work, folder, removed=removed)

    with monkeypatch.context() as patch:
        patch.setattr(swap, "is_possible", lambda *_: True)
        patch.setattr(swap, "exchange", late)
        disk.apply(plan)
    assert (out / "late.txt").read_bytes() == b"just in time"
    assert (out / "a.py").read_bytes() == b"A\n"


def test_write_file_replaces_whole(tmp_path: Path) -> None:
    path = tmp_path / "notebook.ipynb"
    path.write_bytes(b"old")
    path.chmod(0o600)
    disk.write_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(NbexportError, match="cannot be written"):
        disk.write_file(tmp_path / "missing" / "file", b"")
    assert [path.name for path in tmp_path.iterdir()] == ["notebook.ipynb"]


# --------------------------------------------------------------------------- merging

LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "d\n"]), max_size=8).map("".join)


@given(LINES, LINES)
def test_a_side_that_changed_nothing_has_no_say(base: str, mine: str) -> None:
    assert three_way(base, mine, base) == mine
    assert three_way(base, base, mine) == mine
    assert three_way(base, mine, mine) == mine


@given(LINES, LINES, LINES)
def test_merging_has_no_favourite(base: str, mine: str, theirs: str) -> None:
    assert three_way(base, mine, theirs) == three_way(base, theirs, mine)


@given(LINES, LINES, LINES)
def test_changes_apart_from_each_other_are_both_kept(top: str, bottom: str, new: str) -> None:
    middle = "kept 1\nkept 2\nkept 3\n"
    base = f"{top}{middle}{bottom}"
    merged = three_way(base, f"{new}{middle}{bottom}", f"{top}{middle}{new}")
    assert merged == f"{new}{middle}{new}"


def test_a_base_that_another_zlib_packed_is_the_same(out: Path) -> None:
    export(files(train_py=TEXT), out)
    place = out / ".nbexport" / "base.json"
    content = json.loads(place.read_bytes())
    texts = json.dumps(lockfile.unpacked(content["texts"]), sort_keys=True, ensure_ascii=False).encode()
    weaker = base64.b85encode(zlib.compress(texts, 1)).decode()
    place.write_text(json.dumps({**content, "texts": [weaker]}))
    assert {change.action for change in export(files(train_py=TEXT), out).changes} == {Action.SAME}


def test_a_base_of_the_first_format_still_merges(out: Path) -> None:
    export(files(train_py=TEXT), out)
    lines = TEXT.decode().splitlines(keepends=True)
    (out / ".nbexport" / "base.json").write_text(json.dumps({"train.py": lines}))
    (out / "train.py").write_bytes(TEXT + b"# mine\n")
    change = next(c for c in export(files(train_py=b"# new\n" + TEXT), out).changes if c.path == "train.py")
    assert change.action is Action.MERGE
    assert change.after == b"# new\n" + TEXT + b"# mine\n"


def test_the_runtime_is_replaced_whole_and_an_edit_of_it_is_said(out: Path) -> None:
    export([Artifact("nbexport_runtime/a.py", b"a = 1\n", vendored=True)], out)
    assert b"a = 1" not in (out / ".nbexport" / "base.json").read_bytes()
    (out / "nbexport_runtime" / "a.py").write_bytes(b"a = 2\n")
    made = export([Artifact("nbexport_runtime/a.py", b"a = 1\n# new\n", vendored=True)], out)
    change = next(c for c in made.changes if c.path == "nbexport_runtime/a.py")
    assert (change.action, change.after) == (Action.UPDATE, b"a = 1\n# new\n")
    assert "edited by hand; replaced" in change.note
    assert (out / "nbexport_runtime" / "a.py").read_bytes() == b"a = 1\n# new\n"
    assert (out / "nbexport_runtime" / "a.py.orig").read_bytes() == b"a = 2\n"


# --------------------------------------------------------------------------- some files alone


def test_amending_touches_nothing_else_and_an_export_would_do_the_same(out: Path) -> None:
    export([*files(a_py=b"a = 1\n", b_py=b"b = 1\n"), Artifact("data.csv", b"1\n", owned=False)], out)
    (out / "data.csv").write_bytes(b"2\n")
    plan = disk.amend(
        out, [*files(b_py=b"b = 2\n"), Artifact("part/c.py", b"c = 1\n", vendored=True)], options={"x": 1}
    )
    assert actions(plan) == {"b.py": "update", "part/c.py": "create"}
    disk.apply(plan)
    whole = [*files(a_py=b"a = 1\n", b_py=b"b = 2\n"), Artifact("part/c.py", b"c = 1\n", vendored=True)]
    again = disk.plan([*whole, Artifact("data.csv", b"1\n", owned=False)], out, options={"x": 1}, **FACTS)
    assert {change.action for change in again.changes} == {Action.SAME}
    assert (out / "data.csv").read_bytes() == b"2\n"


def test_amending_merges_an_edit_and_stops_at_one_that_is_in_the_way(out: Path) -> None:
    export(files(a_txt=TEXT), out)
    (out / "a.txt").write_bytes(TEXT.replace(b"five", b"FIVE"))
    plan = disk.amend(out, files(a_txt=TEXT.replace(b"one", b"ONE")))
    disk.apply(plan)
    assert (out / "a.txt").read_bytes() == TEXT.replace(b"five", b"FIVE").replace(b"one", b"ONE")
    plan = disk.amend(out, files(a_txt=TEXT.replace(b"five", b"5")))
    assert [change.path for change in plan.conflicts] == ["a.txt"]


def test_amending_settles_an_interrupted_export_first(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted(out, monkeypatch)
    plan = disk.amend(out, files(c_py=b"C\n"))
    assert plan.notes
    disk.apply(plan)
    assert {name: (out / name).read_bytes() for name in ("a.py", "c.py")} == {"a.py": b"A\n", "c.py": b"C\n"}


def test_a_project_that_does_not_lie_there_is_not_amended(out: Path) -> None:
    with pytest.raises(NbexportError, match="is not an exported project"):
        disk.amend(out, files(a_py=b"a\n"))
    assert not out.exists()
