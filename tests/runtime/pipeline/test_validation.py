"""New data against the schema that was learned from the notebook's: what is wrong, and what is worth a look."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from nbexport_runtime.pipeline.schema import learn
from nbexport_runtime.pipeline.validation import Report, validate

ROWS = [{"age": 20 + row, "plan": "ab"[row % 2], "fee": row * 0.5, "note": f"n{row}"} for row in range(40)]


def table(folder: Path, rows: list[dict[str, Any]], name: str = "rows.csv") -> Path:
    folder.mkdir(exist_ok=True)
    lines = [",".join(rows[0]), *(",".join("" if v is None else str(v) for v in row.values()) for row in rows)]
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def report(tmp_path: Path, rows: list[dict[str, Any]]) -> Report:
    schema = learn(table(tmp_path / "before", ROWS))
    return validate(table(tmp_path / "now", rows), json.loads(json.dumps(schema)))


def test_the_schema_says_rows_types_ranges_and_categories(tmp_path: Path) -> None:
    (known,) = learn(table(tmp_path, ROWS))["tables"].values()
    assert (known["rows"], known["duplicates"]) == (40, 0.0)
    assert known["columns"]["age"] == {"type": "integer", "missing": 0.0, "min": 20.0, "max": 59.0}
    assert known["columns"]["plan"]["categories"] == ["a", "b"]
    assert known["columns"]["fee"]["type"] == "number"
    assert "categories" not in known["columns"]["note"]


def test_the_same_data_is_valid(tmp_path: Path) -> None:
    assert report(tmp_path, ROWS) == Report(rows=40)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda rows: rows[:15], "`rows.csv` has 15 rows, the notebook's data had 40"),
        (lambda rows: rows[:30] * 2, "`rows.csv`: 50.0% of the rows are duplicates, 0.0% were"),
        (lambda rows: [{"age": r["age"], "fee": r["fee"], "note": r["note"]} for r in rows], "has no column `plan`"),
        (
            lambda rows: [{**r, "age": None if i < 8 else r["age"]} for i, r in enumerate(rows)],
            "20.0% of `age` is missing",
        ),
        (
            lambda rows: [{**r, "age": "old" if i < 8 else r["age"]} for i, r in enumerate(rows)],
            "`age`: 20.0% is not numeric",
        ),
        (lambda rows: [{**r, "fee": 900 + i} for i, r in enumerate(rows)], "`fee`: 100.0% is far outside 0.0 to 19.5"),
        (lambda rows: [{**r, "plan": "c"} for r in rows], "`plan`: 100.0% is not one of the known values (c)"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, change: Any, error: str) -> None:
    errors = report(tmp_path, change(ROWS)).errors
    assert any(error in text for text in errors), errors


def test_a_little_of_it_is_worth_a_look(tmp_path: Path) -> None:
    rows = [{**row, "new": 1, "plan": "c" if row["age"] == 20 else row["plan"], "fee": row["fee"] + 1} for row in ROWS]
    found = report(tmp_path, rows)
    assert found.valid
    assert found.warnings == [
        "`rows.csv` has a new column `new`",
        "`rows.csv`: `plan`: 2.5% is not one of the known values (c)",
        "`rows.csv`: `fee`: 5.0% is outside 0.0 to 19.5",
    ]


def test_a_missing_or_broken_table_is_an_error(tmp_path: Path) -> None:
    schema = learn(table(tmp_path / "before", ROWS))
    (tmp_path / "now").mkdir()
    assert validate(tmp_path / "now", schema).errors == ["`rows.csv` is missing"]
    (tmp_path / "now" / "rows.csv").write_bytes(b"\xff\xfe\x00")
    assert "`rows.csv` cannot be read" in validate(tmp_path / "now", schema).errors[0]


def test_json_lines_and_semicolons_are_tables_too(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"x": 1}\n{"x": null}\n', encoding="utf-8")
    (tmp_path / "b.csv").write_text("x;y\n1;2\n", encoding="utf-8")
    (tmp_path / "c.bin").write_bytes(b"\x00")
    tables = learn(tmp_path)["tables"]
    assert tables["a.jsonl"]["columns"]["x"]["missing"] == 0.5
    assert list(tables["b.csv"]["columns"]) == ["x", "y"]
    assert "c.bin" not in tables
