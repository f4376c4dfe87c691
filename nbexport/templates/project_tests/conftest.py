"""One training run, shared by all tests."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))


@dataclass
class Run:
    """What a run of `train.py` left."""

    code: int
    output: Path
    text: str


def run_train(output: Path, *options: str) -> Run:
    """Run `train.py` in a process of its own."""
    command = [sys.executable, "train.py", "--output", str(output), *options]
    done = subprocess.run(
        command, cwd=PROJECT, capture_output=True, text=True, check=False
    )
    return Run(done.returncode, output, done.stdout + done.stderr)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run with the notebook's own parameters."""
    return run_train(tmp_path_factory.mktemp("models") / "candidate")
