"""What a manifest says of the environment of a run."""

from __future__ import annotations

import importlib.metadata
import json
import platform
from pathlib import Path

import numpy as np
import pytest
from nbexport_runtime.training.environment import distributions, environment


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


def test_names_and_versions_are_those_that_the_standard_library_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "odd-2.dist-info"
    folder.mkdir()
    head = "Metadata-Version: 2.1\nName: odd\nSummary: first\n        Name: second\nVersion: 2.0+local"
    (folder / "METADATA").write_text(f"{head}\n\nName: another\nVersion: 3\n", encoding="utf-8")
    (tmp_path / "old-1.egg-info").write_text("Metadata-Version: 1.0\nName: old\nVersion: 1\n", encoding="utf-8")
    (tmp_path / "empty-1.dist-info").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    found = distributions()
    assert (found["odd"], found["old"]) == ("2.0+local", "1")
    assert "" not in found
    # of which newer readers of metadata say nothing at all
    (tmp_path / "empty-1.dist-info").rmdir()
    assert found == {each.name: each.version for each in importlib.metadata.distributions() if each.name}
