"""The store, in a folder and on a real S3 server: whole states, two writers, kills, and what does not belong there."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from nbexport_runtime.pipeline import dvc, shares, syncing
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.store import State, Store, TakenError, of, sha256
from nbexport_runtime.pipeline.syncing import Sync
from nbexport_runtime.traffic import placements

RUNTIME = Path(__file__).parents[3] / "runtime"
SHA = "a" * 64


@pytest.fixture(params=["folder", "s3"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty store."""
    if request.param == "folder":
        return str(tmp_path / "store")
    return f"{request.getfixturevalue('bucket')}/{tmp_path.name}"


@pytest.fixture
def machine(address: str, tmp_path: Path) -> Callable[[str], Sync]:
    """Gives a folder of a project that shares the store."""

    def made(name: str) -> Sync:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        return Sync(Project(folder, folder), Store(address, folder))

    return made


def write(sync: Sync, unit: str, text: str) -> None:
    path = sync.project.root / unit
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def read(sync: Sync, unit: str) -> str:
    return (sync.project.root / unit).read_text(encoding="utf-8")


# --------------------------------------------------------------------------- states


def test_of_two_changes_at_once_one_is_first(address: str, tmp_path: Path) -> None:
    store = Store(address, tmp_path)
    assert store.newest() == State()
    first = store.commit(State(), {"models/registry.db": {"": SHA}})
    assert store.newest() == first
    with pytest.raises(TakenError):
        store.commit(State(), {})
    assert store.newest() == first
    assert store.commit(first, {}).number == 2
    assert store.newest().units == {}


def test_an_object_is_what_its_name_says(address: str, tmp_path: Path) -> None:
    store = Store(address, tmp_path)
    path = tmp_path / "some"
    path.write_text("content", encoding="utf-8")
    name = sha256(path)
    store.keep({name: path})
    store.fetch({tmp_path / "deep" / "back": name})
    assert (tmp_path / "deep" / "back").read_text(encoding="utf-8") == "content"
    # what was changed in the store is never used
    store.keep({SHA: path})
    with pytest.raises(PipelineError, match=f"has lost or changed the object {SHA}"):
        store.fetch({tmp_path / "wrong": SHA})
    assert not (tmp_path / "wrong").exists()
    with pytest.raises(PipelineError, match=r"is not responding|has lost"):
        store.fetch({tmp_path / "gone": "b" * 64})


def test_a_store_that_is_not_there_is_named_without_credentials(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(PipelineError, match=r"the store `s3://bucket/x` is not responding: .*127\.0\.0\.1:9"):
        Store("s3://bucket/x", tmp_path).newest()


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("ftp://user:secret@example.org/x", r"the store `ftp://\*\*\*@example.org/x` is neither a folder nor one of"),
        ("gs://bucket/x", "needs `gcsfs` and `dvc-gs`: add the missing lines to requirements-pipeline.txt"),
    ],
)
def test_a_store_of_another_kind_says_what_it_needs(address: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match=problem):
        Store(address, tmp_path)


def test_the_environment_names_the_store_and_empty_credentials_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path, tmp_path)
    assert of(project).folder == tmp_path / ".store"
    (tmp_path / "pipeline.toml").write_text('[store]\naddress = "kept/here"\n', encoding="utf-8")
    assert of(project).data == str(tmp_path / "kept" / "here" / "data")
    monkeypatch.setenv("PIPELINE_STORE", f"file://{tmp_path}/other")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "")
    assert of(project).folder == tmp_path / "other"
    assert "AWS_ENDPOINT_URL" not in os.environ


# --------------------------------------------------------------------------- machines


def test_what_one_machine_keeps_another_one_has(machine: Callable[[str], Sync]) -> None:
    one, two = machine("one"), machine("two")
    write(one, "models/production/manifest.json", "{}")
    write(one, "models/production/deep/weights", "w")
    write(one, "models/versions/v1/manifest.json", "{}")
    write(one, "models/registry.db", "database")
    write(one, "models/latest/manifest.json", "not of a pipeline")
    one.push()
    two.pull()
    assert read(two, "models/production/deep/weights") == "w"
    assert read(two, "models/registry.db") == "database"
    assert not (two.project.models / "latest").exists()
    # versions are fetched when something needs them, and never change
    assert not two.project.versions.exists()
    assert two.need("models/versions/v1")
    assert (two.project.versions / "v1" / "manifest.json").stat().st_mode & 0o777 == 0o444
    assert not two.need("models/versions/v2")
    # nothing new is nothing to write
    assert two.push().number == one.push().number == 1


def test_two_runs_at_once_do_not_lose_each_others_work(machine: Callable[[str], Sync]) -> None:
    one, two = machine("one"), machine("two")
    write(one, "models/production/manifest.json", "old")
    write(one, "models/registry.db", "old")
    one.push()
    two.pull()
    for sync in (one, two):
        write(sync, f"models/runs/{sync.project.root.name}/log.jsonl", "log")
        write(sync, "models/candidate/manifest.json", sync.project.root.name)
    write(one, "models/registry.db", "new")
    one.push()
    two.push()
    one.pull()
    assert one.need("models/runs/two")
    assert two.need("models/runs/one")
    assert read(two, "models/registry.db") == "new"
    # each has its own candidate until it takes another one
    assert read(one, "models/candidate/manifest.json") == "two"


def test_where_both_have_changed_production_a_person_decides(machine: Callable[[str], Sync]) -> None:
    one, two = machine("one"), machine("two")
    write(one, "models/production/manifest.json", "old")
    one.push()
    two.pull()
    for sync in (one, two):
        write(sync, "models/production/manifest.json", sync.project.root.name)
        write(sync, f"models/artifacts/{sync.project.root.name}/artifacts/bundle/manifest.json", "{}")
    one.push()
    with pytest.raises(PipelineError, match=r"`models/production` changed both here and in the store: keep one"):
        two.push()
    assert read(two, "models/production/manifest.json") == "two"
    # production stands, and the other model is not lost
    third = machine("third")
    third.pull()
    assert read(third, "models/production/manifest.json") == "one"
    assert third.need("models/artifacts/two")
    with pytest.raises(PipelineError, match="--keep here"):
        two.pull()
    two.keep("store")
    two.push()
    assert read(two, "models/production/manifest.json") == "one"
    write(two, "models/production/manifest.json", "two")
    two.push()
    write(one, "models/production/manifest.json", "one again")
    one.keep("here")
    one.push()
    two.pull()
    assert read(two, "models/production/manifest.json") == "one again"


def test_the_lines_of_two_journals_survive_and_the_more_careful_traffic_stands(
    machine: Callable[[str], Sync],
) -> None:
    one, two = machine("one"), machine("two")
    for version in ("v1", "v2", "v3"):
        write(one, f"models/versions/{version}/manifest.json", version)
    placed = {version: placements.digest(one.project.versions / version) for version in ("v1", "v2", "v3")}

    def place(sync: Sync, version: str, reason: str = placements.PROMOTED) -> None:
        placements.append(sync.project.placements, version=version, manifest_sha256=placed[version], reason=reason)

    place(one, "v1")
    place(one, "v2")
    shares.begin(one.project, "v3", 10)
    one.push()
    two.pull()
    # what has traffic is here, since the service shares the folder
    assert {path.name for path in two.project.versions.iterdir()} == {"v2", "v3"}
    state = shares.needed(two.project)
    shares.change(one.project, state, 50)
    one.push()
    # without the store, in an emergency
    shares.change(two.project, state, 0, urgent=True)
    two.push()
    one.pull()
    assert shares.needed(one.project).percent("v3") == 0
    assert one.project.traffic.read_bytes() == two.project.traffic.read_bytes()
    place(one, "v3")
    one.push()
    place(two, "v1", placements.ROLLED_BACK)
    two.push()
    one.pull()
    for sync in (one, two):
        versions = [placement.version for placement in sync.project.journal.placements]
        assert versions == ["v1", "v2", "v3", "v1"]
        assert [placement.n for placement in sync.project.journal.placements] == [1, 2, 3, 4]
        assert shares.under_way(sync.project) is None
    assert one.project.placements.read_bytes() == two.project.placements.read_bytes()
    # nothing new is nothing to write
    assert two.push().number == one.push().number
    # whatever else is kept, no line is lost
    place(one, "v2")
    one.push()
    place(two, "v3")
    two.keep("here")
    two.push()
    assert [placement.version for placement in two.project.journal.placements][-2:] == ["v2", "v3"]


def test_a_database_that_a_kill_left_half_written_is_whole_before_it_is_kept(machine: Callable[[str], Sync]) -> None:
    one, two = machine("one"), machine("two")
    file = one.project.models / "registry.db"
    file.parent.mkdir(parents=True)
    code = (
        "import os, sqlite3, sys\n"
        "database = sqlite3.connect(sys.argv[1])\n"
        "database.execute('CREATE TABLE t (x)')\n"
        "database.execute('INSERT INTO t VALUES (1)')\n"
        "database.commit()\n"
        "database.execute('PRAGMA cache_size = 1')\n"
        "database.executemany('INSERT INTO t VALUES (?)', [('x' * 1000,)] * 2000)\n"
        "database.execute('UPDATE t SET x = 2 WHERE x = 1')\n"
        "os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(file)], check=False)
    assert file.with_name("registry.db-journal").exists()
    one.push()
    two.pull()
    with closing(sqlite3.connect(two.project.models / "registry.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("SELECT x FROM t").fetchall() == [(1,)]


def test_a_rollout_that_ends_ends_everywhere_and_its_candidate_comes_along(machine: Callable[[str], Sync]) -> None:
    one, two = machine("one"), machine("two")
    write(one, "models/versions/v1/manifest.json", "{}")
    write(one, "models/rollout.json", '{"version": "v1"}')
    one.push()
    two.pull()
    assert (two.project.versions / "v1").is_dir()
    # without the store, in an emergency
    (two.project.models / "rollout.json").unlink()
    write(one, "models/decisions/a.json", "{}")
    one.push()
    two.push()
    one.pull()
    assert not (one.project.models / "rollout.json").exists()
    assert (two.project.decisions / "a.json").exists()


def test_a_store_that_was_emptied_is_no_first_run(
    machine: Callable[[str], Sync], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = machine("one")
    if one.store.folder is None:
        with pytest.raises(
            PipelineError, match=r"is empty; if there is no model in production yet, run `retrain.py --first`"
        ):
            one.pull()
        with pytest.raises(PipelineError, match="there is no retraining yet"):
            syncing.freshness(one, days=1)
    one.pull(first=True)
    one.push()
    assert syncing.freshness(one, days=1) == "the last retraining is 0.0 days old"
    monkeypatch.setattr(one.store, "newest", State)
    with pytest.raises(PipelineError, match="is at change 0, and was at 1 before"):
        one.pull(first=True)


def test_a_project_can_be_moved(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    one = Sync(Project(before, before), Store(".store", before))
    write(one, "models/production/manifest.json", "{}")
    one.push()
    before.rename(after)
    two = Sync(Project(after, after), Store(".store", after))
    assert two.base().number == 1
    # what changed here since is known to be newer than the store
    write(two, "models/production/manifest.json", "new")
    two.pull()
    assert read(two, "models/production/manifest.json") == "new"


@pytest.mark.parametrize(
    ("unit", "files"),
    [
        ("train.py", {"": SHA}),
        ("models/versions/../../train.py", {"": SHA}),
        ("models/production", {"../../train.py": SHA}),
        ("models/production", {"/etc/passwd": SHA}),
        ("models/versions/.hidden", {"a": SHA}),
        ("models/latest", {"a": SHA}),
        ("data/sets/a\\b.dvc", {"": SHA}),
        ("models/registry.db", {"": "../../x"}),
    ],
)
def test_what_does_not_belong_into_a_project_is_not_taken(unit: str, files: dict[str, str], tmp_path: Path) -> None:
    project = Project(tmp_path / "project", tmp_path / "project")
    store = Store(str(tmp_path / "store"), tmp_path)
    store.commit(State(), {unit: files})
    with pytest.raises(PipelineError, match=r"the store holds"):
        Sync(project, store).pull()
    assert not project.root.exists()


def test_an_index_of_another_format_is_not_guessed_at(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store"), tmp_path)
    store.commit(State(), {})
    (index,) = (tmp_path / "store" / "index").glob("0*")
    for text, problem in (('{"format": 2}', "has format 2"), ("[]", "cannot be read"), ("{", "cannot be read")):
        index.write_text(text, encoding="utf-8")
        with pytest.raises(PipelineError, match=problem):
            store.newest()


# --------------------------------------------------------------------------- kills


def test_a_kill_while_the_store_is_written_leaves_the_old_state_or_the_new_one(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom nbexport_runtime.pipeline.project import Project\n"
        "from nbexport_runtime.pipeline.store import Store\nfrom nbexport_runtime.pipeline.syncing import Sync\n"
        "root = Path(sys.argv[1])\nsync = Sync(Project(root, root), Store('.store', root))\n"
        "print('go', flush=True)\n"
        "for turn in range(1000):\n"
        "    for name in 'abcdefgh':\n"
        "        path = root / 'models' / 'production' / name\n"
        "        path.parent.mkdir(parents=True, exist_ok=True)\n"
        "        path.write_text(f'{sys.argv[2]} {turn} {name} ' * 20_000)\n"
        "    sync.push()\n    print('pushed', flush=True)\n"
    )
    store = Store(".store", tmp_path)
    drawn = random.Random(5)
    numbers = [0]
    for attempt in range(6):
        words = [sys.executable, "-c", code, str(tmp_path), str(attempt)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(RUNTIME), *sys.path])}
        with subprocess.Popen(words, stdout=subprocess.PIPE, env=environment) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"go\n"
            if attempt == 0:
                # on a busy machine the pauses may be too short for a push
                assert process.stdout.readline() == process.stdout.readline() == b"pushed\n"
            time.sleep(drawn.uniform(0.02, 0.4))
            os.kill(process.pid, signal.SIGKILL)
        state = store.newest()
        numbers.append(state.number)
        syncing.checked(state)
        # all that it names is there, and what it was
        other = Project(tmp_path / f"other{attempt}", tmp_path / f"other{attempt}")
        Sync(other, Store(str(tmp_path / ".store"), tmp_path)).pull()
        turns = {tuple(path.read_text(encoding="utf-8").split(" ")[:2]) for path in other.production.glob("?")}
        assert len(turns) == min(1, state.number)
    assert numbers == sorted(numbers)
    assert numbers[-1] > 1


# --------------------------------------------------------------------------- data


def test_data_is_in_the_store_before_an_index_names_it(machine: Callable[[str], Sync]) -> None:
    one, two = machine("one"), machine("two")
    folder = one.project.sets / "d-1"
    folder.mkdir(parents=True)
    (folder / "rows.csv").write_text("1\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIPELINE_STORE", one.store.address)
        dvc.add(one.project, folder)
        one.push()
        two.pull()
        assert (two.project.sets / "d-1.dvc").is_file()
        dvc.bring(two.project, two.project.sets / "d-1")
        assert (two.project.sets / "d-1" / "rows.csv").read_text(encoding="utf-8") == "1\n"
        # the store is named in one place: what is committed to git does not repeat it
        assert "remote" not in (two.project.root / ".dvc" / "config").read_text(encoding="utf-8")
        with pytest.raises(PipelineError, match="`dvc pull"):
            dvc.bring(two.project, two.project.sets / "d-2")


def test_a_unit_is_changed_when_its_content_is(tmp_path: Path) -> None:
    base = State(1, "", {"models/registry.db": {"": SHA}})
    assert not syncing.changed("models/registry.db", base, base.units)
    assert not syncing.changed("models/registry.db", base, {})
    assert syncing.changed("models/rollout.json", replace(base, units={"models/rollout.json": {"": SHA}}), {})
    assert syncing.changed("models/registry.db", base, {"models/registry.db": {"": "b" * 64}})
