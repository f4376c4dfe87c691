"""What a check compares, with what, and when it speaks."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import platform_logs
import pytest
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.drift.checking import Report, Verdict, check
from nbexport_runtime.platform.drift.references import FEWEST
from nbexport_runtime.platform.drift.settings import Drift
from nbexport_runtime.service.log import HIDDEN
from nbexport_runtime.training import reference, seen
from platform_logs import NOON

DAY = timedelta(days=1)
ROWS = 1_500


def rows(seed: int, count: int = ROWS) -> pd.DataFrame:
    """Rows as in training."""
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "fee": np.round(random.normal(20, 5, count), 2),
            "tickets": random.poisson(2, count),
            "plan": random.choice(["basic", "plus", "team"], count, p=[0.5, 0.3, 0.2]),
            "vip": random.uniform(size=count) < 0.3,
            "note": ["x" * length for length in random.integers(5, 60, count)],
            "since": pd.to_datetime("2025-01-01") + pd.to_timedelta(random.integers(0, 300, count), unit="D"),
        }
    ).assign(since=lambda frame: frame["since"].dt.strftime("%Y-%m-%d"))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project whose version `v1` has kept a reference."""
    (tmp_path / "data").mkdir()
    rows(1, 4_000).to_csv(tmp_path / "data" / "rows.csv", index=False)
    folder = tmp_path / "models" / "versions" / "v1"
    folder.mkdir(parents=True)
    reference.write(folder, seen.read(tmp_path / "data", lambda name: True))
    return Project(tmp_path, tmp_path)


def checked(
    project: Project, *days: pd.DataFrame, settings: Drift | None = None, outputs: list[pd.DataFrame] | None = None
) -> Report:
    """The report after days of traffic, the last of which ends at noon."""
    with platform_logs.tables() as tables:
        for number, day in enumerate(days):
            until = NOON - DAY * (len(days) - 1 - number)
            platform_logs.log(tables, day, until=until, outputs=outputs[number] if outputs else None)
        return check(project, tables, settings or Drift(), "v1", length_s=DAY.total_seconds(), until=NOON)


def of(report: Report, name: str) -> Verdict:
    """What a report says of one column."""
    (verdict,) = [verdict for verdict in report.verdicts if verdict.column.name == name]
    return verdict


def test_columns_that_are_as_in_training_are_steady(project: Project) -> None:
    report = checked(project, rows(2), rows(3), rows(4))
    assert report.drifted == ()
    assert {verdict.column.name: verdict.reference.kind for verdict in report.verdicts} == {
        "fee": "number",
        "tickets": "number",
        "plan": "category",
        "vip": "category",
        "note": "text",
        "since": "date",
    }
    assert {verdict.status for verdict in report.verdicts} == {"steady"}
    assert {verdict.reference.source for verdict in report.verdicts} == {"training"}
    assert "since" in report.not_compared


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [
        ("fee", lambda day: day.assign(fee=day["fee"] + 2.5), "median"),
        ("fee", lambda day: day.assign(fee=20 + (day["fee"] - 20) * 2), "spread"),
        ("fee", lambda day: day.assign(fee=day["fee"].mask(day.index % 10 == 0)), "missing 0.0 % → 10.0 %"),
        ("fee", lambda day: day.assign(fee=day["fee"].mask(day.index % 20 == 0, 99.0)), "5.0 % above"),
        ("tickets", lambda day: day.assign(tickets=day["tickets"] + 1), "median 2 → 3"),
        ("plan", lambda day: day.assign(plan=day["plan"].mask(day.index % 5 == 0, "team")), "`team` 20 % → 35 %"),
        ("plan", lambda day: day.assign(plan=day["plan"].mask(day.index % 20 == 0, "gold")), "unknown values"),
        ("vip", lambda day: day.assign(vip=day["vip"] | (day.index % 4 == 0)), "true"),
        ("note", lambda day: day.assign(note=day["note"] + "y" * 12), "median length"),
        ("since", lambda day: day.assign(since=day["since"].mask(day.index % 4 == 0)), "missing"),
    ],
)
def test_the_column_that_has_changed_is_named(project: Project, name: str, change: object, reason: str) -> None:
    assert callable(change)
    report = checked(project, *(change(rows(seed)) for seed in (2, 3, 4)))
    assert [verdict.column.name for verdict in report.drifted] == [name]
    assert reason in "; ".join(report.drifted[0].reasons)


def gaps(day: pd.DataFrame, every: int) -> pd.DataFrame:
    """Rows of which one in so many lacks fee, plan and date."""
    return day.assign(**{name: day[name].mask(day.index % every == 0) for name in ("fee", "plan", "since")})


def test_a_service_that_takes_no_gaps_has_not_drifted_from_training_that_had_some(project: Project) -> None:
    table = project.root / "data" / "rows.csv"
    gaps(rows(1, 4_000), 10).to_csv(table, index=False)
    reference.write(project.models / "versions" / "v1", seen.read(table.parent, lambda name: True))
    assert checked(project, *(rows(seed) for seed in (2, 3, 4))).drifted == ()
    fewer = checked(project, *(gaps(rows(seed), 50) for seed in (2, 3, 4)))
    assert [verdict.column.name for verdict in fewer.drifted] == ["fee", "plan", "since"]
    assert fewer.drifted[0].reasons == ("missing 10.0 % → 2.0 %",)


def test_new_categories_are_shown(project: Project) -> None:
    days = [
        rows(seed).assign(plan=lambda day: day["plan"].mask(day.index % 20 == 0, "gold'; --")) for seed in (2, 3, 4)
    ]
    assert of(checked(project, *days), "plan").new_values == ("gold'; --",)


def test_one_day_is_no_alarm_and_two_are(project: Project) -> None:
    odd = [rows(seed).assign(fee=lambda day: day["fee"] + 5) for seed in (5, 6)]
    one = checked(project, rows(2), rows(3), odd[0])
    assert (one.drifted, of(one, "fee").status) == ((), "watch")
    assert of(checked(project, rows(2), odd[1], odd[0]), "fee").status == "drift"
    assert of(checked(project, odd[1], rows(2), odd[0]), "fee").status == "drift"
    assert of(checked(project, odd[0], settings=Drift(windows=1, needed=1)), "fee").status == "drift"


def test_a_difference_that_is_certain_and_small_is_no_drift(project: Project) -> None:
    report = checked(project, *(rows(seed, 40_000).assign(fee=lambda day: day["fee"] + 0.6) for seed in (2, 3, 4)))
    verdict = of(report, "fee")
    assert (report.drifted, verdict.status) == ((), "steady")
    assert verdict.last is not None
    assert 0.02 < verdict.last.share < 0.1


def test_small_windows_say_how_many_rows_they_need(project: Project) -> None:
    report = checked(project, *(rows(seed, 60) for seed in (2, 3, 4)))
    assert {verdict.status for verdict in report.verdicts} == {"too few rows"}
    assert report.rows_needed is not None
    assert 500 < report.rows_needed < 2_000
    # what is large is found all the same
    assert of(checked(project, *(rows(s, 60).assign(fee=90.0) for s in (2, 3, 4))), "fee").status == "drift"
    assert of(checked(project, rows(2, 20), rows(3, 20)), "fee").windows == ()


def test_answers_are_compared_with_the_first_of_the_version(project: Project) -> None:
    def answers(seed: int, shift: float = 0.0) -> pd.DataFrame:
        return pd.DataFrame({"probability": np.random.default_rng(seed).beta(2, 5, ROWS) + shift})

    days = [rows(seed) for seed in range(2, 8)]
    steady = checked(project, *days, outputs=[answers(seed) for seed in range(6)])
    verdict = of(steady, "output.probability")
    assert (verdict.status, verdict.reference.source) == ("steady", "the first 2,000 predictions of this version")
    moved = checked(project, *days, outputs=[answers(seed, 0.2 * (seed > 2)) for seed in range(6)])
    assert [verdict.column.name for verdict in moved.drifted] == ["output.probability"]
    few = checked(project, rows(2, 50), outputs=[pd.DataFrame({"probability": [0.5] * 50})])
    assert f"50 of the {FEWEST}" in few.not_compared["output.probability"]


def test_features_are_compared_with_the_column_of_their_name(project: Project) -> None:
    with platform_logs.tables() as tables:
        for number, seed in enumerate((2, 3, 4)):
            day = rows(seed)
            features = day[["fee"]] + 5
            platform_logs.log(tables, day[["plan"]], features=features, until=NOON - DAY * (2 - number))
        report = check(project, tables, Drift(), "v1", length_s=DAY.total_seconds(), until=NOON)
    assert [verdict.column.name for verdict in report.drifted] == ["features.fee"]


def test_an_old_bundle_is_compared_with_its_data_set(project: Project) -> None:
    folder = project.versions / "v1"
    (folder / reference.NAME).unlink()
    manifest = {"data_set": {"id": "d-1"}, "data": {"path": "data/rows.csv"}}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    days = [rows(seed).assign(fee=lambda day: day["fee"] + 5) for seed in (2, 3, 4)]
    report = checked(project, *days)
    assert [verdict.column.name for verdict in report.drifted] == ["fee"]
    assert report.drifted[0].reference.source.startswith("`data/rows.csv`; train again")
    (project.root / "data" / "rows.csv").rename(project.root / "gone.csv")
    without = checked(project, *days)
    assert without.drifted == ()
    assert {verdict.reference.source for verdict in without.verdicts} == {"the first 2,000 predictions of this version"}


def test_what_cannot_be_compared_is_said(project: Project) -> None:
    days = [rows(seed).assign(plan=HIDDEN) for seed in (2, 3, 4)]
    report = checked(project, *days, settings=Drift(ignore=("fee",)))
    assert report.not_compared["plan"] == "the log hides its values"
    assert "ignores" in report.not_compared["fee"]
    assert not {"plan", "fee"} & {verdict.column.name for verdict in report.verdicts}


def test_names_may_be_any_and_values_may_lie_deeper(project: Project) -> None:
    odd = 'it\'s "a" / ~b.c'
    with platform_logs.tables() as tables:
        for number in range(3):
            random = np.random.default_rng(number)
            values = [
                {"row": {"fee": fee, "Fee": 1.0}, odd: float(random.normal()), "list": [1, 2], "gone": None}
                for fee in random.normal(30, 5, 400)
            ]
            frame = pd.DataFrame({"input": [json.dumps(value) for value in values]})
            platform_logs.log(tables, frame, until=NOON - DAY * (2 - number))
        tables.execute("UPDATE predictions SET input = json_extract_string(input, '$.input')::JSON")
        report = check(project, tables, Drift(), "v1", length_s=DAY.total_seconds(), until=NOON)
    assert {verdict.column.name for verdict in report.verdicts} == {"row.fee", "row.Fee", odd}
    assert "row.fee" in [verdict.column.name for verdict in report.drifted]
    assert of(report, odd).windows[-1].missing == 0
    assert of(report, "row.Fee").windows[-1].missing == 0
    assert "gone" in report.not_compared


def test_other_versions_failures_and_damaged_references_do_not_disturb(project: Project) -> None:
    with platform_logs.tables() as tables:
        for number, seed in enumerate((2, 3, 4)):
            until = NOON - DAY * (2 - number)
            platform_logs.log(tables, rows(seed), until=until)
            platform_logs.log(tables, rows(seed).assign(fee=90.0), until=until, version="v2")
        tables.execute("UPDATE predictions SET input = NULL, outcome = 'invalid' WHERE hash(request_id) % 10 = 0")
        report = check(project, tables, Drift(), "v1", length_s=DAY.total_seconds(), until=NOON)
        assert report.drifted == ()
        (project.versions / "v1" / reference.NAME).write_text('{"format": 1, "columns": {"fee": {"kind": "number"}}}')
        damaged = check(project, tables, Drift(), "v1", length_s=DAY.total_seconds(), until=NOON)
    assert "first" in of(damaged, "fee").reference.source
