"""What training saw of each input: ranges, dates and categories of the columns that `predict` takes."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from nbexport_runtime.training import seen as room
from nbexport_runtime.training.seen import seen

TABLE = """\
id,plan,fee,day,note,gap
1,basic,9.9,2025-02-17,one,1
2,plus,19.9,2025-07-21T10:00:00,two,
3,basic,4.5,2024-01-01,three,NA
4,plus,1e3,2024-01-02,four,-2
"""
KNOWN = {
    "plan": {"values": ["basic", "plus"]},
    "fee": {"min": 4.5, "max": 1000.0},
    "day": {"first": "2024-01-01", "last": "2025-07-21"},
    "gap": {"min": -2.0, "max": 1.0},
}


def predict(state: Any, /, plan: str, fee: float, day: str, note: str = "", *, gap: float | None = None) -> float:
    return 0.0


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", TABLE),
        ("a.csv", "\ufeff" + TABLE),
        ("a.csv", TABLE.replace(",", ";")),
        ("a.tsv", TABLE.replace(",", "\t")),
        ("a.csv", TABLE.replace("\n", "\r\n")),
        ("a.csv", TABLE.replace("basic", '"basic"')),
        ("a.csv", TABLE + "5,cut off"),
    ],
)
def test_tables_are_read(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    assert seen(tmp_path / name, predict, []) == KNOWN
    assert seen(tmp_path, predict, []) == KNOWN


def test_lines_of_json_are_read(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [{"fee": 1, "plan": "a"}, {"fee": 2.5, "plan": "a"}, {"fee": None, "plan": ["b"]}]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert seen(tmp_path, predict, []) == {"fee": {"min": 1.0, "max": 2.5}, "plan": {"values": ["a"]}}


def test_several_tables_are_one(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("fee\n1\n2\n")
    (tmp_path / "b.csv").write_text("fee\n-5\n")
    assert seen(tmp_path, predict, []) == {"fee": {"min": -5.0, "max": 2.0}}


def test_keys_of_an_object_are_columns_too(tmp_path: Path) -> None:
    def by_object(state: Any, /, customer: dict[str, Any]) -> float:
        return 0.0

    (tmp_path / "a.csv").write_text(TABLE)
    assert seen(tmp_path, by_object, []) == {"id": {"min": 1.0, "max": 4.0}, **KNOWN}


def test_what_an_example_contradicts_is_not_known(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(TABLE)
    assert seen(tmp_path, predict, [(("basic", 1.0, "17 Feb 2025"), {})]).keys() == KNOWN.keys() - {"day"}
    assert seen(tmp_path, predict, [(("basic", 1.0, "2025-02-17"), {"gap": 1.0})]) == KNOWN


@pytest.mark.parametrize("text", ["", "\n", "fee", "fee\n\n", "other\n1\n", "fee\nnan\n", "fee\ninf\n"])
def test_nothing_is_known_of_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    assert seen(tmp_path, predict, []) == {}


def test_data_that_is_no_table_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert seen(None, predict, []) == {}
    assert seen(tmp_path / "nothing", predict, []) == {}
    (tmp_path / "a.csv").write_bytes(b"fee\n\xff\xfe\n")
    assert seen(tmp_path, predict, []) == {}
    (tmp_path / "a.csv").write_text("fee\n1\n")
    (tmp_path / "b.jsonl").write_text("[1]\n")
    assert seen(tmp_path, predict, []) == {}
    (tmp_path / "b.jsonl").unlink()
    assert seen(tmp_path, None, []) == {}
    monkeypatch.setattr(room, "MOST_BYTES", 5)
    assert seen(tmp_path, predict, []) == {}


def test_many_values_are_no_categories(tmp_path: Path) -> None:
    rows = [f"plan-{number % 31},{date(2025, 1, 1 + number % 9)}" for number in range(310)]
    (tmp_path / "a.csv").write_text("plan,day\n" + "\n".join(rows))
    assert seen(tmp_path, predict, []) == {"day": {"first": "2025-01-01", "last": "2025-01-09"}}


def test_a_sample_takes_each_value_with_the_same_chance_and_always_the_same_ones(tmp_path: Path) -> None:
    count = 4 * room.SAMPLED
    (tmp_path / "a.csv").write_text("n,gap\n" + "".join(f"{n},{n if n % 4 else ''}\n" for n in range(count)))
    first, second = (room.read(tmp_path, lambda name: True) for _ in range(2))
    assert first["n"].sample.values == second["n"].sample.values
    values = sorted(map(int, first["n"].sample.values))
    assert len(set(values)) == room.SAMPLED
    quarters = [sum(count * q // 4 <= value < count * (q + 1) // 4 for value in values) for q in range(4)]
    # four standard deviations of a binomial distribution with a quarter each, of which a quarter is drawn
    assert all(abs(number - room.SAMPLED / 4) < 4 * (room.SAMPLED * 3 / 16) ** 0.5 for number in quarters)
    assert (first["gap"].rows, first["gap"].present) == (count, count * 3 // 4)


def test_missing_values_of_a_column_are_counted_by_the_rows_of_its_tables(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"fee": 1}\n{"plan": "a"}\n{"fee": null}\n')
    (tmp_path / "b.csv").write_text("plan\nb\nc\n")
    columns = room.read(tmp_path, lambda name: True)
    assert (columns["fee"].rows, columns["fee"].present) == (3, 1)
    assert (columns["plan"].rows, columns["plan"].present) == (5, 3)
