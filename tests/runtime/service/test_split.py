"""The split of ids: the same id always reaches the same model, and a share is a share."""

from __future__ import annotations

import pytest
from nbexport_runtime.service import rollout_state
from nbexport_runtime.service.split import bucket, chosen

IDS = [f"user-{number}" for number in range(20_000)]


def test_a_share_is_a_share_and_grows_without_changes() -> None:
    ten = {name for name in IDS if chosen("salt", name, 10)}
    twenty = {name for name in IDS if chosen("salt", name, 20)}
    assert 0.09 < len(ten) / len(IDS) < 0.11
    assert ten < twenty
    assert not any(chosen("salt", name, 0) for name in IDS)
    assert all(chosen("salt", name, 100) for name in IDS)


def test_another_salt_chooses_others() -> None:
    one, other = ({name for name in IDS if chosen(salt, name, 10)} for salt in ("a", "b"))
    assert 0.005 < len(one & other) / len(IDS) < 0.015


def test_the_place_of_an_id_never_changes() -> None:
    # written down once: a service of another version must send an id the same way
    assert bucket("salt", "user-1") == pytest.approx(0.2043101674629)
    assert 0 <= bucket("salt", "\ud800") < 1
    with pytest.raises(ValueError, match="an id is needed"):
        bucket("salt", "")


def test_a_rollout_is_read_as_it_was_written(tmp_path) -> None:
    state = rollout_state.Rollout("versions/a", "a", 12.5, "salt", "now", "X-Rollout-Key")
    path = tmp_path / "rollout.json"
    assert rollout_state.read(path) is None
    path.write_text(rollout_state.text(state), encoding="utf-8")
    assert rollout_state.read(path) == state
