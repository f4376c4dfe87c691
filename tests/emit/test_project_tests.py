"""The project's own test of the notebook's figures: as strict as the digits that the notebook shows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nbexport import emit
from nbexport.api import Lifted, lift

NOTEBOOK = """\
# %% tags=["train"]
import struct
third = 1 / 3
single = struct.unpack("f", struct.pack("f", third))[0]
# %% tags=["evaluate"]
metrics = {"third": third, "single": single, "count": 3}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = tmp_path_factory.mktemp("work") / "some.py"
    source.write_text(NOTEBOOK, encoding="utf-8")
    found = lift(source, level=1)
    assert isinstance(found, Lifted), found.findings
    folder = tmp_path_factory.mktemp("project")
    for artifact in emit.project(found.program, level=1, root=None).artifacts:
        path = folder / artifact.path
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(artifact.content)
    return folder


NEAR = {"accuracy": 0.98, "loss": 0.0018}
SHOWN = {"accuracy": 0.9866666666666667, "loss": 0.002}


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
    project: Path, tmp_path: Path, metrics: dict[str, float], variables: dict[str, str], known: str | None, outcome: str
) -> None:
    (tmp_path / "metrics.json").write_text(json.dumps(metrics), encoding="utf-8")
    script = (
        "import atexit, sys, pathlib, json\n"
        "sys.path[:0] = ['tests', '.']\n"
        "import conftest, train\n"
        "train.packages = lambda: {'torch': '2.13.0'}\n"
        "import test_training\n"
        "run, shown, known = json.loads(sys.argv[1])\n"
        "machine = {**conftest.this_machine(), **({'processor': 'another'} if known == 'elsewhere' else {})}\n"
        "test_training.FIGURES = shown\n"
        "place = pathlib.Path('tests', 'verified.json')\n"
        "pathlib.Path('nbexport.lock').write_text(json.dumps({'notebook_sha256': 'a'}))\n"
        "atexit.register(lambda: place.unlink(missing_ok=True))\n"
        "if known:\n"
        "    notebook = 'b' if known == 'of another notebook' else 'a'\n"
        "    place.write_text(json.dumps({'notebook': notebook, 'machine': machine, 'metrics': shown}))\n"
        "test_training.test_metrics_are_the_notebook_s(conftest.Run(0, pathlib.Path(run), ''))\n"
        "print('passes')\n"
    )
    own = {key: value for key, value in os.environ.items() if key not in ("CI", "FIGURE_TOLERANCE")}
    command = [sys.executable, "-c", script, json.dumps([str(tmp_path), SHOWN, known])]
    done = subprocess.run(command, cwd=project, env={**own, **variables}, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == (outcome in ("passes", "accepted")), done.stderr
    assert outcome in done.stdout + done.stderr
    assert outcome != "passes" or not done.stderr


@pytest.mark.parametrize(
    ("figures", "passes"),
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
def test_figures_are_compared_as_far_as_they_are_shown(
    project: Path, tmp_path: Path, figures: dict[str, float], passes: bool
) -> None:
    (tmp_path / "metrics.json").write_text(
        json.dumps({"third": 1 / 3, "single": 0.3333333432674408, "count": 3}), encoding="utf-8"
    )
    script = (
        "import sys, pathlib, json\n"
        "sys.path[:0] = ['tests', '.']\n"
        "import conftest, test_training\n"
        "test_training.FIGURES = json.loads(sys.argv[2])\n"
        "test_training.test_metrics_are_the_notebook_s(conftest.Run(0, pathlib.Path(sys.argv[1]), ''))\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path), json.dumps(figures)]
    own = {key: value for key, value in os.environ.items() if key not in ("CI", "FIGURE_TOLERANCE")}
    done = subprocess.run(command, cwd=project, env=own, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == passes, done.stderr
    assert passes or "AssertionError" in done.stderr or "KeyError: 'gone'" in done.stderr
