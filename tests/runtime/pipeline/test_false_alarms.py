"""Two samples of the same data are rarely told apart: at most one data set in twenty is reported at all."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from nbexport_runtime.pipeline.checks import chance
from nbexport_runtime.pipeline.checks.comparing import compare
from nbexport_runtime.pipeline.checks.tables import of_frame

NOW_S = 1_780_000_000.0
DATA_SETS = 40


def shop(rows: int, random: np.random.Generator) -> pd.DataFrame:
    """Orders: heavy tails, rare categories, counts, missing values, dates, free text."""
    days = random.integers(0, 900, rows)
    amount = random.lognormal(3, 1.2, rows)
    return pd.DataFrame(
        {
            "order_id": random.permutation(10 * rows)[:rows] + 10_000,
            "amount": np.where(random.random(rows) < 0.03, np.nan, amount.round(2)),
            "pareto": random.pareto(1.5, rows),
            "balance": random.normal(2, 1, rows),
            "items": random.poisson(1.4, rows),
            "country": random.choice([f"c{n}" for n in range(25)], rows, p=zipf(25)),
            "device": np.where(random.random(rows) < 0.4, "phone", "desktop"),
            "ordered": (pd.Timestamp("2023-01-01") + pd.to_timedelta(days, "D")).strftime("%Y-%m-%d"),
            "note": ["x" * n for n in random.integers(3, 60, rows)],
            "returned": (random.random(rows) < 0.08).astype(int),
        }
    )


def sensors(rows: int, random: np.random.Generator) -> pd.DataFrame:
    """Numbers of many kinds, and a label of five classes."""
    frame = pd.DataFrame({f"n{i}": random.normal(i, 1 + i, rows) for i in range(12)})
    frame["t"] = random.standard_t(3, rows)
    frame["share"] = random.beta(0.5, 0.5, rows)
    frame["wait"] = random.exponential(4, rows).round(1)
    frame["flag"] = random.random(rows) < 0.002
    frame["label"] = random.choice(list("abcde"), rows, p=[0.4, 0.3, 0.2, 0.07, 0.03])
    return frame


def zipf(count: int) -> np.ndarray:
    weights = 1 / np.arange(1, count + 1) ** 1.8
    return weights / weights.sum()


@pytest.mark.parametrize(
    "rows", [(300, 300), (2000, 2000), (2000, 1600), (400, 1000)], ids=lambda rows: f"{rows[0]}-{rows[1]}"
)
@pytest.mark.parametrize(("draw", "label"), [(shop, "returned"), (sensors, "label")], ids=["shop", "sensors"])
def test_fresh_samples_of_the_same_data_are_rarely_reported(draw, label: str, rows: tuple[int, int]) -> None:
    alarms = []
    for seed in range(DATA_SETS):
        random = np.random.default_rng([seed, *rows])
        known = of_frame("rows.csv", draw(rows[0], random)).facts(label=label, now_s=NOW_S)
        findings = compare(of_frame("rows.csv", draw(rows[1], random)), known, tolerance=0.05, now_s=NOW_S)
        if findings:
            alarms.append([f"{finding.kind}: {finding.text}" for finding in findings])
    assert len(alarms) <= 0.05 * DATA_SETS, alarms


def test_the_same_test_sees_a_difference() -> None:
    """The test above fails where there is something to report: half a standard deviation is."""
    random = np.random.default_rng(7)
    known = of_frame("rows.csv", sensors(2000, random)).facts(label="label", now_s=NOW_S)
    other = sensors(2000, random)
    other["n3"] += 2
    (finding,) = compare(of_frame("rows.csv", other), known, tolerance=0.05, now_s=NOW_S)
    assert (finding.kind, finding.column) == ("drift", "n3")


def test_the_limit_of_drift_is_that_of_chance() -> None:
    """Of 20,000 pairs of samples of ten equal bins about `RARE` are above the limit."""
    random = np.random.default_rng(11)
    even = [0.1] * 10
    before = random.multinomial(500, even, 20_000) / 500
    now = random.multinomial(800, even, 20_000) / 800
    limit = chance.drift_by_chance(10, 500, 800)
    above = sum(chance.stability(a, b, 500, 800) > limit for a, b in zip(before.tolist(), now.tolist(), strict=True))
    assert above <= 20_000 * 5 * chance.RARE
    assert limit < 0.2
