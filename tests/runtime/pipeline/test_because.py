"""Why a decision was asked for stands in its record."""

from __future__ import annotations

from pathlib import Path

import pytest
import small_project
from nbexport_runtime.pipeline import decisions, shares
from nbexport_runtime.pipeline.commands import retrain
from nbexport_runtime.pipeline.decisions import Decision
from nbexport_runtime.pipeline.files import read_json
from nbexport_runtime.pipeline.outcome import PipelineError


def test_a_decision_has_the_reason_that_it_was_asked_for(tmp_path: Path) -> None:
    with decisions.because("drift of `fee`"):
        path = decisions.record(tmp_path, Decision("refuse", "v2", "v1", ()))
    assert read_json(path)["because"] == "drift of `fee`"
    assert "Because: drift of \\`fee\\`" in path.with_suffix(".md").read_text(encoding="utf-8")
    assert Decision("refuse", "v2", "v1", ()).because == ""


def test_retrain_hands_the_reason_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = small_project.written(tmp_path)
    seen: list[str] = []

    def under_way(_: object) -> None:
        seen.append(decisions.BECAUSE.get())
        raise PipelineError("a rollout is under way")

    monkeypatch.setattr(shares, "under_way", under_way)
    with pytest.raises(SystemExit) as ended:
        retrain.main(str(project.code / "retrain.py"), ["--because", "drift of fee", "--first"])
    assert ended.value.code == 1
    assert seen == ["drift of fee"]
    assert decisions.BECAUSE.get() == ""
