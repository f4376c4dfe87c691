"""What `check --level N` passes, `export --level N` exports; what it refuses has a code, a cell and a hint."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import SOUND
from rule_examples import written

from nbexport import api, rules
from nbexport.model import Finding

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*/*.ipynb"))
LEVELS = (1, 2)
"""Level 3 asks for the roles of level 2, and lifts the same."""


def checked(path: Path, level: int) -> list[Finding]:
    """The errors of a check."""
    return [finding for finding in api.check(path, level=level)[1] if finding.severity == "error"]


def refused(path: Path, level: int) -> list[Finding]:
    """What prevents an export; every file of it is made where nothing does."""
    made = api.project(path, level=level)
    if not isinstance(made, api.Refused):
        return []
    assert made.against, "refused without a reason"
    return list(made.against)


def assert_agreed(path: Path) -> None:
    """Check and export say the same at every level, and each refusal says where and what to do."""
    for level in LEVELS:
        errors, against = checked(path, level), refused(path, level)
        assert [(error.code, error.problem.message) for error in against] == [
            (error.code, error.problem.message) for error in errors
        ], level
        for error in against:
            assert rules.find_rule(error.code) is not None
            assert error.problem.cell > 0
            assert error.problem.hint


@pytest.mark.parametrize("rule", rules.all_rules(), ids=lambda rule: rule.code)
def test_check_and_export_agree_about_the_examples_of_a_rule(rule: rules.Rule, tmp_path: Path) -> None:
    for text in (rule.good, rule.bad):
        assert_agreed(written(text, tmp_path))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_check_and_export_agree_about_an_example(path: Path) -> None:
    assert_agreed(path)


PARTS = {
    "sound": SOUND,
    "no evaluate": SOUND.replace('tags=["evaluate"]', ""),
    "no predict": SOUND.replace('tags=["predict"]', 'tags=["skip"]'),
    "a predict beside it": SOUND.replace(
        '# %% tags=["train"]', '# %%\ndef predict(values, factor):\n    return values\n# %% tags=["train"]'
    ),
    "a predict that is used": SOUND.replace(
        '# %% tags=["train"]', '# %%\ndef predict(values, factor):\n    return values\n# %% tags=["train"]'
    ).replace('{"weight": weight}', '{"weight": predict(weight, 1)}'),
    "two predict cells": SOUND + '# %% tags=["predict"]\ndef predict(row: float) -> float:\n    return row\n',
    "no function": SOUND.replace("def predict(row: float) -> float:\n    return row * weight", "predict = 3").replace(
        "predict(2.0)", ""
    ),
    "a lambda": SOUND.replace(
        "def predict(row: float) -> float:\n    return row * weight", "predict = lambda row: row * weight"
    ),
    "in a branch": SOUND.replace(
        "def predict(row: float) -> float:\n    return row * weight",
        "if weight:\n    def predict(row: float) -> float:\n        return row * weight",
    ),
    "a class": SOUND.replace(
        "def predict(row: float) -> float:\n    return row * weight", "class predict:\n    pass"
    ).replace("predict(2.0)", ""),
}


@pytest.mark.parametrize("text", PARTS.values(), ids=PARTS)
def test_check_and_export_agree_about_the_interface(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(text, encoding="utf-8")
    assert_agreed(path)


def test_the_predict_of_the_predict_cell_is_the_one_that_is_served(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(PARTS["a predict that is used"], encoding="utf-8")
    assert refused(path, 1) == []
    assert refused(path, 2) == []
