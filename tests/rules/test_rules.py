"""Every rule finds what its BAD example marks, and nothing in its GOOD one."""

from __future__ import annotations

from pathlib import Path

import pytest
from rule_examples import judged

from nbexport import api, rules
from nbexport.model import Trait

SECTIONS = ("## What it does", "## Why is this bad", "## How to fix", "## Limits", "## Source")


def found(text: str, folder: Path) -> set[tuple[str, int, int]]:
    """(code, cell, row) of each finding in a percent notebook."""
    findings = judged(text, folder)
    return {(finding.code, finding.problem.cell, finding.problem.span.row) for finding in findings}


def marked(text: str) -> set[tuple[int, int]]:
    """(cell, row) of the lines that an example marks."""
    places: set[tuple[int, int]] = set()
    cell = row = 0
    for line in text.splitlines():
        if line.startswith("# %%"):
            cell, row = cell + 1, 0
            continue
        row += 1
        if line.endswith("# <- here"):
            places.add((cell, row))
    return places


@pytest.mark.parametrize("rule", rules.all_rules(), ids=lambda rule: rule.code)
def test_examples(rule: rules.Rule, tmp_path: Path) -> None:
    expected = marked(rule.bad)
    assert expected, "the BAD example marks no line"
    bad = found(rule.bad, tmp_path)
    assert {(cell, row) for code, cell, row in bad if code == rule.code} == expected
    good = found(rule.good, tmp_path)
    assert not [place for place in good if place[0] == rule.code]


@pytest.mark.parametrize("rule", rules.all_rules(), ids=lambda rule: rule.code)
def test_docstring_has_every_section(rule: rules.Rule) -> None:
    positions = [rule.doc.find(section) for section in SECTIONS]
    assert -1 not in positions
    assert positions == sorted(positions)


def test_the_rules_that_ask_for_the_level_are_known() -> None:
    folder = Path(rules.__file__).parent
    asking = {path.name[:6].upper() for path in folder.glob("nbx*.py") if "analysis.level" in path.read_text("utf-8")}
    assert asking == {rule.code for rule in rules.all_rules() if Trait.ASKS_LEVEL in rule.traits}


@pytest.mark.parametrize("line", ["files = !ls *.csv", "!!make data", "!make data", "here = %store name"])
def test_a_magic_is_shown_as_it_is_written(line: str) -> None:
    problems = [f.problem for f in api.check_text(f'# %% tags=["train"]\n{line}\n', "a.py")[1] if f.code == "NBX401"]
    assert [problem.message.partition("` ")[0] for problem in problems] == [f"`{line}"]
