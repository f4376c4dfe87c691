"""Point in time: no value from the future, none that was not known yet, every row once and in its place."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.platform.features import training
from nbexport_runtime.platform.features.offline import Tables
from nbexport_runtime.platform.features.settings import View
from runtime.platform.features.feature_tables import VIEW, Fact, at, drawn, iso, known, value, written


def joined(folder: Path, asked: list[tuple[str, float]], view: View = VIEW) -> list[tuple[object, object]]:
    frame = pd.DataFrame({"customer_id": [id_ for id_, _ in asked], "time": [iso(minute) for _, minute in asked]})
    found = training.with_features(frame, [view], folder)
    assert found[["customer_id", "time"]].equals(frame)
    return [(value(row.plan), value(row.fee)) for row in found.itertuples()]


@pytest.mark.parametrize("seed", range(12))
def test_the_join_is_what_looking_at_every_row_says(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    facts = drawn(draw, 60)
    written(tmp_path, facts)
    asked = [(draw.choice(["1", "2", "3", "007", "unknown"]), draw.randrange(-5, 130)) for _ in range(80)]
    asked += draw.choices(asked, k=20)
    max_age = draw.choice([None, 15, 30])
    view = replace(VIEW, max_age_days=(max_age or 0) / 1440)
    expected = [known(facts, id_, minute, max_age) for id_, minute in asked]
    assert joined(tmp_path, asked, view) == [(fact.plan, fact.fee) if fact else (None, None) for fact in expected]
    assert any(expected)
    assert not all(expected)


@pytest.mark.parametrize("seed", range(6))
def test_the_newest_rows_are_what_the_join_gives_then(seed: int, tmp_path: Path) -> None:
    draw = random.Random(100 + seed)
    facts = drawn(draw, 80)
    written(tmp_path, facts)
    tables = Tables(tmp_path)
    for minute in (10, 45, 59, 200):
        newest = {row.id: (row.values["plan"], row.values["fee"]) for row in tables.newest(VIEW, at(minute))}
        expected = {id_: fact for id_ in ("1", "2", "3", "007") if (fact := known(facts, id_, minute))}
        assert newest == {id_: (fact.plan, fact.fee) for id_, fact in expected.items()}
    tables.close()


def test_what_became_known_later_does_not_leak(tmp_path: Path) -> None:
    written(tmp_path, [Fact("1", 0, 0, "old", 1.0), Fact("1", 10, 30, "new", 2.0), Fact("1", 5, 40, "stale", 3.0)])
    asked = [("1", 20), ("1", 29.9), ("1", 30), ("1", 50)]
    assert [plan for plan, _ in joined(tmp_path, asked)] == ["old", "old", "new", "new"]


def test_a_feature_that_is_too_old_is_missing_and_its_row_stays(tmp_path: Path) -> None:
    written(tmp_path, [Fact("1", 0, 0, "old", 1.0)])
    view = replace(VIEW, max_age_days=10 / 1440)
    assert joined(tmp_path, [("1", 10), ("1", 10.001), ("2", 0), ("1", 10)], view) == [
        ("old", 1.0),
        (None, None),
        (None, None),
        ("old", 1.0),
    ]


def test_the_order_of_files_and_rows_does_not_matter(tmp_path: Path) -> None:
    facts = [
        Fact("1", 0, 0, plan, fee) for plan, fee in [("b", 1.0), ("a", 9.0), ("b", None), ("b", 4.0), (None, 99.0)]
    ]
    for number in range(5):
        draw = random.Random(number)
        draw.shuffle(facts)
        folder = tmp_path / str(number)
        written(folder / "rows", facts[:2], "a.csv")
        written(folder / "rows" / "more", facts[2:], "b.csv")
        assert joined(folder, [("1", 5)], replace(VIEW, source="rows")) == [("b", 4.0)]


def test_a_row_without_an_id_or_a_time_is_answered_too(tmp_path: Path) -> None:
    written(tmp_path, [Fact("1", 0, 0, "old", 1.0)])
    frame = pd.DataFrame({"customer_id": ["1", None, "1"], "time": [None, iso(5), iso(5)]}, index=[7, 7, 3])
    found = training.with_features(frame, [VIEW], tmp_path)
    assert list(found.index) == [7, 7, 3]
    assert [value(plan) for plan in found["plan"]] == [None, None, "old"]


def test_ids_are_text_whatever_a_frame_has_made_of_them(tmp_path: Path) -> None:
    written(tmp_path, [Fact("7", 0, 0, "seven", 1.0), Fact("007", 0, 0, "agent", 1.0)])
    for ids, expected in ([[7], "seven"], [[7.0], "seven"], [["007"], "agent"]):
        frame = pd.DataFrame({"customer_id": ids, "time": [at(5)]})
        assert training.with_features(frame, [VIEW], tmp_path)["plan"][0] == expected


def test_times_have_offsets(tmp_path: Path) -> None:
    (tmp_path / "facts.csv").write_text(
        "customer_id,event,created,plan,fee\n1,2026-03-01T02:00:00+02:00,2026-03-01,early,1\n"
        "1,2026-03-01T00:30:00-01:00,2026-03-01 00:00:00,late,2\n"
    )
    assert [plan for plan, _ in joined(tmp_path, [("1", 1), ("1", 89), ("1", 90)])] == ["early", "early", "late"]


def test_a_file_is_read_as_pandas_reads_it(tmp_path: Path) -> None:
    """The notebook has trained on what pandas makes of the file, and the service must send the same."""
    content = "customer_id,day,count,postcode,gap\n1,27/07/2025,4,01234,NA\n2,2025-07-27,,9,x\n3,,7,10,None\n"
    (tmp_path / "facts.csv").write_text(content)
    columns = ("day", "count", "postcode", "gap")
    view = View("v", "customer_id", "facts.csv", "2026-03-01", columns=columns, types={"postcode": "VARCHAR"})
    tables = Tables(tmp_path)
    rows = {row.id: list(row.values.values()) for row in tables.newest(view, at(0))}
    tables.close()
    assert rows == {
        "1": ["27/07/2025", 4, "01234", None],
        "2": ["2025-07-27", None, "9", "x"],
        "3": [None, 7, "10", None],
    }


def test_parquet_is_read_with_its_own_types(tmp_path: Path) -> None:
    written(tmp_path, [Fact("7", 0, 3, "seven", 1.0), Fact("8", 0, 0, "eight", 1.0)])
    tables = Tables(tmp_path)
    tables.ask(
        f"COPY (SELECT CAST(customer_id AS DOUBLE) AS customer_id, CAST(event AS TIMESTAMPTZ)::TIMESTAMP AS event, "
        "CAST(created AS TIMESTAMPTZ) AS created, plan, CAST(fee AS DECIMAL(9, 2)) AS fee "
        f"FROM {tables.source(VIEW)}) TO '{tmp_path}/facts.parquet'"
    )
    tables.close()
    view = replace(VIEW, source="facts.parquet")
    assert joined(tmp_path, [("7", 2), ("7", 3), ("8", 0)], view) == [(None, None), ("seven", 1.0), ("eight", 1.0)]


def test_a_table_of_one_day_needs_no_column_with_it(tmp_path: Path) -> None:
    written(tmp_path, [Fact("1", 0, 0, "old", 1.0)])
    view = replace(VIEW, event_time="2026-03-02", created="")
    assert joined(tmp_path, [("1", 0), ("1", 1440)], view) == [(None, None), ("old", 1.0)]


@pytest.mark.parametrize(
    ("view", "said"),
    [
        (replace(VIEW, source="nothing.csv"), "is not a CSV or Parquet file"),
        (replace(VIEW, columns=("plan", "sum")), "has no column `sum`"),
        (replace(VIEW, types={"plan": "INTEGER"}), "name the type of the column by `types`"),
    ],
)
def test_a_table_that_cannot_be_read_is_said_so(view: View, said: str, tmp_path: Path) -> None:
    written(tmp_path, [Fact("1", 0, 0, "old", 1.0)])
    with pytest.raises(PipelineError, match=said):
        joined(tmp_path, [("1", 0)], view)


def test_a_frame_that_cannot_be_joined_is_said_so(tmp_path: Path) -> None:
    written(tmp_path, [Fact("1", 0, 0, "old", 1.0)])
    frame = pd.DataFrame({"customer_id": ["1"], "time": ["soon"]})
    with pytest.raises(PipelineError, match="`time` has a value that is not a time"):
        training.with_features(frame, [VIEW], tmp_path)
    with pytest.raises(PipelineError, match="has a column `plan` already"):
        training.with_features(frame.assign(plan="x"), [VIEW], tmp_path)
    with pytest.raises(PipelineError, match="no column `when`"):
        training.with_features(frame, [VIEW], tmp_path, time="when")
    with pytest.raises(PipelineError, match="no feature view `other`"):
        training.chosen([VIEW], frame, ["other"])
    with pytest.raises(PipelineError, match="no column of an entity"):
        training.chosen([VIEW], frame.drop(columns=["customer_id"]), [])


def test_training_code_needs_one_call(tmp_path: Path) -> None:
    written(tmp_path, [Fact("1", 0, 0, "old", 1.0)])
    (tmp_path / "platform.toml").write_text(
        '[[features]]\nname = "customers"\nentity = "customer_id"\nsource = "facts.csv"\n'
        'event_time = "event"\ncreated = "created"\ncolumns = ["plan", "fee"]\n'
    )
    frame = pd.DataFrame({"customer_id": [1, 1], "time": [at(-1), at(1)], "left": [0, 1]})
    found = training.joined(frame, root=tmp_path, event_times=True)
    assert list(found) == ["customer_id", "time", "left", "plan", "fee", "customers_event_time"]
    assert [value(time) for time in found["customers_event_time"]] == [None, pd.Timestamp(at(0))]
