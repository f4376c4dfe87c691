"""A second check of unchanged notebooks says the same without checking anything; parallel checks say what one says."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from nbexport import api
from nbexport.model import Outcome
from nbexport.report.findings import FORMATS
from nbexport.shell import cache, cli, many

ODD = '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "code", "metadata": {}, "outputs": [], '
ODD += '"execution_count": null, "id": "a", "source": ["x = \\"\\u00e9\\ud83d\\ude00\\"\\n", "print(lost, x)  # \\u65e5"]}]}'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of notebooks, old enough for their times to be believed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "odd.ipynb").write_text(ODD)
    (tmp_path / "late.ipynb").write_text(ODD.replace("print(lost, x)", "print(y)\\ny = 1"))
    (tmp_path / "clean.ipynb").write_text(ODD.replace("lost, ", ""))
    (tmp_path / "not.ipynb").write_text("{")
    for path in tmp_path.glob("*.ipynb"):
        os.utime(path, ns=(10**18, 10**18))
    return tmp_path


def _said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = cli.main(["check", *words])
    told = capsys.readouterr()
    return code, told.out, told.err


def _no_check(*_: object, **__: object) -> None:
    raise AssertionError("checked again")


@pytest.mark.parametrize("chosen", FORMATS)
def test_a_second_check_says_the_same_and_checks_nothing(
    folder: Path, chosen: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "not.ipynb").unlink()
    words = (".", "--output-format", chosen)
    first = _said(capsys, *words)
    assert first == _said(capsys, *words, "--no-cache")
    monkeypatch.setattr(api, "check_text", _no_check)
    assert _said(capsys, *words) == first
    os.utime(folder / "odd.ipynb")
    assert _said(capsys, *words) == first, "the bytes are the same whatever the time"


def test_what_changed_is_checked_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "`lost`" in _said(capsys, "odd.ipynb")[1]
    was = (folder / "odd.ipynb").stat()
    (folder / "odd.ipynb").write_text(ODD.replace("lost", "gone"))
    os.utime(folder / "odd.ipynb", ns=(was.st_mtime_ns + 1, was.st_mtime_ns + 1))
    assert "`gone`" in _said(capsys, "odd.ipynb")[1]


def test_a_file_changed_within_the_clock_s_grain_is_checked_again(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # on a busy machine the check may begin later than the usual two seconds
    monkeypatch.setattr(cache, "SETTLED_NS", 600 * 10**9)
    path = folder / "fresh.ipynb"
    path.write_text(ODD)
    was = path.stat()

    def late(*words: Any, **options: Any) -> Any:
        """A check that takes an hour, after which the file is still one that was read when it was fresh."""
        hour_later = SimpleNamespace(time_ns=lambda: time.time_ns() + 3600 * 10**9)
        monkeypatch.setattr(cache, "time", hour_later)
        return check(*words, **options)

    check = api.check_text
    with monkeypatch.context() as patch:
        patch.setattr(api, "check_text", late)
        assert "`lost`" in _said(capsys, "fresh.ipynb")[1]
    path.write_text(ODD.replace("lost", "gone"))
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
    assert "`gone`" in _said(capsys, "fresh.ipynb")[1]


def test_the_level_and_the_selection_are_not_mixed_up(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _said(capsys, "clean.ipynb")[0] == 0
    assert "NBX201" in _said(capsys, "clean.ipynb", "--level", "1")[1]
    assert _said(capsys, "clean.ipynb")[0] == 0
    assert _said(capsys, "odd.ipynb", "--ignore", "NBX101")[0] == 0
    assert _said(capsys, "odd.ipynb")[0] == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-3],
        lambda text: "[]",
        lambda text: text.replace('"Finding"', '"Path"'),
        lambda text: text.replace('"Finding":["NBX101",', '"Finding":['),
        lambda text: json.dumps({**json.loads(text), "for": ["0.0", 1, "2.7"]}).replace("lost", "old"),
    ],
)
def test_a_spoiled_cache_is_no_cache(folder: Path, spoil: object, capsys: pytest.CaptureFixture[str]) -> None:
    first = _said(capsys, "odd.ipynb")
    path = cache.load(Path()).path
    path.write_text(spoil(path.read_text()))  # type: ignore[operator]
    assert _said(capsys, "odd.ipynb") == first


def test_a_cache_that_cannot_be_written_is_no_trouble(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "file").write_text("")
    monkeypatch.setenv("NBEXPORT_CACHE_DIR", str(folder / "file" / "cache"))
    assert _said(capsys, "clean.ipynb") == (0, "All checks passed!\n", "")


def test_trimmed_findings_are_shown_alike(folder: Path) -> None:
    notebook, findings = api.check(folder / "late.ipynb")
    less, same = cache.trimmed((notebook, findings))
    assert same == findings
    assert findings
    for write in FORMATS.values():
        assert write([(less, same)], Outcome(1)) == write([(notebook, findings)], Outcome(1))


def test_processes_find_what_one_finds(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):
        (folder / f"more{number:02}.ipynb").write_text(ODD.replace("lost", f"lost{number}"))
    alone = _said(capsys, ".", "--no-cache", "--jobs", "1")
    assert alone[0] == 2
    assert alone[2].startswith("error: `not.ipynb`")
    monkeypatch.setattr(many, "SMALL_BYTES", 0)
    monkeypatch.setattr(many, "CHUNK_BYTES", 700)
    assert _said(capsys, ".", "--no-cache", "--jobs", "3") == alone


def test_a_change_in_any_room_makes_the_cache_stale(tmp_path: Path) -> None:
    deep = tmp_path / "analysis" / "leakage" / "calls.py"
    deep.parent.mkdir(parents=True)
    for at, path in enumerate([tmp_path / "api.py", tmp_path / "rules.py", deep], 1):
        path.write_text("")
        os.utime(path, ns=(at, at))
    assert cache.newest(tmp_path) == 3
    os.utime(deep, ns=(7, 7))
    assert cache.newest(tmp_path) == 7
    assert cache.newest(cache.PACKAGE) >= Path(api.__file__).stat().st_mtime_ns
    rule = cache.PACKAGE / "rules" / "nbx101_undefined_name.py"
    assert cache.newest(cache.PACKAGE) >= rule.stat().st_mtime_ns
