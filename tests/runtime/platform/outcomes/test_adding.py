"""`outcomes.py add`: every row is added, known, or refused with its reason; twice is once."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from nbexport_runtime.platform.commands import outcomes
from nbexport_runtime.platform.lines import tables
from nbexport_runtime.platform.lines.settings import Log
from nbexport_runtime.platform.outcomes import adding
from nbexport_runtime.platform.units import unit_of
from nbexport_runtime.traffic import clock
from runtime.platform import small_service
from runtime.platform.lines.log_lines import compact, prediction, project_in, write


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with five predictions."""
    small_service.written(tmp_path, '[log]\nunit_salt = "s"\n')
    lines = [prediction(number, unit=unit_of("s", f"user{number}")) for number in range(5)]
    write(tmp_path / "logs" / "predictions.jsonl", lines)
    return tmp_path


def run(root: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    """Exit code and facts of `outcomes.py add`."""
    with pytest.raises(SystemExit) as ended:
        outcomes.main(str(root / "outcomes.py"), ["add", *words, "--json"])
    return int(ended.value.code or 0), json.loads(capsys.readouterr().out)


def known(root: Path) -> list[tuple[Any, ...]]:
    """What is in the table."""
    connection = tables.connect(project_in(root), Log())
    try:
        query = "SELECT request_id, unit, name, value, time FROM outcomes ORDER BY time, value"
        return list(connection.execute(query).fetchall())
    finally:
        connection.close()


def files(folder: Path) -> dict[str, Path]:
    """The same three outcomes as CSV, JSON lines and Parquet."""
    rows = [{"request_id": f"r{n}", "value": n / 2, "time": f"2026-11-0{n + 2}T00:00:00Z"} for n in range(3)]
    header = "request_id,value,time\n"
    lines = "".join(f"{row['request_id']},{row['value']},{row['time']}\n" for row in rows)
    (folder / "o.csv").write_text(header + lines)
    (folder / "o.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    connection = tables.fresh_connection()
    connection.execute(f"COPY (FROM read_csv('{folder / 'o.csv'}')) TO '{folder / 'o.parquet'}'")
    connection.close()
    return {path.suffix: path for path in folder.glob("o.*")}


@pytest.mark.parametrize("kind", [".csv", ".jsonl", ".parquet"])
def test_files_of_each_kind_say_the_same(root: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    code, facts = run(root, capsys, str(files(root)[kind]))
    assert (code, facts["rows"], facts["added"], facts["refused"], facts["unmatched"]) == (0, 3, 3, [], 0)
    days = [datetime(2026, 11, day) for day in (2, 3, 4)]  # noqa: DTZ001
    assert known(root) == [(f"r{n}", None, "outcome", n / 2, days[n]) for n in range(3)]
    # in whatever form they come again
    for path in files(root).values():
        code, facts = run(root, capsys, str(path))
        assert (code, facts["added"], facts["known"]) == (0, 0, 3)
    compact(project_in(root))
    assert run(root, capsys, str(files(root)[kind]))[1]["known"] == 3


def test_columns_may_be_named_and_users_are_hashed(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "crm.csv").write_text("who,left,on,what\nuser1,yes,2026-11-05,churned\nuser9,F,2026-11-06,churned\n")
    options = ("--key", "who", "--value", "left", "--time", "on", "--name-column", "what")
    code, facts = run(root, capsys, str(root / "crm.csv"), *options)
    # nobody has asked for user9 here
    assert (code, facts["added"], facts["unmatched"]) == (0, 2, 1)
    end = datetime(2026, 11, 5, 23, 59, 59)  # noqa: DTZ001 - a day is meant until its end
    assert known(root)[0] == (None, unit_of("s", "user1"), "churned", 1.0, end)
    assert "user1" not in (root / "logs" / "outcomes.jsonl").read_text()


def test_corrections_and_rows_twice(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = root / "o.csv"
    path.write_text("request_id,value,time\nr1,0,2026-11-02T00:00Z\nr1,0,2026-11-02T01:00+01:00\nr2,1,\n")
    assert run(root, capsys, str(path))[1] | {"columns": 0, "file": 0} == {
        "outcome": "done",
        "columns": 0,
        "file": 0,
        "rows": 3,
        "added": 2,
        "corrected": 0,
        "known": 1,
        "refused": [],
        "unmatched": 0,
        "no_zone": False,
    }
    path.write_text("request_id,value,time\nr1,1,2026-11-02T00:00Z\nr2,0,\n")
    assert run(root, capsys, str(path))[1]["corrected"] == 2
    assert sorted(row[3] for row in known(root)) == [0.0, 1.0]


def test_refused_rows_have_reasons_and_the_others_are_added(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    later = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    rows = [
        "r1,1,2026-11-02T00:00:00",
        "r2,,2026-11-02",
        "r2,many,2026-11-02",
        f"r2,1,{later}",
        "r2,1,soon",
        ",1,2026-11-02",
        "a b,1,2026-11-02",
        "r2,inf,2026-11-02",
    ]
    (root / "o.csv").write_text("request_id,value,time\n" + "\n".join(rows) + "\n")
    code, facts = run(root, capsys, str(root / "o.csv"))
    assert (code, facts["outcome"], facts["added"], facts["no_zone"]) == (10, "refused", 1, True)
    assert [one["row"] for one in facts["refused"]] == list(range(2, 9))
    words = ("is missing", "not a number", "in the future", "not an ISO time", "say what", "not a request", "finite")
    for one, word in zip(facts["refused"], words, strict=True):
        assert word in one["reason"]
    with pytest.raises(SystemExit):
        outcomes.main(str(root / "outcomes.py"), ["add", str(root / "o.csv")])
    text = capsys.readouterr().out
    assert "added 0, corrected 0, known before 1, refused 7" in text
    assert "refused rows: 2, 3, 4, 5, 6, 7, 8; correct them and give the file again" in text


def test_a_day_that_is_not_over_is_not_in_the_future(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    monkeypatch.setattr(clock, "now", lambda: now)
    today = now.date()
    (root / "o.csv").write_text(f"request_id,value,date\nr1,1,{today}\nr2,1,{today + timedelta(days=1)}\n")
    _, facts = run(root, capsys, str(root / "o.csv"))
    assert (facts["added"], [one["row"] for one in facts["refused"]]) == (1, [2])


def test_a_full_disk_loses_nothing(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = root / "o.csv"
    path.write_text("request_id,value\n" + "".join(f"r{number},1\n" for number in range(2500)))
    real, calls = os.write, 0

    def full(file: int, data: bytes) -> int:
        nonlocal calls
        calls += bytes(data).startswith(b'{"schema"')
        if calls == 2:
            raise OSError(28, "No space left on device")
        return real(file, data)

    monkeypatch.setattr(os, "write", full)
    code, facts = run(root, capsys, str(path))
    monkeypatch.undo()
    assert code == 1
    assert "No space left on device; 1,000 were added before; make room and give the file again" in facts["error"]
    assert run(root, capsys, str(path))[1]["added"] == 1500
    assert len(known(root)) == 2500


@pytest.mark.parametrize(
    ("name", "content", "options", "message"),
    [
        ("o.csv", "a,b\n1,2\n", (), "no obvious column of values: name it with --value"),
        ("o.csv", "a,value\n1,2\n", (), "does not say whose outcomes these are"),
        ("o.csv", "request_id,value\n1,2\n", ("--time", "when"), "has no column `when`; it has `request_id`, `value`"),
        ("o.txt", "request_id,value\n1,2\n", (), "name it .csv, .jsonl or .parquet"),
        ("o.parquet", "x", (), "cannot be read"),
        ("o.jsonl", '{"request_id": "r1", "value": 1}\n{"request', (), "cannot be read"),
    ],
)
def test_files_that_cannot_be_used(
    root: Path, capsys: pytest.CaptureFixture[str], name: str, content: str, options: tuple[str, ...], message: str
) -> None:
    (root / name).write_text(content)
    code, facts = run(root, capsys, str(root / name), *options)
    assert code == 1
    assert message in facts["error"]


def test_a_file_that_is_not_there(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "is not there" in run(root, capsys, str(root / "no.csv"))[1]["error"]


def test_the_obvious_names_are_those_of_the_help() -> None:
    for name, what in outcomes.COLUMNS.items():
        assert what.endswith(f"({', '.join(adding.OBVIOUS[name])})") or name == "request_id"
