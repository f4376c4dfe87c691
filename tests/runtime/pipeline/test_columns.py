"""Columns of any values: what is kept of them is plain JSON, and the same column never differs from itself."""

from __future__ import annotations

import datetime as clock
import json
import math
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from nbexport_runtime.pipeline.checks import dates
from nbexport_runtime.pipeline.checks.building import column
from nbexport_runtime.pipeline.checks.comparing import compare
from nbexport_runtime.pipeline.checks.figures import far
from nbexport_runtime.pipeline.checks.tables import Table, of_frame, telling

NOW_S = 1_780_000_000.0
ODD: dict[str, list[Any]] = {
    "empty": [],
    "missing": [None] * 40,
    "one": [7],
    "huge": [1e308, -1e308, 5e-324, 0.0] * 10,
    "infinite": [math.inf, -math.inf, math.nan, 1.0] * 10,
    "large whole": [2**62 + n for n in range(40)],
    "beyond int64": [2**70 + n for n in range(40)],
    "truth": [True, False, None, True] * 10,
    "decimals": [Decimal("1.10"), Decimal("2.5"), None, Decimal(0)] * 10,
    "complex": [1 + 2j, 3j] * 20,
    "texts": ["", " ", "a\0b", "ü", "Ã¼", "x" * 5000, "😀", "\n"] * 5,
    "mixed": [1, "one", 1.5, None] * 10,
    "lists": [[1], [2, 3], None, []] * 10,
    "dates": [clock.date(1, 1, 1), clock.date(9999, 12, 31), None] * 10,
    "times": [clock.datetime(2024, 1, 1, 5, tzinfo=clock.UTC), clock.datetime(2030, 1, 1, tzinfo=clock.UTC)] * 20,
    "text dates": ["2024-01-01", "2024-02-30", "9999-12-31", "0001-01-01", None] * 8,
    "text times": ["2024-01-01T05:06:07Z", "2024-01-01 05:06", "2024-01-01T05:06:07+02:00"] * 10,
    "spread": [10.0**n for n in range(-150, 150)],
}


def of_pandas(values: list[Any]) -> Any:
    return pd.Series(values, dtype=object if not values else None)


@pytest.mark.parametrize("build", [of_pandas, list], ids=["pandas", "list"])
@pytest.mark.parametrize("name", ODD)
def test_any_values_give_plain_json_and_equal_themselves(name: str, build: Any) -> None:
    values = build(ODD[name])
    table = Table("t", len(ODD[name]), {"c": column("c", values), "c2": column("c2", build(ODD[name]))})
    facts = table.facts(label="c2", now_s=NOW_S)
    again = json.loads(json.dumps(facts, allow_nan=False))
    findings = compare(table, again, tolerance=0.05, now_s=NOW_S)
    assert [finding.text for finding in findings if finding.kind != "no_rows"] == []


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (pd.Series([1, 2, None], dtype="Int64"), "integer"),
        (pd.Series([1.0, 2.0, None]), "integer"),
        (pd.Series(["a", "b"], dtype="category"), "text"),
        (pd.Series([True, None], dtype="boolean"), "boolean"),
        (pd.Series(pd.to_datetime(["2024-01-01", None])), "date"),
        (pd.Series(pd.to_datetime(["2024-01-01", "2024-01-02"], utc=True)), "date"),
        (pd.Series([1, 0], dtype=pd.SparseDtype(int)), "integer"),
        (pd.Series(pd.to_timedelta(["1 days", "2 days"])), "text"),
        (np.array([1, 2], dtype="uint8"), "integer"),
        (np.array(["a", "b"]), "text"),
    ],
    ids=lambda value: str(getattr(value, "dtype", value)),
)
def test_types_of_libraries_are_understood(values: Any, kind: str) -> None:
    assert column("c", values).kind == kind


def test_days_are_exact_across_zones_and_units() -> None:
    moments = pd.Series(pd.to_datetime(["2024-03-01T23:30:00-05:00"], utc=True))
    assert dates.shown(float(column("c", moments).numbers[0])) == "2024-03-02 04:30:00"
    assert dates.shown(float(column("c", [clock.date(1960, 2, 29)]).numbers[0])) == "1960-02-29"
    assert dates.format_of(["12/31/2024", "01/02/2024"]) == "MM/DD/YYYY"
    assert dates.format_of(["31/12/2024", "01/02/2024"]) == "DD/MM/YYYY"
    assert dates.format_of(["a", "2024-01-01"]) is None


def test_far_is_farther_where_the_tail_is_heavier() -> None:
    random = np.random.default_rng(3)
    light = far(np.sort(random.uniform(0, 100, 2000)))
    heavy = far(np.sort(random.pareto(1.5, 2000)))
    assert light[1] < 250
    assert heavy[1] > 1000
    assert far(np.array([1.0, 1.0, 2.0]))[1] < 10


def test_a_column_that_tells_the_label_tells_one_and_noise_tells_none() -> None:
    random = np.random.default_rng(3)
    left = (random.random(5000) < 0.2).astype(int)
    frame = pd.DataFrame(
        {
            "left": left,
            "code": np.where(left == 1, "x", "y"),
            "amount": left * 10 + random.random(5000),
            "falls": -left + random.random(5000) * 0.5,
            "noise": random.random(5000),
            "half": np.where(random.random(5000) < 0.5, left, random.integers(0, 2, 5000)),
        }
    )
    columns = of_frame("t", frame).columns
    tells = {name: telling(columns[name], columns["left"]) for name in columns}
    assert (tells["code"], tells["amount"], tells["falls"]) == (1.0, 1.0, 1.0)
    assert tells["noise"] < 0.05
    assert tells["half"] < 0.5
    numbers = of_frame(
        "t", pd.DataFrame({"y": frame["noise"], "x": frame["noise"] * 3 + 1, "n": frame["amount"]})
    ).columns
    assert telling(numbers["x"], numbers["y"]) == pytest.approx(1.0)
    assert telling(numbers["n"], numbers["y"]) < 0.05
