"""The last exports are taken back, and nothing that a person wrote is lost."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import fuzzing
import pytest

from nbexport import disk
from nbexport.disk import history
from nbexport.errors import NbexportError
from nbexport.plan import Artifact, Plan

FACTS: dict[str, Any] = {"notebook": "a.ipynb", "level": 1}
TEXT = "one\ntwo\nthree\nfour\nfive\n"


def export(folder: Path, files: dict[str, str], *, force: bool = False) -> Plan:
    """One export of these files, carried out."""
    artifacts = [Artifact(path, text.encode()) for path, text in files.items()]
    plan = disk.plan(artifacts, folder, digest=str(sorted(files.items())), **FACTS)
    disk.apply(plan, force=force)
    return plan


def undo(folder: Path, *, steps: int = 1, force: bool = False) -> Plan:
    """The undo, carried out."""
    for _ in range(steps):
        plan = disk.undo(folder)
        disk.apply(plan, force=force)
    return plan


def tree(folder: Path) -> dict[str, bytes]:
    """Every file under a folder but what undo keeps for itself."""
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {path: content for path, content in files.items() if not path.startswith(history.HISTORY)}


def notes(plan: Plan) -> dict[str, tuple[str, str]]:
    """File → what happens to it and what is said of that."""
    return {c.path: (c.action.value, c.note) for c in plan.changes if not c.path.endswith((".lock", "base.json"))}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.mark.parametrize("lived_in", [False, True], ids=["swap", "journal"])
def test_every_export_is_taken_back_step_by_step(out: Path, lived_in: bool) -> None:
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    if lived_in:
        (out / "models").mkdir()
        (out / "models/weights").write_bytes(b"\0")
    versions = [{"a.py": "a\n", "tests/b.py": "b\n"}, {"a.py": "A\n"}, {"a.py": "A\n", "c/d.py": "d\n"}]
    states = [tree(out)]
    for files in versions:
        export(out, files)
        states.append(tree(out))
    for state in reversed(states[:-1]):
        undo(out)
        assert tree(out) == state
    assert not (out / ".nbexport").exists()
    assert not (out / "tests").exists()


def test_several_exports_are_taken_back(out: Path) -> None:
    export(out, {"a.py": "a\n"})
    first = tree(out)
    for number in range(3):
        export(out, {"a.py": f"{number}\n", f"{number}.py": "x\n"})
    plan = undo(out, steps=3)
    assert tree(out) == first
    assert notes(plan) == {"a.py": ("update", ""), "0.py": ("orphan", "created by the export; removed")}
    assert len(disk.exports(out)) == 1


def test_the_first_export_is_taken_back_with_the_folder_that_it_made(out: Path) -> None:
    export(out, {"a.py": "a\n"})
    undo(out)
    assert list(out.parent.iterdir()) == []
    out.mkdir()
    export(out, {"a.py": "a\n"})
    undo(out)
    assert list(out.iterdir()) == []


def test_an_export_that_changes_nothing_is_no_step(out: Path) -> None:
    export(out, {"a.py": "a\n"})
    export(out, {"a.py": "a\n"})
    assert len(disk.exports(out)) == 1


def test_an_edit_made_since_is_merged_back(out: Path) -> None:
    export(out, {"a.txt": TEXT})
    export(out, {"a.txt": TEXT.replace("five", "FIVE")})
    (out / "a.txt").write_text(TEXT.replace("five", "FIVE").replace("one", "mine"))
    plan = undo(out)
    assert notes(plan) == {"a.txt": ("merge", "your edit since then, and what lay there before")}
    assert (out / "a.txt").read_text() == TEXT.replace("one", "mine")


def test_an_edit_of_a_merged_file_is_merged_back(out: Path) -> None:
    export(out, {"a.txt": TEXT})
    (out / "a.txt").write_text(TEXT.replace("one", "mine"))
    export(out, {"a.txt": TEXT.replace("five", "FIVE")})
    merged = TEXT.replace("one", "mine").replace("five", "FIVE")
    assert (out / "a.txt").read_text() == merged
    (out / "a.txt").write_text(merged.replace("three", "later"))
    undo(out)
    assert (out / "a.txt").read_text() == TEXT.replace("one", "mine").replace("three", "later")


def test_an_edit_in_the_way_writes_nothing_and_force_keeps_it(out: Path) -> None:
    export(out, {"a.txt": TEXT, "b.txt": "b\n"})
    export(out, {"a.txt": TEXT.replace("two", "TWO"), "b.txt": "B\n"})
    (out / "a.txt").write_text(TEXT.replace("two", "mine"))
    before = tree(out)
    plan = disk.undo(out)
    assert [change.path for change in plan.conflicts] == ["a.txt"]
    with pytest.raises(NbexportError, match="written by hand"):
        disk.apply(plan)
    assert tree(out) == before
    undo(out, force=True)
    assert (out / "a.txt").read_text() == TEXT
    assert (out / "a.txt.orig").read_text() == TEXT.replace("two", "mine")


def test_an_edited_new_file_and_one_written_again_are_kept(out: Path) -> None:
    export(out, {"a.py": "a\n", "old.py": "old\n"})
    export(out, {"a.py": "a\n", "new.py": "new\n"})
    (out / "new.py").write_text("mine\n")
    (out / "old.py").write_text("mine, too\n")
    plan = disk.undo(out)
    assert notes(plan) == {
        "new.py": ("orphan", "created by the export, edited by hand since; kept"),
        "old.py": ("conflict", "not written by nbexport"),
    }
    (out / "old.py").unlink()
    undo(out)
    assert tree(out) | {"new.py": b"mine\n", "old.py": b"old\n"} == tree(out)


def test_what_force_overwrote_comes_back(out: Path) -> None:
    export(out, {"a.txt": TEXT})
    (out / "a.txt").write_text("mine\n")
    before = tree(out)
    export(out, {"a.txt": "theirs\n"}, force=True)
    undo(out)
    assert tree(out) == before


def test_programs_that_an_export_removed_can_run_again(out: Path) -> None:
    program = Artifact("run.sh", b"#!/bin/sh\n", executable=True)
    disk.apply(disk.plan([program], out, digest="1", **FACTS))
    export(out, {"a.py": "a\n"})
    assert not (out / "run.sh").exists()
    undo(out)
    assert (out / "run.sh").stat().st_mode & 0o100


def test_an_edited_runtime_is_replaced_and_said(out: Path) -> None:
    for text in ("1\n", "2\n"):
        runtime = Artifact("runtime/a.py", text.encode(), vendored=True)
        disk.apply(disk.plan([runtime], out, digest=text, **FACTS))
    (out / "runtime/a.py").write_text("mine\n")
    undo(out)
    assert (out / "runtime/a.py").read_text() == "1\n"
    assert (out / "runtime/a.py.orig").read_text() == "mine\n"


def test_amending_is_taken_back_too(out: Path) -> None:
    export(out, {"a.txt": TEXT})
    before = tree(out)
    disk.apply(disk.amend(out, [Artifact("b.py", b"b\n")], removed=["a.txt"], options={"runtime": "package"}))
    assert tree(out) != before
    undo(out)
    assert tree(out) == before


def test_what_verify_adds_to_the_lock_goes_with_the_export(out: Path) -> None:
    export(out, {"a.py": "a\n"})
    before = tree(out)
    export(out, {"a.py": "A\n"})
    assert disk.record_verified(out, notebook=disk.written(out).digest, equal=True)
    undo(out)
    assert tree(out) == before


def test_another_commit_is_not_taken_for_what_the_export_left(out: Path) -> None:
    export(out, {"a.py": "a\n"})
    first = tree(out)
    export(out, {"a.py": "A\n"})
    for path, content in first.items():
        (out / path).write_bytes(content)
    assert disk.exports(out) == ()
    with pytest.raises(NbexportError, match="not what its last export left"):
        disk.undo(out)
    # the next export can be taken back, and what lies below it cannot
    export(out, {"a.py": "other\n"})
    assert len(disk.exports(out)) == 1
    undo(out)
    assert tree(out) == first


def test_a_folder_without_an_export_is_a_clear_error(out: Path) -> None:
    with pytest.raises(NbexportError, match="no export to"):
        disk.undo(out)


@pytest.mark.parametrize("damage", [b"", b"PK", b"x" * 100])
def test_a_damaged_step_is_a_clear_error_and_ends_the_history(out: Path, damage: bytes) -> None:
    for text in ("a\n", "b\n", "c\n"):
        export(out, {"a.py": text})
    kept = sorted((out / history.HISTORY).glob("*.zip"))
    kept[0].write_bytes(damage)
    assert len(disk.exports(out)) == 2
    kept[2].write_bytes(damage)
    with pytest.raises(NbexportError, match="damaged"):
        disk.undo(out)
    # it does not stand in the way of an export
    export(out, {"a.py": "d\n"})
    assert len(disk.exports(out)) == 1


def test_a_step_with_a_path_outside_restores_nothing(out: Path) -> None:
    export(out, {"a.py": "a\n"})
    export(out, {"a.py": "b\n"})
    path = max((out / history.HISTORY).glob("*.zip"))
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    step = json.loads(members["step.json"])
    step["files"]["../victim"] = step["files"].pop("a.py")
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {**members, "step.json": json.dumps(step).encode()}.items():
            archive.writestr(name, content)
    with pytest.raises(NbexportError, match="not a path inside"):
        disk.undo(out)
    assert not (out.parent / "victim").exists()


def test_nothing_is_kept_outside_of_the_project(out: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (out / ".nbexport").mkdir(parents=True)
    (out / ".nbexport" / "history").symlink_to(outside)
    with pytest.raises(NbexportError, match="outside the project"):
        export(out, {"a.py": "a\n"})
    assert list(outside.iterdir()) == []


def test_an_export_meanwhile_is_noticed(out: Path) -> None:
    export(out, {"a.py": "a\n"})
    plan = disk.undo(out)
    export(out, {"a.py": "a\n", "b.py": "b\n"})
    with pytest.raises(NbexportError, match="run the same command again"):
        disk.apply(plan)


def test_steps_and_bytes_are_bounded(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(history.MOST_STEPS + 5):
        export(out, {"a.py": f"{number}\n"})
    assert len(disk.exports(out)) == history.MOST_STEPS
    size = sum(path.stat().st_size for path in (out / history.HISTORY).glob("*.zip"))
    assert size < history.MOST_STEPS * 3000
    monkeypatch.setattr(history, "MOST_BYTES", 5000)
    noise = random.Random(0)
    for _ in range(4):
        export(out, {"a.py": noise.randbytes(1500).hex()})
    assert 1 <= len(disk.exports(out)) <= 3
    monkeypatch.setattr(history, "MOST_BYTES", 1)
    export(out, {"a.py": "last\n"})
    assert len(disk.exports(out)) == 1


def test_git_ignores_what_is_kept(out: Path) -> None:
    export(out, {"a.py": "a\n"})
    subprocess.run(["git", "init", "--quiet", str(out)], check=True)
    status = ["git", "-C", str(out), "status", "--porcelain", "--untracked-files=all"]
    listed = subprocess.run(status, capture_output=True, text=True, check=True).stdout
    assert "a.py" in listed
    assert "history" not in listed


@pytest.mark.parametrize("kind", ["undo-plain", "undo-lived-in", "undo-first"])
def test_a_killed_undo_leaves_the_old_project_or_the_new_one(tmp_path: Path, kind: str) -> None:
    program = Path(__file__).with_name("killed_writer.py")
    command = [sys.executable, str(program), str(tmp_path / "place" / "out"), kind]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    kills = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(kills) > 10
    assert [kill["killed"] for kill in kills] == [True] * (len(kills) - 1) + [False]
    verdicts = [kill["recovered"] for kill in kills]
    assert set(verdicts) == {"old", "new"}
    assert verdicts == sorted(verdicts, key=["old", "new"].index)
    assert all(kill["left_over"] == [] for kill in kills)
    # what is kept goes with the files: the export can be taken back exactly while it stands
    assert all(kill["steps"] == kill["steps_of"][kill["recovered"]] for kill in kills)


@pytest.mark.fuzz
def test_no_edit_is_lost_whatever_is_exported_and_taken_back(tmp_path: Path) -> None:
    """Lines that a person wrote stand in the project, in a kept file, or in one that an undo brings back."""
    undone = 0
    for seed in fuzzing.seeds(60, each=50):
        chance = random.Random(seed)
        out = tmp_path / str(seed)
        mine: set[str] = set()
        for turn in range(chance.randrange(3, 9)):
            what = chance.choice(["export", "export", "edit", "undo"]) if out.exists() else "export"
            if what == "export":
                files = {
                    f"{name}.txt": "".join(f"{chance.choice('abc')}{row}\n" for row in range(12))
                    for name in chance.sample("xyz", chance.randrange(1, 4))
                }
                export(out, files, force=True)
            elif what == "edit" and (there := sorted(out.glob("*.txt"))):
                path = chance.choice(there)
                lines = path.read_text().splitlines(keepends=True)
                mine.add(line := f"mine {seed} {turn}\n")
                lines[chance.randrange(len(lines) + 1) : 0] = [line]
                path.write_text("".join(lines))
            elif what == "undo" and (known := disk.exports(out)):
                undo(out, steps=chance.randrange(1, len(known) + 1), force=True)
                undone += 1
            everywhere = b"".join(tree(out).values()) if out.exists() else b""
            kept = b"".join(one for step in disk.exports(out) for one in step.contents.values())
            lost = [line for line in mine if line.encode() not in everywhere + kept]
            assert lost == [], (seed, turn, what)
    assert undone > 20
