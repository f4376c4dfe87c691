"""A notebook that is met while it is being written is read once it is there; one that nobody writes is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import SOUND
from lab.test_server import as_content

from nbexport.errors import NbexportError
from nbexport.lab.tasks import saving
from nbexport.read.notebook import read


def test_a_notebook_is_read_again_while_somebody_writes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, whole = tmp_path / "some.ipynb", json.dumps(as_content(SOUND))
    path.write_text("", encoding="utf-8")
    # what the writer does while we rest
    parts = [whole[:100], whole]
    monkeypatch.setattr(saving.time, "sleep", lambda _: path.write_text(parts.pop(0), encoding="utf-8"))
    assert len(saving.once_saved(lambda: read(path), [path]).cells) == 5
    assert parts == []


def test_what_nobody_writes_is_refused(tmp_path: Path) -> None:
    path, tries = tmp_path / "some.ipynb", []
    path.write_text("{", encoding="utf-8")

    def work() -> None:
        tries.append(path)
        read(path)

    with pytest.raises(NbexportError, match="ends in the middle"):
        saving.once_saved(work, [path, tmp_path / "gone.ipynb"])
    assert len(tries) == 1


def test_a_file_that_changes_all_the_time_is_not_waited_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "some.ipynb"
    path.write_text("{", encoding="utf-8")
    monkeypatch.setattr(saving.time, "sleep", lambda _: path.write_text(f"{path.read_text()}{{", encoding="utf-8"))
    with pytest.raises(NbexportError):
        saving.once_saved(lambda: read(path), [path])
    assert len(path.read_text(encoding="utf-8")) == saving.TRIES + 1
