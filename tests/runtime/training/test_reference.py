"""The reference that a bundle keeps: what it says of each kind of column, and what it does with damaged ones."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from nbexport_runtime.training import reference
from nbexport_runtime.training.seen import Column


def column(values: Sequence[object]) -> Column:
    """A column that has seen values."""
    result = Column(rows=len(values))
    for value in values:
        result.add(str(value))
    return result


@pytest.mark.parametrize(
    ("values", "known"),
    [
        ([9.9, 19.9, 9.9, ""], {"kind": "number", "edges": [9.9], "counts": [2, 1], "min": 9.9, "max": 19.9}),
        ([3, 3, 3], {"kind": "number", "edges": [], "counts": [3], "min": 3.0, "max": 3.0}),
        (["a", "b", "a", "a"], {"kind": "category", "values": {"a": 3, "b": 1}}),
        (["True", "False", "True", "true"], {"kind": "category", "values": {"true": 3, "false": 1}}),
        (["2025-01-01", "2025-02-03"], {"kind": "date"}),
        (["hello", "you", "all of you"], {"kind": "text", "edges": [3.0, 5.0], "counts": [1, 1, 1], "max": 10.0}),
        (["", "NA"], {"kind": "empty", "rows": 2, "missing": 2}),
    ],
)
def test_columns_are_described_by_their_kind(values: list[object], known: dict[str, Any]) -> None:
    facts = reference.described(column(values))
    assert {name: facts[name] for name in known} == known
    assert facts["rows"] == len(values)
    assert facts["rows"] - facts["missing"] == facts["n"]


def test_bins_of_a_number_hold_about_the_same_and_all_values() -> None:
    drawn = random.Random(1)
    facts = reference.described(column([drawn.gauss(0, 1) for _ in range(20_000)]))
    assert (facts["n"], facts["present"], len(facts["counts"])) == (5_000, 20_000, reference.BINS)
    assert sum(facts["counts"]) == 5_000
    assert all(90 <= count <= 110 for count in facts["counts"])
    assert facts["edges"] == sorted(set(facts["edges"]))


def test_what_is_written_is_read_and_what_is_damaged_is_nothing(tmp_path: Path) -> None:
    reference.write(tmp_path, {"fee": column([1, 2, 3]), 'o"dd': column(["ä", "ä"])})
    known = reference.read(tmp_path)
    assert known["fee"]["counts"] == [1, 1, 1]
    assert known['o"dd']["values"] == {"ä": 2}
    path = tmp_path / reference.NAME
    for text in ("", "{", "[]", '{"format": 99, "columns": {}}', '{"format": 1, "columns": []}'):
        path.write_text(text, encoding="utf-8")
        assert reference.read(tmp_path) == {}
    path.write_text(json.dumps({"format": 1, "columns": {"a": 1, "b": {}}}), encoding="utf-8")
    assert reference.read(tmp_path) == {"b": {}}
    path.unlink()
    assert reference.read(tmp_path) == {}
