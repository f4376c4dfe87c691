"""The record of a run: parameters at its beginning, every line of its log, and no secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from loguru import logger
from nbexport_runtime.secret import Secret
from nbexport_runtime.training import provenance, record


def test_nobody_asks_for_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(record.FOLDER, raising=False)
    record.begin({"rate": 1})
    assert record.folder() is None
    assert list(tmp_path.iterdir()) == []


def test_it_has_the_parameters_and_each_line_with_its_traceback_and_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nbexport_runtime.secret._READ", {})
    monkeypatch.setenv("API_KEY", "blue-heron-7")
    Secret("API_KEY").reveal()
    monkeypatch.setenv(record.FOLDER, str(tmp_path / "r-1"))
    before = set(logger._core.handlers)
    record.begin({"rate": 1, "address": "https://ann:pw@example.org"})
    try:
        logger.info("training with {}", "blue-heron-7")
        try:
            raise ValueError("refused: blue-heron-7")
        except ValueError:
            logger.exception("a stage failed")
    finally:
        for handler in set(logger._core.handlers) - before:
            logger.remove(handler)
    assert json.loads((tmp_path / "r-1" / "parameters.json").read_text(encoding="utf-8")) == {
        "rate": 1,
        "address": "https://***@example.org",
    }
    text = (tmp_path / "r-1" / "log.jsonl").read_text(encoding="utf-8")
    assert "blue-heron-7" not in text
    first, second = (json.loads(line) for line in text.splitlines())
    assert (first["level"], first["message"]) == ("INFO", "training with ***")
    assert second["level"] == "ERROR"
    assert second["message"].startswith("a stage failed\nTraceback")
    assert second["message"].endswith("ValueError: refused: ***")


def test_the_lock_counts_where_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("numpy==1\n", encoding="utf-8")
    pinned = provenance.lock_digest(tmp_path)
    (tmp_path / "requirements.lock").write_text("numpy==1 --hash=sha256:0\n", encoding="utf-8")
    locked = provenance.lock_digest(tmp_path)
    assert locked != pinned
    (tmp_path / "requirements.txt").write_text("numpy==2\n", encoding="utf-8")
    assert provenance.lock_digest(tmp_path) == locked
