"""From tables to the online store: the same as offline for every entity, whatever happens on the way."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.platform.features import checking, online
from nbexport_runtime.platform.features.materializing import materialize
from nbexport_runtime.platform.features.newest import Newest, micros
from nbexport_runtime.platform.features.offline import Tables
from nbexport_runtime.platform.features.settings import Store
from nbexport_runtime.platform.features.stores import State, StoreError
from runtime.platform.features.feature_tables import VIEW, Fact, at, drawn, known, written


def content(store: Store, root: Path) -> dict[str, tuple[Any, ...]]:
    """Everything that a store has."""
    writer = online.writer(store, root)
    try:
        return {row.id: (row.event_us, row.created_us, *row.values.values()) for row in writer.all(VIEW.name)}
    finally:
        writer.close()


def expected(facts: list[Fact], minute: float) -> dict[str, tuple[Any, ...]]:
    found = {id_: fact for id_ in {fact.id for fact in facts} if (fact := known(facts, id_, minute))}
    return {id_: (micros(at(fact.event)), micros(at(fact.created)), fact.plan, fact.fee) for id_, fact in found.items()}


def brought(root: Path, store: Store, minute: float, **options: Any) -> dict[str, Any]:
    (found,) = materialize(root, [VIEW], store, to=at(minute), **options).facts["views"]
    return dict(found)


@pytest.mark.parametrize("seed", range(3))
def test_online_is_offline_for_every_entity(seed: int, store: Store, tmp_path: Path) -> None:
    facts = drawn(random.Random(seed), 80)
    written(tmp_path, facts)
    for minute in (10, 30, 59, 200):
        brought(tmp_path, store, minute)
        assert content(store, tmp_path) == expected(facts, minute)
    assert checking.check(tmp_path, [VIEW], store).code == 0


def test_only_what_differs_is_written(store: Store, tmp_path: Path) -> None:
    written(tmp_path, [Fact("1", 0, 0, "a", 1.0), Fact("2", 0, 0, "a", 1.0), Fact("2", 10, 10, "b", 1.0)])
    assert [brought(tmp_path, store, minute)["changed"] for minute in (5, 5, 9, 20, 20)] == [2, 0, 0, 1, 0]


def test_a_row_that_comes_into_the_table_late_is_not_missed(store: Store, tmp_path: Path) -> None:
    first = [Fact("1", 0, 0, "a", 1.0), Fact("2", 20, 20, "a", 1.0)]
    late = [Fact("1", 10, 10, "b", 2.0), Fact("2", 10, 10, "too old", 3.0)]
    written(tmp_path, first)
    brought(tmp_path, store, 30)
    written(tmp_path, first + late)
    assert brought(tmp_path, store, 30)["changed"] == 1
    assert content(store, tmp_path) == expected(first + late, 30)


def test_an_older_row_never_takes_the_place_of_a_newer_one(store: Store, tmp_path: Path) -> None:
    facts = [Fact("1", 10, 10, "new", 1.0), Fact("2", 0, 0, "a", 1.0)]
    written(tmp_path, facts)
    brought(tmp_path, store, 20)
    written(tmp_path, [Fact("1", 5, 5, "old", 1.0), Fact("2", 0, 0, "corrected", 1.0)])
    brought(tmp_path, store, 30)
    found = content(store, tmp_path)
    assert (found["1"][2], found["2"][2]) == ("new", "corrected")
    assert checking.check(tmp_path, [VIEW], store).facts["views"][0]["examples"] == ["1"]
    brought(tmp_path, store, 30, rebuild=True)
    assert content(store, tmp_path)["1"][2] == "old"


def test_going_back_in_time_is_asked_for(store: Store, tmp_path: Path) -> None:
    facts = [Fact("1", 0, 0, "a", 1.0), Fact("2", 10, 10, "a", 1.0)]
    written(tmp_path, facts)
    brought(tmp_path, store, 20)
    with pytest.raises(PipelineError, match="add --rebuild"):
        brought(tmp_path, store, 5)
    brought(tmp_path, store, 5, rebuild=True)
    assert content(store, tmp_path) == expected(facts, 5)


def test_another_definition_writes_everything_anew(store: Store, tmp_path: Path) -> None:
    written(tmp_path, [Fact("1", 0, 0, "a", 1.0)])
    brought(tmp_path, store, 5)
    other = replace(VIEW, columns=("fee",))
    outcome = materialize(tmp_path, [other], store, to=at(5))
    assert outcome.facts["views"][0]["rebuilt"] is True
    writer = online.writer(store, tmp_path)
    assert [row.values for row in writer.all(VIEW.name)] == [{"fee": 1.0}]
    writer.close()


def test_a_table_that_became_unreadable_leaves_the_store_as_it_is(store: Store, tmp_path: Path) -> None:
    facts = [Fact("1", 0, 0, "a", 1.0)]
    path = written(tmp_path, facts)
    brought(tmp_path, store, 5)
    path.write_text("customer_id,event\n1,2026-03-01\n")
    with pytest.raises(PipelineError, match="has no column `created`"):
        brought(tmp_path, store, 9)
    assert content(store, tmp_path) == expected(facts, 5)


KILLED = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from nbexport_runtime.platform.features import materializing, offline, online
from nbexport_runtime.platform.features.settings import Store, View

root, address, prefix, at, to = sys.argv[1:]
left = int(at)
view = View("customers", "customer_id", "facts.csv", "event", "created", ("plan", "fee"))


class Tables(offline.Tables):
    def newest(self, view, until):
        global left
        for row in super().newest(view, until):
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1
            yield row
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


materializing.Tables = Tables
online_store = Store(address, prefix=prefix)
materializing.materialize(Path(root), [view], online_store, to=datetime.fromisoformat(to))
"""


@pytest.mark.parametrize("rows", [0, 1, 1500, 2500])
def test_kill_9_loses_nothing_and_writes_nothing_twice(rows: int, store: Store, tmp_path: Path) -> None:
    first = [Fact(str(number), 0, 0, "a", 1.0) for number in range(2500)]
    second = [Fact(str(number), 10, 10, "b", 2.0) for number in range(0, 2500, 2)]
    written(tmp_path, first + second)
    brought(tmp_path, store, 5)
    before, after = expected(first + second, 5), expected(first + second, 20)
    address = store.address(tmp_path)
    words = [sys.executable, "-c", KILLED, tmp_path, address, store.prefix, str(rows), at(20).isoformat()]
    killed = subprocess.run(words, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, check=False)
    assert killed.returncode == -signal.SIGKILL
    between = content(store, tmp_path)
    assert between.keys() == before.keys()
    assert all(between[id_] in (before[id_], after[id_]) for id_ in between)
    if "://" not in address:
        assert between == before
    repeated = brought(tmp_path, store, 20)
    assert repeated["changed"] == sum(between[id_] != after[id_] for id_ in between)
    assert content(store, tmp_path) == after


def test_readers_go_on_while_it_is_written(tmp_path: Path) -> None:
    """A write-ahead log: who reads sees the store as it was before the run, and waits for nothing."""
    written(tmp_path, [Fact("1", 0, 0, "a", 1.0)])
    store = Store()
    brought(tmp_path, store, 5)
    reader, writer = online.reader(store, tmp_path), online.writer(store, tmp_path)
    begun, go_on = threading.Event(), threading.Event()

    def rows() -> Iterator[Newest]:
        yield Newest("1", micros(at(10)), micros(at(10)), {"plan": "b", "fee": 2.0})
        begun.set()
        go_on.wait(60)

    state = State(online.definition(VIEW), micros(at(10)), "now")
    thread = threading.Thread(target=lambda: writer.write(VIEW.name, rows(), state, rebuild=False))
    thread.start()
    assert begun.wait(60)
    before = reader.get(VIEW.name, "1")
    go_on.set()
    thread.join()
    after = reader.get(VIEW.name, "1")
    reader.close()
    assert before is not None
    assert after is not None
    assert (before.values["plan"], after.values["plan"]) == ("a", "b")


def test_a_store_that_is_mounted_read_only_is_read(tmp_path: Path) -> None:
    written(tmp_path, [Fact("1", 0, 0, "a", 1.0), Fact("1", 10, 10, "b", 1.0)])
    store = Store()
    brought(tmp_path, store, 5)
    script = (
        "import sys\nfrom pathlib import Path\nfrom nbexport_runtime.platform.features import sqlite\n"
        "reader = sqlite.SqliteReader(Path(sys.argv[1]))\n"
        "for _ in sys.stdin:\n    print(reader.get('customers', '1').values['plan'], flush=True)\n"
    )
    # not even root can write where an unprivileged user's view of the folder is read-only
    unshare = ["unshare", "--mount", "--map-root-user", "sh", "-c"]
    bound = f'mount --bind "{tmp_path}" "{tmp_path}" && mount -o remount,bind,ro "{tmp_path}" && exec "$@"'
    words = [*unshare, bound, "sh", sys.executable, "-c", script, str(tmp_path / store.online)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def read() -> str:
            process.stdin.write("\n")
            process.stdin.flush()
            return str(process.stdout.readline().strip())

        first = read()
        brought(tmp_path, store, 20)
        second = read()
        process.stdin.close()
    assert (first, second) == ("a", "b")


def test_a_store_that_is_not_there_is_said_so(store: Store, tmp_path: Path) -> None:
    gone = replace(store, online="redis://127.0.0.1:1/0") if "://" in store.online else store
    reader = online.reader(gone, tmp_path)
    with pytest.raises(StoreError, match=r"does not respond|cannot be read"):
        reader.get(VIEW.name, "1")
    reader.close()


def test_a_password_is_not_shown(tmp_path: Path) -> None:
    written(tmp_path, [Fact("1", 0, 0, "a", 1.0)])
    with pytest.raises(PipelineError) as found:
        brought(tmp_path, Store("redis://:hunter22@127.0.0.1:1/0"), 5)
    assert "hunter22" not in str(found.value)
    with pytest.raises(PipelineError, match="redis://"):
        online.reader(Store("mysql://host/db"), tmp_path)


def test_the_state_of_the_store_is_told(store: Store, tmp_path: Path) -> None:
    view = replace(VIEW, max_age_days=1.0)
    assert checking.check(tmp_path, [VIEW], store).code == 10
    facts = [Fact("1", 0, 0, "a", None), Fact("2", 0, 1440, None, None)]
    written(tmp_path, facts)
    materialize(tmp_path, [view], store, to=at(1500))
    found = checking.check(tmp_path, [view], store)
    (facts_of,) = found.facts["views"]
    # made in 2026, and long too old for every entity
    assert (found.code, facts_of["entities"], facts_of["expired"], facts_of["different"]) == (10, 2, 2, 0)
    assert facts_of["missing"] == {"plan": 50.0, "fee": 100.0}
    assert (facts_of["late_percent"], facts_of["late_days"]) == (50.0, 1.0)
    assert "  missing: plan 50.0 %, fee 100.0 %" in found.lines
    figures = (tmp_path / checking.METRICS).read_text()
    assert 'feature_entities{view="customers"} 2' in figures


def test_tables_are_let_go_of(tmp_path: Path) -> None:
    tables = Tables(tmp_path)
    scratch = Path(tables.ask("SELECT current_setting('temp_directory')")[0][0])
    assert scratch.is_dir()
    tables.close()
    assert not scratch.exists()
