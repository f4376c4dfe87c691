"""The project computes what the notebook computed, and keeps its promises."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from dataclasses import fields
from decimal import Decimal
from pathlib import Path

import pytest
from conftest import PROJECT, Run, run_train

import bundle
import model
import train

FIGURES = json.loads((PROJECT / "tests" / "figures.json").read_text(encoding="utf-8"))
TOLERANCE = float(
    os.environ.get("FIGURE_TOLERANCE") or (0.05 if "torch" in train.packages() else 0.0)
)
"""Largest relative difference that counts as equal. Processors round sums differently, and training a network multiplies
such differences; on the machine of the notebook, FIGURE_TOLERANCE=0 asks for the same digits."""


def test_training_succeeds(trained: Run) -> None:
    assert trained.code == 0, trained.text
    assert (trained.output / "manifest.json").exists()


def test_metrics_are_the_notebook_s(trained: Run) -> None:
    """The figures that the notebook shows in its stored outputs; there are none when its outputs were cleared."""
    metrics = json.loads((trained.output / "metrics.json").read_text(encoding="utf-8"))
    assert metrics
    digits = max((decimals(shown) for shown in FIGURES.values()), default=0)
    for name, shown in FIGURES.items():
        found = metrics[name]
        if math.isclose(found, shown, rel_tol=TOLERANCE, abs_tol=TOLERANCE / 10):
            continue
        if digits > 9:
            assert math.isclose(found, shown, rel_tol=1e-9), name
        else:
            # as many digits as the notebook shows: rounded numbers, float32
            unit = 0.5 * 10.0**-digits
            assert math.isclose(found, shown, rel_tol=1e-7, abs_tol=unit), name


def decimals(number: float) -> int:
    """How many digits stand behind the point."""
    exponent = Decimal(repr(number)).as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def test_gates_hold(trained: Run) -> None:
    manifest = json.loads(
        (trained.output / "manifest.json").read_text(encoding="utf-8")
    )
    assert manifest["gates"].keys() == model.GATES.keys()


@pytest.mark.skipif(not model.GATES, reason="the notebook asserts nothing")
def test_raised_gates_fail_the_run(tmp_path: Path) -> None:
    options = []
    for gate, (_, symbol, _) in model.GATES.items():
        impossible = "1e300" if symbol in (">", ">=", "==") else "-1e300"
        options.append(f"{train.gate_option(gate)}={impossible}")
    run = run_train(tmp_path / "candidate", *options)
    assert run.code == 1
    for gate in model.GATES:
        assert f"gate {gate}" in run.text
    assert not (tmp_path / "candidate").exists()


def test_a_fresh_process_gives_the_same_answers(trained: Run) -> None:
    done = subprocess.run(
        [sys.executable, "bundle.py", str(trained.output)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_changed_bundle_is_refused(trained: Run, tmp_path: Path) -> None:
    for path in trained.output.rglob("*"):
        if path.is_file():
            copy = tmp_path / path.relative_to(trained.output)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    values = tmp_path / "values.json"
    values.write_text(values.read_text(encoding="utf-8") + " ", encoding="utf-8")
    with pytest.raises(bundle.BundleError, match="changed"):
        model.load_model(tmp_path)


def test_help_names_every_parameter() -> None:
    done = subprocess.run(
        [sys.executable, "train.py", "--help"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    for option in ("--data", "--output", "--seed", "--log-level"):
        assert option in done.stdout
    for parameter in fields(model.Parameters):
        assert parameter.metadata["option"] in done.stdout
