"""The guard on the files of a project: what it reads, what it changes, and that nothing keeps it from going back."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import nbexport_runtime
import pytest
from filelock import FileLock
from nbexport_runtime.pipeline import shares
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.platform.guard.arm import moment_of
from nbexport_runtime.platform.guard.loop import STATE
from nbexport_runtime.platform.guard.records import METRICS, NAME
from nbexport_runtime.platform.guard.watching import stamp
from nbexport_runtime.traffic import durable, placements, traffic
from nbexport_runtime.traffic.placements import ROLLED_BACK
from runtime.platform.guard.projects import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """v0 was production, v1 is, v2 may get a share."""
    return Site(tmp_path)


# --------------------------------------------------------------------------- what it reads


def test_lines_are_read_once_through_rotation_and_torn_lines(site: Site) -> None:
    site.roll_out()
    watch = site.watch()
    site.write("v2", "candidate", count=5)
    site.append(b'{"time": "2026-')
    watch.look()
    assert site.arm(watch).errors.count == 5
    site.append(b'03"}\n\xff\xfe not JSON\n[1]\n')
    site.rotate()
    site.write("v2", "candidate", count=4)
    site.rotate()
    site.write("v2", "candidate", count=3)
    watch.look()
    assert site.arm(watch).errors.count == 12
    # another process goes on where this one was
    site.write("v2", "candidate", count=2)
    again = site.watch()
    watch.look(whole=True)
    assert site.arm(watch).errors.count == 14
    again.look()
    assert site.arm(again).errors.count == 14


@pytest.mark.parametrize("text", ["\ud800", "caf\u00e9", "nan"])
def test_every_line_that_some_reader_of_json_understands_counts(site: Site, text: str) -> None:
    # half of a surrogate pair is JSON for the standard library alone
    site.roll_out()
    site.write("v2", "candidate", count=3, input={"text": text, "number": float(text) if text == "nan" else 10**40})
    watch = site.watch()
    watch.look()
    assert site.arm(watch).errors.count == 3


@pytest.mark.parametrize("damage", [None, b"", b"{", b"[]", b'{"format": 1}'])
def test_a_lost_state_is_built_again_from_the_logs(site: Site, damage: bytes | None) -> None:
    site.roll_out()
    site.write("v1", "production", count=300)
    site.rotate()
    site.write("v2", "candidate", count=40)
    site.watch().look(whole=True)
    before = json.loads((site.models / STATE).read_bytes())
    if damage is None:
        (site.models / STATE).unlink()
    else:
        (site.models / STATE).write_bytes(damage)
    watch = site.watch()
    watch.look(whole=True)
    assert json.loads((site.models / STATE).read_bytes()) == before
    assert site.arm(watch).errors.count == 40


def test_other_budgets_count_everything_again(site: Site) -> None:
    site.roll_out()
    site.write("v2", "candidate", count=40)
    site.watch().look(whole=True)
    watch = site.watch(error_budget=0.1)
    watch.look()
    assert (site.arm(watch).errors.count, site.arm(watch).errors.budget) == (40, 0.1)


def test_outcomes_come_late_and_count_once(site: Site) -> None:
    site.roll_out()
    random = Random(1)
    for number in range(150):
        site.write("v1", "production", request_id=f"p{number}", output={"result": float(random.random() < 0.9)})
    for number in range(80):
        site.write("v2", "candidate", unit=f"u{number}", request_id=f"c{number}", output={"result": 0.0})
    outcomes = [{"id": f"p{n}", "request_id": f"p{n}", "name": "outcome", "value": 1.0} for n in range(150)]
    outcomes += [
        {"id": f"c{n}", "unit": f"u{n}", "name": "outcome", "value": 1.0, "time": stamp(site.now + 3600)}
        for n in range(80)
    ]
    outcomes += [{"id": "x", "request_id": "nobody", "name": "outcome", "value": 1.0}, {"id": "y", "value": None}]
    watch = site.watch(answers_budget=0)
    watch.look()
    site.say(outcomes[:150])
    watch.look(whole=True)
    site.say(outcomes[150:200])
    decisions = watch.look(whole=True)
    assert decisions[0].action == "back"
    assert "predictions that turned out worse" in decisions[0].reason
    calm = site.watch(answers_budget=0, outcome_budget=0.9)
    site.roll_out()
    calm.look(whole=True)
    site.say(outcomes[150:])
    site.say(outcomes[150:])
    calm.look(whole=True)
    assert len(calm.memory.known) == 232


# --------------------------------------------------------------------------- what it does


def test_a_bad_candidate_loses_its_share_and_everything_says_why(site: Site) -> None:
    site.roll_out()
    site.fail("v2", 20)
    watch = site.watch()
    (decision,) = watch.look()
    assert decision.action == "back"
    state = traffic.read(site.project.traffic)
    assert state is not None
    assert not state.candidates
    planned, done = site.journal()
    assert (planned["state"], done["state"], planned["id"]) == ("planned", "done", done["id"])
    assert (done["action"], done["version"]) == ("back", "v2")
    assert done["figures"][0]["failures"] == 20
    assert done["reason"].startswith("requests that it failed: 20 of 20")
    (report,) = (site.models / "guard").glob("*.md")
    assert "# v2: production answers all again" in report.read_text("utf-8")
    assert "| errors | 20 | 20 | 100 % | 2 % |" in report.read_text("utf-8")
    measured = (site.models / METRICS).read_text("utf-8")
    assert f'guard_went_back_timestamp_seconds{{action="back"}} {moment_of(stamp(site.now))!r}' in measured
    # it is over: nothing is done twice
    assert watch.look() == site.watch().look(whole=True) == []
    assert len(site.journal()) == 2


def test_what_somebody_changed_meanwhile_stands(site: Site) -> None:
    site.roll_out()
    site.fail("v2", 20)
    watch = site.watch()
    shares.end(site.project)
    site.roll_out("v3")
    assert [decision.action for decision in watch.look()] == ["hold"]
    state = traffic.read(site.project.traffic)
    assert state is not None
    assert [arm.version for arm in state.candidates] == ["v3"]


def test_a_rollout_goes_up_step_by_step_and_waits_for_a_person(site: Site) -> None:
    site.roll_out()
    (site.root / "pipeline.toml").write_text("[rollout]\nsteps = [10, 40, 100]\n", "utf-8")
    watch = site.watch(step_requests=300, step_minutes=30)
    site.write("v1", "production", count=300)
    site.write("v2", "candidate", count=400)
    assert watch.look()[0].reason == "0 of 30 minutes of this step"
    site.now += 1900
    assert [decision.action for decision in watch.look()] == ["step", "hold"]
    assert shares.needed(site.project).percent("v2") == 40
    site.now += 1900
    assert watch.look()[0].reason == "0 of 300 requests of this step"
    site.write("v2", "candidate", count=400)
    assert [decision.action for decision in watch.look()] == ["ready"]
    assert [decision.action for decision in watch.look()] == ["ready"]
    assert [(entry["action"], entry["state"]) for entry in site.journal()] == [
        ("step", "planned"),
        ("step", "done"),
        ("ready", "done"),
    ]


def test_a_bad_production_is_rolled_back_once(site: Site) -> None:
    site.place("v3")
    site.write("v1", "production", count=200)
    site.write("v3", "production", "error", count=20)
    watch = site.watch()
    assert [decision.action for decision in watch.look()] == ["rollback"]
    journal = placements.read(site.project.placements)
    assert journal.production is not None
    assert (journal.production.version, journal.production.reason) == ("v1", ROLLED_BACK)
    assert watch.look() == []
    # what was rolled back from is not gone back to
    assert journal.previous is not None
    assert journal.previous.version == "v0"
    assert len(journal.placements) == 4
    assert (site.models / "production" / "manifest.json").is_file()
    assert next((site.models / "decisions").glob("*-v1-rollback.json")).is_file()


def test_a_production_before_that_is_damaged_is_an_alarm_that_stays(site: Site, caplog: Any) -> None:
    site.place("v3")
    site.write("v3", "production", "error", count=20)
    (site.models / "versions" / "v1" / "manifest.json").unlink()
    watch = site.watch()
    watch.look()
    watch.look()
    assert len(watch.blocked) == 1
    assert caplog.text.count("rollback is not possible now") == 1
    assert "guard_alarms 1.0" in (site.models / METRICS).read_text("utf-8")
    site.bundle("v1")
    watch.look()
    assert site.production() == ("v1", ROLLED_BACK)
    assert watch.blocked == []


def test_finishing_waits_for_the_lock_of_a_training_and_going_back_does_not(site: Site) -> None:
    site.roll_out(percent=50)
    site.write("v1", "production", count=300)
    site.write("v2", "candidate", count=600)
    watch = site.watch(step_minutes=0, finish="guard")
    # a project without `rollout.py` cannot finish; the guard says so and goes on watching
    watch.look()
    assert shares.needed(site.project).percent("v2") == 50
    with FileLock(site.models / ".lock"):
        site.fail("v2", 200)
        assert "back" in {decision.action for decision in watch.look()}
    assert shares.under_way(site.project) is None
    assert all(entry["state"] == "done" or entry["action"] != "finish" for entry in site.journal()[-1:])


# --------------------------------------------------------------------------- a full disk


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, of one megabyte; a folder where this user may mount none."""
    folder = tmp_path / "disk"
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    mounted = subprocess.run(words, capture_output=True, check=False).returncode == 0
    yield folder
    if mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fill a file system; where it is that of all tests, have everything new refused instead."""
    if os.path.ismount(folder):
        free_bytes = shutil.disk_usage(folder).free
        (folder / "ballast").write_bytes(b"x" * free_bytes)
        assert shutil.disk_usage(folder).free == 0
        return
    kept = folder / "models" / durable.RESERVE
    whole = os.write

    def write(handle: int, content: bytes) -> int:
        path = Path(f"/proc/self/fd/{handle}").readlink()
        over = os.lseek(handle, 0, os.SEEK_CUR) + len(content) > os.fstat(handle).st_size
        if kept.exists() and over and path.is_relative_to(folder):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return whole(handle, content)

    def refuse(path: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", write)
    monkeypatch.setattr(durable, "replace", refuse)


def test_a_full_disk_keeps_no_candidate_in_the_traffic(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site(disk)
    site.roll_out()
    site.fail("v2", 20)
    watch = site.watch()
    fill(disk, monkeypatch)
    (decision,) = watch.look()
    assert decision.action == "back"
    assert shares.under_way(site.project) is None
    assert watch.look() == []


def test_a_full_disk_keeps_no_bad_production(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site(disk)
    site.watch().look()
    assert (site.models / durable.RESERVE).stat().st_size == durable.RESERVE_BYTES
    site.place("v3")
    # the line of the rollback has to begin a page of its own: no room is left in the last one
    site.pad(site.project.placements)
    site.write("v3", "production", "error", count=20)
    watch = site.watch()
    fill(disk, monkeypatch)
    (decision,) = watch.look()
    assert decision.action == "rollback"
    assert site.production() == ("v1", ROLLED_BACK)
    assert not watch.blocked


def test_the_order_of_going_back_is_replace_write_over_remove(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    placement = site.project.journal.production
    assert placement is not None
    results = []
    for patches in ((), ("replace",), ("replace", "overwrite")):
        site.roll_out()
        state = shares.needed(site.project)
        with monkeypatch.context() as patch:
            for name in patches:
                patch.setattr(durable, name, refuse)
            results.append(traffic.withdraw(site.project.traffic, placement, "v2", state.salt))
        assert shares.under_way(site.project) is None
    assert results == ["replaced", "written over", "removed"]
    assert not site.project.traffic.exists()


def test_a_torn_overwrite_gives_nobody_a_share_either(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.roll_out()
    content = site.project.traffic.read_bytes()
    for length in range(1, len(content)):
        site.project.traffic.write_bytes(b" " * length + content[length:])
        try:
            state = traffic.read(site.project.traffic)
        except ValueError:
            continue
        assert state is None


def test_where_nothing_at_all_can_be_changed_it_is_said_and_tried_again(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    site.roll_out()
    site.fail("v2", 20)
    watch = site.watch()

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    with monkeypatch.context() as patch:
        for name in ("replace", "overwrite", "append"):
            patch.setattr(durable, name, refuse)
        patch.setattr(Path, "unlink", refuse)
        watch.look()
        assert watch.blocked
        assert "back is not possible now" in caplog.text
    watch.look()
    assert not watch.blocked
    assert shares.under_way(site.project) is None
    assert [entry["state"] for entry in site.journal()] == ["planned", "done"]


# --------------------------------------------------------------------------- what blocks others


def test_neither_lock_nor_registry_nor_settings_of_the_pipeline_are_needed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    (site.root / "pipeline.toml").write_text("[rollout]\nsteps = 3\n", "utf-8")
    site.roll_out()
    site.fail("v2", 20)
    with pytest.raises(PipelineError):
        site.project.settings()
    with FileLock(site.models / ".lock"):
        assert [decision.action for decision in site.watch().look()] == ["back"]
    assert shares.under_way(site.project) is None


def test_a_second_guard_does_not_wait_for_one_that_was_stopped(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable, "LOCK_WAIT_S", 0.05)
    site.roll_out()
    site.fail("v2", 20)
    with durable.locked(site.models / "guard" / ".lock"):
        assert [decision.action for decision in site.watch().look()] == ["back"]


def test_only_the_standard_library_is_imported() -> None:
    code = (
        "import sys, nbexport_runtime.platform.commands.guard\n"
        "heavy = {'duckdb', 'numpy', 'pandas', 'scipy', 'matplotlib', 'fastapi', 'pydantic', 'mlflow', 'sklearn'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(nbexport_runtime.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_a_damaged_line_of_the_guard_s_own_journal_is_passed_over(site: Site) -> None:
    (site.models / NAME).write_bytes(b'{"time": 3}\nnot JSON\n{"half')
    site.roll_out()
    site.fail("v2", 20)
    site.watch().look()
    assert [entry["state"] for entry in site.journal()] == ["planned", "done"]
