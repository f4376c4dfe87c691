"""A service shows no secret: not in `/metadata`, in the prediction log, or in what it logs itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from nbexport_runtime.bundle import Loaded
from nbexport_runtime.secret import Secret
from runtime.service.conftest import until

VALUE = "blue-heron-7"
ADDRESS = "https://ann:s3cret@example.org/rows?sig=0af3"


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    """A secret that the process has read."""
    monkeypatch.setattr("nbexport_runtime.secret._READ", {})
    monkeypatch.setenv("API_KEY", VALUE)
    return str(Secret("API_KEY").reveal())


def failing(key: str, **facts: Any) -> Any:
    """Loads a model that tells its key whenever it is asked."""

    def predict(state: Any, /, n: float, day: Any = None, *, copy: bool = False) -> Any:
        raise ValueError(f"{key} is refused by {ADDRESS}")

    def load_model(folder: Path) -> Loaded:
        manifest = {"version": "v1", "predict_ms": 0.1, **facts}
        return Loaded({}, manifest, [((1.0,), {})], [{"result": 2.0}], predict)

    return load_model


def test_metadata_hides_credentials_in_addresses(bench: Any, model_folder: Any) -> None:
    facts = {"data_set": {"source": ADDRESS, "rows": [1]}, "parameters": {"rows": [ADDRESS], "rate": 0.5}}
    model_folder("model", **facts)

    async def story(client: httpx.AsyncClient) -> httpx.Response:
        return await client.get("/metadata")

    answer = bench().run(story)
    hidden = "https://***@example.org/rows?sig=***"
    assert answer.json()["data_set"] == {"source": hidden, "rows": [1]}
    assert answer.json()["parameters"] == {"rows": [hidden], "rate": 0.5}


def test_metadata_hides_a_secret_that_the_process_has_read(bench: Any, model_folder: Any, key: str) -> None:
    model_folder("model", remark=f"trained with {key}")

    async def story(client: httpx.AsyncClient) -> httpx.Response:
        return await client.get("/metadata")

    assert bench().run(story).json()["remark"] == "trained with ***"


@pytest.mark.parametrize("redact", [(), ("day",)])
def test_the_prediction_log_hides_it(bench: Any, key: str, redact: tuple[str, ...]) -> None:
    ours = bench(log_redact=redact).routes()
    ours.service.load_model = failing(key)
    assert ours.post({"n": 1}).status_code == 500
    (line,) = ours.lines()
    assert "ValueError" in line["error"]
    assert ("*** is refused by https://***@example.org/rows?sig=***" in line["error"]) is not bool(redact)
    for word in (key, "s3cret", "0af3"):
        assert word not in str(line)


def test_what_a_service_logs_hides_it(bench: Any, key: str, caplog: pytest.LogCaptureFixture) -> None:
    ours = bench().routes()
    ours.service.load_model = failing(key)

    @ours.app.get("/boom")
    async def boom() -> None:
        """A route of the project's own."""
        raise RuntimeError(f"{key} at {ADDRESS}")

    async def story(client: httpx.AsyncClient) -> int:
        return (await client.get("/boom")).status_code

    assert ours.run(story) == 500
    assert "ValueError: *** is refused by https://***@example.org/rows?sig=***" in caplog.text
    assert "RuntimeError: *** at https://***@example.org/rows?sig=***" in caplog.text
    assert key not in caplog.text
    assert "s3cret" not in caplog.text


def test_a_model_that_cannot_be_used_is_logged_without(
    bench: Any, model_folder: Any, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    model_folder("model", version="v1")
    ours = bench().routes()

    def fails(folder: Path) -> Loaded:
        raise RuntimeError(f"{key} is refused")

    async def story(client: httpx.AsyncClient) -> int:
        ours.service.versions.loader.load_model = fails
        model_folder("model", version="v2")
        await until(lambda: "is refused" in caplog.text)
        return (await client.get("/health")).status_code

    assert ours.run(story) == 200
    assert "RuntimeError: *** is refused" in caplog.text
    assert key not in caplog.text
