"""Faults planted at random places of clean notebooks are found, in the right cell and with the right name."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from faults.clean import Cells, as_ipynb, examples, generated
from faults.planting import KINDS, plant

from nbexport import api
from nbexport.model import Finding

NOTEBOOKS = [*examples(), *((f"generated {seed}", generated(seed)) for seed in range(24))]


def hidden_state(cells: Cells) -> list[Finding]:
    """What the family NBX1 has to say."""
    return [finding for finding in api.check_text(as_ipynb(cells), "a.ipynb")[1] if finding.code.startswith("NBX1")]


@pytest.mark.parametrize(("name", "cells"), NOTEBOOKS, ids=[name for name, _ in NOTEBOOKS])
def test_a_clean_notebook_has_no_findings(name: str, cells: Cells) -> None:
    assert not [(finding.code, finding.problem.message) for finding in hidden_state(cells)]


def test_planted_faults_are_found() -> None:
    planted: Counter[str] = Counter()
    caught: Counter[str] = Counter()
    exact: Counter[str] = Counter()
    for name, cells in NOTEBOOKS:
        for fault in plant(cells, random.Random(name)):
            found = hidden_state(fault.cells)
            planted[fault.kind] += 1
            caught[fault.kind] += bool(found)
            exact[fault.kind] += any(
                finding.problem.cell == fault.cell and fault.name in ("", finding.problem.name) for finding in found
            )
    assert planted.keys() == KINDS.keys(), "a kind found no place in any notebook"
    missed = {kind: (count, caught[kind], exact[kind]) for kind, count in planted.items() if exact[kind] < count}
    assert caught.total() >= 0.99 * planted.total(), missed
    assert exact.total() >= 0.98 * planted.total(), missed
