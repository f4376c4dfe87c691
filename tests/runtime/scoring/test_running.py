"""A table is scored whole or not at all, whatever interrupts it, and each row as the service answers it."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import os
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlalchemy
from httpx import ASGITransport, AsyncClient
from nbexport_runtime.scoring import ending, running, work
from nbexport_runtime.scoring.errors import ScoreError
from nbexport_runtime.service import Service
from nbexport_runtime.traffic import durable

NUMBERS = "id,n,day\n" + "".join(f"c{n},{n / 2},2026-02-{n % 28 + 1:02}\n" for n in range(100))
BODIES: list[Any] = [
    {"n": 1.5, "day": "2026-02-03", "copy": True},
    {"n": 2},
    {"n": "2"},
    {"n": None},
    {},
    {"n": True},
    {"n": 1e300, "day": "1200-01-01"},
    {"n": 10**30},
    {"n": 1.0, "day": "yesterday"},
    {"n": 1.0, "copy": "yes"},
    {"n": -1.0},
    {"n": 3.0, "day": "x" * 200},
]


async def asked(service: Service[Any, Any], bodies: list[Any]) -> list[tuple[int, dict[str, Any]]]:
    """What the service's own routes answer to each body."""
    app = service.app()

    async def predict(request: Any) -> Any:
        return await service.predict(request)

    predict.__annotations__ = {"request": service.request, "return": service.response}
    app.post("/predict")(predict)
    async with app.router.lifespan_context(app):
        transport = ASGITransport(app, raise_app_exceptions=False)
        async with AsyncClient(transport=transport, base_url="http://here") as client:
            found = [await client.post("/predict", content=json.dumps(body)) for body in bodies]
    return [(answer.status_code, answer.json()) for answer in found]


def test_each_row_is_answered_or_refused_as_by_the_service(bench: Any) -> None:
    limits = {"max_text": 100, "max_body_bytes": 150}
    bench.write("in.jsonl", "".join(json.dumps(body) + "\n" for body in BODIES))
    ended = bench.score("in.jsonl", "out.jsonl", settings=limits)
    expected = asyncio.run(asked(bench.service(**limits), BODIES))
    answers = {line.pop("row"): line for line in bench.lines("out.jsonl")}
    rejects = {line["row"]: line for line in bench.lines("out.jsonl.rejects.jsonl")}
    assert sorted([*answers, *rejects]) == list(range(1, len(BODIES) + 1))
    for number, (body, (status, content)) in enumerate(zip(BODIES, expected, strict=True), start=1):
        if status == 200:
            assert answers[number] == content
            continue
        reject = rejects[number]
        assert f"urn:problem:{reject['outcome']}" == content["type"]
        assert reject["input"] == body
        told = [".".join(map(str, error["loc"])) + f": {error['msg']}" for error in content.get("errors", [])]
        if told:
            assert reject["reason"] == "; ".join(told)
    assert rejects[11]["reason"] == "the model failed on this row: ValueError: a secret of the model"
    assert {content["type"] for status, content in expected if status == 413} == {"urn:problem:too_large"}
    assert ended.facts["outcomes"] == {"error": 1, "invalid": 7, "ok": 3, "too_large": 1}


def test_every_format_gives_the_same(bench: Any) -> None:
    bench.write("in.csv", NUMBERS)
    with gzip.open(bench.folder / "in.csv.gz", "wt", encoding="utf-8") as packed:
        packed.write(NUMBERS)
    with closing(duckdb.connect()) as connection:
        source = f"read_csv('{bench.folder}/in.csv')"
        connection.execute(f"COPY (FROM {source}) TO '{bench.folder}/in.parquet'")
        connection.execute(f"COPY (FROM {source}) TO '{bench.folder}/in.jsonl' (FORMAT json)")
    rows = [line.split(",") for line in NUMBERS.splitlines()[1:]]
    bench.write("in/2.csv", "id,n,day\n" + "".join(",".join(row) + "\n" for row in rows[40:]))
    bench.write("in/1.csv", "day,id,n\n" + "".join(f"{day},{name},{n}\n" for name, n, day in rows[:40]))
    bench.write("in/_done", "")
    database = f"sqlite:///{bench.folder}/shop.db"
    engine = sqlalchemy.create_engine(database)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE customers (id TEXT, n NUMERIC(8, 1), day DATE)"))
        connection.execute(
            sqlalchemy.text("INSERT INTO customers VALUES (:id, :n, :day)"),
            [{"id": name, "n": float(n), "day": day} for name, n, day in rows],
        )
    results = {}
    for number, source in enumerate(["in.csv", "in.csv.gz", "in.parquet", "in.jsonl", "in/", f"{database}#customers"]):
        keep = ("id",) if source == "in/" else None
        assert bench.score(source, f"out{number}.jsonl", batch_size=7, keep=keep).facts["outcomes"] == {"ok": 100}
        results[source] = bench.lines(f"out{number}.jsonl")
    assert results["in.csv"][3] == {
        "row": 4,
        "id": "c3",
        "result": 3.0,
        "day": "2026-02-04",
        "copy": False,
        "model_version": "v1",
    }
    assert all(found == results["in.csv"] for found in results.values())

    bench.score("in.csv", "out.csv")
    assert (bench.folder / "out.csv").read_text("utf-8").splitlines()[:2] == [
        "row,id,result,day,copy,model_version",
        "1,c0,0.0,2026-02-01,false,v1",
    ]
    for target in ("out.parquet", "parts/", f"{database}#scores"):
        assert bench.score("in.csv", target).facts["outcomes"] == {"ok": 100}
    names = list(results["in.csv"][0])
    expected = [tuple(line.values()) for line in results["in.csv"]]
    with closing(duckdb.connect()) as connection:
        for name in ("out.parquet", "parts/part-00000.parquet"):
            found = connection.execute(f"FROM '{bench.folder}/{name}'")
            assert [column[0] for column in found.description] == names
            assert [column[1] for column in found.description][:3] == ["BIGINT", "VARCHAR", "DOUBLE"]
            assert found.fetchall() == expected
    assert json.loads((bench.folder / "parts" / "manifest.json").read_text("utf-8"))["model"]["version"] == "v1"
    with engine.connect() as connection:
        assert connection.execute(sqlalchemy.text("SELECT * FROM scores")).all() == expected
    engine.dispose()
    assert not list(bench.folder.glob(".*"))


def test_a_folder_says_from_which_file_a_row_is_and_takes_large_tables_apart(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nbexport_runtime.scoring.writing.ROWS_PER_FILE", 2)
    bench.write("in/a.csv", "n\n1\n2\n")
    bench.write("in/b/c.csv", "n\n3\nx\n5\n")
    bench.score("in/", "out/", form="csv")
    texts = {path.name: path.read_text("utf-8") for path in sorted((bench.folder / "out").glob("part-*"))}
    assert [text.splitlines()[1:] for text in texts.values()] == [
        ["1,a.csv,2.0,2026-01-01,false,v1", "2,a.csv,4.0,2026-01-01,false,v1"],
        ["3,b/c.csv,6.0,2026-01-01,false,v1", "5,b/c.csv,10.0,2026-01-01,false,v1"],
    ]
    assert bench.lines("out.rejects.jsonl")[0]["keep"] == {"file": "b/c.csv"}


@pytest.mark.parametrize(
    ("target", "replace"),
    [
        ("out.jsonl", False),
        *(
            pytest.param(*one, marks=pytest.mark.slow(minutes=1))
            for one in (("out/", True), ("sqlite:///{}/o.db#scores", False), ("sqlite:///{}/o.db#scores", True))
        ),
    ],
)
def test_a_run_that_is_cut_off_anywhere_goes_on(
    target: str, replace: bool, bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever step is the last one before a kill: afterwards the output is that of a run without one."""
    # what a killed process has written is there without it
    monkeypatch.setattr(os, "fsync", lambda handle: None)
    target = target.format(bench.folder)
    bench.write("in.csv", NUMBERS + "bad,much,x\n")
    bench.score("in.csv", "whole.jsonl")
    whole = bench.lines("whole.jsonl")
    steps = 0

    class Killed(BaseException):
        """Stands for a kill: nothing catches it."""

    def counting(function: Any, last: int) -> Any:
        def step(*args: Any, **kwargs: Any) -> Any:
            nonlocal steps
            steps += 1
            if steps == last:
                raise Killed
            return function(*args, **kwargs)

        return step

    watched = [
        (work, "appended"),
        (work.Work, "note"),
        (work.Work, "remove"),
        (ending, "place_rejects"),
        (ending, "place_files"),
        (ending, "place_table"),
        (ending.databases, "write"),
        (ending.writing, "write_file"),
    ]
    last = 0
    while True:
        last, steps = last + 1, 0
        clean(bench)
        if replace:
            bench.score("in.csv", target)
        with monkeypatch.context() as patched:
            for owner, name in watched:
                patched.setattr(owner, name, counting(getattr(owner, name), last))
            try:
                bench.score("in.csv", target, batch_size=60, replace=replace)
            except Killed:
                pass
            else:
                break
        bench.score("in.csv", target, batch_size=60, replace=replace)
        assert read(bench, target) == whole, last
        assert [line["row"] for line in bench.lines(f"{name_of(target)}.rejects.jsonl")] == [101]
        assert not list(bench.folder.glob(".*"))
    assert last > 9


def name_of(target: str) -> str:
    """The name that files beside an output begin with."""
    return Path(target.rpartition("#")[2]).name


def clean(bench: Any) -> None:
    """Remove an output and what a run left."""
    for path in bench.folder.iterdir():
        if path.name.startswith((".", "out", "o.db", "scores")):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def read(bench: Any, target: str) -> list[dict[str, Any]]:
    """The rows of an output."""
    if "#" in target:
        engine = sqlalchemy.create_engine(target.partition("#")[0])
        with engine.connect() as connection:
            found = [dict(row._mapping) for row in connection.execute(sqlalchemy.text("SELECT * FROM scores"))]
        engine.dispose()
        return found
    if target.endswith("jsonl"):
        return list(bench.lines(target))
    name = f"{target}*.parquet" if target.endswith("/") else target
    with closing(duckdb.connect()) as connection:
        answer = connection.execute(f"FROM '{bench.folder}/{name}'")
        names = [column[0] for column in answer.description]
        rows = [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
    return [{**row, "day": str(row["day"])} for row in rows]


def test_what_was_written_of_a_cut_off_batch_is_taken_back(bench: Any) -> None:
    bench.write("in.csv", NUMBERS)
    order = bench.order("in.csv", "out.jsonl", batch_size=10)
    service = bench.service()
    order.work.mkdir()
    begun = work.Work(order.work)
    job, _ = running.prepared(service, order, begun, None)

    async def two() -> None:
        number = 0
        batches = running.here(job)
        async for batch in batches:
            begun.commit(batch)
            number += 1
            if number == 2:
                break
        await batches.aclose()  # type: ignore[attr-defined]

    asyncio.run(two())
    for name, torn in (("rows.jsonl", b'{"row": 21, "ke'), ("rejects.jsonl", b"{"), ("batches.jsonl", b'{"rows": 10}')):
        with (order.work / name).open("ab") as file:
            file.write(torn)
    for _ in range(2):
        assert work.Work(order.work).resume().rows == 20
    bench.score("in.csv", "out.jsonl", batch_size=10)
    assert [line["row"] for line in bench.lines("out.jsonl")] == list(range(1, 101))
    assert [text for text in bench.told if "goes on" in text] == ["goes on behind row 20 of an interrupted run"]
    (order.work.parent / "logs" / "scoring.jsonl").unlink()


def interrupted(bench: Any, monkeypatch: pytest.MonkeyPatch, **more: Any) -> None:
    """A run that is stopped after its third batch."""
    commit = work.Work.commit

    def stop(self: work.Work, batch: work.Batch) -> Any:
        line = commit(self, batch)
        if self.done.batches == 3:
            raise KeyboardInterrupt
        return line

    with monkeypatch.context() as patched:
        patched.setattr(work.Work, "commit", stop)
        with pytest.raises(KeyboardInterrupt):
            bench.score("in.csv", "out.jsonl", batch_size=10, **more)


@pytest.mark.parametrize("what", ["input", "model", "columns", "output"])
def test_an_interrupted_run_of_something_else_does_not_go_on(
    what: str, bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.write("in.csv", NUMBERS)
    interrupted(bench, monkeypatch)
    again: dict[str, Any] = {}
    target = "out.jsonl"
    if what == "input":
        bench.write("in.csv", NUMBERS + "c,1,2026-01-01\n")
    elif what == "model":
        bench.manifest(factor=3.0)
    elif what == "columns":
        again = {"keep": ()}
    else:
        target, again = "other.jsonl", {"work": bench.folder / ".out.jsonl.scoring"}
    with pytest.raises(ScoreError, match=r"cannot go on: .* since it began .*; begin again with `--restart`"):
        bench.score("in.csv", target, batch_size=10, **again)
    assert not (bench.folder / target).exists()
    bench.score("in.csv", target, batch_size=10, restart=True, **again)
    assert len(bench.lines(target)) == (101 if what == "input" else 100)


def test_a_database_is_scored_as_it_was_when_the_run_began(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    database = f"sqlite:///{bench.folder}/shop.db"
    engine = sqlalchemy.create_engine(database)
    with engine.begin() as connection:
        connection.execute(
            sqlalchemy.text(
                "CREATE TABLE t AS WITH RECURSIVE c(n) AS (SELECT 1.0 UNION ALL SELECT n + 1 FROM c WHERE n < 50) SELECT n FROM c"
            )
        )
    commit = work.Work.commit

    def stop(self: work.Work, batch: work.Batch) -> Any:
        commit(self, batch)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(work.Work, "commit", stop)
        with pytest.raises(KeyboardInterrupt):
            bench.score(f"{database}#t", "out.jsonl", batch_size=10)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("UPDATE t SET n = 0"))
    engine.dispose()
    bench.score(f"{database}#t", "out.jsonl", batch_size=10)
    assert [line["result"] for line in bench.lines("out.jsonl")] == [2.0 * n for n in range(1, 51)]


def test_an_input_that_changes_while_it_is_read_gives_no_output(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.write("in.csv", NUMBERS)
    commit = work.Work.commit

    def change(self: work.Work, batch: work.Batch) -> Any:
        bench.write("in.csv", NUMBERS + "more,1,2026-01-01\n")
        return commit(self, batch)

    monkeypatch.setattr(work.Work, "commit", change)
    with pytest.raises(ScoreError, match="has changed while it was read"):
        bench.score("in.csv", "out.jsonl")
    assert not (bench.folder / "out.jsonl").exists()


def test_too_many_refusals_give_no_output_and_cost_no_second_run(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.write("in.csv", "n\n" + "1\n" * 6 + "x\n" * 4)
    ended = bench.score("in.csv", "out.csv", limit_rejects=0.3)
    assert ended.code == 10
    assert "4 of 10 rows have no answer, and 0.3 of them may have none" in ended.lines[0]
    assert "4 times: n: Input should be a valid number" in ended.lines[1]
    assert [line["row"] for line in bench.lines("out.csv.rejects.jsonl")] == [7, 8, 9, 10]
    assert not (bench.folder / "out.csv").exists()
    monkeypatch.setattr(work.Work, "commit", None)
    assert bench.score("in.csv", "out.csv", limit_rejects=0.4).code == 0
    assert len((bench.folder / "out.csv").read_text("utf-8").splitlines()) == 7


def test_where_no_row_is_answered_a_run_ends_early(bench: Any) -> None:
    bench.write("in.csv", "n\n" + "x\n" * 1000)
    ended = bench.score("in.csv", "out.csv", batch_size=100)
    assert (ended.code, ended.facts["rows"]) == (10, 100)
    assert "none of the first 100 rows has an answer" in ended.lines[0]
    # with other columns the same command begins again
    assert not list(bench.folder.glob(".*"))


def test_a_row_on_which_the_process_of_the_model_ends_costs_only_itself(bench: Any) -> None:
    bench.manifest(predict_ms=50, fault="exit", faulty_from=1000.0)
    bench.write("in.csv", "n\n1\n2\n2000\n4\n5\n")
    ended = bench.score("in.csv", "out.csv")
    assert ended.facts["outcomes"] == {"down": 1, "ok": 4}
    (reject,) = bench.lines("out.csv.rejects.jsonl")
    assert reject["row"] == 3
    assert reject["reason"].startswith("The model is being started again: ")


def test_each_batch_has_its_line_and_unusual_values_are_counted(bench: Any, caplog: pytest.LogCaptureFixture) -> None:
    bench.manifest(inputs={"n": {"min": 0.0, "max": 10.0}})
    bench.write("in.csv", "n\n" + "".join(f"{n}\n" for n in range(25)))
    ended = bench.score("in.csv", "out.csv", batch_size=10)
    lines = bench.lines("logs/scoring.jsonl")
    assert [(line["batch"], line["first_row"], line["rows"]) for line in lines] == [(1, 1, 10), (2, 11, 10), (3, 21, 5)]
    assert [line["unusual"] for line in lines] == [{}, {"n:above": 4}, {"n:above": 5}]
    assert ended.facts["unusual"] == {"n:above": 9}
    assert "  9 unusual values: n:above" in ended.lines
    assert bench.score("in.csv", "none.csv", settings={"input_ranges": "error"}).facts["outcomes"] == {
        "invalid": 9,
        "ok": 16,
    }
    with caplog.at_level(logging.WARNING):
        running.Log("-", "v1", bench.order("in.csv", "out.csv")).write(
            1, work.Batch(1, b"", b"", ended.facts["outcomes"], ended.facts["unusual"]), work.Work(bench.folder)
        )
    assert '"model_version": "v1"' in caplog.text


def test_what_the_log_hides_is_not_in_rejects(bench: Any) -> None:
    bench.write("in.csv", "n,day,copy\n1,tomorrow,true\n-5,2026-01-01,true\n1,2026-01-01,true\n")
    bench.score("in.csv", "out.csv", settings={"log_redact": ("day",)})
    first, second = bench.lines("out.csv.rejects.jsonl")
    assert first["input"] == {"n": 1, "day": "[redacted]", "copy": True}
    # the text of an exception may repeat the input
    assert second["reason"] == "the model failed on this row: ValueError"


def test_another_version_by_its_folder(bench: Any) -> None:
    other = bench.folder / "other"
    other.mkdir()
    (other / "manifest.json").write_text(json.dumps({"files": {}, "version": "v2", "factor": 5.0}), encoding="utf-8")
    bench.write("in.csv", "n\n1\n")
    bench.score("in.csv", "out.jsonl", version=str(other))
    assert bench.lines("out.jsonl")[0]["model_version"] == "v2"
    assert bench.lines("out.jsonl")[0]["result"] == 5.0


def test_two_runs_do_not_meet(bench: Any) -> None:
    bench.write("in.csv", NUMBERS)
    order = bench.order("in.csv", "out.csv")
    order.work.mkdir()
    with durable.locked(order.work / work.LOCK), pytest.raises(ScoreError, match="another process holds the lock"):
        bench.score("in.csv", "out.csv")


def test_a_table_without_rows_is_an_output_without_rows(bench: Any) -> None:
    bench.write("in.csv", "id,n\n")
    for target in ("out.csv", "out.parquet", "out/"):
        assert bench.score("in.csv", target).facts["rows"] == 0
    assert (bench.folder / "out.csv").read_text("utf-8") == "row,id,model_version\n"
    assert (bench.folder / "out" / "part-00000.parquet").is_file()
