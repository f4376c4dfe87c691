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


@pytest.mark.parametrize(("asked", "code"), [("", 0), ("0.0001", 1)])
def test_a_network_may_differ_as_processors_do(project: Path, tmp_path: Path, asked: str, code: int) -> None:
    (tmp_path / "metrics.json").write_text('{"accuracy": 0.98, "loss": 0.001}', encoding="utf-8")
    script = (
        "import sys, pathlib\n"
        "sys.path[:0] = ['tests', '.']\n"
        "import conftest, train\n"
        "train.packages = lambda: {'torch': '2.13.0'}\n"
        "import test_training\n"
        "test_training.FIGURES = {'accuracy': 0.9866666666666667, 'loss': 0.002}\n"
        "test_training.test_metrics_are_the_notebook_s(conftest.Run(0, pathlib.Path(sys.argv[1]), ''))\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    environment = {**os.environ, "FIGURE_TOLERANCE": asked}
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr


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
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == passes, done.stderr
    assert passes or "AssertionError" in done.stderr or "KeyError: 'gone'" in done.stderr
