"""A bundle names secrets and holds none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from nbexport_runtime import bundle
from nbexport_runtime.bundle.comparing import _different_values
from nbexport_runtime.secret import Secret

VALUE = "blue-heron-7"


def predict(state: Any, day: int, key: str = "") -> Any:
    """Needs text."""
    return [day, type(state["api_key"]).__name__, len(state["api_key"] + key)]


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> Secret:
    """A secret that is set."""
    monkeypatch.setattr("nbexport_runtime.secret._READ", {})
    monkeypatch.setenv("API_KEY", VALUE)
    return Secret("API_KEY")


def saved(folder: Path, key: Secret, **facts: Any) -> Path:
    state = {"api_key": key, "rows": [1, [2]]}
    examples: list[Any] = [((3,), {}), ((4,), {"key": key})]
    bundle.save(state, folder, strict=True, examples=examples, predict=predict, **facts)
    return folder


def test_predict_gets_text_and_no_file_has_it(tmp_path: Path, key: Secret) -> None:
    saved(tmp_path, key)
    assert [path for path in tmp_path.rglob("*") if path.is_file() and VALUE.encode() in path.read_bytes()] == []
    loaded = bundle.load(tmp_path, predict=predict, secrets=("API_KEY",))
    assert loaded["api_key"] == VALUE
    assert loaded["rows"] == [1, [2]]
    assert loaded.answers == [[3, "str", 12], [4, "str", 24]]
    assert [loaded.predict(*args, **kwargs) for args, kwargs in loaded.examples] == loaded.answers
    assert _different_values(tmp_path, loaded) == []


def test_another_key_is_the_same_bundle(tmp_path: Path, key: Secret, monkeypatch: pytest.MonkeyPatch) -> None:
    first = json.loads((saved(tmp_path / "a", key) / "manifest.json").read_text(encoding="utf-8"))
    monkeypatch.setenv("API_KEY", VALUE.upper())
    second = json.loads((saved(tmp_path / "b", key) / "manifest.json").read_text(encoding="utf-8"))
    assert first["weights"] == second["weights"]


def test_one_that_is_not_set_is_named(tmp_path: Path, key: Secret, monkeypatch: pytest.MonkeyPatch) -> None:
    saved(tmp_path, key)
    monkeypatch.delenv("API_KEY")
    with pytest.raises(bundle.BundleError, match="needs a secret that it does not hold: the secret `API_KEY` is not"):
        bundle.load(tmp_path, secrets=("API_KEY",))


def test_one_that_may_be_empty_comes_back_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("API_KEY")
    state = {"none": Secret("API_KEY", default=None), "empty": Secret("API_KEY", default="")}
    bundle.save(state, tmp_path, strict=True, examples=[])
    assert dict(bundle.load(tmp_path, secrets=("API_KEY",))) == {"none": None, "empty": ""}


def test_a_bundle_does_not_choose_what_is_read(tmp_path: Path, key: Secret) -> None:
    saved(tmp_path, key)
    for allowed in ((), ("OTHER",)):
        with pytest.raises(bundle.BundleError, match="is refused: it asks for an environment variable") as caught:
            bundle.load(tmp_path, secrets=allowed)
        assert VALUE not in str(caught.value)


@pytest.mark.parametrize("where", ["state", "answer", "metrics", "facts"])
def test_what_would_hold_a_secret_is_not_saved(tmp_path: Path, key: Secret, where: str) -> None:
    text = f"Bearer {key.reveal()}"
    state: dict[str, Any] = {"headers": {"Authorization": text}} if where == "state" else {}
    examples: list[Any] = [((), {})] if where == "answer" else []
    facts: dict[str, Any] = (
        {"metrics": {"a": text}} if where == "metrics" else {"data": text} if where == "facts" else {}
    )
    with pytest.raises(bundle.BundleError, match="would hold the secret `API_KEY`"):
        bundle.save(state, tmp_path, strict=True, examples=examples, predict=lambda state: {"used": text}, **facts)
    assert [path for path in tmp_path.rglob("*") if path.is_file() and VALUE.encode() in path.read_bytes()] == []
