"""Proven, assumed or refused: what an export takes to be harmless is said wherever an export is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import ASSUMING

from nbexport import api, disk
from nbexport.read.notebook import read
from nbexport.shell import cli

ENTRY = {
    "cell": 3,
    "line": 3,
    "object": "rows",
    "call": "somelib.inspect",
    "reason": "no table knows `somelib`",
}
LINE = "cell 3:3 calls `somelib.inspect` on `rows`: no table knows `somelib`"


def run(*words: str | Path) -> int:
    """The exit code of a command line."""
    return cli.main([str(word) for word in words])


def lock_of(notebook: Path) -> dict[str, Any]:
    """What `nbexport.lock` in the project beside a notebook holds."""
    lock: dict[str, Any] = json.loads((notebook.with_suffix("") / "nbexport.lock").read_text(encoding="utf-8"))
    return lock


@pytest.fixture
def assuming(sound: Path) -> Path:
    """A notebook whose export assumes something."""
    sound.write_text(ASSUMING, encoding="utf-8")
    return sound


def verify(notebook: Path) -> None:
    """Note in the lock that notebook and project, as they are, were found equal."""
    disk.record_verified(notebook.with_suffix(""), notebook=read(notebook).digest, equal=True)


def test_a_proven_export_says_nothing_of_it(sound: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(sound, "--strict") == 0
    assert "assumed" not in capsys.readouterr().out
    assert (lock_of(sound)["verdict"], lock_of(sound)["assumptions"]) == ("proven", [])
    assert "assumes" not in (sound.with_suffix("") / "README.md").read_text(encoding="utf-8")


def test_plan_lock_and_readme_list_what_is_assumed(assuming: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(assuming, "--dry-run") == 0
    shown = capsys.readouterr().out.splitlines()
    at = shown.index(f"assumed, not proven: {LINE}")
    assert shown[at + 1] == f"`nbexport verify {assuming}` settles this."
    assert run(assuming) == 0
    assert f"assumed, not proven: {LINE}" in capsys.readouterr().out
    assert (lock_of(assuming)["verdict"], lock_of(assuming)["assumptions"]) == ("assumed", [ENTRY])
    readme = (assuming.with_suffix("") / "README.md").read_text(encoding="utf-8")
    assert "## Assumptions" in readme
    assert "- cell 3, line 3: `somelib.inspect` on `rows`: no table knows `somelib`\n" in readme


def test_the_command_that_settles_it_names_the_project(assuming: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(assuming, "--output", assuming.parent / "else where") == 0
    assert (
        f"`nbexport verify {assuming} --project '{assuming.parent}/else where'` settles this."
        in capsys.readouterr().out
    )


def test_programs_get_the_verdict(assuming: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(assuming, "--dry-run", "--output-format", "json") == 0
    planned = json.loads(capsys.readouterr().out)
    assert (planned["verdict"], planned["verified"], planned["written"]) == ("assumed", False, False)
    assert planned["assumptions"] == [ENTRY]
    assert {"path": "train.py", "action": "create", "note": ""} in planned["files"]
    assert run(assuming, "--output-format", "json") == 0
    assert json.loads(capsys.readouterr().out)["written"] is True
    verify(assuming)
    assert run(assuming, "--output-format", "json") == 0
    again = json.loads(capsys.readouterr().out)
    assert (again["verdict"], again["verified"]) == ("assumed", True)


def test_programs_get_the_findings_of_a_refused_export(assuming: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assuming.write_text(ASSUMING.replace("sum(rows)", "sum(rows) + lost"), encoding="utf-8")
    assert run(assuming, "--output-format", "json") == 1
    refused = json.loads(capsys.readouterr().out)
    assert (refused["verdict"], refused["written"], refused["files"]) == ("refused", False, [])
    assert refused["assumptions"] == [ENTRY]
    assert "NBX101" in {finding["code"] for finding in refused["findings"]}


def test_a_strict_export_refuses_what_is_assumed(assuming: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(assuming, "--strict") == 1
    assert "NBX130" in capsys.readouterr().out
    assert not assuming.with_suffix("").exists()


def test_a_strict_export_refuses_warnings_about_exported_cells(sound: Path) -> None:
    sound.write_text(f"# %%\nfrom math import *\n{sound.read_text()}".replace("sum(rows)", "sum(rows) + floor(pi)"))
    assert run(sound, "--strict") == 1
    assert run(sound) == 0


def test_a_comment_silences_the_check_and_not_the_lock(assuming: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", assuming, "--strict") == 0
    # what passes at a level is exported: there the comment is not heard
    assert run("check", assuming, "--level", "1", "--strict") == 1
    assuming.write_text(ASSUMING.replace("  # noqa: NBX130", ""), encoding="utf-8")
    assert run("check", assuming, "--level", "1") == 0
    assert "NBX130" in capsys.readouterr().out
    assert run("check", assuming, "--strict") == 1
    assert run(assuming) == 0
    assert lock_of(assuming)["assumptions"] == [ENTRY]


# --------------------------------------------------------------------------- verified


def test_what_was_verified_is_shown_and_kept(assuming: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(assuming) == 0
    verify(assuming)
    verified = lock_of(assuming)["verified"]
    capsys.readouterr()
    assert run(assuming, "--strict") == 0
    assert f"assumed, and verified since: {LINE}" in capsys.readouterr().out
    assert lock_of(assuming)["verified"] == verified
    assert run("sync", "--check", assuming) == 0
    shown = capsys.readouterr().out
    assert f"assumed, and verified since: {LINE}" in shown
    assert "settles" not in shown


@pytest.mark.parametrize("side", ["notebook", "project"])
def test_a_change_of_either_side_takes_it_back(side: str, assuming: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(assuming) == 0
    verify(assuming)
    if side == "notebook":
        assuming.write_text(f"{assuming.read_text()}# %%\nprint(rows)\n", encoding="utf-8")
    else:
        model = assuming.with_suffix("") / "model.py"
        model.write_text(f"{model.read_text()}# mine\n", encoding="utf-8")
    capsys.readouterr()
    assert run("sync", "--check", assuming) == 0
    assert f"assumed, not proven: {LINE}" in capsys.readouterr().out
    assert run(assuming, "--strict") == 1


def test_an_export_of_something_else_is_not_verified(assuming: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(assuming) == 0
    verify(assuming)
    assert run(assuming, "--level", "2", "--strict") == 1
    capsys.readouterr()
    for _ in range(2):
        assert run(assuming, "--level", "2") == 0
        assert f"assumed, not proven: {LINE}" in capsys.readouterr().out


def test_a_lock_of_an_older_nbexport_assumes_nothing(sound: Path) -> None:
    assert run(sound) == 0
    lock = sound.with_suffix("") / "nbexport.lock"
    older = {name: value for name, value in lock_of(sound).items() if name not in ("assumptions", "verdict")}
    lock.write_text(json.dumps(older))
    record = disk.written(sound.with_suffix(""))
    assert record is not None
    assert record.assumptions == ()
    assert run("sync", "--check", sound) == 0


def test_a_notebook_without_roles_assumes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("# %%\nimport somelib\nrows = [1]\nsomelib.inspect(rows)\n# %%\nprint(rows)\n", encoding="utf-8")
    _, findings = api.check(path)
    assert [finding.code for finding in findings] == []
