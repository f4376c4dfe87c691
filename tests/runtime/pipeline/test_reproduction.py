"""What is said of a model that was trained again."""

from __future__ import annotations

from typing import Any

from nbexport_runtime.pipeline.outcome import DONE, REFUSED
from nbexport_runtime.pipeline.reproduction import compared


def facts(weights: str, **versions: str) -> dict[str, Any]:
    environment = {"processor": "p", "distributions": versions}
    return {"version": "v", "weights": weights, "metrics": {}, "python": "3.11", "environment": environment}


def test_the_same_weights_are_the_same_model() -> None:
    outcome = compared(facts("a", numpy="1"), facts("a", numpy="2"))
    assert (outcome.code, outcome.facts["same"], outcome.facts["differ"]) == (DONE, True, [])


def test_for_other_weights_the_differences_are_named() -> None:
    outcome = compared(facts("a", numpy="1", pandas="2"), facts("b", numpy="2", scipy="1"))
    assert outcome.code == REFUSED
    assert outcome.facts["differ"] == ["weights", "numpy 1 to 2", "pandas 2 to missing", "scipy missing to 1"]
    many = {f"d{number:02}": "1" for number in range(13)}
    assert compared(facts("a", **many), facts("b", other="1")).facts["differ"][-1] == "4 more distributions"


def test_a_manifest_of_before_has_no_environment() -> None:
    before = {name: value for name, value in facts("a").items() if name != "environment"}
    assert compared(before, facts("b", numpy="1")).facts["differ"] == ["weights"]
