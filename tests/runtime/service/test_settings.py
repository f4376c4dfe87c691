"""Settings come from the environment; the default model is what the project's level writes."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbexport_runtime.service.settings import Settings
from nbexport_runtime.service.sources import Fixed, Followed, source_of
from pydantic import ValidationError


def test_what_is_served_depends_on_whether_there_is_a_pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MODEL_DIR", raising=False)
    latest = source_of(Settings())
    assert isinstance(latest, Fixed)
    assert latest.bundle.folder == Path("models/latest")
    (tmp_path / "pipeline.toml").touch()
    assert isinstance(source_of(Settings()), Followed)
    monkeypatch.setenv("MODEL_DIR", "elsewhere")
    elsewhere = source_of(Settings())
    assert isinstance(elsewhere, Fixed)
    assert elsewhere.bundle.folder == Path("elsewhere")


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_REDACT", "name, customer.email,,")
    assert Settings().log_redact == ("name", "customer.email")
    monkeypatch.setenv("CLOSED_ROUTES", "docs, metrics")
    assert Settings().closed_routes == ("docs", "metrics")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAX_QUEUE", "none"),
        ("MAX_BATCH", "0"),
        ("DEADLINE_S", "-1"),
        ("CLOSED_ROUTES", "health"),
        ("INPUT_RANGES", "on"),
    ],
)
def test_a_setting_that_cannot_be_right_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()
