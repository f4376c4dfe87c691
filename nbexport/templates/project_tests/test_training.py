"""The project computes what the notebook computed, and keeps its promises."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import model
#: if gates
import train
#: endif
from nbexport_runtime import bundle, testing

pytest_plugins = ["nbexport_runtime.testing.fixtures"]


def test_training_succeeds(trained: testing.Trained) -> None:
    assert trained.code == 0, trained.text


def test_metrics_are_the_notebook_s(project: Path, trained: testing.Trained) -> None:
    """To the last digit on the machine that made the figures; the README says what holds elsewhere."""
    testing.compare(project, trained.manifest["metrics"])


#: if gates
def test_raised_gates_fail_the_run(project: Path, trained: testing.Trained, tmp_path: Path) -> None:
    gates = trained.manifest["gates"]
    options = testing.gate_options(train.options(), gates, number="1e300")
    run = testing.train(project, tmp_path / "latest", *options)
    assert run.code == 1
    for gate in gates:
        assert f"gate {gate}" in run.text
    assert not (tmp_path / "latest").exists()


#: endif
def test_a_fresh_process_gives_the_same_answers(project: Path, trained: testing.Trained) -> None:
    check = [sys.executable, "-m", "nbexport_runtime.bundle", str(trained.output)]
    done = subprocess.run(check, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_changed_bundle_is_refused(trained: testing.Trained, tmp_path: Path) -> None:
    changed = shutil.copytree(trained.output, tmp_path / "changed")
    with (changed / "values.json").open("a", encoding="utf-8") as file:
        file.write(" ")
    with pytest.raises(bundle.BundleError, match="changed"):
        model.load_model(changed)
