"""`pipeline.toml`: defaults for what it does not say, and a clear error for what it cannot say."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.settings import Gates, Settings, read


def written(folder: Path, text: str) -> Path:
    path = folder / "pipeline.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_everything_has_a_default(tmp_path: Path) -> None:
    assert read(tmp_path / "pipeline.toml") == Settings()


def test_what_it_says_wins_and_whole_numbers_are_numbers(tmp_path: Path) -> None:
    text = '[gates]\nmetric = "auc"\nguard = ["recall", "f1"]\nmin_improvement = 1\n[training]\nprocesses = 2\n'
    settings = read(written(tmp_path, text))
    assert settings.gates == Gates(metric="auc", guard=("recall", "f1"), min_improvement=1.0)
    assert isinstance(settings.gates.min_improvement, float)
    assert settings.training.processes == 2


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[gates", "cannot be read"),
        ("[gaits]", r"has an unknown table \[gaits\]"),
        ("gates = 3", r"\[gates\]` must be a table"),
        ("[gates]\nmetrics = 'auc'", r"\[gates\]` has an unknown key `metrics`"),
        ("[gates]\nmetric = 3", r"\[gates\]`: metric must be str"),
        ("[training]\nprocesses = true", r"processes must be int"),
        ("[training]\nprocesses = 0", "processes is at least 1"),
        ("[gates]\nconfidence = 1.0", "at least 0.5 and below 1"),
        ("[rollout]\nsteps = []", "percentages above 0, each above the one before"),
        ("[rollout]\nsteps = [50, 10]", "percentages above 0, each above the one before"),
        ("[rollout]\nsteps = [10, 101]", "percentages above 0, each above the one before"),
        ("[rollout]\nsteps = ['10']", "steps must be a list of numbers"),
        ("[rollout]\nsteps = 10", "steps must be tuple"),
        (
            "[data]\nremote = 'data/store'",
            r"`remote` of \[data\] is now `address` of \[store\].* move what is in `data/store`",
        ),
        ("[store]\naddress = ''", r"\[store\]: address is a folder"),
        ("[gates]\ndirection = 'left'", 'direction is "up", "down" or ""'),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(PipelineError, match=problem):
        read(written(tmp_path, text))
