"""A run: its gates, and what its parser takes."""

from __future__ import annotations

import argparse
import math
from typing import Any

import numpy as np
import pytest
from nbexport_runtime.training import Run, json_object, one_of, optional


@pytest.mark.parametrize("value", [math.nan, None, "high", True, [1.0, 2.0]])
def test_what_is_not_a_number_passes_no_gate(value: Any) -> None:
    run = Run()
    run.gate("w", value, above=0.0)
    gate = run.gates["min_w"]
    assert not gate.passed
    assert "metrics has no number `w`" in gate.problem


def test_library_numbers_pass_gates() -> None:
    run = Run()
    run.gate("w", np.float32(1), above=0.0)
    run.gate("v", np.array([2]), at_most=2.0)
    assert [gate.passed for gate in run.gates.values()] == [True, True]


@pytest.mark.parametrize(
    ("bound", "value", "passes"),
    [
        ({"above": 1.0}, 1.0, False),
        ({"at_least": 1.0}, 1.0, True),
        ({"below": 1.0}, 1.0, False),
        ({"at_most": 1.0}, 1.0, True),
        ({"equal_to": 1.0}, 1, True),
    ],
)
def test_each_threshold_compares_as_its_name_says(bound: dict[str, float], value: float, passes: bool) -> None:
    run = Run()
    run.gate("w", value, **bound)
    assert [gate.passed for gate in run.gates.values()] == [passes]


def test_two_gates_of_a_metric_have_two_names() -> None:
    run = Run()
    run.gate("w", 1.0, above=0.0)
    run.gate("w", 1.0, at_least=0.5)
    assert list(run.gates) == ["min_w", "min_w_2"]


@pytest.mark.parametrize("bounds", [{}, {"above": 1.0, "below": 2.0}])
def test_a_gate_has_exactly_one_threshold(bounds: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="one threshold"):
        Run().gate("w", 1.0, **bounds)


def test_an_example_keeps_arguments_of_any_name() -> None:
    run = Run()
    run.example(1, self=2, run=3)
    assert run.examples == [((1,), {"self": 2, "run": 3})]


def test_types_of_options() -> None:
    assert optional(int)("None") is None
    assert optional(int)("3") == 3
    assert one_of("a", 3)("3") == 3
    assert json_object('{"a": [1, null]}') == {"a": [1, None]}
    for wrong in ("[1]", "{"):
        with pytest.raises(argparse.ArgumentTypeError):
            json_object(wrong)
    with pytest.raises(argparse.ArgumentTypeError, match="not one of a, 3"):
        one_of("a", 3)("b")
