"""The comparison of a project's figures: as strict as the digits that the notebook shows."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest
from nbexport_runtime.testing import figures, this_machine

NEAR = {"accuracy": 0.98, "loss": 0.0018}
SHOWN = {"accuracy": 0.9866666666666667, "loss": 0.002}
COMPUTED = {"third": 1 / 3, "single": 0.3333333432674408, "count": 3}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of which nothing but the figures is there."""
    for name in ("CI", "FIGURE_TOLERANCE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "tests").mkdir()
    (tmp_path / "requirements.txt").write_text("torch==2.13.0\n")
    (tmp_path / "nbexport.lock").write_text(json.dumps({"notebook_sha256": "a"}))
    return tmp_path


def show(project: Path, shown: dict[str, Any]) -> None:
    (project / "tests" / "figures.json").write_text(json.dumps(shown))


@pytest.mark.parametrize(
    ("metrics", "variables", "known", "outcome"),
    [
        (SHOWN, {}, None, "passes"),
        (NEAR, {}, None, "Which machine made"),
        (NEAR, {"CI": "true"}, None, "accepted"),
        (NEAR, {"FIGURE_TOLERANCE": "0.05"}, None, "accepted"),
        (NEAR, {"FIGURE_TOLERANCE": "0.0001"}, None, "further away"),
        (SHOWN, {"CI": "true"}, "here", "passes"),
        (NEAR, {"CI": "true", "FIGURE_TOLERANCE": "1"}, "here", "assert"),
        ({**SHOWN, "loss": 0.002 + 1e-12}, {}, "here", "assert"),
        (NEAR, {}, "elsewhere", "accepted"),
        ({"accuracy": 0.9, "loss": 0.002}, {}, "elsewhere", "further away"),
        (NEAR, {}, "of another notebook", "Which machine made"),
    ],
)
def test_a_network_may_differ_on_another_machine_and_then_says_so(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    metrics: dict[str, float],
    variables: dict[str, str],
    known: str | None,
    outcome: str,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    show(project, SHOWN)
    if known is not None:
        machine = {**this_machine(project), **({"processor": "another"} if known == "elsewhere" else {})}
        entry = {"notebook": "b" if known == "of another notebook" else "a", "machine": machine, "metrics": SHOWN}
        (project / "tests" / "verified.json").write_text(json.dumps(entry))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if outcome in ("passes", "accepted"):
            figures.compare(project, metrics)
        else:
            with pytest.raises(AssertionError, match="" if outcome == "assert" else outcome):
                figures.compare(project, metrics)
    accepted = [str(warning.message) for warning in caught if "accepted" in str(warning.message)]
    assert bool(accepted) == (outcome == "accepted")


@pytest.mark.parametrize(
    ("shown", "passes"),
    [
        ({"third": 0.3333333333333333, "count": 3}, True),
        ({"third": 0.33333333333, "count": 3}, True),
        ({"third": 0.333, "single": 0.333, "count": 3}, True),
        ({"single": 0.33333334}, True),
        ({"third": 0.3333333433334444}, False),
        ({"third": 0.334}, False),
        ({"single": 0.33333338}, False),
        ({"count": 4}, False),
        ({"gone": 1}, False),
    ],
)
def test_figures_are_compared_as_far_as_they_are_shown(project: Path, shown: dict[str, float], passes: bool) -> None:
    show(project, shown)
    if passes:
        figures.compare(project, COMPUTED)
    else:
        with pytest.raises((AssertionError, KeyError)):
            figures.compare(project, COMPUTED)
