"""What a manifest says of the environment of a run."""

from __future__ import annotations

import importlib.metadata
import json
import platform

import numpy as np
import pytest
from nbexport_runtime.training.environment import environment


def test_it_names_everything_that_is_installed_and_what_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    facts = environment()
    assert json.loads(json.dumps(facts)) == facts
    assert facts["distributions"]["numpy"] == importlib.metadata.version("numpy") == np.__version__
    assert facts["python"].endswith(platform.python_version())
    assert facts["threads"]["OMP_NUM_THREADS"] == "2"
    assert facts["blas"]
    assert facts["processor"]
    assert facts["cores"] >= 1
