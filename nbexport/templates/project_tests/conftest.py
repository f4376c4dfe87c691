"""One training run, shared by all tests."""

import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from nbexport_runtime.testing import Trained, train


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A run with the notebook's own parameters."""
    return train(PROJECT, tmp_path_factory.mktemp("models") / "latest")
