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
        ("[gates]\nresamples = 50", "resamples is at least 100"),
        ("[gates]\ninterval = 'maybe'", 'interval is "required" or "optional"'),
        ("[gates]\nbaseline = 'never'", 'baseline is "required" or "optional"'),
        ("[gates]\nslice_tolerance = -0.1", "slice_tolerance is at least 0"),
        ("[gates]\nmax_size_ratio = 0.5", "max_size_ratio is at least 1, or 0"),
        ("[gates]\nmax_latency_ratio = nan", "max_latency_ratio is at least 1, or 0"),
        ("[store]\naddress = ''", r"\[store\]: address is a folder"),
        ("[gates]\ndirection = 'left'", 'direction is "up", "down" or ""'),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(PipelineError, match=problem):
        read(written(tmp_path, text))


def test_a_limit_of_time_is_accepted_with_a_warning_and_has_no_effect(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, "[gates]\nresampling_limit_s = 1\nresamples = 500\n")
    assert read(path).gates == Gates(resamples=500)
    assert read(path).gates == Gates(resamples=500)
    warning = capsys.readouterr().err
    assert warning.count("resampling_limit_s has no effect any more") == 1
    assert "delete the line" in warning
