"""What a project's tests share, as a plugin of pytest: the project's folder, and one training run for all of them.

pytest_plugins = ["nbexport_runtime.testing.fixtures"]
"""

from __future__ import annotations

from pathlib import Path

import pytest

from nbexport_runtime.testing.trained import Trained, train


@pytest.fixture(scope="session")
def project(pytestconfig: pytest.Config) -> Path:
    """The project's folder, which holds the `pyproject.toml` that pytest was started with."""
    return pytestconfig.rootpath


@pytest.fixture(scope="session")
def trained(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A run with the notebook's own parameters."""
    return train(project, tmp_path_factory.mktemp("models") / "latest")
