"""`features apply`: what keeps a view from being used, and what one should know of its table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.platform import settings
from nbexport_runtime.platform.features.applying import apply
from nbexport_runtime.platform.features.settings import View
from pydantic import BaseModel
from runtime.platform.features.feature_tables import VIEW, Fact, written

GOOD = 'name = "v"\nentity = "id"\nsource = "x.csv"\nevent_time = "t"\ncolumns = ["a", "b"]\n'


class Request(BaseModel):
    plan: str
    fee: float | None = None


def report(root: Path, view: View = VIEW, request: type[BaseModel] | None = Request) -> dict[str, Any]:
    outcome = apply(root, [view], request)
    (found,) = outcome.facts["views"]
    assert outcome.code == (10 if found["problems"] else 0)
    return dict(found)


def test_a_sound_table_has_no_problems(tmp_path: Path) -> None:
    written(tmp_path, [Fact("1", 0, 0, "a", 1.5), Fact("2", 0, 0, "b", None), Fact("1", 5, 5, "c", 2.5)])
    found = report(tmp_path)
    assert (found["rows"], found["entities"], found["problems"], found["remarks"]) == (3, 2, [], [])
    assert found["columns"] == {"plan": "VARCHAR", "fee": "DOUBLE"}


def test_late_and_doubled_rows_are_told(tmp_path: Path) -> None:
    same = [Fact("2", 3, 3, "a", 1.0)] * 3
    against = [Fact("3", 3, 3, "a", 1.0), Fact("3", 3, 3, "b", 1.0)]
    coming = Fact("4", 600_000_000, 600_000_000, "a", 1.0)
    written(tmp_path, [Fact("1", 0, 30, "a", 1.5), *same, *against, coming])
    late, future, twice, contradicts = report(tmp_path)["remarks"]
    assert late.startswith("1 rows became known after their event time")
    assert future.startswith("1 rows are of the future")
    assert twice.startswith("3 rows are there again")
    assert contradicts.startswith("1 times an entity has different values")


def test_rows_that_cannot_be_used_are_counted(tmp_path: Path) -> None:
    (tmp_path / "facts.csv").write_text(
        "customer_id,event,created,plan,fee\n1,2026-03-01,2026-03-01,a,1\n,2026-03-01,2026-03-01,a,1\n"
        "2,soon,2026-03-01,a,1\n3,,2026-03-01,a,1\n4,2026-03-01,tomorrow,a,1\n"
    )
    assert report(tmp_path)["problems"] == [
        "1 rows have no `customer_id`",
        "1 values of `event` are not times; write 2026-03-01T12:00:00Z",
        "1 rows have no `event`",
        "1 values of `created` are not times; write 2026-03-01T12:00:00Z",
    ]


def test_what_predict_does_not_take_is_told(tmp_path: Path) -> None:
    written(tmp_path, [Fact("1", 0, 0, "a", 1.5), Fact("2", 0, 0, None, 1.0)])
    assert report(tmp_path)["remarks"] == ["`plan` has gaps, which `predict` does not take; such a row is missing"]
    wrong = replace(VIEW, types={"fee": "VARCHAR"})
    assert report(tmp_path, wrong)["problems"] == [
        "`fee` is VARCHAR, and `predict` takes another type; name it by `types`"
    ]
    filled = replace(VIEW, missing="fill", fill={"plan": 3, "fee": 0.0})
    assert report(tmp_path, filled)["problems"] == [
        "`predict` does not take the value that `fill` has for `plan`; correct it"
    ]


def test_features_that_predict_does_not_take_are_told(tmp_path: Path) -> None:
    class Other(BaseModel):
        x: int

    written(tmp_path, [Fact("1", 0, 0, "a", 1.5)])
    assert "takes none of these features" in report(tmp_path, request=Other)["remarks"][0]
    assert report(tmp_path, request=None)["remarks"] == []


def test_a_table_that_lacks_columns_names_all_of_them(tmp_path: Path) -> None:
    written(tmp_path, [Fact("1", 0, 0, "a", 1.5)])
    view = replace(VIEW, entity="user", columns=("plan", "sum"))
    assert report(tmp_path, view)["problems"] == [
        "the source has no column `user`",
        "the source has no column `sum`",
    ]
    assert "is not a CSV or Parquet file" in report(tmp_path, replace(VIEW, source="gone"))["problems"][0]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (GOOD.replace('name = "v"\n', ""), "has no `name`"),
        (GOOD.replace('["a", "b"]', "[]"), "has no `columns`"),
        (GOOD.replace('"v"', '"my view"'), "a name has letters"),
        (GOOD.replace('["a", "b"]', '["a", "a"]'), "names a column twice"),
        (GOOD + 'missing = "drop"\n', 'missing is "refuse" or "fill"'),
        (GOOD + 'missing = "fill"\nfill = {a = 1}\n', "`fill` has no value for `b`"),
        (GOOD + "fill = {c = 1}\n", "`fill` names `c`"),
        (GOOD + "max_age_days = -1\n", "max_age_days is at least 0"),
        (GOOD + "max_age_days = nan\n", "max_age_days is at least 0"),
        (GOOD + "ttl = 1\n", "unknown key `ttl`"),
        (GOOD + "[[features]]\n" + GOOD, "two views have this name"),
        (GOOD + "[[features]]\n" + GOOD.replace('"v"', '"w"'), "is a feature of `v` too"),
    ],
)
def test_a_wrong_table_of_settings_is_said_so(table: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "platform.toml"
    path.write_text("[[features]]\n" + table)
    with pytest.raises(PipelineError) as found:
        settings.read(path)
    assert said in str(found.value)


def test_views_are_a_list_of_tables(tmp_path: Path) -> None:
    path = tmp_path / "platform.toml"
    path.write_text("[features]\n" + GOOD)
    with pytest.raises(PipelineError, match=r"write \[\[features\]\]"):
        settings.read(path)
