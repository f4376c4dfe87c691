"""The journal of placings: where a rollback goes, damage, kills while it is written, many writers at once."""

from __future__ import annotations

import doctest
import fcntl
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from nbexport_runtime.traffic import durable, placements
from nbexport_runtime.traffic.placements import PROMOTED, ROLLED_BACK, Journal, MovedError, Placement, append, read

SHA = "a" * 64
RUNTIME = Path(__file__).parents[3] / "runtime"
SEEDS = range(200)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The place of a journal that is not there yet."""
    return tmp_path / "models" / placements.NAME


def place(path: Path, *versions: str, reason: str = PROMOTED) -> None:
    """Make versions production, one after the other."""
    for version in versions:
        append(path, version=version, manifest_sha256=SHA, reason=reason)


def back(path: Path) -> str:
    """Go back as a rollback does; where to."""
    previous = read(path).previous
    assert previous is not None
    place(path, previous.version, reason=ROLLED_BACK)
    return previous.version


def test_the_examples_of_the_module() -> None:
    result = doctest.testmod(placements)
    assert (result.attempted > 3, result.failed) == (True, 0)


def test_what_is_placed_is_production(path: Path) -> None:
    assert read(path) == Journal()
    assert read(path).production is None
    place(path, "v0", "v1")
    journal = read(path)
    assert [(p.n, p.version, p.before, p.reason) for p in journal.placements] == [
        (1, "v0", None, PROMOTED),
        (2, "v1", "v0", PROMOTED),
    ]
    assert journal.production == journal.placements[1]
    assert journal.previous == journal.placements[0]
    assert journal.last("v0") == journal.placements[0]
    assert journal.last("v2") is None


def test_rollbacks_pop_and_promotions_push(path: Path) -> None:
    place(path, "v0", "v1", "v2")
    assert [back(path), back(path)] == ["v1", "v0"]
    assert read(path).previous is None
    place(path, "v3")
    # v1 and v2 were rolled back from
    assert back(path) == "v0"


def test_the_way_back_leaves_out_what_was_rolled_back_from_unless_it_is_named(path: Path) -> None:
    place(path, "v0", "v1", "v2")
    back(path)
    place(path, "v3")
    assert back(path) == "v1"
    place(path, "v2", reason=ROLLED_BACK)
    assert read(path).production.version == "v2"  # type: ignore[union-attr]
    # v1 was rolled back from
    assert back(path) == "v0"


def test_a_named_rollback_leaves_out_what_came_between(path: Path) -> None:
    place(path, "v0", "v1", "v2", "v3")
    place(path, "v1", reason=ROLLED_BACK)
    assert back(path) == "v0"


def test_the_same_version_again_is_no_step(path: Path) -> None:
    place(path, "v0", "v1", "v1")
    assert back(path) == "v0"


def test_a_version_that_returns_and_is_rolled_back_from_is_gone_everywhere(path: Path) -> None:
    place(path, "v1", "v0", "v1")
    assert back(path) == "v0"
    assert read(path).previous is None


@pytest.mark.parametrize("seed", SEEDS)
def test_a_rollback_only_goes_to_what_was_placed_and_not_rolled_back_from(seed: int, path: Path) -> None:
    """Against a slow model of the rule: the newest earlier placing of a version that nobody rolled back from since."""
    random_ = random.Random(seed)
    steps: list[Placement] = []
    for n in range(random_.randrange(1, 30)):
        journal = Journal(tuple(steps))
        rejected: set[str] = set()
        for step in steps:
            rejected.discard(step.version)
            if step.reason == ROLLED_BACK and step.before != step.version:
                rejected.add(str(step.before))
        if journal.previous is not None:
            assert journal.production is not None
            assert journal.previous in steps
            assert journal.previous.version not in rejected
            assert journal.previous.version != journal.production.version
        before = steps[-1].version if steps else None
        if journal.previous is not None and random_.random() < 0.4:
            version, reason = journal.previous.version, ROLLED_BACK
        elif steps and random_.random() < 0.15:
            version, reason = random_.choice(steps).version, ROLLED_BACK
        else:
            version, reason = f"v{random_.randrange(6)}", PROMOTED
        # the clock jumps: it plays no part
        moment = f"20{random_.randrange(10, 99)}-01-01T00:00:00+00:00"
        steps.append(Placement(n + 1, moment, version, SHA, reason, before))
    assert Journal(tuple(steps)).production == steps[-1]


def test_only_promotions_go_back_the_way_they_came(path: Path) -> None:
    versions = [f"v{n}" for n in range(8)]
    place(path, *versions)
    assert [back(path) for _ in versions[1:]] == versions[-2::-1]


DAMAGE = {
    "torn": b'{"n": 3, "time": "2026',
    "empty object": b"{}",
    "no object": b"[1, 2]",
    "NUL bytes": b"\0" * 300,
    "not UTF-8": b'{"n": 3, "time": "\xff\xfe"}',
    "a way out": b'{"n": 3, "time": "t", "version": "../x", "manifest_sha256": "%s", "reason": "promoted"}'
    % SHA.encode(),
    "hidden": b'{"n": 3, "time": "t", "version": ".x", "manifest_sha256": "%s", "reason": "promoted"}' % SHA.encode(),
    "no digest": b'{"n": 3, "time": "t", "version": "v9", "manifest_sha256": "abc", "reason": "promoted"}',
    "n is a bool": b'{"n": true, "time": "t", "version": "v9", "manifest_sha256": "%s", "reason": "p"}' % SHA.encode(),
    "very deep": b"[" * 100_000,
    "endless number": b'{"n": ' + b"9" * 10_000 + b"}",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
@pytest.mark.parametrize("end", [b"", b"\n"], ids=["cut", "whole line"])
def test_damage_is_passed_over_and_named(damage: bytes, end: bytes, path: Path) -> None:
    place(path, "v0", "v1")
    with path.open("ab") as file:
        file.write(damage + end)
    journal = read(path)
    assert [p.version for p in journal.placements] == ["v0", "v1"]
    assert journal.damaged == (3,)
    place(path, "v2")
    journal = read(path)
    assert [p.version for p in journal.placements] == ["v0", "v1", "v2"]
    assert journal.placements[-1].before == "v1"
    assert journal.damaged == (3,)


def test_a_cut_at_every_byte_leaves_the_lines_before_it(path: Path) -> None:
    place(path, "v0", "v1")
    whole = path.read_bytes()
    first = whole.index(b"\n")
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        # a line that lacks nothing but its end is one
        count = (size >= first) + (size >= len(whole) - 1)
        assert len(read(path).placements) == count
        place(path, "v2")
        assert [p.version for p in read(path).placements] == [*["v0", "v1"][:count], "v2"]


def test_keys_of_a_newer_version_are_passed_over(path: Path) -> None:
    place(path, "v0")
    path.write_bytes(path.read_bytes().replace(b'{"n"', b'{"by": "somebody", "n"'))
    assert read(path).damaged == ()
    assert read(path).production.version == "v0"  # type: ignore[union-attr]


@pytest.mark.parametrize("version", ["", "../x", ".x", "a/b", "a\nb"])
def test_what_would_not_be_read_back_is_not_written(version: str, path: Path) -> None:
    place(path, "v0")
    before = path.read_bytes()
    with pytest.raises(ValueError, match="does not have its form"):
        place(path, version)
    assert path.read_bytes() == before


def test_a_decision_that_rests_on_another_production_is_not_carried_out(path: Path) -> None:
    place(path, "v0", "v1")
    seen = read(path)
    back(path)
    with pytest.raises(MovedError):
        append(path, version="v2", manifest_sha256=SHA, reason=PROMOTED, seen=seen)
    assert read(path).production.version == "v0"  # type: ignore[union-attr]
    append(path, version="v2", manifest_sha256=SHA, reason=PROMOTED, seen=read(path))
    assert read(path).production.version == "v2"  # type: ignore[union-attr]


WRITER = """
import sys
from pathlib import Path
from nbexport_runtime.traffic import placements
for n in range(int(sys.argv[3])):
    placements.append(Path(sys.argv[1]), version=f"{sys.argv[2]}-{n}", manifest_sha256="a" * 64, reason="promoted")
    print(n, flush=True)
"""


def writer(path: Path, name: str, count: int) -> subprocess.Popen[str]:
    """A process that appends."""
    command = [sys.executable, "-c", WRITER, str(path), name, str(count)]
    return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(RUNTIME)}, stdout=subprocess.PIPE, text=True)


def test_many_processes_append_at_once(path: Path) -> None:
    running = [writer(path, name, 40) for name in "abcd"]
    for process in running:
        process.communicate(timeout=60)
        assert process.returncode == 0
    journal = read(path)
    assert journal.damaged == ()
    assert [p.n for p in journal.placements] == list(range(1, 161))
    assert len({p.version for p in journal.placements}) == 160
    # each saw the line before it
    assert [p.before for p in journal.placements[1:]] == [p.version for p in journal.placements[:-1]]


def test_killed_writers_lose_nothing_that_they_wrote(path: Path) -> None:
    random_ = random.Random(7)
    printed = 0
    for round_ in range(6):
        process = writer(path, f"r{round_}", 10_000)
        assert process.stdout is not None
        for _ in range(random_.randrange(1, 30)):
            assert process.stdout.readline()
            printed += 1
        process.send_signal(signal.SIGKILL)
        rest, _ = process.communicate(timeout=60)
        printed += rest.count("\n")
    journal = read(path)
    assert journal.damaged == ()
    # at most the one line that a writer had no time to name
    assert printed <= len(journal.placements) <= printed + 6


def test_a_lock_that_nobody_lets_go_of_does_not_stop_an_emergency(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place(path, "v0")
    monkeypatch.setattr(durable, "LOCK_WAIT_S", 0.1)
    with path.with_name(placements.LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        begun = time.monotonic()
        place(path, "v1")
        assert time.monotonic() - begun < 30
    assert read(path).production.version == "v1"  # type: ignore[union-attr]


def test_a_full_disk_is_an_error_and_costs_no_earlier_line(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place(path, "v0")
    whole = os.write

    def short(handle: int, content: bytes) -> int:
        return whole(handle, content[: len(content) // 2])

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", short)
        with pytest.raises(OSError, match="the disk is full"):
            place(path, "v1")
    assert read(path).production.version == "v0"  # type: ignore[union-attr]
    place(path, "v2")
    assert [p.version for p in read(path).placements] == ["v0", "v2"]


def test_lines_of_both_sides_survive_a_merge(path: Path) -> None:
    place(path, "v0", "v1")
    store = [*read(path).placements, replace(read(path).placements[1], n=3, version="v2", time="later", before="v1")]
    back(path)
    journal = placements.merge(path, store)
    assert [(p.n, p.version) for p in journal.placements] == [(1, "v0"), (2, "v1"), (3, "v2"), (4, "v0")]
    assert read(path) == journal
    # both what the rollback went back from and what it did not know are left out
    assert journal.previous is None
    assert placements.merge(path, store) == journal


def test_a_merge_leaves_damage_out(path: Path) -> None:
    place(path, "v0")
    path.write_bytes(path.read_bytes() + b"{torn")
    assert placements.merge(path, read(path).placements).damaged == ()
    assert read(path).damaged == ()


def test_a_placing_is_only_served_by_the_bundle_that_was_placed(tmp_path: Path) -> None:
    bundle = tmp_path / "versions" / "v0"
    bundle.mkdir(parents=True)
    (bundle / "manifest.json").write_text("{}", encoding="utf-8")
    placement = Placement(1, "t", "v0", placements.digest(bundle), PROMOTED, None)
    assert placements.located(tmp_path, placement) == bundle
    (bundle / "manifest.json").write_text('{"files": {}}', encoding="utf-8")
    with pytest.raises(ValueError, match="another sha256"):
        placements.located(tmp_path, placement)
    (bundle / "manifest.json").unlink()
    with pytest.raises(ValueError, match="cannot be read"):
        placements.located(tmp_path, placement)
