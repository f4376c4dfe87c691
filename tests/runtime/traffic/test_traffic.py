"""The file of the traffic: what is followed, what is stale, what is damaged; and who is answered by which version."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from nbexport_runtime.traffic import traffic
from nbexport_runtime.traffic.placements import PROMOTED, Placement
from nbexport_runtime.traffic.split import bucket, chosen
from nbexport_runtime.traffic.traffic import Arm, Traffic, read, split_of, write

PLACED = Placement(1, "monday", "v1", "a" * 64, PROMOTED, None)
IDS = [f"user-{number}" for number in range(20_000)]


def split(salt: str = "salt", **candidates: float) -> Traffic:
    """A split with these shares."""
    return split_of(PLACED, candidates, salt=salt, key_header="X-Rollout-Key", started="now")


def who(state: Traffic) -> dict[str, set[str]]:
    """Version → the ids that it answers."""
    ids: dict[str, set[str]] = {arm.version: set() for arm in state.arms}
    for name in IDS:
        ids[chosen(state, name)].add(name)
    return ids


def test_it_is_read_as_it_was_written_one_generation_on(tmp_path: Path) -> None:
    path = tmp_path / "models" / traffic.NAME
    assert read(path) is None
    first = write(path, split(v2=12.5))
    assert (first.generation, first.arms) == (1, (Arm("v1", 87.5), Arm("v2", 12.5)))
    assert read(path) == first
    assert write(path, split()).generation == 2
    path.write_bytes(path.read_bytes()[:40])
    assert write(path, split()).generation == 3
    path.write_bytes(b"")
    assert write(path, split()).generation == 1


def test_another_placing_makes_it_stale() -> None:
    state = split(v2=10)
    assert not state.stale(PLACED)
    assert state.stale(None)
    assert state.stale(replace(PLACED, version="v3"))
    # v1 again, after v3: the rollout that v3 ended does not begin again
    assert state.stale(replace(PLACED, time="tuesday"))
    assert not replace(state, placed="").stale(replace(PLACED, time="tuesday"))


def content(**changes: Any) -> dict[str, Any]:
    """What a file holds, with changes."""
    return {
        "generation": 1,
        "production": "v1",
        "mode": "split",
        "salt": "s",
        "key_header": "X",
        "started": "now",
        "arms": [{"version": "v1", "weight_percent": 90}, {"version": "v2", "weight_percent": 10}],
        **changes,
    }


def arms(*pairs: tuple[Any, Any]) -> list[dict[str, Any]]:
    """Arms as the file has them."""
    return [{"version": version, "weight_percent": weight} for version, weight in pairs]


DAMAGE: dict[str, tuple[Any, str]] = {
    "not an object": ([], "not an object"),
    "nothing in it": ({}, "missing"),
    "mode": (content(mode="canary"), "mode"),
    "generation": (content(generation="1"), "another type"),
    "no arms": (content(arms=[]), "production and candidates"),
    "arms are text": (content(arms="v1"), "another type"),
    "without production": (content(arms=arms(("v2", 100))), "production and candidates"),
    "twice": (content(arms=arms(("v1", 50), ("v2", 25), ("v2", 25))), "each once"),
    "too much": (content(arms=arms(("v1", 95), ("v2", 10))), "sum to 100"),
    "too little": (content(arms=arms(("v1", 5), ("v2", 10))), "sum to 100"),
    "negative": (content(arms=arms(("v1", 110), ("v2", -10))), "percentage"),
    "not finite": (content(arms=arms(("v1", 90), ("v2", float("nan")))), "percentage"),
    "a bool": (content(arms=arms(("v1", 99), ("v2", True))), "not a number"),
    "text": (content(arms=arms(("v1", 90), ("v2", "10"))), "not a number"),
    "a way out": (content(arms=arms(("v1", 90), ("../v2", 10))), "name a version"),
    "no salt": (content(salt=""), "empty"),
    "no header": (content(key_header=""), "empty"),
}


@pytest.mark.parametrize(("value", "reason"), DAMAGE.values(), ids=DAMAGE.keys())
def test_damage_has_a_reason(value: Any, reason: str, tmp_path: Path) -> None:
    path = tmp_path / traffic.NAME
    path.write_text(json.dumps(content()), encoding="utf-8")
    assert read(path) is not None
    path.write_text(json.dumps(value), encoding="utf-8")
    with pytest.raises(ValueError, match=reason):
        read(path)


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff", b"\0" * 100, b"[" * 100_000])
def test_bytes_that_are_no_json_have_a_reason(damage: bytes, tmp_path: Path) -> None:
    path = tmp_path / traffic.NAME
    path.write_bytes(damage)
    with pytest.raises(ValueError, match=r".+"):
        read(path)


def test_a_cut_at_every_byte_is_damage(tmp_path: Path) -> None:
    path = tmp_path / traffic.NAME
    write(path, split(v2=10))
    whole = path.read_bytes().rstrip()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        with pytest.raises(ValueError, match=r".+"):
            read(path)


@pytest.mark.parametrize("shares", [{"v2": 101.0}, {"v2": -1.0}, {"v2": 60.0, "v3": 60.0}, {"v1": 10.0}])
def test_shares_that_cannot_be_are_refused(shares: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"percentage|each once"):
        split(**shares)


def test_a_share_is_a_share_and_grows_without_changes() -> None:
    ten, twenty = who(split(v2=10))["v2"], who(split(v2=20))["v2"]
    assert 0.09 < len(ten) / len(IDS) < 0.11
    assert ten < twenty
    assert not who(split(v2=0))["v2"]
    assert len(who(split(v2=100))["v2"]) == len(IDS)
    assert chosen(split(v2=100), "") == "v1"


def test_two_candidates_grow_without_taking_from_each_other() -> None:
    before, after = who(split(v2=10, v3=10)), who(split(v2=30, v3=15))
    assert before["v2"] < after["v2"]
    assert before["v3"] < after["v3"]
    assert 0.14 < len(after["v3"]) / len(IDS) < 0.16
    everyone = who(split(v2=33.3, v3=66.7))
    assert not everyone["v1"]


def test_three_candidates_have_their_shares() -> None:
    ids = who(split(v2=10, v3=20, v4=30))
    shares = {version: len(names) / len(IDS) for version, names in ids.items()}
    assert shares == pytest.approx({"v1": 0.4, "v2": 0.1, "v3": 0.2, "v4": 0.3}, abs=0.01)


def test_another_salt_chooses_others() -> None:
    one, other = (who(split(salt, v2=10))["v2"] for salt in ("a", "b"))
    assert 0.005 < len(one & other) / len(IDS) < 0.015


def test_the_place_of_an_id_never_changes() -> None:
    # written down once: a service of another version must send an id the same way
    assert bucket("salt", "user-1") == pytest.approx(0.2043101674629)
    assert 0 <= bucket("salt", "\ud800") < 1
    with pytest.raises(ValueError, match="an id is needed"):
        bucket("salt", "")
