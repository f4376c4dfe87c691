"""A project that uses the runtime: its folder, and the modules that it names."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

HERE = str(Path(__file__).parent)

if HERE not in sys.path:
    # behind all others: `conftest` is the one that all tests share
    sys.path.append(HERE)

MODEL = """\
import bundle_values
from nbexport_runtime import bundle


def load_model(folder):
    return bundle.load(folder, predict=bundle_values.predict, own=("bundle_values",))
"""


@pytest.fixture(scope="package")
def code(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A folder like a project's, with its modules imported."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "model.py").write_text(MODEL, encoding="utf-8")
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    yield SimpleNamespace(
        folder=folder,
        bundle=importlib.import_module("nbexport_runtime.bundle"),
        bundle_values=importlib.import_module("bundle_values"),
        model=importlib.import_module("model"),
    )
    sys.path.remove(str(folder))
    sys.modules.pop("model", None)
