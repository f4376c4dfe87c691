"""`nbexport undo` through the command line, on real exports."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbexport.shell.cli import main


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of a project but what undo keeps for itself."""
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {path: content for path, content in files.items() if "/history/" not in path}


def test_two_exports_are_listed_and_taken_back(sound: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = sound.with_suffix("")
    assert main([str(sound), "--level", "1"]) == 0
    first = tree(out)
    assert main([str(sound), "--level", "2"]) == 0
    capsys.readouterr()
    assert main(["undo", str(out), "--list"]) == 0
    newest, oldest = capsys.readouterr().out.splitlines()
    assert newest.startswith("  1  2")
    assert "sound.py, level 2: " in newest
    assert "created, " in newest
    assert "sound.py, level 1: " in oldest
    assert "changed" not in oldest
    assert main(["undo", str(out), "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert "orphan    serve.py  (created by the export; removed)" in shown
    assert "Nothing was written" in shown
    assert sum("nbexport_runtime" in line for line in shown.splitlines()) == 1
    assert main(["undo", str(out)]) == 0
    assert tree(out) == first
    assert "Took back 1 of 1 exports" in capsys.readouterr().out
    assert main(["undo", str(out), "--steps", "2"]) == 2
    assert "1 export to" in capsys.readouterr().err
    assert main(["undo", str(out)]) == 0
    assert not out.exists()
    assert sound.is_file()
    assert main(["undo", str(out)]) == 2
    assert "none is kept there" in capsys.readouterr().err


def test_several_steps_at_once_and_an_export_after_them(sound: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = sound.with_suffix("")
    assert main([str(sound), "--level", "1"]) == 0
    first = tree(out)
    for level in ("2", "3"):
        assert main([str(sound), "--level", level]) == 0
    third = tree(out)
    assert main(["undo", str(out), "--steps", "2", "--diff"]) == 2
    assert main(["undo", str(out), "--steps", "2"]) == 0
    assert tree(out) == first
    capsys.readouterr()
    # an undo is not taken back: the notebook is exported again
    assert main([str(sound), "--level", "3"]) == 0
    assert tree(out) == third


def test_an_edit_since_the_export_is_in_the_way_or_kept(sound: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = sound.with_suffix("")
    assert main([str(sound), "--level", "1"]) == 0
    sound.write_text(sound.read_text().replace("rate = 0.5", "rate = 0.25"))
    assert main([str(sound), "--level", "1"]) == 0
    train = out / "train.py"
    assert "0.25" in train.read_text()
    train.write_text(train.read_text().replace("0.25", "0.125"))
    before = tree(out)
    capsys.readouterr()
    assert main(["undo", str(out)]) == 3
    assert tree(out) == before
    captured = capsys.readouterr()
    assert "0.125" in captured.out
    assert "--force" in captured.err
    assert main(["undo", str(out), "--force"]) == 0
    assert "0.5" in train.read_text()
    assert "0.125" in (out / "train.py.orig").read_text()
